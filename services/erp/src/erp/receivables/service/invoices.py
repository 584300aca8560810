"""Issuing invoices."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, series_of
from erp.receivables import events, queries, rules
from erp.receivables.queries import InvoiceRow
from erp.receivables.rules import (
    DOWN_PAYMENT,
    Instalment,
    OrdersMoved,
    PaymentTerms,
)
from erp.receivables.service.accounts import move_exposure
from erp.receivables.service.advances import Worth
from erp.receivables.service.drafting import (
    InvoiceDraft,
    InvoiceLineInput,
    OrderPart,
    draft_free_invoice,
)
from erp.receivables.service.items import Part, add_items
from erp.receivables.service.taxing import tell_taxes
from servicekit.taxation import DocumentTotals
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

# The number is given by a trigger: an invoice without one, or a number without an invoice,
# cannot be written.
_ISSUE = """
    WITH invoice AS (
        INSERT INTO receivables_invoice (
            tenant, id, company_id, account_id, customer_id, order_id, series, serial, number,
            currency, issued_on, due_on, reference, net, tax, gross, open_amount, status,
            paid_on, created_at, payment_terms_id, posted_on, kind, prepays_order_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8, $9::date, $10, $11, $12, $13,
                $14::numeric, $14::numeric, $15,
                CASE WHEN $14::numeric = 0 THEN $9::date END, $16, $32, $37, $43, $44)
        RETURNING number
    ), line AS (
        INSERT INTO receivables_invoice_line (
            tenant, invoice_id, position, order_line_id, item_id, sku, description, quantity,
            unit, net_unit_price, net_amount, shown_amount, tax_category, quantity_places,
            order_number, delivery_number, delivered_on)
        SELECT $1, $2, l.position, l.order_line_id, l.item_id, l.sku, l.description, l.quantity,
               l.unit, l.net_unit_price, l.net_amount, l.shown_amount, l.tax_category,
               l.quantity_places, l.order_number, l.delivery_number, l.delivered_on
        FROM unnest($17::uuid[], $18::uuid[], $19::text[], $20::text[], $21::numeric[],
                    $22::text[], $23::numeric[], $24::numeric[], $25::numeric[], $26::text[],
                    $31::int2[], $45::text[], $46::text[], $47::date[])
             WITH ORDINALITY AS l (order_line_id, item_id, sku, description, quantity, unit,
                                   net_unit_price, net_amount, shown_amount, tax_category,
                                   quantity_places, order_number, delivery_number,
                                   delivered_on, position)
    ), tax AS (
        INSERT INTO receivables_invoice_tax (
            tenant, invoice_id, category, rate, base, tax, vat_code, exemption_code,
            exemption_reason, country, distance)
        SELECT $1, $2, t.*
        FROM unnest($27::text[], $28::numeric[], $29::numeric[], $30::numeric[], $38::text[],
                    $39::text[], $40::text[], $41::text[], $42::boolean[]) AS t
    ), discount AS (
        INSERT INTO receivables_invoice_discount (tenant, invoice_id, until, rate, basis, amount)
        SELECT $1, $2, d.until, d.rate, d.basis, d.amount
        FROM unnest($33::date[], $34::numeric[], $35::text[], $36::numeric[])
             AS d (until, rate, basis, amount)
    )
    SELECT number FROM invoice
"""
_DISCOUNT_PARTS = """
    INSERT INTO receivables_instalment_discount (
        tenant, invoice_id, instalment, until, rate, basis, amount)
    SELECT $1, $2, d.*
    FROM unnest($3::int2[], $4::date[], $5::numeric[], $6::text[], $7::numeric[]) AS d
