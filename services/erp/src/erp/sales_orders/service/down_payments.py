"""Asking for a part of an order before it leaves, and giving it back."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger.service import check_amount
from erp.receivables import queries as receivables_queries
from erp.receivables import service as receivables
from erp.sales_orders.queries import OrderDetail, lock_order
from erp.sales_orders.rules import (
    ZERO,
    OrderIsClosed,
    OrderStatus,
    asked_for_again,
    check_day,
    whole_amount,
)
from erp.sales_orders.service.record import moved, save_orders, with_delivered
from servicekit.taxation import TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

CLOSED = (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.INVOICED)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class NewDownPayment:
    """What is asked for: a share of the order's net (a fraction), or a net amount.

    `issued_on` None is today (UTC); `due_on` None is that day.
    """

    share: Decimal | None
    net: Decimal | None
    issued_on: date | None
    due_on: date | None
    description: str | None


async def ask_down_payment(
    uow: UnitOfWork, order_id: UUID, new: NewDownPayment
) -> receivables.InvoiceRow:
    """Issue a down payment on an order: a line for each tax category, at its part of the net.

    It counts as open item of the account instead of as open order. Raises `OrderNotFound`,
    `OrderIsClosed`, `DownPaymentIsNothing`, `DownPaymentExceedsOrder`,
    `AmountHasTooManyDecimals`, and what receivables
    refuses.
    """
    order = await lock_order(uow, order_id)
    if order.status in CLOSED:
        raise OrderIsClosed(f"The order is {order.status.value}.")
    issued_on = new.issued_on or uow.now.date()
    check_day(issued_on, ordered_on=order.ordered_on, today=uow.now.date(), shipping=False)
    nets: dict[str, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        nets[line.tax_category] += whole_amount(line.progress)
    wanted = (
        (Money(order.net, order.currency) * (new.share or ZERO)).round()
        if new.net is None
        else Money(new.net, order.currency)
    )
    check_amount(wanted.amount, order.currency, field="net")
    stocked = {line.tax_category: line.stocked for line in order.lines}
    draft = await receivables.draft_down_payment(
        uow,
        order.account_id,
        issued_on,
        [
            receivables.InvoiceLineInput(
                description=new.description or f"Down payment on order {order.number}",
                quantity=ONE,
                unit="each",
                net_unit_price=part.amount,
                net_amount=part.amount,
                tax_category=category,
                supply=receivables.supply_of(stocked[category]),
            )
            for category, part in receivables.share_by_category(wanted, nets).items()
        ],
        order_id=order.id,
        whole=[
            (
                TaxableLine(whole_amount(line.progress), line.tax_category),
                receivables.supply_of(stocked[line.tax_category]),
            )
            for line in order.lines
        ],
        due_on=new.due_on or issued_on,
        currency=order.currency,
        reference=order.customer_reference or order.number,
    )
    gross = draft.totals.gross
    if gross.amount > order.exposure:
        raise receivables.DownPaymentExceedsOrder(
            f"{gross} is asked for, {Money(order.exposure, order.currency)} is left of the order.",
            field="share" if new.net is None else "net",
        )
    after = _prepaid(order, gross.amount, order.exposure - gross.amount)
    await save_orders(uow, [after])
    invoice = await receivables.issue_invoice(uow, draft, open_orders=moved(order, after))
    uow.audit("order-prepaid", "order", order.id, {"invoice": invoice.number})
    return invoice


async def give_back_down_payment(
    uow: UnitOfWork, order_id: UUID, invoice_id: UUID, *, issued_on: date | None, reason: str
) -> receivables_queries.CreditNoteDetail:
    """Credit what no invoice has settled of a down payment; the order asks for it again.

    Raises `OrderNotFound`, `DownPaymentNotFound`, `NothingToCredit`, `CreditedBeforeInvoiced`.
    """
    order = await lock_order(uow, order_id)
    found = {
        one.invoice.id: one
        for one in await receivables_queries.down_payments_left(
            uow.session, order_id, order.currency
        )
    }
    if invoice_id not in found:
        raise receivables.DownPaymentNotFound(f"{order.number} has no down payment {invoice_id}.")
    down_payment = found[invoice_id]
    left = down_payment.left
    if left.is_zero:
        raise receivables.NothingToCredit(f"All of {down_payment.invoice.number} is settled.")
    again = (
        ZERO
        if order.status in CLOSED
        else asked_for_again(
            order.gross,
            order.progress,
            exposure=order.exposure,
            prepaid=order.prepaid,
            given_back=left,
        )
    )
    after = _prepaid(order, -left.amount, order.exposure + again)
    await save_orders(uow, [after])
    note = await receivables.credit_down_payment(
        uow,
        invoice_id,
        issued_on=issued_on or uow.now.date(),
        reason=reason,
        open_orders=moved(order, after),
    )
    uow.audit(
        "order-prepayment-given-back", "order", order.id, {"credit_note": note.credit_note.number}
    )
    return note


def _prepaid(order: OrderDetail, more: Decimal, exposure: Decimal) -> OrderDetail:
    return with_delivered(
        replace(order, prepaid=order.prepaid + more, exposure=exposure, version=order.version + 1)
    )
