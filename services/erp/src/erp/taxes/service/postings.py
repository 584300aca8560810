"""What documents tell of their tax when they are booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.ledger import service as ledger
from erp.taxes.rules import Treatment, plain_code
from servicekit.taxation import CategoryTax
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money, round_together

OUTPUT, INPUT, WITHHELD = "output", "input", "withheld"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax of one category of a document, in the document's currency, at minor units.

    `direction` is OUTPUT (the company owes it), INPUT (it is deducted) or WITHHELD. Amounts of a
    credit note are below zero. Reverse charge on a bill is two lines: output and input.
    """

    direction: str
    category: str
    vat_code: str
    rate: Decimal
    base: Money
    tax: Money
    country: str
    exemption_code: str | None = None
    distance: bool = False


@dataclass(frozen=True, slots=True)
class TaxedDocument:
    """A document that has just been booked: what it is called and on which days it counts.

    `posted_on` is the day of its entry in the ledger, `document_on` its own. The partner is the
    customer or supplier.
    """

    company_id: UUID
    source_type: str
    source_id: UUID
    number: str
    document_on: date
    posted_on: date
    lines: Sequence[TaxLine]
    partner_id: UUID | None = None
    partner_vat_number: str | None = None


def output_lines(
    taxes: Sequence[CategoryTax],
    treatments: Mapping[str, Treatment],
    country: str,
    *,
    negative: bool = False,
) -> list[TaxLine]:
    """The lines of a document of sale; without a treatment a category is one of the country."""
    found = []
    for tax in taxes:
        how = treatments.get(tax.category)
        found.append(
            TaxLine(
                OUTPUT,
                tax.category,
                (how.code if how else plain_code(tax.category, tax.rate)).value,
                tax.rate,
                -tax.base if negative else tax.base,
                -tax.tax if negative else tax.tax,
                how.country if how else country,
                how.exemption_code if how else None,
                how.distance if how else False,
            )
        )
    return found


# The entry says what the document is worth in the company's currency.
_ENTRY = """
    SELECT sum(l.debit) AS debit, sum(coalesce(l.base_debit, l.debit)) AS home_debit,
           sum(coalesce(l.base_credit, l.credit) - coalesce(l.base_debit, l.debit))
               FILTER (WHERE a.role = 'tax-payable') AS output,
           sum(coalesce(l.base_debit, l.debit) - coalesce(l.base_credit, l.credit))
               FILTER (WHERE a.role = 'input-tax') AS input,
           sum(coalesce(l.base_credit, l.credit) - coalesce(l.base_debit, l.debit))
               FILTER (WHERE a.role = 'withholding-tax-payable') AS withheld
    FROM ledger_entry e
    JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
    JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
    WHERE e.tenant = $1 AND e.source_id = $2 AND e.source_type = $3
"""
_RECORD = """
    INSERT INTO taxes_posting (
        tenant, id, company_id, source_type, source_id, position, number, direction, category,
        vat_code, exemption_code, rate, country, distance, partner_id, partner_vat_number,
        currency, base, tax, home_currency, home_base, home_tax, posted_on, document_on,
        recorded_at)
    SELECT $1, t.id, $2, $3, $4, t.position, $5, t.direction, t.category, t.vat_code,
           t.exemption_code, t.rate, t.country, t.distance, $6, $7, t.currency, t.base, t.tax,
           $8, t.home_base, t.home_tax, $9, $10, $11
    FROM unnest($12::uuid[], $13::text[], $14::text[], $15::text[], $16::text[],
                $17::numeric[], $18::text[], $19::boolean[], $20::text[], $21::numeric[],
                $22::numeric[], $23::numeric[], $24::numeric[])
         WITH ORDINALITY AS t (id, direction, category, vat_code, exemption_code, rate, country,
                               distance, currency, base, tax, home_base, home_tax, position)
"""


async def record_taxes(uow: UnitOfWork, document: TaxedDocument) -> None:
    """Keep the tax of a document for the VAT return, in the transaction that books it.

    Call it after the document's entry is posted: amounts in the company's currency are the
    entry's. A document is recorded once. Raises `CompanyNotFound`.
    """
    if not document.lines:
        return
    home = await ledger.base_currency(uow, document.company_id)
    lines = document.lines
    if lines[0].base.currency == home:
        bases = [line.base for line in lines]
        taxes = [line.tax for line in lines]
    else:
        bases, taxes = await _at_home(uow, document, home)
    await uow.connection.execute(
        _RECORD,
        uow.tenant,
        document.company_id,
        document.source_type,
        document.source_id,
        document.number,
        document.partner_id,
        document.partner_vat_number,
        home,
        document.posted_on,
        document.document_on,
        uow.now,
        [uow.new_id() for _ in lines],
        [line.direction for line in lines],
        [line.category for line in lines],
        [line.vat_code for line in lines],
        [line.exemption_code for line in lines],
        [line.rate for line in lines],
        [line.country for line in lines],
        [line.distance for line in lines],
        [line.base.currency for line in lines],
        [line.base.amount for line in lines],
        [line.tax.amount for line in lines],
        [amount.amount for amount in bases],
        [amount.amount for amount in taxes],
    )


async def _at_home(
    uow: UnitOfWork, document: TaxedDocument, home: str
) -> tuple[list[Money], list[Money]]:
    """Base and tax of the lines in the company's currency; the tax sums to what was booked."""
    entry = await uow.connection.fetchrow(
        _ENTRY, uow.tenant, document.source_id, document.source_type
    )
    worth = Decimal(1)
    if entry is not None and entry["debit"]:
        worth = entry["home_debit"] / entry["debit"]
    bases = [Money(line.base.amount * worth, home).round() for line in document.lines]
    taxes = [Money(line.tax.amount * worth, home).round() for line in document.lines]
    for direction in (OUTPUT, INPUT, WITHHELD):
        places = [at for at, line in enumerate(document.lines) if line.direction == direction]
        booked = None if entry is None else entry[direction]
        if not places or booked is None:
            continue
        exact = [document.lines[at].tax.amount * worth for at in places]
        largest = max(range(len(exact)), key=lambda at: abs(exact[at]))
        exact[largest] += booked - sum(exact)
        whole = round_together([Money(amount, home) for amount in exact], Money(booked, home))
        for at, amount in zip(places, whole, strict=True):
            taxes[at] = amount
    return bases, taxes


_TAKE_BACK = """
    INSERT INTO taxes_posting (
        tenant, id, company_id, source_type, source_id, position, number, direction, category,
        vat_code, exemption_code, rate, country, distance, partner_id, partner_vat_number,
        currency, base, tax, home_currency, home_base, home_tax, posted_on, document_on,
        recorded_at)
    SELECT tenant, uuidv7(), company_id, $4, $5, position, $6, direction, category, vat_code,
           exemption_code, rate, country, distance, partner_id, partner_vat_number, currency,
           -base, -tax, home_currency, -home_base, -home_tax, $7, $8, $9
    FROM taxes_posting WHERE tenant = $1 AND source_type = $2 AND source_id = $3
"""


async def take_back_taxes(
    uow: UnitOfWork,
    of_type: str,
    of_id: UUID,
    *,
    source_type: str,
    source_id: UUID,
    number: str,
    document_on: date,
    posted_on: date,
) -> None:
    """Tell the VAT return the opposite of what a document told, to the cent, as another document.

    Nothing where it told nothing.
    """
    await uow.connection.execute(
        _TAKE_BACK,
        uow.tenant,
        of_type,
        of_id,
        source_type,
        source_id,
        number,
        posted_on,
        document_on,
        uow.now,
    )
