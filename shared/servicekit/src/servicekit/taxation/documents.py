"""Tax and totals of a document: quote, order and invoice alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from servicekit.values.money import Money, round_together


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """What tax and totals need of a document line, in the document's currency."""

    net_amount: Decimal
    """Without tax, not rounded."""
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


def categories_without_rate(
    lines: Sequence[TaxableLine], rates: Mapping[str, Decimal]
) -> list[str]:
    """The tax categories of the lines that have no rate, in order."""
    return sorted({line.tax_category for line in lines} - rates.keys())


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
    of its unrounded lines and the rate. The bases that are shown are rounded together, so that
    they sum to the net. `rates` gives the fraction of each category: 0.19 is 19 %. Halves go away
    from zero, to ISO 4217 minor units. Raises `KeyError` for a category without a rate: callers
    look first (`categories_without_rate`) and say it in their own words.
    """
    if not lines:
        nothing = Money.zero(currency)
        return DocumentTotals(nothing, nothing, nothing, (), ())
    sums = _sums(lines, currency)
    bases = shown_bases(lines, currency)
    taxes = []
    for category, base in bases.items():
        rate = rates[category]
        taxes.append(CategoryTax(category, rate, base, (sums[category] * rate).round()))
    net = sum(bases.values(), start=Money.zero(currency))
    tax = sum((part.tax for part in taxes), start=Money.zero(currency))
    shown = round_together([Money(line.net_amount, currency) for line in lines])
    return DocumentTotals(net, tax, net + tax, tuple(taxes), tuple(shown))
