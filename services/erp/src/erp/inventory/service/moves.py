"""Receipts, issues, adjustments and transfers, one or a thousand at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from erp.inventory.models import Warehouse
from erp.inventory.queries import DEFAULT_WAREHOUSE
from erp.inventory.rules import (
    CompanyHasNoWarehouse,
    ItemIsNotStocked,
    MoveKind,
    MoveReason,
    StockItemIsUnknown,
    TransferStaysInPlace,
    WarehouseNotFound,
    check_day,
    check_reason,
    signed_quantity,
)
from erp.inventory.service.valuation import (
    LockedPosition,
    MoveRow,
    Place,
    apply_move,
    book_moves,
    lock_positions,
    write_moves,
)
from erp.items import queries as items
from erp.ledger import queries as ledger
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

RowResult = tuple[Literal["created", "unchanged"], UUID] | Refusal
"""What became of one row of a bulk command: the move's id, or why it was refused."""


@dataclass(frozen=True, slots=True)
class NewMove:
    """A stock move to be recorded.

    The quantity is in `unit` (None: the item's own), above zero but for adjustments. The
    warehouse is named by id, or by code within the company; left out, it is the default
    warehouse; the company left out is the default one.
    """

    kind: MoveKind
    quantity: Decimal
    effective_on: date
    item_id: UUID | None = None
    sku: str | None = None
    unit: str | None = None
    reason: MoveReason | None = None
    company_id: UUID | None = None
    warehouse_id: UUID | None = None
    warehouse: str | None = None
    to_warehouse_id: UUID | None = None
    to_warehouse: str | None = None
    note: str | None = None
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A checked move: quantity signed and in the item's unit."""

    new: NewMove
    item: items.StockItem
    reason: MoveReason
    quantity: Decimal
    warehouse: Warehouse
    to_warehouse: Warehouse | None

    @property
    def places(self) -> list[Place]:
        """The positions it touches."""
        ends = [self.warehouse, *([self.to_warehouse] if self.to_warehouse else [])]
        return [(warehouse.id, self.item.item_id) for warehouse in ends]


async def record_move(uow: UnitOfWork, new: NewMove) -> tuple[UUID, bool]:
    """Record one move; returns its id, and whether it is new (or its reference was known).

    Raises what `record_moves` refuses a row with.
    """
    [result] = await record_moves(uow, [new])
    if isinstance(result, Refusal):
        raise result
    return result[1], result[0] == "created"


async def record_moves(uow: UnitOfWork, rows: Sequence[NewMove]) -> list[RowResult]:
    """Record moves in the order of `rows`, in a constant number of statements.

    A row whose external reference is known is unchanged. Refused rows carry `StockItemIsUnknown`,
    `ItemIsNotStocked`, `WarehouseNotFound`, `CompanyHasNoWarehouse`, `UnitNotFound`,
    `UnitsDoNotConvert`, `QuantityIsNotExact`, `QuantityIsTooFine`, `QuantityHasWrongSign`,
    `ReasonDoesNotFit`, `MoveIsInTheFuture`, `TransferStaysInPlace`, `StockIsNotThere`,
    `StockIsTooMuch` or `StockIsWorthTooMuch`; they leave nothing behind. Moves of one company and
    day are booked as one entry.
    """
    planner = await _Planner.load(uow, rows)
    plans: list[_Planned | RowResult] = []
    for row in rows:
        known = planner.known.get(row.external_reference or "")
        try:
            plans.append(("unchanged", known) if known else planner.plan(row))
        except Refusal as refusal:
            plans.append(refusal)
    planned = [plan for plan in plans if isinstance(plan, _Planned)]
    await _open_positions(uow, planner, planned)
    locked = await lock_positions(
        uow, [(*place, plan.new.effective_on) for plan in planned for place in plan.places]
    )
    documents = defaultdict[tuple[UUID, date], UUID](uow.new_id)
    moves, results, seen = list[MoveRow](), list[RowResult](), dict[str, UUID]()
    for plan in plans:
        if not isinstance(plan, _Planned):
            results.append(plan)
            continue
        reference = plan.new.external_reference
        if reference is not None and reference in seen:
            results.append(("unchanged", seen[reference]))
            continue
        document_id = documents[plan.warehouse.company_id, plan.new.effective_on]
        try:
            written = _move(uow, locked, plan, document_id)
        except Refusal as refusal:
            results.append(refusal)
            continue
        moves += written
        results.append(("created", written[0].id))
        if reference is not None:
            seen[reference] = written[0].id
    await write_moves(uow, locked, moves)
    if moves:
        uow.audit("stock-moved", "stock-move", moves[0].document_id, {"moves": len(moves)})
    await book_moves(uow, moves, source_type="stock-move")
    return results


def _move(
    uow: UnitOfWork, locked: dict[Place, LockedPosition], plan: _Planned, document_id: UUID
) -> list[MoveRow]:
    source, *targets = plan.places
    out = apply_move(
        uow,
        locked[source],
        source,
        kind=plan.new.kind,
        reason=plan.reason,
        effective_on=plan.new.effective_on,
        quantity=plan.quantity,
        document_id=document_id,
        note=plan.new.note,
        external_reference=plan.new.external_reference,
    )
    return [
        out,
        *(
            apply_move(
                uow,
                locked[target],
                target,
                kind=plan.new.kind,
                reason=plan.reason,
                effective_on=plan.new.effective_on,
                quantity=-plan.quantity,
                document_id=document_id,
                note=plan.new.note,
            )
            for target in targets
        ),
    ]


