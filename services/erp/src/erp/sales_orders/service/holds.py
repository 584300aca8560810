"""Releasing orders on hold, and cancelling what has not left."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from erp.inventory import service as inventory
from erp.receivables import service as receivables
from erp.sales_orders import events
from erp.sales_orders.queries import OrderDetail, lock_order
from erp.sales_orders.rules import (
    ZERO,
    OrderIsNotHeld,
    OrderStatus,
    ReleaseHasPassed,
    Unpaid,
    exposure_after,
    plan_cancellation,
    status_after,
)
from erp.sales_orders.service.record import moved, save_orders, with_delivered
from servicekit.uow import UnitOfWork
from servicekit.values.money import minor_units


async def release_order(
    uow: UnitOfWork, order_id: UUID, *, reason: str, until: date | None = None
) -> OrderDetail:
    """Let a held order go on, in spite of its reasons: for good, or `until` the end of a day.

    The order keeps who released what amount of exposure until when. What is short stays backorder:
    it is reserved when stock comes in, and cannot ship before. Raises `OrderNotFound`,
    `OrderIsNotHeld`, `ReleaseHasPassed`.
    """
    order = await lock_order(uow, order_id)
    if order.status is not OrderStatus.HELD:
        raise OrderIsNotHeld(f"The order is {order.status.value}.")
    if until is not None and until < uow.now.date():
        raise ReleaseHasPassed(f"{until} has passed.", field="until")
    released = replace(
        order,
        status=OrderStatus.CONFIRMED,
        holds=(),
        promised_on=max(uow.now.date(), order.requested_on or order.ordered_on),
        released_by=uow.principal.subject,
        released_at=uow.now,
        release_reason=reason,
        released_amount=order.exposure,
        released_until=until,
        version=order.version + 1,
    )
    await save_orders(uow, [released])
    uow.publish(events.order_released(released, released_by=uow.principal.subject, reason=reason))
    uow.publish(events.order_confirmed(released))
    uow.audit(
        "order-released",
        "order",
        order.id,
        {
            "reason": reason,
            "holds": [hold.code for hold in order.holds],
            "amount": order.exposure,
            "until": None if until is None else str(until),
        },
    )
    return released


async def cancel_order(uow: UnitOfWork, order_id: UUID, *, reason: str) -> OrderDetail:
    """Cancel what has not left: its stock and its credit are free again.

    Raises `OrderNotFound`, `OrderIsClosed` or `OrderHasNothingOpen`.
    """
    order = await lock_order(uow, order_id)
    plan = plan_cancellation(order.progress, order.status)
    lines = tuple(
        replace(line, cancelled=line.cancelled + plan[line.id], reserved=ZERO)
        if line.id in plan
        else line
        for line in order.lines
    )
    after = replace(order, lines=lines, holds=(), cancel_reason=reason, version=order.version + 1)
    unpaid = exposure_after(
        Unpaid(order.exposure, order.prepaid),
        order.progress,
        after.progress,
        minor_units=minor_units(order.currency),
    )
    after = replace(
        after, status=status_after(after.progress, order.status), exposure=unpaid.exposure
    )
    after = with_delivered(after)
    await save_orders(uow, [after])
    await inventory.release(
        uow, {line.id: plan[line.id] for line in order.lines if line.stocked and line.id in plan}
    )
    if freed := moved(order, after):
        await receivables.change_open_orders(uow, order.account_id, freed, order.currency)
    uow.publish(events.order_cancelled(after, reason=reason))
    uow.audit("order-cancelled", "order", order.id, {"reason": reason})
    return after
