"""Credit notes: of an invoice, or free-standing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, check_amount, series_of
from erp.receivables import events, queries
from erp.receivables.models import CreditNote
from erp.receivables.queries import AccountRow, CreditNoteDetail, CreditNoteRow, InvoiceDetail
from erp.receivables.rules import (
    DOWN_PAYMENT,
    CreditedBeforeInvoiced,
    CreditWish,
    NothingToCredit,
    check_stands_alone,
    credit_totals,
    plan_credit,
)
from erp.receivables.service.accounts import lock_account, move_exposure
from erp.receivables.service.advances import Worth, as_received
from erp.receivables.service.drafting import InvoiceLineInput, draft_free_invoice
from erp.receivables.service.invoices import booking, earned_on
from erp.receivables.service.items import (
    Part,
    Wanted,
    add_items,
    by_document,
    match,
    open_debits,
    open_items,
    overdue_part,
    plan_settlement,
)
from erp.receivables.service.taxing import DocumentTax, tax_terms, tell_taxes
from servicekit.taxation import DocumentTotals
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

_ISSUE = """
    WITH note AS (
        INSERT INTO receivables_credit_note (
            tenant, id, company_id, account_id, customer_id, invoice_id, order_id, series, serial,
            number, currency, issued_on, reason, reference, net, tax, gross, open_amount,
            created_at, posted_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9, $10, $11, $12, $13, $14,
                $15::numeric, $15::numeric, $16, $33)
        RETURNING number
    ), line AS (
        INSERT INTO receivables_credit_note_line (
            tenant, credit_note_id, position, invoice_position, order_line_id, item_id, sku,
            description, quantity, unit, quantity_places, net_unit_price, net_amount,
            shown_amount, tax_category)
        SELECT $1, $2, l.position, l.invoice_position, l.order_line_id, l.item_id, l.sku,
               l.description, l.quantity, l.unit, l.quantity_places, l.net_unit_price,
               l.net_amount, l.shown_amount, l.tax_category
        FROM unnest($17::int2[], $18::uuid[], $19::uuid[], $20::text[], $21::text[],
                    $22::numeric[], $23::text[], $24::int2[], $25::numeric[], $26::numeric[],
                    $27::numeric[], $28::text[])
             WITH ORDINALITY AS l (invoice_position, order_line_id, item_id, sku, description,
                                   quantity, unit, quantity_places, net_unit_price, net_amount,
                                   shown_amount, tax_category, position)
    ), tax AS (
        INSERT INTO receivables_credit_note_tax (
            tenant, credit_note_id, category, rate, base, tax, vat_code, exemption_code,
            exemption_reason, country, distance)
        SELECT $1, $2, t.*
        FROM unnest($29::text[], $30::numeric[], $31::numeric[], $32::numeric[], $34::text[],
                    $35::text[], $36::text[], $37::text[], $38::boolean[]) AS t
    )
    SELECT number FROM note
"""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line to be credited; without a quantity and a price an amount is."""

    description: str
    quantity: Decimal | None
    unit: str
    quantity_places: int
    net_unit_price: Decimal | None
    net_amount: Decimal
    tax_category: str
    invoice_position: int | None = None
    item_id: UUID | None = None
    sku: str | None = None
    order_line_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    account: AccountRow
    issued_on: date
    lines: Sequence[CreditLine]
    totals: DocumentTotals
    reason: str
    reference: str | None
    tax: DocumentTax
    invoice_id: UUID | None = None
    order_id: UUID | None = None
    role: AccountRole = AccountRole.REVENUE
    worth: Worth | None = None


async def credit_invoice(
    uow: UnitOfWork,
    invoice_id: UUID,
    *,
    issued_on: date,
    wishes: Sequence[CreditWish] | None,
    reason: str,
    reference: str | None = None,
) -> CreditNoteDetail:
    """Credit an invoice: all that is left of it (`wishes` None), or parts of its lines.

    Amounts are in the invoice's currency, without tax. Settles the invoice first; the rest is a
    credit on the account. Raises `InvoiceNotFound`, `LineIsNotOnInvoice`, `CreditExceedsInvoice`,
    `CreditedBeforeInvoiced`, `NothingToCredit`, `AmountHasTooManyDecimals`,
    `DownPaymentBelongsToItsOrder`.
    """
    detail = await queries.invoice(uow.session, invoice_id)
    check_stands_alone(detail.invoice)
    return await credit_lines(
        uow, detail, issued_on=issued_on, wishes=wishes, reason=reason, reference=reference
    )


