"""Which rates count for a company, and for how long."""

from dataclasses import dataclass

from servicekit.errors import NotFound, RuleBroken

MOST_DAYS_OLD = 7
"""A rate serves the days after it that have none of their own: weekends, holidays, a week at most.

What a company has from its opening; its policy says otherwise, within 0 to 31 days.
"""


class ExchangeRateIsMissing(RuleBroken):
    """Nothing is booked in a foreign currency without a rate of its day."""

    code = "exchange-rate-missing"
    title = "There is no exchange rate for the day"
    hint = (
        "Record one with POST /v1/exchange-rates, load a history with POST "
        "/v1/exchange-rate-imports, or change the policy of the company."
    )


class ExchangeRatePolicyNotFound(NotFound):
    """Every company has a policy; there is no such company."""

    code = "exchange-rate-policy-not-found"
    title = "No such policy: every company has one"
    hint = "List the companies with GET /v1/companies."


@dataclass(frozen=True, slots=True)
class Policy:
    """`sources` in the order in which they count on one day, empty: all; a newer day comes first.

    A day without a rate takes the last one known, at most `most_days_old` calendar days old; zero:
    the day's own or none. `inverts`: whether the rate of the other direction serves as well.
    """

    sources: tuple[str, ...] = ()
    most_days_old: int = MOST_DAYS_OLD
    inverts: bool = True
