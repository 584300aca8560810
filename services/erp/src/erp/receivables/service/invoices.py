"""Issuing invoices, and noticing that they are overdue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.items import queries as items
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, Journal, check_amount, series_of
from erp.receivables import events, queries, rules
from erp.receivables.queries import AccountRow, InvoiceRow
from erp.receivables.rules import (
    AccountNotFound,
    CurrencyIsNotTheAccounts,
    check_invoice,
)
from erp.receivables.service.accounts import move_exposure
from erp.receivables.service.items import Part, add_items
from erp.taxes import queries as taxes
from servicekit import taxation
from servicekit.taxation import DocumentTotals, TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class InvoiceLineInput:
    """A line to be invoiced, in the account's currency; prices and amount are not rounded.

    `net_amount` is what the line costs without tax, usually `quantity` x `net_unit_price`. The
    quantity has at most `quantity_places`, ten where the unit is nobody's.
    """

    description: str
    quantity: Decimal
    unit: str
    net_unit_price: Decimal
    net_amount: Decimal
    tax_category: str
    item_id: UUID | None = None
    sku: str | None = None
    order_line_id: UUID | None = None
    quantity_places: int = 10


async def document_totals(
    uow: UnitOfWork, company_id: UUID, on: date, lines: Sequence[TaxableLine], currency: str
) -> DocumentTotals:
    """Net, tax by category and gross of lines as the company would invoice them on a day.

    Raises `TaxRateIsMissing`.
    """
    rates = await taxes.tax_rates(uow.session, company_id, on)
    taxes.check_rates(lines, rates)
    return taxation.document_totals(lines, rates, currency)


_CONTEXT = f"""
    SELECT {queries.ACCOUNT_COLUMNS}, t.categories, t.rates
    FROM receivables_account a
    JOIN receivables_exposure x ON x.tenant = a.tenant AND x.account_id = a.id
    JOIN ledger_company c ON c.tenant = a.tenant AND c.id = a.company_id
    CROSS JOIN LATERAL {taxes.RATES_ON.format(company="c", day="$2")} AS t
    WHERE a.id = $1
"""  # noqa: S608 - nothing but SQL of this package is put in

# The number is given by a trigger: an invoice without one, or a number without an invoice,
# cannot be written.
_ISSUE = """
    WITH invoice AS (
        INSERT INTO receivables_invoice (
            tenant, id, company_id, account_id, customer_id, order_id, series, serial, number,
            currency, issued_on, due_on, reference, net, tax, gross, open_amount, status,
            paid_on, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', $8, $9::date, $10, $11, $12, $13,
                $14::numeric, $14::numeric, $15,
                CASE WHEN $14::numeric = 0 THEN $9::date END, $16)
        RETURNING number
    ), line AS (
        INSERT INTO receivables_invoice_line (
            tenant, invoice_id, position, order_line_id, item_id, sku, description, quantity,
            unit, net_unit_price, net_amount, shown_amount, tax_category, quantity_places)
        SELECT $1, $2, l.position, l.order_line_id, l.item_id, l.sku, l.description, l.quantity,
               l.unit, l.net_unit_price, l.net_amount, l.shown_amount, l.tax_category,
               l.quantity_places
        FROM unnest($17::uuid[], $18::uuid[], $19::text[], $20::text[], $21::numeric[],
                    $22::text[], $23::numeric[], $24::numeric[], $25::numeric[], $26::text[],
                    $31::int2[])
             WITH ORDINALITY AS l (order_line_id, item_id, sku, description, quantity, unit,
                                   net_unit_price, net_amount, shown_amount, tax_category,
                                   quantity_places, position)
    ), tax AS (
        INSERT INTO receivables_invoice_tax (tenant, invoice_id, category, rate, base, tax)
        SELECT $1, $2, t.category, t.rate, t.base, t.tax
        FROM unnest($27::text[], $28::numeric[], $29::numeric[], $30::numeric[])
             AS t (category, rate, base, tax)
    )
    SELECT number FROM invoice
