"""Working out invoices before they have a number; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.items import queries as items
from erp.ledger.service import check_amount
from erp.receivables import queries
from erp.receivables.queries import AccountRow
from erp.receivables.rules import (
    CurrencyIsNotTheAccounts,
    check_invoice,
)
from erp.receivables.service.taxing import DocumentTax, tax_terms
from erp.taxes import queries as taxes
from erp.taxes.queries import Supply
from servicekit import taxation
from servicekit.taxation import CategoryTax, DocumentTotals, TakenPart, TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


@dataclass(frozen=True, slots=True)
class InvoiceLineInput:
    """A line to be invoiced, in the account's currency; prices and amount are not rounded.

    `net_amount` is what the line costs without tax, usually `quantity` x `net_unit_price`. The
    quantity has at most `quantity_places`, ten where the unit is nobody's. Lines of a collective
    invoice name the order and the delivery that they belong to.
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
    supply: Supply = Supply.GOODS
    order_number: str | None = None
    delivery_number: str | None = None
    delivered_on: date | None = None


def supply_of(stocked: bool) -> Supply:
    """What an order line sells: goods from stock, or services."""
    return Supply.GOODS if stocked else Supply.SERVICES


async def document_totals(
    uow: UnitOfWork, company_id: UUID, on: date, lines: Sequence[TaxableLine], currency: str
) -> DocumentTotals:
    """Net, tax by category and gross of lines as the company would invoice them on a day.

    Raises `TaxRateIsMissing`.
    """
    rates = await taxes.tax_rates(uow.session, company_id, on)
    taxes.check_rates(lines, rates)
    return taxation.document_totals(lines, rates, currency)


@dataclass(frozen=True, slots=True)
class Prepaying:
    """The order that a down payment is for, and the day by which it is to be paid."""

    order_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What a collective invoice takes of an order: unrounded nets by tax category, and figures."""

    order_id: UUID
    nets: Mapping[str, Decimal]
    totals: DocumentTotals


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice that is worked out and has no number yet; nothing of it is written.

    `parts` are the orders of a collective invoice, which then belongs to no single one.
    """

    account: AccountRow
    order_id: UUID | None
    issued_on: date
    lines: Sequence[InvoiceLineInput]
    totals: DocumentTotals
    reference: str | None
    tax: DocumentTax
    prepays: Prepaying | None = None
    parts: Sequence[OrderPart] = ()


def collected(drafts: Sequence[InvoiceDraft], reference: str | None) -> InvoiceDraft:
    """One invoice for what several drafts, each of an order, would invoice an account for.

    They are of one account and day. Its figures are the sums of theirs, so that the parts of each
    order still sum to it; by tax category they are those that the drafts show.
    """
    first = drafts[0]
    zero = Money.zero(first.account.currency)
    taxes_by_category: dict[str, CategoryTax] = {}
    for one in (tax for draft in drafts for tax in draft.totals.taxes):
        known = taxes_by_category.get(one.category)
        taxes_by_category[one.category] = (
            one
            if known is None
            else CategoryTax(one.category, one.rate, known.base + one.base, known.tax + one.tax)
        )
    net = sum((draft.totals.net for draft in drafts), start=zero)
    tax = sum((draft.totals.tax for draft in drafts), start=zero)
    check_amount((net + tax).amount, first.account.currency, field="lines")
    return replace(
        first,
        order_id=None,
        lines=[line for draft in drafts for line in draft.lines],
        totals=DocumentTotals(
            net,
            tax,
            net + tax,
            tuple(one for _, one in sorted(taxes_by_category.items())),
            tuple(shown for draft in drafts for shown in draft.totals.shown),
        ),
        reference=reference,
        tax=replace(
            first.tax,
            treatments={k: v for draft in drafts for k, v in draft.tax.treatments.items()},
        ),
        parts=[_part(draft) for draft in drafts],
    )


def _part(draft: InvoiceDraft) -> OrderPart:
    assert draft.order_id is not None
    nets: dict[str, Decimal] = {}
    for line in draft.lines:
        nets[line.tax_category] = nets.get(line.tax_category, Decimal(0)) + line.net_amount
    return OrderPart(draft.order_id, nets, draft.totals)


async def draft_invoice(
    uow: UnitOfWork,
    account_id: UUID,
    issued_on: date,
    lines: Sequence[InvoiceLineInput],
    *,
    order_id: UUID | None = None,
    whole: Sequence[tuple[TaxableLine, Supply]] | None = None,
    invoiced_before: bool = True,
    earlier: Sequence[TakenPart] | None = None,
    currency: str | None = None,
    reference: str | None = None,
) -> InvoiceDraft:
    """Work out an invoice: the account's terms, the day's rates, the rounded figures.

    `whole` is everything that the order will ever invoice, where this is an invoice of an order:
    then the figures are those of a part (`part_totals`), and the order must be locked. What it was
    invoiced before is read, unless it never was, or is told (`earlier`).
    `currency`, where given, is checked against the account's.

    Raises `AccountNotFound`, `InvoiceHasNoLines`, `InvoiceIsNegative`, `TaxRateIsMissing`,
    `CurrencyIsNotTheAccounts`.
    """
    terms = await tax_terms(uow, account_id, issued_on)
    account = terms.account
    if currency not in (None, account.currency):
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the invoice in {currency}.", field="currency"
        )
    of_order = whole or ()
    taxed = taxes.treat_all(
        terms.sale,
        [
            *((line.tax_category, line.supply) for line in lines),
            *((line.tax_category, supply) for line, supply in of_order),
        ],
    )
    lines = [
        replace(line, tax_category=key)
        for line, key in zip(lines, taxed.keys[: len(lines)], strict=True)
    ]
    taxable = [TaxableLine(line.net_amount, line.tax_category) for line in lines]
    if whole is None or (order_id is None and earlier is None):
        totals = taxation.document_totals(taxable, taxed.rates, account.currency)
    else:
        if earlier is None:
            earlier = (
                await queries.taken_of_order(uow.connection, uow.tenant, order_id)
                if order_id is not None and invoiced_before
                else []
            )
        totals = taxation.part_totals(
            taxable,
            taxed.rates,
            account.currency,
            whole=[
                TaxableLine(line.net_amount, key)
                for (line, _), key in zip(of_order, taxed.keys[len(lines) :], strict=True)
            ],
            earlier=earlier,
        )
    check_invoice(taxable, totals)
    check_amount(totals.gross.amount, account.currency, field="lines")
    tax = DocumentTax.of(terms.sale, taxed.treatments)
    return InvoiceDraft(account, order_id, issued_on, lines, totals, reference, tax)


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
