"""Use cases of the item master: units; release, change and discontinue items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import or_, select

from erp.items import events, queries
from erp.items.models import Item, UnitRow
from erp.items.rules import (
    STANDARD_UNITS,
    ItemIsAlreadyReleased,
    ItemIsDiscontinued,
    ItemNotFound,
    ItemReferenceIsTaken,
    ItemStatus,
    SkuIsTaken,
    Unit,
    UnitIsTaken,
    UnitNotFound,
)
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

RowResult = tuple[Literal["created", "unchanged"], UUID] | Refusal
"""What became of one row of a bulk command: its id, or why it was refused."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be released."""

    sku: str
    name: str
    unit: str
    tax_category: str = "standard"
    category: str | None = None
    stocked: bool = True
    sellable: bool = True
    discontinued: bool = False
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ItemChanges:
    """The fields to change, by name, with their new values."""

    values: dict[str, Any]


async def add_unit(uow: UnitOfWork, unit: Unit) -> Unit:
    """Add a unit of the tenant's own; raises `UnitIsTaken`."""
    taken = unit.code in STANDARD_UNITS or await uow.connection.fetchval(
        "SELECT true FROM items_unit WHERE tenant = $1 AND code = $2", uow.tenant, unit.code
    )
    if taken:
        raise UnitIsTaken(f"There is a unit {unit.code!r} already.", field="code")
    uow.add(
        UnitRow(
            code=unit.code,
            name=unit.name,
            dimension=unit.dimension,
            numerator=unit.numerator,
            denominator=unit.denominator,
            places=unit.places,
        )
    )
    await uow.flush()
    uow.audit("unit-added", "unit", unit.code, {"numerator": unit.numerator})
    return unit


_INSERT_ITEMS = """
    INSERT INTO items_item (
        tenant, id, sku, name, unit, quantity_places, category, tax_category, stocked, sellable,
        status, external_reference, version, created_at, updated_at)
    SELECT $1, n.id, n.sku, n.name, n.unit, n.quantity_places, n.category, n.tax_category,
           n.stocked, n.sellable, n.status, n.external_reference, 1, $2, $2
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::bool[], $10::bool[], $11::text[], $12::text[], $13::int2[])
         AS n(id, sku, name, unit, category, tax_category, stocked, sellable, status,
              external_reference, quantity_places)
    ORDER BY n.sku
    ON CONFLICT DO NOTHING
    RETURNING id
"""


async def create_items(uow: UnitOfWork, rows: Sequence[NewItem]) -> list[RowResult]:
    """Release many items in a constant number of statements.

    A row whose external reference is known is unchanged; refused rows carry `SkuIsTaken`,
    `ItemReferenceIsTaken` or `UnitNotFound`.
    """
    known_units = await queries.units(uow.session)
    taken = await uow.connection.fetch(
        "SELECT id, sku, external_reference FROM items_item"
        " WHERE tenant = $1 AND (sku = ANY($2) OR external_reference = ANY($3))",
        uow.tenant,
        [row.sku for row in rows],
        [row.external_reference for row in rows if row.external_reference],
    )
    by_reference = {row["external_reference"]: row["id"] for row in taken}
    skus = {row["sku"] for row in taken}
    results = list[RowResult]()
    items = list[Item]()
    for row in rows:
        known = row.external_reference and by_reference.get(row.external_reference)
        if known:
            results.append(("unchanged", known))
        elif row.sku in skus:
            results.append(SkuIsTaken(f"{row.sku!r} is another item.", field="sku"))
        elif row.unit not in known_units:
            results.append(UnitNotFound(f"There is no unit {row.unit!r}.", field="unit"))
        else:
            item = _item(uow, row, known_units[row.unit])
            items.append(item)
            skus.add(row.sku)
            if row.external_reference:
                by_reference[row.external_reference] = item.id
            results.append(("created", item.id))
    written = await _insert_items(uow, items)
    for item in items:
        if item.id in written:
            uow.publish(_born(item))
    lost = {item.id for item in items} - written
    if lost:
        # Somebody took the SKU or the reference between our look and our insert.
        results = [
            SkuIsTaken("Another item has just taken its SKU or reference.", field="sku")
            if not isinstance(result, Refusal) and result[1] in lost
            else result
            for result in results
        ]
    if written:
        uow.audit("items-released", "item", "bulk", {"count": len(written)})
    return results


async def create_item(uow: UnitOfWork, new: NewItem) -> Item:
    """Release an item; raises `SkuIsTaken`, `ItemReferenceIsTaken` or `UnitNotFound`."""
    item = _item(uow, new, await queries.unit(uow.session, new.unit))
    if not await _insert_items(uow, [item]):
        sku_taken = await uow.connection.fetchval(
            "SELECT true FROM items_item WHERE tenant = $1 AND sku = $2", uow.tenant, new.sku
        )
        if sku_taken:
            raise SkuIsTaken(f"{new.sku!r} is another item.", field="sku")
        raise ItemReferenceIsTaken(
            f"{new.external_reference!r} is another item.", field="external_reference"
        )
    uow.publish(_born(item))
    uow.audit("item-released", "item", item.id, {"sku": item.sku})
    return item


