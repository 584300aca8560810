"""Prices that include tax: the gross is given, and net and tax are its parts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from servicekit.taxation.documents import CategoryTax, DocumentTotals, TaxableLine
from servicekit.values.decimals import ARITHMETIC
from servicekit.values.money import Money, round_together

_ONE = Decimal(1)


def net_of(gross: Decimal, rate: Decimal) -> Decimal:
    """The net in a gross amount, gross / (1 + rate), at 38 digits; `rate` is a fraction."""
    return ARITHMETIC.divide(gross, _ONE + rate)


def inclusive_totals(
    lines: Sequence[TaxableLine], rates: Mapping[str, Decimal], currency: str
) -> DocumentTotals:
    """Round a document whose lines carry gross amounts in `net_amount`.

    The gross is the rounded sum of the lines, and nothing that is taken out of it is lost: the
    gross of the categories sums to it, base and tax of a category to its gross. The tax of a
    category is round2(gross x rate / (1 + rate)); the base is the rest. `shown` are net amounts
    that sum to the bases. Halves go away from zero. Raises `KeyError` for a category without a
    rate.
    """
    nothing = Money.zero(currency)
    if not lines:
        return DocumentTotals(nothing, nothing, nothing, (), ())
    sums: dict[str, Money] = {}
    for line in lines:
        known = sums.get(line.tax_category, nothing)
        sums[line.tax_category] = known + Money(line.net_amount, currency)
    categories = sorted(sums)
    rounded = round_together([sums[category] for category in categories])
    taxes = []
    for category, gross in zip(categories, rounded, strict=True):
        rate = rates[category]
        share = ARITHMETIC.divide(ARITHMETIC.multiply(gross.amount, rate), _ONE + rate)
        tax = Money(share, currency).round()
        taxes.append(CategoryTax(category, rate, gross - tax, tax))
    net = sum((part.base for part in taxes), start=nothing)
    tax = sum((part.tax for part in taxes), start=nothing)
    return DocumentTotals(net, tax, net + tax, tuple(taxes), _shown(lines, taxes, currency))


def _shown(
    lines: Sequence[TaxableLine], taxes: Sequence[CategoryTax], currency: str
) -> tuple[Money, ...]:
    """The net of each line as printed; those of a category sum to its base."""
    shown: dict[int, Money] = {}
    for part in taxes:
        places = [at for at, line in enumerate(lines) if line.tax_category == part.category]
        nets = [Money(net_of(lines[at].net_amount, part.rate), currency) for at in places]
        # What the category was rounded by goes to its largest line.
        largest = max(range(len(nets)), key=lambda at: abs(nets[at].amount))
        nets[largest] += part.base - sum(nets, start=Money.zero(currency))
        shown |= dict(zip(places, round_together(nets, part.base), strict=True))
    return tuple(shown[at] for at in range(len(lines)))
