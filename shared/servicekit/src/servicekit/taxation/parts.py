"""Invoices over parts of an order: each rounds its own, and together they are the whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from servicekit.taxation.documents import (
    CategoryTax,
    DocumentTotals,
    TaxableLine,
    document_totals,
    shown_bases,
)
from servicekit.values.money import Money, round_together


@dataclass(frozen=True, slots=True)
class TakenPart:
    """What earlier invoices of an order took of a tax category at one rate.

    `net` is the unrounded sum of their lines, `base` and `tax` are what they show.
    """

    category: str
    rate: Decimal
    net: Decimal
    base: Decimal
    tax: Decimal


def part_totals(
    lines: Sequence[TaxableLine],
    rates: Mapping[str, Decimal],
    currency: str,
    *,
    whole: Sequence[TaxableLine],
    earlier: Sequence[TakenPart],
) -> DocumentTotals:
    """The figures of an invoice over part of an order, in the order's currency.

    `whole` is everything the order will ever invoice, what `earlier` invoices took included. Per
    tax category an invoice takes its own rounded base and tax, but no more than the whole has left,
    and the one that takes the last of a category takes all that is left. So the parts sum to the
    order: its net and the base of each category always, its tax for each rate. A residue is a few
    minor units; it never makes a figure negative.

    Two things cannot be foreseen: a rate that changes in between counts for what is left on that
    day, and what was rounded up before the rest was cancelled is not taken back. Lines below zero
    are not capped, since then a part may be more than the whole. Raises `KeyError` for a category
    without a rate.
    """
    own = document_totals(lines, rates, currency)
    bases = shown_bases(whole, currency)
    only_positive = all(line.net_amount >= 0 for line in whole)
    taxes = tuple(
        _taken(
            part,
            mine=_sum(lines, part.category),
            whole=_sum(whole, part.category),
            base=bases[part.category],
            earlier=[taken for taken in earlier if taken.category == part.category],
            only_positive=only_positive,
        )
        for part in own.taxes
    )
    net = sum((part.base for part in taxes), start=Money.zero(currency))
    tax = sum((part.tax for part in taxes), start=Money.zero(currency))
    shown = own.shown if net == own.net else _shown(lines, net)
    return DocumentTotals(net, tax, net + tax, taxes, shown)


def _sum(lines: Sequence[TaxableLine], category: str) -> Decimal:
    return sum((x.net_amount for x in lines if x.tax_category == category), start=Decimal(0))


def _taken(
    part: CategoryTax,
    *,
    mine: Decimal,
    whole: Decimal,
    base: Money,
    earlier: Sequence[TakenPart],
    only_positive: bool,
) -> CategoryTax:
    """What this invoice takes of a category whose `whole` is shown as `base`."""
    currency = base.currency
    left = whole - sum((taken.net for taken in earlier), start=Decimal(0))
    at_rate = [taken for taken in earlier if taken.rate == part.rate]
    # As if everything that is left were invoiced today.
    taxed = left + sum((taken.net for taken in at_rate), start=Decimal(0))
    base_left = base - _total((taken.base for taken in earlier), currency)
    tax_left = (Money(taxed, currency) * part.rate).round() - _total(
        (taken.tax for taken in at_rate), currency
    )
    if only_positive:
        nothing = Money.zero(currency)
        base_left, tax_left = max(base_left, nothing), max(tax_left, nothing)
    if mine == left:
        return replace(part, base=base_left, tax=tax_left)
    if only_positive:
        return replace(part, base=min(part.base, base_left), tax=min(part.tax, tax_left))
    return part


def _total(amounts: Iterable[Decimal], currency: str) -> Money:
    return Money(sum(amounts, start=Decimal(0)), currency)


def _shown(lines: Sequence[TaxableLine], net: Money) -> tuple[Money, ...]:
    """The lines as printed, summing to a net with a residue, which the largest line carries."""
    amounts = [Money(line.net_amount, net.currency) for line in lines]
    largest = max(range(len(amounts)), key=lambda at: amounts[at].amount)
    amounts[largest] += net - sum(amounts, start=Money.zero(net.currency))
    return tuple(round_together(amounts))
