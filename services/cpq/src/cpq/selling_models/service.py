"""The use cases of selling models and of ways to sell."""

from uuid import UUID

from sqlalchemy import select

from cpq.selling_models.models import SellingModelRow, WayToSell
from cpq.selling_models.queries import SellingWays, selling_ways
from cpq.selling_models.rules import (
    SellingModelExists,
    SellingModelIsUsed,
    SellingModelNotFound,
    WayToSellExists,
)
from servicekit.uow import UnitOfWork

__all__ = [
    "SellingWays",
    "change_selling_model",
    "change_way_to_sell",
    "create_selling_model",
    "create_way_to_sell",
    "delete_selling_model",
    "delete_way_to_sell",
    "selling_ways",
]


async def create_selling_model(
    uow: UnitOfWork,
    *,
    key: str,
    name: str,
    kind: str,
    unit: str | None,
    count: int,
    active: bool,
) -> SellingModelRow:
    """Say how something is sold. Raises `SellingModelExists`."""
    if await _model(uow, key) is not None:
        raise SellingModelExists(f"{key!r} is there", field="key")
    row = SellingModelRow(
        id=uow.new_id(), key=key, name=name, kind=kind, unit=unit, count=count, active=active
    )
    uow.add(row)
    uow.audit("selling-model.created", "selling-model", row.id, {"key": key})
    await uow.flush()
    return row


async def change_selling_model(
    uow: UnitOfWork,
    model_id: UUID,
    *,
    name: str,
    kind: str,
    unit: str | None,
    count: int,
    active: bool,
    expected: int,
) -> SellingModelRow:
    """Say it otherwise; drafts follow when they are priced again, and what is sold stays.

    Raises `SellingModelNotFound`, `Stale`.
    """
    row = await uow.lock(SellingModelRow, model_id, expected)
    changes = {
        field: [getattr(row, field), value]
        for field, value in (
            ("name", name), ("kind", kind), ("unit", unit), ("count", count), ("active", active),
        )
        if getattr(row, field) != value
    }  # fmt: skip
    for field, (_, value) in changes.items():
        setattr(row, field, value)
    uow.audit("selling-model.changed", "selling-model", row.id, changes)
    await uow.flush()
    return row


async def delete_selling_model(uow: UnitOfWork, model_id: UUID, *, expected: int) -> None:
    """Throw a model away that no item is sold by.

    Raises `SellingModelNotFound`, `Stale`, `SellingModelIsUsed`.
    """
    row = await uow.lock(SellingModelRow, model_id, expected)
    used = await uow.session.scalar(
        select(WayToSell.sku).where(WayToSell.selling_model == row.key).limit(1)
    )
    if used is not None:
        raise SellingModelIsUsed(f"item {used} is sold by {row.key!r}")
    await uow.session.delete(row)
    uow.audit("selling-model.deleted", "selling-model", row.id, {"key": row.key})
    await uow.flush()


async def create_way_to_sell(
    uow: UnitOfWork, *, sku: str, selling_model: str, is_default: bool, proration: str
) -> WayToSell:
    """Say that an item is sold by a model. Raises `SellingModelNotFound`, `WayToSellExists`."""
    if await _model(uow, selling_model) is None:
        raise SellingModelNotFound(f"no model {selling_model!r}", field="selling_model")
    known = await uow.session.scalar(
        select(WayToSell.id).where(WayToSell.sku == sku, WayToSell.selling_model == selling_model)
    )
    if known is not None:
        raise WayToSellExists(f"{sku} is sold by {selling_model!r}", field="selling_model")
    await _check_default(uow, sku, None, is_default=is_default)
    row = WayToSell(
        id=uow.new_id(),
        sku=sku,
        selling_model=selling_model,
        is_default=is_default,
        proration=proration,
    )
    uow.add(row)
    uow.audit("way-to-sell.created", "way-to-sell", row.id, {"sku": sku, "model": selling_model})
    await uow.flush()
    return row


async def change_way_to_sell(
    uow: UnitOfWork, way_id: UUID, *, is_default: bool, proration: str, expected: int
) -> WayToSell:
    """Say otherwise how an item is sold by its model.

    Raises `WayToSellNotFound`, `Stale`, `WayToSellExists`.
    """
    row = await uow.lock(WayToSell, way_id, expected)
    await _check_default(uow, row.sku, row.id, is_default=is_default)
    changes = {"is_default": [row.is_default, is_default], "proration": [row.proration, proration]}
    row.is_default, row.proration = is_default, proration
    uow.audit("way-to-sell.changed", "way-to-sell", row.id, changes)
    await uow.flush()
    return row


async def delete_way_to_sell(uow: UnitOfWork, way_id: UUID, *, expected: int) -> None:
    """Sell an item no longer in a way. Raises `WayToSellNotFound`, `Stale`."""
    row = await uow.lock(WayToSell, way_id, expected)
    await uow.session.delete(row)
    said = {"sku": row.sku, "model": row.selling_model}
    uow.audit("way-to-sell.deleted", "way-to-sell", row.id, said)
    await uow.flush()


async def _model(uow: UnitOfWork, key: str) -> UUID | None:
    found: UUID | None = await uow.session.scalar(
        select(SellingModelRow.id).where(SellingModelRow.key == key)
    )
    return found


async def _check_default(
    uow: UnitOfWork, sku: str, way_id: UUID | None, *, is_default: bool
) -> None:
    if not is_default:
        return
    other = await uow.session.scalar(
        select(WayToSell.selling_model).where(
            WayToSell.sku == sku, WayToSell.is_default, WayToSell.id.is_distinct_from(way_id)
        )
    )
    if other is not None:
        raise WayToSellExists(f"{sku} is sold by {other!r} by default", field="is_default")
