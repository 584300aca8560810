"""Reading stock: warehouses, positions, promises, and the proofs that they hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.inventory.models import Warehouse
from erp.inventory.rules import ZERO, Promise, promises_by_date
from erp.ledger import queries as ledger
from erp.ledger.service import AccountRole
from servicekit.values.decimals import plain

DEFAULT_WAREHOUSE = "MAIN"
"""The code of the warehouse that every company starts with."""


_WAREHOUSE = """
    SELECT id FROM inventory_warehouse
    WHERE tenant = $1 AND company_id = $2
      AND (id = $3 OR ($3::uuid IS NULL AND code = $4))
"""


async def warehouse_of(
    connection: asyncpg.Connection, tenant: str, company_id: UUID, warehouse_id: UUID | None
) -> UUID | None:
    """The company's named warehouse (None: its default one), if it has such; one statement."""
    found: UUID | None = await connection.fetchval(
        _WAREHOUSE, tenant, company_id, warehouse_id, DEFAULT_WAREHOUSE
    )
    return found


async def warehouses_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Warehouse]:
    """Warehouses by id; those that do not exist are left out."""
    rows = await session.scalars(select(Warehouse).where(Warehouse.id.in_(ids)))
    return {row.id: row for row in rows}


async def reserved_by_line(
    connection: asyncpg.Connection, tenant: str, line_ids: Collection[UUID]
) -> dict[UUID, Decimal]:
    """What is reserved for each order line, in the item's unit; one statement."""
    rows = await connection.fetch(
        "SELECT line_id, reserved FROM inventory_reservation"
        " WHERE tenant = $1 AND line_id = ANY($2)",
        tenant,
        list(line_ids),
    )
    return {row["line_id"]: row["reserved"] for row in rows}