def _item(uow: UnitOfWork, new: NewItem, unit: Unit) -> Item:
    status = ItemStatus.DISCONTINUED if new.discontinued else ItemStatus.RELEASED
    return Item(
        id=uow.new_id(),
        sku=new.sku,
        name=new.name,
        unit=unit.code,
        quantity_places=unit.places,
        category=new.category,
        tax_category=new.tax_category,
        stocked=new.stocked,
        sellable=new.sellable,
        status=status.value,
        external_reference=new.external_reference,
        version=1,
        created_at=uow.now,
        updated_at=uow.now,
    )


def _born(item: Item) -> events.ItemEvent:
    if item.status == ItemStatus.DISCONTINUED:
        return events.item_discontinued(item)
    return events.item_released(item)


async def _insert_items(uow: UnitOfWork, items: Sequence[Item]) -> set[UUID]:
    if not items:
        return set()
    rows = await uow.connection.fetch(
        _INSERT_ITEMS,
        uow.tenant,
        uow.now,
        [item.id for item in items],
        [item.sku for item in items],
        [item.name for item in items],
        [item.unit for item in items],
        [item.category for item in items],
        [item.tax_category for item in items],
        [item.stocked for item in items],
        [item.sellable for item in items],
        [item.status for item in items],
        [item.external_reference for item in items],
        [item.quantity_places for item in items],
    )
    return {row["id"] for row in rows}


async def change_item(
    uow: UnitOfWork, item_id: UUID, changes: ItemChanges, *, expected: int
) -> Item:
    """Change name, category, tax category, sellable or reference of a released item.

    Raises `ItemNotFound`, `Stale`, `ItemIsDiscontinued` or `ItemReferenceIsTaken`.
    """
    item = await uow.lock(Item, item_id, expected)
    if item.status == ItemStatus.DISCONTINUED:
        raise ItemIsDiscontinued(f"Item {item.sku} is discontinued.")
    for name, value in changes.values.items():
        setattr(item, name, value)
    await uow.flush()
    uow.publish(events.item_changed(item))
    uow.audit("item-changed", "item", item.id, {"fields": sorted(changes.values)})
    return item


async def discontinue_item(uow: UnitOfWork, item_id: UUID, *, expected: int, reason: str) -> Item:
    """Let an item no longer be ordered; raises `ItemNotFound`, `Stale`, `ItemIsDiscontinued`."""
    item = await uow.lock(Item, item_id, expected)
    if item.status == ItemStatus.DISCONTINUED:
        raise ItemIsDiscontinued(f"Item {item.sku} is discontinued already.")
    item.status = ItemStatus.DISCONTINUED.value
    await uow.flush()
    uow.publish(events.item_discontinued(item))
    uow.audit("item-discontinued", "item", item.id, {"reason": reason})
    return item


async def release_item(uow: UnitOfWork, item_id: UUID, *, expected: int, reason: str) -> Item:
    """Let a discontinued item be ordered again.

    Raises `ItemNotFound`, `Stale` or `ItemIsAlreadyReleased`.
    """
    item = await uow.lock(Item, item_id, expected)
    if item.status == ItemStatus.RELEASED:
        raise ItemIsAlreadyReleased(f"Item {item.sku} is released.")
    item.status = ItemStatus.RELEASED.value
    await uow.flush()
    uow.publish(events.item_released(item))
    uow.audit("item-released", "item", item.id, {"reason": reason})
    return item


async def discontinue_items(
    uow: UnitOfWork, rows: Sequence[tuple[UUID | None, str | None]], *, reasons: Sequence[str]
) -> list[RowResult]:
    """Discontinue items named by id or external reference.

    An item that is discontinued already is unchanged; refused rows carry `ItemNotFound`.
    """
    named = [item_id for item_id, _ in rows if item_id]
    referenced = [reference for _, reference in rows if reference]
    found = await uow.session.scalars(
        select(Item)
        .where(or_(Item.id.in_(named), Item.external_reference.in_(referenced)))
        .order_by(Item.id)
        .with_for_update(key_share=True)
    )
    items = {item.id: item for item in found}
    by_reference = {item.external_reference: item for item in items.values()}
    results = list[RowResult]()
    for (item_id, reference), reason in zip(rows, reasons, strict=True):
        item = items.get(item_id) if item_id else by_reference.get(reference)
        if item is None:
            results.append(ItemNotFound(f"There is no item {item_id or reference}."))
        elif item.status == ItemStatus.DISCONTINUED:
            results.append(("unchanged", item.id))
        else:
            item.status = ItemStatus.DISCONTINUED.value
            uow.publish(events.item_discontinued(item))
            uow.audit("item-discontinued", "item", item.id, {"reason": reason})
            results.append(("created", item.id))
    await uow.flush()
    return results
