"""Reading orders, and loading orders to work on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.inventory import queries as inventory
from erp.receivables import queries as receivables
from erp.sales_orders.models import Line, Order
from erp.sales_orders.rules import ZERO, LineProgress, OrderNotFound, OrderStatus
from servicekit.uow import UnitOfWork

ORDER_COLUMNS = """
    id, number, company_id, warehouse_id, customer_id, account_id, quote_id, quote_number,
    opportunity_id, currency, ordered_on, requested_on, promised_on, status, holds,
    net, tax, gross, exposure, invoiced_net, prepaid, customer_reference, external_reference,
    placed_by, released_by, released_at, release_reason, cancel_reason, version, created_at,
    updated_at, delivered, in_horizon, released_amount, released_until
"""
LINE_COLUMNS = """
    id, order_id, position, item_id, sku, name, unit, stocked, quantity, net_unit_price,
    net_amount, tax_category, list_unit_price, price_reason, quantity_places, shipped,
    invoiced, cancelled, invoiced_amount
"""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order. Quantities in its unit, amounts in the order's currency, unrounded."""

    id: UUID
    order_id: UUID
    position: int
    item_id: UUID
    sku: str
    name: str
    unit: str
    stocked: bool
    quantity: Decimal
    net_unit_price: Decimal
    net_amount: Decimal
    tax_category: str
    list_unit_price: Decimal | None
    price_reason: str | None
    quantity_places: int
    shipped: Decimal = ZERO
    invoiced: Decimal = ZERO
    cancelled: Decimal = ZERO
    invoiced_amount: Decimal = ZERO
    reserved: Decimal = ZERO
    credited: Decimal = ZERO
    credited_amount: Decimal = ZERO

    @property
    def progress(self) -> LineProgress:
        """What the rules need of the line."""
        return LineProgress(
            self.id,
            self.item_id,
            self.stocked,
            self.quantity,
            self.net_amount,
            self.reserved,
            self.shipped,
            self.invoiced,
            self.cancelled,
            self.invoiced_amount,
        )


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A reason of a held or rejected order."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with its lines; posted amounts at minor units of `currency`."""

    id: UUID
    number: str
    company_id: UUID
    warehouse_id: UUID | None
    customer_id: UUID
    account_id: UUID
    quote_id: UUID | None
    quote_number: str | None
    opportunity_id: UUID | None
    currency: str
    ordered_on: date
    requested_on: date | None
    promised_on: date | None
    status: OrderStatus
    holds: tuple[Reasoned, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    exposure: Decimal
    invoiced_net: Decimal | None
    prepaid: Decimal
    customer_reference: str | None
    external_reference: str | None
    placed_by: str
    released_by: str | None
    released_at: datetime | None
    release_reason: str | None
    cancel_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    delivered: Decimal = ZERO
    in_horizon: bool = True
    released_amount: Decimal | None = None
    released_until: date | None = None
    lines: tuple[OrderLine, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any], holds: Sequence[Mapping[str, str]]) -> "OrderDetail":
        """From a row of the order table; lines are added later."""
        fields = dict(row)
        fields["status"] = OrderStatus(fields["status"])
        fields["holds"] = tuple(Reasoned(hold["code"], hold["message"]) for hold in holds)
        return cls(**fields)

    @property
    def due_on(self) -> date:
        """When it is wanted: the day from which the horizon of credit counts back."""
        return self.requested_on or self.ordered_on

    @property
    def progress(self) -> list[LineProgress]:
        """What the rules need of the lines."""
        return [line.progress for line in self.lines]


def _of_model(row: Order) -> OrderDetail:
    fields = {column: getattr(row, column) for column in _ORDER_FIELDS}
    return OrderDetail.of(fields, row.holds)


_ORDER_FIELDS = [name for name in OrderDetail.__dataclass_fields__ if name != "lines"]
_KEPT_ELSEWHERE = {"reserved", "credited", "credited_amount"}
_LINE_FIELDS = [name for name in OrderLine.__dataclass_fields__ if name not in _KEPT_ELSEWHERE]


async def order(session: AsyncSession, order_id: UUID) -> OrderDetail:
    """An order with its lines and what is reserved for them; raises `OrderNotFound`."""
    found = await session.scalar(select(Order).where(Order.id == order_id))
    if found is None:
        raise OrderNotFound(f"There is no order {order_id}.")
    [detail] = await with_lines(session, [found])
    return detail


