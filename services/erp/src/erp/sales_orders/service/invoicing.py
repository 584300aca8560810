"""Invoicing what has left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from erp.receivables import service as receivables
from erp.sales_orders import events
from erp.sales_orders.queries import OrderDetail, lock_orders
from erp.sales_orders.rules import (
    ZERO,
    Due,
    NothingToInvoice,
    OrderNotFound,
    OrderStatus,
    Unpaid,
    check_day,
    exposure_after,
    plan_invoice,
    status_after,
    whole_amount,
)
from erp.sales_orders.service.record import moved, save_orders, with_delivered
from servicekit.errors import Refusal
from servicekit.taxation import DocumentTotals, TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import minor_units


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """The invoice of an order, and the order as it is now.

    `invoice` is None if everything had been invoiced before.
    """

    invoice: receivables.InvoiceRow | None
    order: OrderDetail


async def invoice_order(
    uow: UnitOfWork, order_id: UUID, *, issued_on: date | None
) -> IssuedInvoice:
    """Invoice everything that has left and is not invoiced; None is today (UTC).

    Raises `OrderNotFound`, `NothingToInvoice`, `InvoicedBeforeOrdered`, `DayIsInTheFuture`, and
    what receivables refuses.
    """
    found = await lock_orders(uow, ids=[order_id], with_reservations=False)
    if not found:
        raise OrderNotFound(f"There is no order {order_id}.")
    return await _invoice(uow, found[0], issued_on or uow.now.date())


async def invoice_orders(
    uow: UnitOfWork, rows: Sequence[tuple[UUID | None, str | None, date | None]]
) -> list[IssuedInvoice | Refusal]:
    """Invoice many orders: (order id, or its external reference; day of the invoice).

    An order that is invoiced in full already is left as it is. Each row stands for itself: a
    refusal undoes that row alone. Invoices are numbered in the order of the rows.
    """
    found = await lock_orders(
        uow,
        ids=[order_id for order_id, _, _ in rows if order_id],
        references=[reference for _, reference, _ in rows if reference],
        with_reservations=False,
    )
    # All accounts before the first number: whoever invoices one of them meanwhile holds its account
    # while it waits for the number that we have.
    await receivables.lock_accounts(uow, {order.account_id for order in found})
    orders = {order.id: order for order in found}
    by_reference = {order.external_reference: order.id for order in found}
    results = list[IssuedInvoice | Refusal]()
    for order_id, reference, issued_on in rows:
        order = orders.get(order_id or by_reference.get(reference or "") or UUID(int=0))
        try:
            if order is None:
                raise OrderNotFound(
                    f"There is no order {order_id or reference}.",
                    field="order_id" if order_id else "external_reference",
                )
            if order.status is OrderStatus.INVOICED:
                results.append(IssuedInvoice(None, order))
                continue
            async with uow.savepoint():
                issued = await _invoice(uow, order, issued_on or uow.now.date())
        except Refusal as refusal:
            results.append(refusal)
            continue
        orders[order.id] = issued.order
        results.append(issued)
    return results


async def _invoice(uow: UnitOfWork, order: OrderDetail, issued_on: date) -> IssuedInvoice:
    if order.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED):
        raise NothingToInvoice(f"The order is {order.status.value}.")
    check_day(issued_on, ordered_on=order.ordered_on, today=uow.now.date(), shipping=False)
    due = {part.line_id: part for part in plan_invoice(order.progress)}
    draft = await draft_of_order(
        uow,
        order,
        issued_on,
        [
            receivables.InvoiceLineInput(
                description=line.name,
                quantity=due[line.id].quantity,
                unit=line.unit,
                net_unit_price=line.net_unit_price,
                net_amount=due[line.id].net_amount,
                tax_category=line.tax_category,
                item_id=line.item_id,
                sku=line.sku,
                order_line_id=line.id,
                quantity_places=line.quantity_places,
                supply=receivables.supply_of(line.stocked),
            )
            for line in order.lines
            if line.id in due
        ],
    )
    after = after_invoice(order, due, draft.totals)
    await save_orders(uow, [after])
    # Last: from here on, whoever invoices for the company waits for our commit.
    invoice = await receivables.issue_invoice(uow, draft, open_orders=moved(order, after))
    if order.prepaid:
        settled = await receivables.settle_down_payments(uow, order.id, invoice)
        assert settled.amount == order.prepaid - after.prepaid
    uow.publish(
        events.order_invoiced(
            after,
            invoice_id=invoice.id,
            number=invoice.number,
            gross=invoice.gross,
            complete=after.status is OrderStatus.INVOICED,
        )
    )
    uow.audit("order-invoiced", "order", order.id, {"invoice": invoice.number})
    return IssuedInvoice(invoice, after)


async def draft_of_order(
    uow: UnitOfWork,
    order: OrderDetail,
    issued_on: date,
    lines: Sequence[receivables.InvoiceLineInput],
) -> receivables.InvoiceDraft:
    """Work out what lines of a locked order are invoiced for, as a part of it.

    Raises what `draft_invoice` raises.
    """
    return await receivables.draft_invoice(
        uow,
        order.account_id,
        issued_on,
        lines,
        order_id=order.id,
        whole=[
            (
                TaxableLine(whole_amount(line.progress), line.tax_category),
                receivables.supply_of(line.stocked),
            )
            for line in order.lines
        ],
        invoiced_before=any(line.invoiced > 0 for line in order.lines),
        currency=order.currency,
        reference=order.customer_reference or order.number,
    )


def after_invoice(order: OrderDetail, due: dict[UUID, Due], totals: DocumentTotals) -> OrderDetail:
    """The order once the amounts due are invoiced, over rounded totals."""
    lines = tuple(
        replace(
            line,
            invoiced=line.invoiced + due[line.id].quantity,
            invoiced_amount=line.invoiced_amount + due[line.id].net_amount,
        )
        if line.id in due
        else line
        for line in order.lines
    )
    after = replace(order, lines=lines, version=order.version + 1)
    status = status_after(after.progress, order.status)
    unpaid = exposure_after(
        Unpaid(order.exposure, order.prepaid),
        order.progress,
        after.progress,
        minor_units=minor_units(order.currency),
        invoiced=totals.gross.amount,
    )
    invoiced_net = order.invoiced_net
    if invoiced_net is None and all(line.invoiced == 0 for line in order.lines):
        invoiced_net = ZERO
    after = replace(
        after,
        status=status,
        exposure=ZERO if status is OrderStatus.INVOICED else unpaid.exposure,
        prepaid=unpaid.prepaid,
        invoiced_net=None if invoiced_net is None else invoiced_net + totals.net.amount,
    )
    return with_delivered(after)
