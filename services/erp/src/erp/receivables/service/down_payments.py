"""Asking for down payments, settling them on invoices, and giving back what is left of one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from erp.receivables import queries
from erp.receivables.queries import CreditNoteDetail, InvoiceRow
from erp.receivables.rules import (
    AdjustmentKind,
    CreditWish,
    OrdersMoved,
    settling,
    tax_shares,
)
from erp.receivables.service.accounts import change_open_orders, lock_account
from erp.receivables.service.adjusting import NewAdjustment, lower_debit
from erp.receivables.service.advances import as_received
from erp.receivables.service.credit_notes import credit_lines
from erp.receivables.service.drafting import (
    InvoiceDraft,
    InvoiceLineInput,
    Prepaying,
    draft_invoice,
)
from erp.taxes.queries import Supply
from servicekit.taxation import TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


async def draft_down_payment(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    order_id: UUID,
    whole: Sequence[tuple[TaxableLine, Supply]],
    due_on: date,
    currency: str,
    reference: str | None,
) -> InvoiceDraft:
    """Work out a down payment on an order: lines in minor units, one for each tax category.

    Its tax is due with it (Directive 2006/112/EC, articles 65 and 203). `whole` is all that the
    order will invoice: the taxes of its down payments together are no more than the order's, so
    that all of it can be asked for whatever the number of parts. Raises what `draft_invoice`
    raises.
    """
    draft = await draft_invoice(
        uow,
        account_id,
        issued_on,
        lines,
        whole=whole,
        earlier=await queries.asked_of_order(uow.connection, uow.tenant, order_id),
        currency=currency,
        reference=reference,
    )
    if draft.totals.net.amount != sum(line.net_amount for line in lines):
        # More than the order has left: for the caller to refuse as it is.
        draft = await draft_invoice(
            uow, account_id, issued_on, lines, currency=currency, reference=reference
        )
    return replace(draft, prepays=Prepaying(order_id, due_on))


async def settle_down_payments(uow: UnitOfWork, order_id: UUID, invoice: InvoiceRow) -> Money:
    """Lower an invoice of an order by what was asked for in advance; answers by how much.

    Oldest first, each by as much as the invoice still owes. Debits the liability and the tax,
    credits receivables: base and tax take their share, the last takes what is left to the cent.
    """
    left = await queries.down_payments_left(uow.session, order_id, invoice.currency)
    parts = settling(
        [(one.invoice.id, one.left) for one in left], invoice.money(invoice.open_amount)
    )
    if not parts:
        return Money.zero(invoice.currency)
    numbers = {one.invoice.id: one.invoice.number for one in left}
    account = await lock_account(uow, invoice.account_id)
    for down_payment, amount in parts:
        shares = tax_shares(amount, await queries.tax_left(uow.session, down_payment))
        tax = sum((share.tax for share in shares), start=Money.zero(amount.currency))
        new = NewAdjustment(
            AdjustmentKind.DOWN_PAYMENT_SETTLEMENT,
            amount,
            invoice.posted_on or invoice.issued_on,
            f"{numbers[down_payment]} on {invoice.number}",
            about_id=down_payment,
            settles_id=invoice.id,
            reference=numbers[down_payment],
            shares=shares,
            received=await as_received(uow, account, down_payment, amount - tax, tax),
        )
        await lower_debit(uow, account, new, invoice.id)
    return sum((amount for _, amount in parts), start=Money.zero(invoice.currency))


async def credit_down_payment(
    uow: UnitOfWork,
    invoice_id: UUID,
    *,
    issued_on: date,
    reason: str,
    open_orders: OrdersMoved,
) -> CreditNoteDetail:
    """Give back what no invoice has settled of a down payment.

    What is not paid of it is not owed any more; the rest is a credit of the account.
    `open_orders` is by how much its order, still open, counts again. Raises `InvoiceNotFound`,
    `NothingToCredit`, `CreditedBeforeInvoiced`.
    """
    detail = await queries.invoice(uow.session, invoice_id)
    await lock_account(uow, detail.invoice.account_id)
    left = {
        tax.category: tax.base - tax.credited_base
        for tax in await queries.tax_left(uow.session, invoice_id)
    }
    wishes = [
        CreditWish(line.position, amount=left[line.tax_category])
        for line in detail.lines
        if left[line.tax_category] > 0
    ]
    note = await credit_lines(uow, detail, issued_on=issued_on, wishes=wishes, reason=reason)
    if open_orders:
        await change_open_orders(
            uow, detail.invoice.account_id, open_orders, detail.invoice.currency
        )
    return note