async def reserved_for(session: AsyncSession, line_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What is reserved for each order line, for readers."""
    rows = await session.execute(
        text("SELECT line_id, reserved FROM inventory_reservation WHERE line_id = ANY(:lines)"),
        {"lines": list(line_ids)},
    )
    return {row.line_id: row.reserved for row in rows}


async def fillable_lines(connection: asyncpg.Connection, tenant: str, limit: int) -> list[UUID]:
    """Order lines that wait for stock which is free by now, oldest first."""
    rows = await connection.fetch(
        """
        SELECT r.line_id
        FROM inventory_reservation r
        JOIN inventory_position p
          ON p.tenant = r.tenant AND p.warehouse_id = r.warehouse_id AND p.item_id = r.item_id
        WHERE r.tenant = $1 AND r.reserved < r.wanted AND p.on_hand > p.reserved
        ORDER BY r.line_id
        LIMIT $2
        """,
        tenant,
        limit,
    )
    return [row["line_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class WarehouseStock:
    """An item in one warehouse, in the item's unit; value in `currency` at minor units."""

    warehouse_id: UUID
    code: str
    company_id: UUID
    on_hand: Decimal
    reserved: Decimal
    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What order lines still want of an item by a day, and how much of it is reserved."""

    needed_on: date
    wanted: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class ItemStock:
    """An item over all warehouses, and what of it can be promised from each day on."""

    item_id: UUID
    on_hand: Decimal
    reserved: Decimal
    as_of: datetime
    warehouses: tuple[WarehouseStock, ...]
    demands: tuple[Demand, ...]
    promises: tuple[Promise, ...]

    @property
    def available(self) -> Decimal:
        """On hand less reserved: what a new order gets now."""
        return self.on_hand - self.reserved


_POSITIONS = text(
    """
    SELECT p.item_id, p.warehouse_id, w.code, p.company_id, p.on_hand, p.reserved, p.value,
           p.currency
    FROM inventory_position p
    JOIN inventory_warehouse w ON w.tenant = p.tenant AND w.id = p.warehouse_id
    WHERE p.item_id = ANY(:items)
    ORDER BY p.item_id, w.code, w.id
    """
)
_DEMANDS = text(
    """
    SELECT item_id, needed_on, sum(wanted) AS wanted, sum(reserved) AS reserved
    FROM inventory_reservation
    WHERE item_id = ANY(:items) AND wanted > 0
    GROUP BY item_id, needed_on
    ORDER BY item_id, needed_on
    """
)


async def stock_of(
    session: AsyncSession, item_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, ItemStock]:
    """What lies where of each item, and what can be promised from today (UTC) on."""
    wanted = {"items": list(item_ids)}
    positions: dict[UUID, list[WarehouseStock]] = {item_id: [] for item_id in item_ids}
    for item_id, *fields in await session.execute(_POSITIONS, wanted):
        positions[item_id].append(WarehouseStock(*fields))
    demands: dict[UUID, list[Demand]] = {item_id: [] for item_id in item_ids}
    for item_id, *fields in await session.execute(_DEMANDS, wanted):
        demands[item_id].append(Demand(*fields))
    return {
        item_id: _item_stock(item_id, positions[item_id], demands[item_id], now)
        for item_id in item_ids
    }


def _item_stock(
    item_id: UUID, positions: list[WarehouseStock], demands: list[Demand], now: datetime
) -> ItemStock:
    on_hand = sum((row.on_hand for row in positions), ZERO)
    promises = promises_by_date(
        on_hand,
        receipts={},
        demands={demand.needed_on: demand.wanted for demand in demands},
        today=now.date(),
    )
    return ItemStock(
        item_id,
        on_hand,
        sum((row.reserved for row in positions), ZERO),
        now,
        tuple(positions),
        tuple(demands),
        tuple(promises),
    )


_MOVES_DIFFER = text(
    """
    SELECT p.item_id
    FROM inventory_position p
    LEFT JOIN (
        SELECT warehouse_id, item_id, sum(quantity) AS quantity, sum(value + revaluation) AS value
        FROM inventory_move WHERE company_id = :company_id GROUP BY warehouse_id, item_id
    ) m ON m.warehouse_id = p.warehouse_id AND m.item_id = p.item_id
    WHERE p.company_id = :company_id
      AND (p.on_hand <> coalesce(m.quantity, 0) OR p.value <> coalesce(m.value, 0))
    LIMIT 1
    """
)
_RESERVED_DIFFERS = text(
    """
    SELECT p.item_id
    FROM inventory_position p
    LEFT JOIN (
        SELECT warehouse_id, item_id, sum(reserved) AS reserved
        FROM inventory_reservation GROUP BY warehouse_id, item_id
    ) r ON r.warehouse_id = p.warehouse_id AND r.item_id = p.item_id
    WHERE p.company_id = :company_id AND p.reserved <> coalesce(r.reserved, 0)
    LIMIT 1
    """
)
_VALUE = text(
    "SELECT currency, sum(value) AS value FROM inventory_position"
    " WHERE company_id = :company_id GROUP BY currency"
)


async def proofs(session: AsyncSession, company_id: UUID) -> list[ledger.Proof]:
    """Compare positions with moves and reservations, and their value with the control account."""
    company = {"company_id": company_id}
    moves = (await session.execute(_MOVES_DIFFER, company)).first()
    reserved = (await session.execute(_RESERVED_DIFFERS, company)).first()
    stock = {row.currency: row.value for row in await session.execute(_VALUE, company) if row.value}
    booked = await ledger.balance_of(session, company_id, AccountRole.INVENTORY)
    control = {currency: amount for currency, amount in booked.items() if amount}
    return [
        ledger.Proof(
            "stock-equals-its-moves",
            moves is None,
            "Every position equals its moves." if moves is None else f"Item {moves.item_id}.",
        ),
        ledger.Proof(
            "reserved-equals-the-reservations",
            reserved is None,
            "Every position equals its reservations."
            if reserved is None
            else f"Item {reserved.item_id} differs.",
        ),
        ledger.Proof(
            "stock-value-equals-the-control-account",
            stock == control,
            f"Stock {_said(stock)}, control account {_said(control)}.",
        ),
    ]


def _said(amounts: Mapping[str, Decimal]) -> str:
    """Amounts by currency, as people read them."""
    return ", ".join(f"{plain(a)} {c}" for c, a in sorted(amounts.items())) or "nothing"
