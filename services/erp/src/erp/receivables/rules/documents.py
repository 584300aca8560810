"""Tax and totals of a document, and what an invoice must be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from erp.receivables.rules.tax_rates import TaxRateIsMissing
from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC, round_to
from servicekit.values.money import Money, round_together


class InvoiceNotFound(NotFound):
    """The invoice does not exist, or belongs to another tenant."""

    code = "invoice-not-found"
    title = "No such invoice"
    hint = "List the invoices with GET /v1/invoices."


class InvoiceHasNoLines(InvalidInput):
    """An invoice asks for something."""

    code = "invoice-has-no-lines"
    title = "An invoice has at least one line"
    hint = "Add a line."


class InvoiceIsNegative(RuleBroken):
    """An invoice does not owe the customer money."""

    code = "invoice-is-negative"
    title = "The net and the tax base of an invoice are not below zero"
    hint = "What is owed to the customer is a credit note, not an invoice."


class CurrencyIsNotTheAccounts(RuleBroken):
    """An account is kept in one currency."""

    code = "currency-is-not-the-accounts"
    title = "Documents of a receivables account are in the account's currency"
    hint = "Use the account's currency, or open an account in a company that trades in the other."


class DocumentHasNoAccount(InvalidInput):
    """A document names the account, or the customer."""

    code = "document-has-no-account"
    title = "An invoice or payment names an account or a customer"
    hint = "Give account_id, or customer_id (and company_id unless it is the default company)."


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """What tax and totals need of a document line; `net_amount` is not rounded."""

    net_amount: Decimal
    tax_category: str


@dataclass(frozen=True, slots=True)
class CategoryTax:
    """Tax of one category: the exact sum of its lines times `rate`, rounded once.

    `base` is that sum as the document shows it, at minor units.
    """

    category: str
    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """The rounded figures of a document; `gross` = `net` + `tax`.

    `shown` are the line amounts as printed: rounded by largest remainder so that they sum to
    `net`. The bases of the categories sum to `net` as well.
    """

    net: Money
    tax: Money
    gross: Money
    taxes: tuple[CategoryTax, ...]
    shown: tuple[Money, ...]


def shown_bases(lines: Sequence[TaxableLine], currency: str) -> dict[str, Money]:
    """The net of each tax category, rounded so that they sum to the document's rounded net."""
    sums = sorted(_sums(lines, currency).items())
    rounded = round_together([amount for _, amount in sums])
    return {category: base for (category, _), base in zip(sums, rounded, strict=True)}


def _sums(lines: Sequence[TaxableLine], currency: str) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for line in lines:
        amount = Money(line.net_amount, currency)
        known = sums.get(line.tax_category)
        sums[line.tax_category] = amount if known is None else known + amount
    return sums


def document_totals(
    lines: Sequence[TaxableLine], rates: Mapping[str, Decimal], currency: str
) -> DocumentTotals:
    """Round a document by the house policy: net once, tax once per category.

    The net is the rounded sum of the unrounded lines, the tax of a category the rounded product
    of its unrounded lines and the rate, as in a quote's estimate. The bases that are shown are
    rounded together, so that they sum to the net. `rates` gives the fraction of each category.
    Raises `TaxRateIsMissing`.
    """
    if not lines:
        nothing = Money.zero(currency)
        return DocumentTotals(nothing, nothing, nothing, (), ())
    sums = _sums(lines, currency)
    bases = shown_bases(lines, currency)
    taxes = []
    for category, base in bases.items():
        rate = rates.get(category)
        if rate is None:
            raise TaxRateIsMissing(
                f"There is no rate for the tax category {category!r} on that day."
            )
        taxes.append(CategoryTax(category, rate, base, (sums[category] * rate).round()))
    net = sum(bases.values(), start=Money.zero(currency))
    tax = sum((part.tax for part in taxes), start=Money.zero(currency))
    shown = round_together([Money(line.net_amount, currency) for line in lines])
    return DocumentTotals(net, tax, net + tax, tuple(taxes), tuple(shown))


def check_invoice(lines: Sequence[TaxableLine], totals: DocumentTotals) -> None:
    """Refuse what cannot be an invoice; raises `InvoiceHasNoLines`, `InvoiceIsNegative`."""
    if not lines:
        raise InvoiceHasNoLines("The invoice has no lines.", field="lines")
    if any(part.base.is_negative for part in totals.taxes) or totals.net.is_negative:
        raise InvoiceIsNegative(f"The net of the invoice is {totals.net}.", field="lines")


def net_of_line(quantity: Decimal, net_unit_price: Decimal) -> Decimal:
    """Quantity times price, to the ten decimals that a line keeps; not rounded to a currency."""
    return round_to(ARITHMETIC.multiply(quantity, net_unit_price), 10)


def due_on(issued_on: date, payment_terms_days: int) -> date:
    """The day an invoice is to be paid: so many calendar days after its date."""
    return issued_on + timedelta(days=payment_terms_days)
