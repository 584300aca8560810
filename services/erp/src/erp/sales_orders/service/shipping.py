"""Shipping orders, one or hundreds at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.inventory import service as inventory
from erp.items import queries as items
from erp.receivables import service as receivables
from erp.receivables.service import OrdersMoved
from erp.sales_orders import events
from erp.sales_orders.queries import (
    OrderDetail,
    ShipmentDetail,
    ShippedQuantity,
    last_shipments,
    lock_orders,
)
from erp.sales_orders.rules import (
    ZERO,
    OrderNotFound,
    OrderStatus,
    check_day,
    check_may_ship,
    plan_shipment,
    status_after,
)
from erp.sales_orders.service.record import SAVING, moved, saving, with_delivered
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

DONE = (OrderStatus.SHIPPED, OrderStatus.INVOICED)


@dataclass(frozen=True, slots=True)
class NewShipment:
    """A shipment to be made of an order, named by its id or its external reference.

    `lines` are quantities by order line; None ships all that is reserved. `shipped_on` None is
    today (UTC).
    """

    order_id: UUID | None = None
    order_reference: str | None = None
    shipped_on: date | None = None
    lines: Mapping[UUID, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class MadeShipment:
    """A shipment, and the order as it is now; `new` is False if the order had left before."""

    shipment: ShipmentDetail | None
    order: OrderDetail
    shipment_id: UUID
    new: bool


async def ship_order(uow: UnitOfWork, new: NewShipment) -> MadeShipment:
    """Let goods of an order leave: stock, cost of goods sold and order in one transaction.

    Raises `OrderNotFound`, `OrderIsOnHold`, `OrderIsClosed`, `NothingToShip`,
    `QuantityIsTooFine`, `QuantityIsNotReserved`, `LineIsNotOnOrder`, `ShippedBeforeOrdered` or
    `DayIsInTheFuture`.
    """
    [made] = await ship_orders(uow, [new], repeatable=False)
    if isinstance(made, Refusal):
        raise made
    return made


async def ship_orders(
    uow: UnitOfWork, rows: Sequence[NewShipment], *, repeatable: bool = True
) -> list[MadeShipment | Refusal]:
    """Ship many orders in a constant number of statements; a refused row leaves nothing behind.

    With `repeatable`, a row without lines for an order that has left in full is answered with its
    last shipment, so that an import can be run again. Refused rows carry what `ship_order` raises.
    """
    found = await lock_orders(
        uow,
        ids=[row.order_id for row in rows if row.order_id],
        references=[row.order_reference for row in rows if row.order_reference],
    )
    orders = {order.id: order for order in found}
    by_reference = {order.external_reference: order.id for order in found}
    done = [order.id for order in found if order.status in DONE]
    last = await last_shipments(uow, done) if repeatable and done else {}
    results, touched = list[MadeShipment | Refusal](), dict[UUID, OrderDetail]()
    for row in rows:
        order = orders.get(row.order_id or by_reference.get(row.order_reference or "") or _NOBODY)
        try:
            if order is None:
                raise OrderNotFound(
                    f"There is no order {row.order_id or row.order_reference}.",
                    field="order_id" if row.order_id else "external_reference",
                )
            if repeatable and row.lines is None and order.id in last:
                results.append(MadeShipment(None, order, last[order.id], new=False))
                continue
            made = _plan(uow, order, row)
        except Refusal as refusal:
            results.append(refusal)
            continue
        orders[made.order.id] = touched[made.order.id] = made.order
        results.append(made)
    numbered = await _record(uow, results, list(touched.values()))
    made_now = [made for made in numbered if isinstance(made, MadeShipment) and made.new]
    await inventory.ship(uow, [outgoing for made in made_now if (outgoing := _outgoing(made))])
    # Accounts after stock, as everywhere.
    by_account: defaultdict[UUID, OrdersMoved] = defaultdict(OrdersMoved)
    for order in found:
        if order.id in touched:
            by_account[order.account_id] += moved(order, touched[order.id])
    await receivables.change_open_orders_of(uow, by_account)
    return numbered


_NOBODY = UUID(int=0)


def _plan(uow: UnitOfWork, order: OrderDetail, row: NewShipment) -> MadeShipment:
    """The shipment and the order after it; raises what `ship_order` raises."""
    shipped_on, today = row.shipped_on or uow.now.date(), uow.now.date()
    check_may_ship(order.status)
    check_day(shipped_on, ordered_on=order.ordered_on, today=today, shipping=True)
    _check_places(order, row)
    plan = plan_shipment(order.progress, row.lines)
    lines = tuple(
        replace(
            line,
            shipped=line.shipped + plan.get(line.id, ZERO),
            reserved=line.reserved - (plan.get(line.id, ZERO) if line.stocked else ZERO),
        )
        for line in order.lines
    )
    after = replace(order, lines=lines, version=order.version + 1)
    after = with_delivered(replace(after, status=status_after(after.progress, order.status)))
    shipment = ShipmentDetail(
        id=uow.new_id(),
        number="",
        order_id=order.id,
        shipped_on=shipped_on,
        recorded_at=uow.now,
        recorded_by=uow.principal.subject,
        lines=tuple(
            ShippedQuantity(line.id, line.item_id, line.sku, plan[line.id], line.unit)
            for line in order.lines
            if line.id in plan
        ),
    )
    return MadeShipment(shipment, after, shipment.id, new=True)


def _check_places(order: OrderDetail, row: NewShipment) -> None:
    """Refuse named quantities that are finer than their line; raises `QuantityIsTooFine`."""
    known = {line.id: line for line in order.lines}
    for at, (line_id, quantity) in enumerate((row.lines or {}).items()):
        line = known.get(line_id)
        if line is not None:
            items.check_places(
                quantity, line.quantity_places, unit=line.unit, field=f"lines.{at}.quantity"
            )


_INSERT = f"""
    WITH {SAVING}, drawn AS (
        SELECT number, place
        FROM sales_orders_next_numbers('SH', $24) WITH ORDINALITY AS n(number, place)
    ), shipments AS (
        INSERT INTO sales_orders_shipment (
            tenant, id, number, order_id, shipped_on, recorded_at, recorded_by)
        SELECT $1, s.id, d.number, s.order_id, s.shipped_on, $2, $25
        FROM unnest($26::uuid[], $27::uuid[], $28::date[]) WITH ORDINALITY
             AS s(id, order_id, shipped_on, place)
        JOIN drawn d USING (place)
        RETURNING id, number
    ), lines AS (
        INSERT INTO sales_orders_shipment_line (tenant, id, shipment_id, line_id, quantity)
        SELECT $1, l.id, l.shipment_id, l.line_id, l.quantity
        FROM unnest($29::uuid[], $30::uuid[], $31::uuid[], $32::numeric[])
             AS l(id, shipment_id, line_id, quantity)
    )
    SELECT id, number FROM shipments
