"""Stock that has come in goes to the orders that wait for it, oldest first."""

from dataclasses import replace

from erp.inventory import queries as stock
from erp.inventory import service as inventory
from erp.sales_orders import events
from erp.sales_orders.queries import OrderDetail, lock_orders_of_lines
from erp.sales_orders.rules import STOCK_SHORT, ZERO, OrderStatus
from erp.sales_orders.service.record import save_orders
from servicekit.uow import UnitOfWork

REASON = "The stock that was short has come in."


async def fill_backorders(uow: UnitOfWork, *, limit: int = 200) -> int:
    """Reserve free stock for waiting lines; release orders that waited for nothing else.

    Returns how many lines got something. Orders are locked before positions, as everywhere;
    orders that somebody works on right now are left for the next time.
    """
    waiting = await stock.fillable_lines(uow.connection, uow.tenant, limit)
    if not waiting:
        return 0
    orders = await lock_orders_of_lines(uow, waiting)
    mine = {line.id for order in orders for line in order.lines} & set(waiting)
    got = await inventory.claim_backorders(uow, mine)
    changed = list[OrderDetail]()
    for order in orders:
        lines = tuple(
            replace(line, reserved=line.reserved + got.get(line.id, ZERO)) for line in order.lines
        )
        filled = all(not line.stocked or line.reserved >= line.progress.open for line in lines)
        if order.status is not OrderStatus.HELD or not filled:
            continue
        holds = tuple(hold for hold in order.holds if hold.code != STOCK_SHORT)
        after = replace(order, lines=lines, holds=holds, version=order.version + 1)
        if holds:
            changed.append(after)
            uow.publish(events.order_held(after))
            continue
        after = replace(
            after,
            status=OrderStatus.CONFIRMED,
            promised_on=max(uow.now.date(), order.requested_on or order.ordered_on),
            released_by=uow.principal.subject,
            released_at=uow.now,
            release_reason=REASON,
        )
        changed.append(after)
        uow.publish(events.order_released(after, released_by=uow.principal.subject, reason=REASON))
        uow.publish(events.order_confirmed(after))
        uow.audit("order-released", "order", order.id, {"reason": REASON})
    await save_orders(uow, changed)
    return len(got)
