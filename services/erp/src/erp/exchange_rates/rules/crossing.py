"""From one currency to another: directly, by the inverse, or over a third. Exact fractions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import prod

from servicekit.values.currencies import MINOR_UNITS
from servicekit.values.decimals import round_half_away


@dataclass(frozen=True, slots=True)
class RecordedRate:
    """One unit of `base` is `rate` units of `quote` on a day, says `source`."""

    base: str
    quote: str
    rate: Decimal
    rate_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A step of a conversion. `inverted`: the recorded rate leads the other way."""

    recorded: RecordedRate
    inverted: bool

    @property
    def factor(self) -> Fraction:
        """Units after the step for one before it."""
        rate = Fraction(self.recorded.rate)
        return 1 / rate if self.inverted else rate


def route(
    rates: Mapping[tuple[str, str], RecordedRate], currency: str, into: str, *, inverts: bool = True
) -> tuple[Leg, ...] | None:
    """The steps from `currency` to `into`; none where they are the same; None: no way leads there.

    `rates` are named by (base, quote). A rate in the direction asked for is preferred to the
    inverse, and both to a way over a third currency; of several thirds the one whose older rate
    is the newest is taken, then the first by code.
    """
    if currency == into:
        return ()

    def step(one: str, other: str) -> Leg | None:
        if (one, other) in rates:
            return Leg(rates[one, other], inverted=False)
        if inverts and (other, one) in rates:
            return Leg(rates[other, one], inverted=True)
        return None

    direct = step(currency, into)
    if direct is not None:
        return (direct,)
    ways = []
    for third in {code for pair in rates for code in pair}:
        first, second = step(currency, third), step(third, into)
        if first is not None and second is not None:
            age = -min(first.recorded.rate_on, second.recorded.rate_on).toordinal()
            ways.append((age, third, (first, second)))
    return min(ways, key=lambda way: way[:2])[2] if ways else None


def worth(legs: Sequence[Leg]) -> Fraction:
    """How many units one unit is at the end of a route."""
    return prod((leg.factor for leg in legs), start=Fraction(1))


def converted(amount: Decimal, rate: Fraction, into: str) -> Decimal:
    """An amount in another currency: the only place that rounds, to its minor units."""
    return round_half_away(Fraction(amount) * rate, MINOR_UNITS[into])