@dataclass(slots=True)
class _Planner:
    """What the rows name, loaded once for all of them."""

    today: date
    known: dict[str, UUID]
    by_id: dict[UUID, items.StockItem]
    by_sku: dict[str, items.StockItem]
    units: dict[str, items.Unit]
    warehouses: dict[UUID, Warehouse]
    by_code: dict[tuple[UUID, str], Warehouse]
    default_company: UUID | None

    @classmethod
    async def load(cls, uow: UnitOfWork, rows: Sequence[NewMove]) -> "_Planner":
        found = await items.stock_items(
            uow.connection,
            uow.tenant,
            ids=[row.item_id for row in rows if row.item_id],
            skus=[row.sku for row in rows if row.sku],
        )
        known = await uow.connection.fetch(
            "SELECT external_reference, id FROM inventory_move"
            " WHERE tenant = $1 AND external_reference = ANY($2)",
            uow.tenant,
            [row.external_reference for row in rows if row.external_reference],
        )
        warehouses = (await uow.session.scalars(select(Warehouse))).all()
        company = await ledger.default_company(uow.session)
        return cls(
            today=uow.now.date(),
            known={row["external_reference"]: row["id"] for row in known},
            by_id={item.item_id: item for item in found},
            by_sku={item.sku: item for item in found},
            units=await items.units(uow.session),
            warehouses={row.id: row for row in warehouses},
            by_code={(row.company_id, row.code): row for row in warehouses},
            default_company=company.id if company else None,
        )

    def plan(self, new: NewMove) -> _Planned:
        """Check a row and resolve what it names; raises the refusals of `record_moves`."""
        check_day(new.effective_on, self.today)
        reason = check_reason(new.kind, new.reason)
        item = self.by_id.get(new.item_id) if new.item_id else self.by_sku.get(new.sku or "")
        if item is None:
            raise StockItemIsUnknown(
                f"There is no item {new.item_id or new.sku}.",
                field="item_id" if new.item_id else "sku",
            )
        if not item.stocked:
            raise ItemIsNotStocked(f"Item {item.sku} is not stocked.", field="sku")
        quantity = signed_quantity(new.kind, new.quantity)
        if new.unit is not None and new.unit != item.unit:
            quantity = items.convert(quantity, self._unit(new.unit), self._unit(item.unit))
        items.check_places(quantity, item.quantity_places, unit=item.unit, field="quantity")
        warehouse = self._warehouse(new.company_id, new.warehouse_id, new.warehouse, "warehouse")
        target = self._target(new, warehouse) if new.kind is MoveKind.TRANSFER else None
        return _Planned(new, item, reason, quantity, warehouse, target)

    def _unit(self, code: str) -> items.Unit:
        if code not in self.units:
            raise items.UnitNotFound(f"There is no unit {code!r}.", field="unit")
        return self.units[code]

    def _target(self, new: NewMove, source: Warehouse) -> Warehouse:
        if new.to_warehouse_id is None and new.to_warehouse is None:
            raise TransferStaysInPlace("Where to is not said.", field="to_warehouse_id")
        target = self._warehouse(
            source.company_id, new.to_warehouse_id, new.to_warehouse, "to_warehouse"
        )
        if target.id == source.id or target.company_id != source.company_id:
            raise TransferStaysInPlace(
                f"From {source.code} to {target.code}.", field="to_warehouse_id"
            )
        return target

    def _warehouse(
        self, company_id: UUID | None, warehouse_id: UUID | None, code: str | None, field: str
    ) -> Warehouse:
        if warehouse_id is not None:
            found = self.warehouses.get(warehouse_id)
        else:
            owner = company_id or self.default_company
            if owner is None:
                raise CompanyHasNoWarehouse("There is no company yet.", field="company_id")
            found = self.by_code.get((owner, code or DEFAULT_WAREHOUSE))
        if found is None:
            raise WarehouseNotFound(
                f"There is no warehouse {warehouse_id or code or DEFAULT_WAREHOUSE}.", field=field
            )
        return found


_OPEN = """
    INSERT INTO inventory_position (
        tenant, warehouse_id, item_id, company_id, currency, quantity_places, on_hand, reserved,
        unit_cost, value, stale)
    SELECT $1, n.warehouse_id, n.item_id, n.company_id, n.currency, n.places, 0, 0, 0, 0, true
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int2[])
         AS n(warehouse_id, item_id, company_id, currency, places)
    ORDER BY n.item_id, n.warehouse_id
    ON CONFLICT DO NOTHING
"""


async def _open_positions(uow: UnitOfWork, planner: _Planner, planned: Sequence[_Planned]) -> None:
    """Make sure that every position exists which is about to be locked."""
    places = {place: plan.item.quantity_places for plan in planned for place in plan.places}
    if not places:
        return
    companies = {planner.warehouses[warehouse_id].company_id for warehouse_id, _ in places}
    currencies = {
        company_id: (await ledger.company(uow.session, company_id)).base_currency
        for company_id in companies
    }
    owners = [planner.warehouses[warehouse_id].company_id for warehouse_id, _ in places]
    await uow.connection.execute(
        _OPEN,
        uow.tenant,
        [warehouse_id for warehouse_id, _ in places],
        [item_id for _, item_id in places],
        owners,
        [currencies[owner] for owner in owners],
        list(places.values()),
    )
