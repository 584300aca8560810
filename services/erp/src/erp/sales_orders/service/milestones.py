"""Milestones: shares of an order that are asked for in advance on agreed days."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.invoice_plans import service as plans
from erp.invoice_plans.service import InvoicePlan, Milestone
from erp.receivables import service as receivables
from erp.sales_orders.queries import lock_order, lock_orders
from erp.sales_orders.rules import OrderIsClosed
from erp.sales_orders.service.down_payments import CLOSED, NewDownPayment, ask_down_payment
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


async def plan_milestones(
    uow: UnitOfWork, order_id: UUID, wanted: Sequence[tuple[date, Decimal, str]]
) -> InvoicePlan:
    """Ask for shares of an order's net (day, fraction, name) as down payments on agreed days.

    Raises `OrderNotFound`, `OrderIsClosed`, `ScheduleMakesNoSense`, `MilestonesExceedTheOrder`,
    `InvoicePlanExists`.
    """
    order = await lock_order(uow, order_id)
    if order.status in CLOSED:
        raise OrderIsClosed(f"The order is {order.status.value}.")
    planned = plans.PlannedOrder(
        order.id,
        order.number,
        order.company_id,
        order.account_id,
        order.currency,
        order.customer_reference,
    )
    return await plans.make_order_plan(uow, planned, [Milestone(*one) for one in wanted])


async def ask_milestones(uow: UnitOfWork, today: date) -> int:
    """Ask for the next milestone of some orders that have one due; answer how many were tried.

    Parts are of the order's net and sum to its share of it. What is refused is told on the plan and
    tried again; the plan of an order that is closed is stopped.
    """
    due = [(plan, plan.order_id) for plan in await plans.due_of_orders(uow, today)]
    # Orders, then accounts, before the first number, as everybody who issues several invoices.
    orders = {
        order.id: order
        for order in await lock_orders(uow, ids=[order_id for _, order_id in due if order_id])
    }
    await receivables.lock_accounts(uow, {order.account_id for order in orders.values()})
    for plan, order_id in due:
        if order_id is None:
            continue
        order = orders[order_id]
        name, net = plans.part_due(plan, Money(order.net, order.currency))
        new = NewDownPayment(None, net.amount, today, None, f"{name} ({order.number})")
        try:
            async with uow.savepoint():
                invoice = await ask_down_payment(uow, order_id, new)
                await plans.has_issued(uow, plan, invoice.id, invoice.number)
        except Refusal as refusal:
            over = isinstance(refusal, OrderIsClosed)
            await plans.was_refused(uow, plan, refusal, for_good=over)
    return len(due)
