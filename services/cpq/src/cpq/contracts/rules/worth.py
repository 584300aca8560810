"""What a lot is worth over some of its days: how its amount is spread over them.

The amount of a lot is shared out over its days as its price is prorated: up to and with a day, it
has cost

    amount x periods from its first day to that day / periods of all its days.

What is given back for a quantity over some days is the difference that these days make to what is
left of the lot. So the parts sum to the amount, to the last place, whatever is taken when and
however the price is prorated, and a lot that is taken away whole has cost nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cpq.contracts.rules.holding import FOREVER, Entry
from cpq.selling import next_period, prorated
from servicekit.values.decimals import ARITHMETIC, round_to

PLACES = 10
_DAY = timedelta(days=1)
_ALL = Fraction(1)


def left_of(lot: Entry, takings: Sequence[Entry]) -> Decimal:
    """What is left of a lot's amount once something was taken from it, at ten places."""
    left = _ALL
    for taken in takings:
        share = Fraction(-taken.quantity) / Fraction(lot.quantity)
        left -= share * _share(lot, taken.from_on, taken.until_on)
    exact = Fraction(lot.amount) * left
    quotient = ARITHMETIC.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return round_to(quotient, PLACES)


def _share(lot: Entry, from_on: date, until_on: date) -> Fraction:
    """The part of a lot's amount that lies on some of its days."""
    all_of_it = _periods(lot, lot.until_on)
    some_of_it = _periods(lot, until_on) - _periods(lot, from_on - _DAY)
    # A basis may count days as nothing; then they cost nothing either.
    return some_of_it / all_of_it if all_of_it else Fraction(0)


def _periods(lot: Entry, until_on: date) -> Fraction:
    if until_on < lot.from_on:
        return Fraction(0)
    if lot.until_on == FOREVER:
        # What was charged is its first period.
        after = next_period(lot.from_on, lot.term_unit, lot.term_count, lot.anchor)
        until_on = min(until_on, after - _DAY)
    return prorated(
        lot.from_on,
        until_on + _DAY,
        lot.term_unit,
        lot.basis,
        count=lot.term_count,
        anchor=lot.anchor or lot.from_on,
    ).exact