async def with_lines(session: AsyncSession, orders: Sequence[Order]) -> list[OrderDetail]:
    """Orders with their lines, reservations and credits, in the order given; three statements."""
    rows = (
        await session.scalars(
            select(Line)
            .where(Line.order_id.in_([row.id for row in orders]))
            .order_by(Line.order_id, Line.position)
        )
    ).all()
    reserved = await inventory.reserved_for(session, [row.id for row in rows])
    credited = await receivables.credited_of_lines(session, [row.id for row in rows])
    lines: dict[UUID, list[OrderLine]] = {row.id: [] for row in orders}
    for row in rows:
        fields = {name: getattr(row, name) for name in _LINE_FIELDS}
        back, amount = credited.get(row.id, (ZERO, ZERO))
        lines[row.order_id].append(
            OrderLine(
                **fields,
                reserved=reserved.get(row.id, ZERO),
                credited=back,
                credited_amount=amount,
            )
        )
    return [replace(_of_model(row), lines=tuple(lines[row.id])) for row in orders]


# --- loading orders to work on ---------------------------------------------------------------


def _prefixed(columns: str, alias: str) -> str:
    names = [name.strip() for name in columns.split(",")]
    return ", ".join(f"{alias}.{name}" for name in names)


# Lines are locked with their order, though the order's lock would keep others off: a row that is
# locked is read as it is once the lock is there, and not as it was when the statement began.
# NO KEY: shipments that point to them need not wait.
_JOINED = f"""
    SELECT {_prefixed(ORDER_COLUMNS, "o")}, {_prefixed(LINE_COLUMNS, "l")}
    FROM sales_orders_order o
    JOIN sales_orders_line l ON l.tenant = o.tenant AND l.order_id = o.id
"""  # noqa: S608 - nothing but column names of this module is put in
_LOCK_ORDERS = f"""{_JOINED}
    WHERE o.tenant = $1 AND o.id = ANY($2) AND l.order_id = ANY($2)
    ORDER BY o.id, l.position
    FOR NO KEY UPDATE OF o, l
"""
_BY_REFERENCE = """
    SELECT id FROM sales_orders_order WHERE tenant = $1 AND external_reference = ANY($2)
"""
_LOCK_FREE_ORDERS = f"""{_JOINED}
    WHERE o.tenant = $1 AND o.id IN (
        SELECT order_id FROM sales_orders_line WHERE tenant = $1 AND id = ANY($2))
    ORDER BY o.id, l.position
    FOR NO KEY UPDATE OF o, l SKIP LOCKED
"""  # noqa: S608 - nothing but column names of this module is put in
_ORDER_WIDTH = len(ORDER_COLUMNS.split(","))


async def lock_orders(
    uow: UnitOfWork,
    *,
    ids: Collection[UUID] = (),
    references: Collection[str] = (),
    with_reservations: bool = True,
) -> list[OrderDetail]:
    """Orders with lines, locked by id until the transaction ends; unknown ones are left out.

    One statement for any number of orders, one more for what is reserved, and one for references.
    """
    wanted = list(ids)
    if references:
        # By themselves: with OR between them, no index would serve either.
        named = await uow.connection.fetch(_BY_REFERENCE, uow.tenant, list(references))
        wanted += [row["id"] for row in named]
    rows = await uow.connection.fetch(_LOCK_ORDERS, uow.tenant, wanted)
    return await _assembled(uow, rows, with_reservations=with_reservations)


async def lock_order(uow: UnitOfWork, order_id: UUID) -> OrderDetail:
    """An order with lines and reservations, locked; raises `OrderNotFound`."""
    found = await lock_orders(uow, ids=[order_id])
    if not found:
        raise OrderNotFound(f"There is no order {order_id}.")
    return found[0]


async def lock_orders_of_lines(uow: UnitOfWork, line_ids: Collection[UUID]) -> list[OrderDetail]:
    """The orders that these lines are on; those that somebody else works on are left out."""
    rows = await uow.connection.fetch(_LOCK_FREE_ORDERS, uow.tenant, list(line_ids))
    return await _assembled(uow, rows, with_reservations=True)


async def _assembled(
    uow: UnitOfWork, rows: Sequence[asyncpg.Record], *, with_reservations: bool
) -> list[OrderDetail]:
    found = [OrderLine(*row[_ORDER_WIDTH:]) for row in rows]
    # Read without a lock: whoever lessens a reservation holds the order's lock, which we have.
    goods = [line.id for line in found if line.stocked] if with_reservations else []
    reserved = await inventory.reserved_by_line(uow.connection, uow.tenant, goods) if goods else {}
    orders: dict[UUID, tuple[asyncpg.Record, list[OrderLine]]] = {}
    for row, line in zip(rows, found, strict=True):
        if line.id in reserved:
            line = replace(line, reserved=reserved[line.id])
        orders.setdefault(line.order_id, (row, []))[1].append(line)
    return [
        replace(_of_record(row[:_ORDER_WIDTH]), lines=tuple(lines))
        for row, lines in orders.values()
    ]


def _of_record(values: Sequence[Any]) -> OrderDetail:
    fields = dict(zip(_ORDER_FIELDS, values, strict=True))
    holds = fields["holds"]
    # A connection that SQLAlchemy has opened decodes JSON by itself; a bare one does not.
    return OrderDetail.of(fields, orjson.loads(holds) if isinstance(holds, str) else holds)