async def credit_lines(
    uow: UnitOfWork,
    detail: InvoiceDetail,
    *,
    issued_on: date,
    wishes: Sequence[CreditWish] | None,
    reason: str,
    reference: str | None = None,
) -> CreditNoteDetail:
    """Credit an invoice of any kind; see `credit_invoice`."""
    invoice, invoice_id = detail.invoice, detail.invoice.id
    if issued_on < invoice.issued_on:
        raise CreditedBeforeInvoiced(
            f"{invoice.number} is of {invoice.issued_on}.", field="issued_on"
        )
    for at, wish in enumerate(wishes or ()):
        if wish.amount is not None:
            check_amount(wish.amount, invoice.currency, field=f"lines.{at}.amount")
    account = await lock_account(uow, invoice.account_id)
    terms = await tax_terms(uow, account.id, issued_on)
    lines, taxes = await queries.creditable(uow.session, invoice_id)
    planned = plan_credit(lines, wishes)
    totals = credit_totals(planned, lines, taxes, invoice.currency)
    shown = {line.position: line for line in detail.lines}
    credited = [
        CreditLine(
            description=line.description,
            quantity=part.quantity,
            unit=line.unit,
            quantity_places=line.quantity_places,
            net_unit_price=None if part.quantity is None else line.net_unit_price,
            net_amount=part.net_amount,
            tax_category=line.tax_category,
            invoice_position=line.position,
            item_id=line.item_id,
            sku=line.sku,
            order_line_id=line.order_line_id,
        )
        for part in planned
        for line in [shown[part.position]]
    ]
    draft = _Draft(
        account,
        issued_on,
        credited,
        totals,
        reason,
        reference or invoice.reference,
        DocumentTax.as_invoiced(terms.sale, detail.taxes),
        invoice_id,
        invoice.order_id,
        earned_on(invoice.kind),
        await as_received(uow, account, invoice_id, totals.net, totals.tax)
        if invoice.kind == DOWN_PAYMENT
        else None,
    )
    open_now = await open_items(uow, account.id, [invoice_id], side="debit")
    left = sum((item.open_amount for item in open_now), start=Decimal(0))
    settles = min(left, totals.gross.amount)
    return await _issue(uow, draft, [(invoice_id, settles)] if settles else [])


async def issue_free_credit_note(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    reason: str,
    currency: str | None = None,
    reference: str | None = None,
) -> CreditNoteDetail:
    """Issue a credit note that belongs to no invoice, at the rates of its day.

    It settles nothing until it is allocated. Raises what `issue_free_invoice` raises, and
    `NothingToCredit`.
    """
    await lock_account(uow, account_id)
    invoice = await draft_free_invoice(
        uow, account_id, issued_on, lines, currency=currency, reference=reference
    )
    if invoice.totals.gross.is_zero:
        raise NothingToCredit("The lines come to nothing.", field="lines")
    credited = [
        CreditLine(
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            quantity_places=line.quantity_places,
            net_unit_price=line.net_unit_price,
            net_amount=line.net_amount,
            tax_category=line.tax_category,
            item_id=line.item_id,
            sku=line.sku,
            order_line_id=line.order_line_id,
        )
        for line in invoice.lines
    ]
    draft = _Draft(
        invoice.account, issued_on, credited, invoice.totals, reason, reference, invoice.tax
    )
    return await _issue(uow, draft, [])


async def allocate_credit_note(
    uow: UnitOfWork, credit_note_id: UUID, *, allocated_on: date, wanted: Wanted | None
) -> CreditNoteDetail:
    """Settle open items with what is left of a credit note; None settles the oldest first.

    Raises `CreditNoteNotFound` and what `rules.settle_named` raises.
    """
    note = await uow.get(CreditNote, credit_note_id)
    account = await lock_account(uow, note.account_id)
    [credit] = await queries.items_of(uow.session, credit_note_id)
    items = await open_debits(uow, account.id, wanted)
    rest = Money(credit.open_amount, credit.currency)
    settlements, _ = plan_settlement(rest, wanted, items)
    await move_exposure(uow, account.id, overdue=-overdue_part(settlements, items))
    on = max(allocated_on, credit.posted_on)
    await match(uow, account, credit.id, settlements, items, on)
    uow.audit(
        "receivables.credit-note.allocated",
        "credit-note",
        credit_note_id,
        {str(part.invoice_id): part.amount.amount for part in by_document(settlements, items)},
    )
    return await queries.credit_note(uow.session, credit_note_id)