"""


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice that is worked out and has no number yet; nothing of it is written."""

    account: AccountRow
    order_id: UUID | None
    issued_on: date
    lines: Sequence[InvoiceLineInput]
    totals: DocumentTotals
    reference: str | None


async def draft_invoice(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    order_id: UUID | None = None,
    whole: Sequence[TaxableLine] | None = None,
    invoiced_before: bool = True,
    currency: str | None = None,
    reference: str | None = None,
) -> InvoiceDraft:
    """Work out an invoice: the account's terms, the day's rates, the rounded figures.

    `whole` is everything that the order will ever invoice, where this is an invoice of an order:
    then the figures are those of a part (`part_totals`), and the order must be locked. What it was
    invoiced before is read, unless it never was.
    `currency`, where given, is checked against the account's.

    Raises `AccountNotFound`, `InvoiceHasNoLines`, `InvoiceIsNegative`, `TaxRateIsMissing`,
    `CurrencyIsNotTheAccounts`.
    """
    context = await uow.connection.fetchrow(_CONTEXT, account_id, issued_on)
    if context is None:
        raise AccountNotFound(f"No receivables account {account_id}.", field="account_id")
    account = AccountRow.of(dict(context))
    if currency not in (None, account.currency):
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the invoice in {currency}.", field="currency"
        )
    rates = dict(zip(context["categories"] or [], context["rates"] or [], strict=True))
    taxable = [TaxableLine(line.net_amount, line.tax_category) for line in lines]
    taxes.check_rates([*taxable, *(whole or ())], rates)
    if order_id is None or whole is None:
        totals = taxation.document_totals(taxable, rates, account.currency)
    else:
        earlier = (
            await queries.taken_of_order(uow.connection, uow.tenant, order_id)
            if invoiced_before
            else []
        )
        totals = taxation.part_totals(
            taxable, rates, account.currency, whole=whole, earlier=earlier
        )
    check_invoice(taxable, totals)
    check_amount(totals.gross.amount, account.currency, field="lines")
    return InvoiceDraft(account, order_id, issued_on, lines, totals, reference)


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


async def draft_free_invoice(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    currency: str | None = None,
    reference: str | None = None,
) -> InvoiceDraft:
    """Work out a document of no order; its quantities are no finer than their units.

    A unit that nobody has described may have any quantity. Raises `QuantityIsTooFine`, and what
    `draft_invoice` raises.
    """
    known = await items.units(uow.session)
    counted = [
        replace(line, quantity_places=known[line.unit].places) if line.unit in known else line
        for line in lines
    ]
    for at, line in enumerate(counted):
        items.check_places(
            line.quantity, line.quantity_places, unit=line.unit, field=f"lines.{at}.quantity"
        )
    return await draft_invoice(
        uow, account_id, issued_on, counted, currency=currency, reference=reference
    )


async def issue_invoice(
    uow: UnitOfWork, draft: InvoiceDraft, *, open_orders: Money | None = None
) -> InvoiceRow:
    """Make an invoice a legal document: numbered, owed and booked, in one transaction.

    Debits receivables; credits revenue and tax payable. `open_orders` is how much of the
    account's open orders (gross, above zero) the invoice takes the place of. Call it last in a
    transaction: from the number on, other invoices of the company wait until commit.

    Raises `AccountNotFound`, `CurrencyIsNotTheAccounts`.
    """
    account, totals = draft.account, draft.totals
    if open_orders is not None and open_orders.currency != account.currency:
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the order in {open_orders.currency}.",
            field="currency",
        )
    await move_exposure(
        uow,
        account.id,
        open_items=totals.gross.amount,
        open_orders=Decimal(0) if open_orders is None else -open_orders.amount,
    )
    invoice = await _record(uow, draft)
    if not totals.gross.is_zero:
        await add_items(
            uow,
            account,
            kind="invoice",
            document_id=invoice.id,
            side="debit",
            parts=[Part(invoice.gross, invoice.due_on)],
            posted_on=draft.issued_on,
        )
        await ledger.post_entry(
            uow,
            account.company_id,
            Journal.SALES,
            draft.issued_on,
            booking(totals),
            invoice.number,
            "invoice",
            invoice.id,
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


def booking(totals: DocumentTotals) -> list[ledger.EntryLine]:
    """What an invoice over these figures books; zero lines are left out."""
    lines = [ledger.debit(AccountRole.RECEIVABLES, totals.gross)]
    if not totals.net.is_zero:
        lines.append(ledger.credit(AccountRole.REVENUE, totals.net))
    if not totals.tax.is_zero:
        lines.append(ledger.credit(AccountRole.TAX_PAYABLE, totals.tax))
    return lines


async def _record(uow: UnitOfWork, draft: InvoiceDraft) -> InvoiceRow:
    account, totals, lines = draft.account, draft.totals, draft.lines
    order_id, issued_on, reference = draft.order_id, draft.issued_on, draft.reference
    invoice_id = uow.new_id()
    due_on = rules.due_on(issued_on, account.payment_terms_days)
    gross = totals.gross.amount
    status = "open" if gross else "paid"
    number = await uow.connection.fetchval(
        _ISSUE,
        uow.tenant,
        invoice_id,
        account.company_id,
        account.id,
        account.customer_id,
        order_id,
        series_of("INV", issued_on),
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
    )
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
    )


