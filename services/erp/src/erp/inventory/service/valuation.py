"""Positions with their value: locking, writing, booking; and revaluation when costs change."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.inventory.rules import COUNTER_ACCOUNT, ZERO, Holding, MoveKind, MoveReason, move
from erp.items.queries import STANDARD_COST_ON, check_places
from erp.ledger import service as ledger
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money, minor_units

log = logging.getLogger(__name__)

Place = tuple[UUID, UUID]
"""Where an item lies: (warehouse id, item id)."""


@dataclass(slots=True)
class LockedPosition:
    """A position under this transaction's lock, with the standard costs of the days asked for."""

    company_id: UUID
    currency: str
    quantity_places: int
    holding: Holding
    cost_on: dict[date, Decimal | None] = field(default_factory=dict)

    def unit_cost(self, day: date) -> Decimal:
        """The standard cost on a day; without one, what the position is carried at."""
        cost = self.cost_on.get(day)
        return self.holding.unit_cost if cost is None else cost


_COST = STANDARD_COST_ON.format(tenant="$1", item="p.item_id", company="p.company_id", day="{day}")
_LOCK = f"""
    SELECT w.warehouse_id, w.item_id, w.day, p.company_id, p.currency, p.quantity_places,
           p.on_hand, p.reserved, p.unit_cost, p.value,
           {_COST.format(day="w.day")}
    FROM unnest($2::uuid[], $3::uuid[], $4::date[]) AS w(warehouse_id, item_id, day)
    JOIN inventory_position p
      ON p.tenant = $1 AND p.warehouse_id = w.warehouse_id AND p.item_id = w.item_id
    ORDER BY p.item_id, p.warehouse_id
    FOR NO KEY UPDATE OF p
"""  # noqa: S608 - nothing but SQL of this house is put in


async def lock_positions(
    uow: UnitOfWork, wanted: Iterable[tuple[UUID, UUID, date]]
) -> dict[Place, LockedPosition]:
    """Lock the positions (warehouse, item) and read the standard costs of the days; one statement.

    Positions that do not exist are left out. Locks are taken by item, then by warehouse.
    """
    asked = sorted(set(wanted), key=lambda place: (place[1], place[0], place[2]))
    rows = await uow.connection.fetch(
        _LOCK,
        uow.tenant,
        [warehouse for warehouse, _, _ in asked],
        [item for _, item, _ in asked],
        [day for _, _, day in asked],
    )
    locked = dict[Place, LockedPosition]()
    for warehouse_id, item_id, day, company_id, currency, places, *amounts, cost in rows:
        position = locked.get((warehouse_id, item_id))
        if position is None:
            on_hand, reserved, unit_cost, value = amounts
            position = locked[warehouse_id, item_id] = LockedPosition(
                company_id, currency, places, Holding(on_hand, reserved, unit_cost, value)
            )
        position.cost_on[day] = cost
    return locked


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A stock move to be written; value and revaluation at the currency's minor units."""

    id: UUID
    place: Place
    company_id: UUID
    kind: MoveKind
    reason: MoveReason
    effective_on: date
    quantity: Decimal
    unit_cost: Decimal
    value: Decimal
    revaluation: Decimal
    currency: str
    document_id: UUID
    note: str | None = None
    external_reference: str | None = None
    line_id: UUID | None = None
    """The order line whose reservation the move takes; shipments only."""


def apply_move(
    uow: UnitOfWork,
    position: LockedPosition,
    place: Place,
    *,
    kind: MoveKind,
    reason: MoveReason,
    effective_on: date,
    quantity: Decimal,
    document_id: UUID,
    note: str | None = None,
    external_reference: str | None = None,
    line_id: UUID | None = None,
) -> MoveRow:
    """Move `quantity` in or out of a locked position in memory.

    With `line_id` the quantity is taken from what is reserved. Raises `QuantityIsTooFine`,
    `StockIsNotThere`, `StockIsTooMuch` or `StockIsWorthTooMuch`.
    """
    # Callers have checked it against item or line; a line may be older than the item's places.
    check_places(quantity, position.quantity_places, unit="of the item", field="quantity")
    unit_cost = position.unit_cost(effective_on)
    moved = move(
        position.holding,
        quantity,
        unit_cost=unit_cost,
        minor_units=minor_units(position.currency),
        from_reserved=line_id is not None,
    )
    position.holding = moved.holding
    return MoveRow(
        uow.new_id(),
        place,
        position.company_id,
        kind,
        reason,
        effective_on,
        quantity,
        unit_cost,
        moved.value,
        moved.revaluation,
        position.currency,
        document_id,
        note,
        external_reference,
        line_id,
    )


_WRITE = """
    WITH positions AS (
        UPDATE inventory_position p
        SET on_hand = n.on_hand, reserved = n.reserved, unit_cost = n.unit_cost,
            value = n.value, stale = true
        FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::numeric[], $6::numeric[],
                    $7::numeric[])
             AS n(warehouse_id, item_id, on_hand, reserved, unit_cost, value)
        WHERE p.tenant = $1 AND p.warehouse_id = n.warehouse_id AND p.item_id = n.item_id
    ), moves AS (
        INSERT INTO inventory_move (
            tenant, id, warehouse_id, item_id, company_id, kind, reason, effective_on, quantity,
            unit_cost, value, revaluation, currency, document_id, note, external_reference,
            recorded_at, recorded_by)
        SELECT $1, m.*, $8, $9
        FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::text[], $15::text[],
                    $16::date[], $17::numeric[], $18::numeric[], $19::numeric[], $20::numeric[],
                    $21::text[], $22::uuid[], $23::text[], $24::text[]) AS m
    )
    UPDATE inventory_reservation r
    SET wanted = r.wanted - t.quantity, reserved = r.reserved - t.quantity
    FROM (
        SELECT line_id, sum(quantity) AS quantity
        FROM unnest($25::uuid[], $26::numeric[]) AS taken(line_id, quantity)
        GROUP BY line_id
    ) t
    WHERE r.tenant = $1 AND r.line_id = t.line_id
"""