async def _issue(uow: UnitOfWork, draft: _Draft, wanted: Wanted) -> CreditNoteDetail:
    """Number, book and settle; the account is locked."""
    account, totals = draft.account, draft.totals
    check_amount(totals.gross.amount, account.currency, field="lines")
    items = await open_debits(uow, account.id, wanted)
    settlements, left = plan_settlement(totals.gross, wanted, items)
    await move_exposure(
        uow,
        account.id,
        open_items=-totals.gross.amount,
        overdue=-overdue_part(settlements, items),
    )
    posted_on = await ledger.posting_day(uow, account.company_id, Journal.SALES, draft.issued_on)
    note = await _record(uow, draft, posted_on)
    [item_id] = await add_items(
        uow,
        account,
        kind="credit-note",
        document_id=note.id,
        side="credit",
        parts=[Part(note.gross)],
        day=draft.issued_on,
        posted_on=posted_on,
        worth=None if draft.worth is None else draft.worth.gross,
    )
    posted = await ledger.post_entry(
        uow,
        account.company_id,
        Journal.SALES,
        draft.issued_on,
        # The opposite of what an invoice over the same books.
        [
            replace(
                line,
                debit=line.credit,
                credit=line.debit,
                base=None if line.base is None else -line.base,
            )
            for line in booking(totals, draft.role, draft.worth)
        ],
        note.number,
        "credit-note",
        note.id,
    )
    await tell_taxes(
        uow,
        account,
        draft.tax,
        totals,
        kind="credit-note",
        document_id=note.id,
        number=note.number,
        document_on=draft.issued_on,
        posted_on=posted.effective_on,
    )
    uow.publish(
        events.credit_note_issued(note, draft.lines, totals, by_document(settlements, items), left)
    )
    await match(uow, account, item_id, settlements, items, posted_on)
    uow.audit(
        "receivables.credit-note.issued",
        "credit-note",
        note.id,
        {
            "number": note.number,
            "gross": note.gross,
            "currency": note.currency,
            "reason": draft.reason,
            "invoice_id": None if draft.invoice_id is None else str(draft.invoice_id),
        },
    )
    return await queries.credit_note(uow.session, note.id)


async def _record(uow: UnitOfWork, draft: _Draft, posted_on: date) -> CreditNoteRow:
    account, totals, lines = draft.account, draft.totals, draft.lines
    later = None if posted_on == draft.issued_on else posted_on
    note_id = uow.new_id()
    number = await uow.connection.fetchval(
        _ISSUE,
        uow.tenant,
        note_id,
        account.company_id,
        account.id,
        account.customer_id,
        draft.invoice_id,
        draft.order_id,
        series_of("CRN", draft.issued_on),
        account.currency,
        draft.issued_on,
        draft.reason,
        draft.reference,
        totals.net.amount,
        totals.tax.amount,
        totals.gross.amount,
        uow.now,
        [line.invoice_position for line in lines],
        [line.order_line_id for line in lines],
        [line.item_id for line in lines],
        [line.sku for line in lines],
        [line.description for line in lines],
        [line.quantity for line in lines],
        [line.unit for line in lines],
        [line.quantity_places for line in lines],
        [line.net_unit_price for line in lines],
        [line.net_amount for line in lines],
        [shown.amount for shown in totals.shown],
        [line.tax_category for line in lines],
        [tax.category for tax in totals.taxes],
        [tax.rate for tax in totals.taxes],
        [tax.base.amount for tax in totals.taxes],
        [tax.tax.amount for tax in totals.taxes],
        later,
        *draft.tax.columns(totals),
    )
    return CreditNoteRow(
        id=note_id,
        number=number,
        company_id=account.company_id,
        account_id=account.id,
        customer_id=account.customer_id,
        invoice_id=draft.invoice_id,
        order_id=draft.order_id,
        currency=account.currency,
        issued_on=draft.issued_on,
        posted_on=later,
        reason=draft.reason,
        reference=draft.reference,
        net=totals.net.amount,
        tax=totals.tax.amount,
        gross=totals.gross.amount,
        open_amount=totals.gross.amount,
    )