"""
# A trigger proves at commit that the parts of all orders are the invoice.
_COLLECT = """
    INSERT INTO receivables_invoice_order (
        tenant, invoice_id, order_id, category, rate, net, base, tax)
    SELECT $1, $2, p.*
    FROM unnest($3::uuid[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[],
                $8::numeric[]) AS p
"""


async def issue_free_invoice(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    currency: str | None = None,
    reference: str | None = None,
) -> InvoiceRow:
    """Issue an invoice that belongs to no order.

    Raises what `draft_free_invoice` raises.
    """
    draft = await draft_free_invoice(
        uow, account_id, issued_on, lines, currency=currency, reference=reference
    )
    return await issue_invoice(uow, draft)


async def issue_invoice(
    uow: UnitOfWork,
    draft: InvoiceDraft,
    *,
    open_orders: OrdersMoved | None = None,
) -> InvoiceRow:
    """Make an invoice a legal document: numbered, owed and booked, in one transaction.

    Debits receivables; credits revenue (of a down payment the liability) and tax payable.
    `open_orders` is by how much the account's open orders move with it, whose place it takes. Call
    it last in a transaction: from the number on, other invoices of the company wait until commit.

    Raises `AccountNotFound`.
    """
    account, totals = draft.account, draft.totals
    await move_exposure(
        uow,
        account.id,
        open_items=totals.gross.amount,
        orders=open_orders or OrdersMoved(),
    )
    terms = (
        None
        if account.payment_terms_id is None
        else await queries.payment_terms(uow.session, account.payment_terms_id)
    ) or PaymentTerms((Instalment(Decimal(1), account.payment_terms_days),))
    if draft.prepays is None:
        instalments = rules.instalments_of(totals.gross, terms, draft.issued_on)
    else:
        # Paid before anything leaves: terms are those of the invoices that settle it.
        terms = PaymentTerms((Instalment(Decimal(1), 0),))
        instalments = [(totals.gross, draft.prepays.due_on)]
    posted_on = await ledger.posting_day(uow, account.company_id, Journal.SALES, draft.issued_on)
    invoice = await _record(uow, draft, terms, instalments, posted_on)
    if not totals.gross.is_zero:
        await add_items(
            uow,
            account,
            kind="invoice",
            document_id=invoice.id,
            side="debit",
            parts=[Part(amount.amount, due_on) for amount, due_on in instalments],
            day=draft.issued_on,
            posted_on=posted_on,
        )
        posted = await ledger.post_entry(
            uow,
            account.company_id,
            Journal.SALES,
            draft.issued_on,
            booking(totals, earned_on(invoice.kind)),
            invoice.number,
            "invoice",
            invoice.id,
        )
        await tell_taxes(
            uow,
            account,
            draft.tax,
            totals,
            kind="invoice",
            document_id=invoice.id,
            number=invoice.number,
            document_on=draft.issued_on,
            posted_on=posted.effective_on,
        )
    uow.publish(events.invoice_issued(invoice))
    if totals.gross.is_zero:
        # No payment will ever come to say so.
        uow.publish(events.invoice_settled(invoice, Decimal(0), draft.issued_on))
    uow.audit(
        "receivables.invoice.issued",
        "invoice",
        invoice.id,
        {"number": invoice.number, "gross": totals.gross.amount, "currency": invoice.currency},
    )
    return invoice


def earned_on(kind: str) -> AccountRole:
    """Where the net of an invoice goes: a down payment is owed back until it is settled."""
    return AccountRole.DOWN_PAYMENTS_RECEIVED if kind == DOWN_PAYMENT else AccountRole.REVENUE


def booking(
    totals: DocumentTotals,
    role: AccountRole = AccountRole.REVENUE,
    worth: Worth | None = None,
) -> list[ledger.EntryLine]:
    """What an invoice over these figures books; zero lines are left out.

    It is `worth` so much in the company's currency, where that is known.
    """
    lines = [
        ledger.debit(
            AccountRole.RECEIVABLES, totals.gross, base=None if worth is None else worth.gross
        )
    ]
    if not totals.net.is_zero:
        lines.append(ledger.credit(role, totals.net, base=None if worth is None else worth.net))
    if not totals.tax.is_zero:
        lines.append(
            ledger.credit(
                AccountRole.TAX_PAYABLE, totals.tax, base=None if worth is None else worth.tax
            )
        )
    return lines


def _collecting(tenant: str, invoice_id: UUID, parts: Sequence[OrderPart]) -> list[object]:
    taxed = [(part, tax) for part in parts for tax in part.totals.taxes]
    return [
        tenant,
        invoice_id,
        [part.order_id for part, _ in taxed],
        [tax.category for _, tax in taxed],
        [tax.rate for _, tax in taxed],
        [part.nets[tax.category] for part, tax in taxed],
        [tax.base.amount for _, tax in taxed],
        [tax.tax.amount for _, tax in taxed],
    ]


async def _record(
    uow: UnitOfWork,
    draft: InvoiceDraft,
    terms: PaymentTerms,
    instalments: Sequence[tuple[Money, date]],
    posted_on: date,
) -> InvoiceRow:
    account, totals, lines = draft.account, draft.totals, draft.lines
    order_id, issued_on, reference = draft.order_id, draft.issued_on, draft.reference
    invoice_id = uow.new_id()
    # The day by which all of it is to be paid.
    due_on = (
        instalments[-1][1] if instalments else rules.due_on(issued_on, account.payment_terms_days)
    )
    discounts = rules.discounts_of(totals.net, totals.gross, terms, issued_on)
    gross = totals.gross.amount
    kind = "invoice" if draft.prepays is None else DOWN_PAYMENT
    prepays_order_id = None if draft.prepays is None else draft.prepays.order_id
    status = "open" if gross else "paid"
    number = await uow.connection.fetchval(
        _ISSUE,
        uow.tenant,
        invoice_id,
        account.company_id,
        account.id,
        account.customer_id,
        order_id,
        series_of("INV" if draft.prepays is None else "DPI", issued_on),
        account.currency,
        issued_on,
        due_on,
        reference,
        totals.net.amount,
        totals.tax.amount,
        gross,
        status,
        uow.now,
        [line.order_line_id for line in lines],
        [line.item_id for line in lines],
        [line.sku for line in lines],
        [line.description for line in lines],
        [line.quantity for line in lines],
        [line.unit for line in lines],
        [line.net_unit_price for line in lines],
        [line.net_amount for line in lines],
        [shown.amount for shown in totals.shown],
        [line.tax_category for line in lines],
        [tax.category for tax in totals.taxes],
        [tax.rate for tax in totals.taxes],
        [tax.base.amount for tax in totals.taxes],
        [tax.tax.amount for tax in totals.taxes],
        [line.quantity_places for line in lines],
        account.payment_terms_id if draft.prepays is None else None,
        [discount.until for discount in discounts],
        [discount.rate for discount in discounts],
        [discount.basis for discount in discounts],
        [discount.amount.amount for discount in discounts],
        None if posted_on == issued_on else posted_on,
        *draft.tax.columns(totals),
        kind,
        prepays_order_id,
        [line.order_number for line in lines],
        [line.delivery_number for line in lines],
        [line.delivered_on for line in lines],
    )
    of_parts = (
        rules.instalment_discounts_of(totals.net, totals.gross, terms, issued_on)
        if any(part.discounts for part in terms.instalments)
        else []
    )
    if of_parts:
        await uow.connection.execute(
            _DISCOUNT_PARTS,
            uow.tenant,
            invoice_id,
            [place for place, _ in of_parts],
            [one.until for _, one in of_parts],
            [one.rate for _, one in of_parts],
            [one.basis for _, one in of_parts],
            [one.amount.amount for _, one in of_parts],
        )
    if draft.parts:
        await uow.connection.execute(_COLLECT, *_collecting(uow.tenant, invoice_id, draft.parts))
    return InvoiceRow(
        id=invoice_id,
        number=number,
        company_id=account.company_id,
        account_id=account.id,
        customer_id=account.customer_id,
        order_id=order_id,
        currency=account.currency,
        issued_on=issued_on,
        due_on=due_on,
        reference=reference,
        net=totals.net.amount,
        tax=totals.tax.amount,
        gross=gross,
        open_amount=gross,
        status=status,
        paid_on=None if gross else issued_on,
        overdue_since=None,
        posted_on=None if posted_on == issued_on else posted_on,
        kind=kind,
        prepays_order_id=prepays_order_id,
    )