async def write_moves(
    uow: UnitOfWork, locked: dict[Place, LockedPosition], moves: Sequence[MoveRow]
) -> None:
    """Write moved positions, their moves and the reservations these took; one statement."""
    if not moves:
        return
    places = sorted({row.place for row in moves})
    holdings = [locked[place].holding for place in places]
    taken = [(row.line_id, -row.quantity) for row in moves if row.line_id is not None]
    await uow.connection.execute(
        _WRITE,
        uow.tenant,
        [warehouse for warehouse, _ in places],
        [item for _, item in places],
        [holding.on_hand for holding in holdings],
        [holding.reserved for holding in holdings],
        [holding.unit_cost for holding in holdings],
        [holding.value for holding in holdings],
        uow.now,
        uow.principal.subject,
        [row.id for row in moves],
        [row.place[0] for row in moves],
        [row.place[1] for row in moves],
        [row.company_id for row in moves],
        [row.kind.value for row in moves],
        [row.reason.value for row in moves],
        [row.effective_on for row in moves],
        [row.quantity for row in moves],
        [row.unit_cost for row in moves],
        [row.value for row in moves],
        [row.revaluation for row in moves],
        [row.currency for row in moves],
        [row.document_id for row in moves],
        [row.note for row in moves],
        [row.external_reference for row in moves],
        [line_id for line_id, _ in taken],
        [quantity for _, quantity in taken],
    )


async def book_moves(
    uow: UnitOfWork,
    moves: Sequence[MoveRow],
    *,
    source_type: str,
    references: dict[UUID, str] | None = None,
) -> None:
    """Post what the moves did to the stock's value, one entry per document; one statement.

    Comes last in the transaction: the ledger's locks are the ones everybody shares.
    """
    by_document = defaultdict[UUID, list[MoveRow]](list)
    for row in moves:
        by_document[row.document_id].append(row)
    entries = [
        ledger.EntryInput(
            company_id=rows[0].company_id,
            journal=ledger.Journal.STOCK,
            effective_on=rows[0].effective_on,
            lines=lines,
            reference=(references or {}).get(document_id),
            source_type=source_type,
            source_id=document_id,
        )
        for document_id, rows in by_document.items()
        if (lines := _entry_lines(rows))
    ]
    if entries:
        await ledger.post_entries(uow, entries)


def _entry_lines(rows: Sequence[MoveRow]) -> list[ledger.EntryLine]:
    currency = rows[0].currency
    against = defaultdict[tuple[str, str | None], Decimal](lambda: ZERO)
    for row in rows:
        against[COUNTER_ACCOUNT[row.reason], None] += row.value
        against[COUNTER_ACCOUNT[MoveReason.COST], "Revaluation at standard cost"] += row.revaluation
    lines = list[ledger.EntryLine]()
    for (role, words), value in against.items():
        counter, amount = ledger.AccountRole(role), Money(abs(value), currency)
        if value > 0:
            lines.append(ledger.debit(ledger.AccountRole.INVENTORY, amount, words))
            lines.append(ledger.credit(counter, amount, words))
        elif value < 0:
            lines.append(ledger.debit(counter, amount, words))
            lines.append(ledger.credit(ledger.AccountRole.INVENTORY, amount, words))
    return lines


_OFF_COST = f"""
    SELECT warehouse_id, item_id
    FROM (
        SELECT p.warehouse_id, p.item_id, p.unit_cost,
               {_COST.format(day="$2::date")} AS cost
        FROM inventory_position p
        WHERE p.tenant = $1 AND p.on_hand > 0
    ) carried
    WHERE cost <> unit_cost
    LIMIT $3
"""  # noqa: S608 - nothing but SQL of this house is put in


async def revalue_stock(uow: UnitOfWork, *, limit: int = 1_000) -> int:
    """Carry stock at today's standard cost, and book the difference; returns how many positions.

    A move does the same for its own position; this is for what lies still.
    """
    today = uow.now.date()
    found = await uow.connection.fetch(_OFF_COST, uow.tenant, today, limit)
    locked = await lock_positions(uow, [(row[0], row[1], today) for row in found])
    moves = list[MoveRow]()
    documents = defaultdict[UUID, UUID](uow.new_id)
    for place, position in locked.items():
        cost = position.unit_cost(today)
        try:
            moved = move(
                position.holding, ZERO, unit_cost=cost, minor_units=minor_units(position.currency)
            )
        except Refusal as refusal:
            # One absurd cost must not keep the others from being revalued.
            log.warning("stock of item %s is not revalued: %s", place[1], refusal.detail)
            continue
        changed = moved.holding != position.holding
        position.holding = moved.holding
        if changed and moved.revaluation:
            moves.append(
                MoveRow(
                    uow.new_id(),
                    place,
                    position.company_id,
                    MoveKind.REVALUATION,
                    MoveReason.COST,
                    today,
                    ZERO,
                    cost,
                    ZERO,
                    moved.revaluation,
                    position.currency,
                    documents[position.company_id],
                )
            )
    await write_moves(uow, locked, moves)
    await book_moves(uow, moves, source_type="stock-revaluation")
    if moves:
        uow.audit("stock-revalued", "stock", "revaluation", {"positions": len(moves)})
    return len(moves)