"""  # noqa: S608 - nothing but SQL of this slice is put in


async def _record(
    uow: UnitOfWork,
    results: Sequence[MadeShipment | Refusal],
    orders: Sequence[OrderDetail],
) -> list[MadeShipment | Refusal]:
    """Write shipments and orders, give the shipments their numbers, and announce them."""
    shipments = [
        made.shipment for made in results if isinstance(made, MadeShipment) and made.shipment
    ]
    if not shipments:
        return list(results)
    lines = [(shipment.id, line) for shipment in shipments for line in shipment.lines]
    rows = await uow.connection.fetch(
        _INSERT,
        *saving(uow, orders),
        len(shipments),
        uow.principal.subject,
        [shipment.id for shipment in shipments],
        [shipment.order_id for shipment in shipments],
        [shipment.shipped_on for shipment in shipments],
        [uow.new_id() for _ in lines],
        [shipment_id for shipment_id, _ in lines],
        [line.line_id for _, line in lines],
        [line.quantity for _, line in lines],
    )
    numbers = {row["id"]: row["number"] for row in rows}
    numbered = list[MadeShipment | Refusal]()
    for made in results:
        if isinstance(made, MadeShipment) and made.shipment is not None:
            shipment = replace(made.shipment, number=numbers[made.shipment.id])
            made = replace(made, shipment=shipment)
            uow.publish(
                events.order_shipped(
                    made.order,
                    shipment_id=shipment.id,
                    number=shipment.number,
                    shipped_on=shipment.shipped_on,
                    lines=[(line.line_id, line.item_id, line.quantity) for line in shipment.lines],
                    complete=made.order.status in DONE,
                )
            )
            uow.audit(
                "order-shipped",
                "order",
                made.order.id,
                {"shipment": shipment.number, "shipped_on": shipment.shipped_on},
            )
        numbered.append(made)
    return numbered


def _outgoing(made: MadeShipment) -> inventory.Outgoing | None:
    """What leaves the warehouse: services go without."""
    shipment, order = made.shipment, made.order
    if shipment is None or order.warehouse_id is None:
        return None
    stocked = {line.id for line in order.lines if line.stocked}
    return inventory.Outgoing(
        shipment_id=shipment.id,
        number=shipment.number,
        warehouse_id=order.warehouse_id,
        shipped_on=shipment.shipped_on,
        picks=[
            inventory.Pick(line.line_id, line.item_id, line.quantity)
            for line in shipment.lines
            if line.line_id in stocked
        ],
    )
