"""What a currency is worth in another, given some rates."""

from collections.abc import Mapping
from fractions import Fraction

from servicekit.errors import RuleBroken

MOST_DAYS_OLD = 7
"""A rate serves the days after it that have none of their own, but not longer than a week."""


class ExchangeRateIsMissing(RuleBroken):
    """Nothing is booked in a foreign currency without a rate of its day."""

    code = "exchange-rate-missing"
    title = "There is no exchange rate for the day"
    hint = "Record one with POST /v1/exchange-rates; a rate serves the seven days after it as well."


def cross(rates: Mapping[tuple[str, str], Fraction], currency: str, into: str) -> Fraction | None:
    """How many units of `into` one unit of `currency` is: directly, inverted, or over a third.

    `rates` maps (base, quote) to units of quote for one of base. Exact; None where no way leads
    from one to the other. Of several thirds the first by code is taken.
    """
    if currency == into:
        return Fraction(1)

    def step(one: str, other: str) -> Fraction | None:
        if (one, other) in rates:
            return rates[one, other]
        return 1 / rates[other, one] if (other, one) in rates else None

    direct = step(currency, into)
    if direct is not None:
        return direct
    for third in sorted({code for pair in rates for code in pair}):
        first, second = step(currency, third), step(third, into)
        if first is not None and second is not None:
            return first * second
    return None
