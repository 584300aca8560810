"""Orders enter and leave the horizon of credit, and releases of orders run out."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from uuid import UUID

from erp.receivables import service as receivables
from erp.receivables.service import OrdersMoved
from erp.sales_orders import events
from erp.sales_orders.queries import (
    OrderDetail,
    Reasoned,
    across_the_horizon,
    lock_orders,
    released_too_long,
)
from erp.sales_orders.rules import OrderStatus
from erp.sales_orders.service.record import moved, save_orders
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

RELEASE_ENDED = "release-ended"


async def move_the_horizon(uow: UnitOfWork, today: date, *, limit: int = 200) -> int:
    """Let orders count as exposure that have come within their company's horizon; answer how many.

    Those that a shorter horizon leaves out count no more, but for what has left. An order that
    enters, was confirmed and has not left is held if the credit of its account does not allow it,
    unless somebody released it. Some at a time; each account announces its credit.
    """
    due = await across_the_horizon(uow, today, limit)
    orders = await lock_orders(uow, ids=list(due), with_reservations=False)
    orders = [order for order in orders if order.in_horizon is not due[order.id]]
    await receivables.lock_accounts(uow, {order.account_id for order in orders})
    leaving: defaultdict[UUID, OrdersMoved] = defaultdict(OrdersMoved)
    changed = list[OrderDetail]()
    for order in sorted(orders, key=lambda one: (one.due_on, one.number)):
        after = replace(order, in_horizon=due[order.id], version=order.version + 1)
        by = moved(order, after)
        if not after.in_horizon:
            leaving[order.account_id] += by
        else:
            decision = await receivables.enter_horizon(
                uow, order.account_id, Money(by.open_orders, order.currency)
            )
            if _may_be_held(order, today) and not decision.granted:
                after = _held(uow, after, [Reasoned(r.code, r.message) for r in decision.reasons])
        changed.append(after)
    await receivables.change_open_orders_of(uow, leaving)
    await save_orders(uow, changed)
    return len(changed)


async def end_order_releases(uow: UnitOfWork, today: date, *, limit: int = 200) -> int:
    """Hold orders again whose release ended before they left; answer how many. Some at a time."""
    found = await released_too_long(uow, today, limit)
    orders = await lock_orders(uow, ids=found, with_reservations=False)
    changed = [
        _held(
            uow,
            replace(order, version=order.version + 1),
            [Reasoned(RELEASE_ENDED, f"It was released until {order.released_until}.")],
        )
        for order in orders
        if order.status is OrderStatus.CONFIRMED
        and order.released_until is not None
        and order.released_until < today
    ]
    await save_orders(uow, changed)
    return len(changed)


def _may_be_held(order: OrderDetail, today: date) -> bool:
    released = order.released_by is not None and (
        order.released_until is None or order.released_until >= today
    )
    return order.status is OrderStatus.CONFIRMED and not released


def _held(uow: UnitOfWork, order: OrderDetail, reasons: list[Reasoned]) -> OrderDetail:
    held = replace(
        order,
        status=OrderStatus.HELD,
        holds=tuple(reasons),
        promised_on=None,
        released_by=None,
        released_at=None,
        release_reason=None,
        released_amount=None,
        released_until=None,
    )
    uow.publish(events.order_held(held))
    uow.audit("order-held", "order", held.id, {"reasons": [reason.code for reason in reasons]})
    return held