_LATE_ACCOUNTS = """
    SELECT x.account_id FROM receivables_exposure x
    WHERE x.account_id IN (
        SELECT o.account_id FROM receivables_open_item o
        WHERE o.due_on < $1 AND o.open_amount > 0 AND o.overdue_since IS NULL AND o.side = 'debit'
        ORDER BY o.due_on LIMIT $2)
    ORDER BY x.account_id
    FOR UPDATE
"""
_MARK_OVERDUE = f"""
    WITH late AS (
        UPDATE receivables_open_item AS o SET overdue_since = $1
        WHERE o.account_id = ANY($2) AND o.due_on < $1 AND o.open_amount > 0
          AND o.overdue_since IS NULL AND o.side = 'debit'
        RETURNING o.tenant, o.account_id, o.document_id, o.due_on, o.open_amount
    ), told AS (
        UPDATE receivables_invoice AS i
        SET overdue_since = coalesce(i.overdue_since, $1), status = 'overdue'
        FROM (SELECT DISTINCT tenant, document_id FROM late) AS l
        WHERE i.tenant = l.tenant AND i.id = l.document_id
        RETURNING {queries.INVOICE_COLUMNS}
    )
    SELECT l.account_id AS late_account, l.due_on AS late_due_on, l.open_amount AS late_amount, t.*
    FROM late l LEFT JOIN told t ON t.id = l.document_id
    ORDER BY l.due_on, l.document_id
"""  # noqa: S608 - nothing but column names of this package is put in

_ADD_OVERDUE = """
    UPDATE receivables_exposure AS x SET overdue = x.overdue + late.amount
    FROM unnest($1::uuid[], $2::numeric[]) AS late (account_id, amount)
    WHERE x.account_id = late.account_id
"""


async def mark_overdue(uow: UnitOfWork, on: date, *, limit: int = 500) -> int:
    """Mark items whose due date lies before `on`; announce their invoices and accounts.

    Takes about `limit` items at a time and answers how many it marked.
    """
    locked = await uow.connection.fetch(_LATE_ACCOUNTS, on, limit)
    if not locked:
        return 0
    accounts = [row["account_id"] for row in locked]
    late: dict[UUID, Decimal] = {}
    marked = await uow.connection.fetch(_MARK_OVERDUE, on, accounts)
    for row in marked:
        facts = dict(row)
        account_id, due_on = facts.pop("late_account"), facts.pop("late_due_on")
        late[account_id] = late.get(account_id, Decimal(0)) + facts.pop("late_amount")
        if facts["id"] is not None:
            uow.publish(events.invoice_overdue(replace(InvoiceRow(**facts), due_on=due_on), on))
    await uow.connection.execute(_ADD_OVERDUE, list(late), list(late.values()))
    for account in (await queries.accounts(uow.session, list(late))).values():
        uow.publish(events.credit_status(account, uow.now))
    return len(marked)
