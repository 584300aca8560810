"""Lifetime value: what is expected of each customer, discounted to today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import numpy as np

from crm.customer_value.rules.buying import Buying, BuyingCannotBeFitted, fit_buying
from crm.customer_value.rules.histories import (
    CustomerHistory,
    Purchase,
    histories_of,
    in_weeks,
    means_of,
)
from crm.customer_value.rules.spending import Spending, SpendingCannotBeFitted, fit_spending

WEEKS_A_PERIOD = 4
PERIODS_A_YEAR = 13
PROBABILITY = Decimal("0.000001")
COUNT = Decimal("0.0001")
FEWEST_REPEATING = 20
"""Fewer customers who came again say too little about anybody else."""
MOST_VALUE = Decimal(10) ** 14


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a value is counted over: years, the margin of what is paid, the yearly discount."""

    years: int = 3
    margin: Decimal = Decimal(1)
    discount: Decimal = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class HoldOut:
    """How well the model foretold what it had not seen.

    Purchases after `from_day` by customers known before it, and the mean absolute error for each.
    """

    from_day: date
    customers: int
    actual: int
    foretold: Decimal
    mean_absolute_error: Decimal


@dataclass(frozen=True, slots=True)
class Fit:
    """Both models of one currency, and how well the first one foretells."""

    buying: Buying
    spending: Spending
    customers: int
    repeating: int
    hold_out: HoldOut | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is expected of a customer.

    `ranked` is False without a repeated purchase: the model then takes everybody for alive, so the
    value is everybody's and says nothing about this customer. Money is rounded half to even to
    `places` of the currency, probabilities to 6 places, counts to 4.
    """

    history: CustomerHistory
    alive: Decimal
    purchases_a_year: Decimal
    mean_purchase: Decimal
    value: Decimal
    ranked: bool

    @property
    def customer_id(self) -> UUID:
        return self.history.customer_id


def fit(purchases: Sequence[Purchase], until: date) -> Fit | None:
    """The models of one currency; None while there is not enough history for them."""
    histories = histories_of(purchases, until)
    repeating = sum(each.repeats > 0 for each in histories)
    if repeating < FEWEST_REPEATING:
        return None
    weeks = in_weeks(histories)
    try:
        buying = fit_buying(weeks)
        spending = fit_spending(weeks.repeats, means_of(histories))
    except (BuyingCannotBeFitted, SpendingCannotBeFitted):
        return None
    return Fit(buying, spending, len(histories), repeating, _hold_out(purchases, until))


def estimates_of(
    made: Fit, purchases: Sequence[Purchase], until: date, outlook: Outlook, places: int
) -> list[Estimate]:
    """What is expected of each customer with a purchase up to a day.

    The value is the sum over periods of four weeks of expected purchases x mean purchase x margin
    / (1 + discount) ^ (years until then).
    """
    histories = histories_of(purchases, until)
    if not histories:
        return []
    weeks = in_weeks(histories)
    mean = made.spending.expected(weeks.repeats, means_of(histories))
    before = np.zeros(len(histories))
    worth = np.zeros(len(histories))
    yearly = before
    for period in range(1, outlook.years * PERIODS_A_YEAR + 1):
        until_then = made.buying.expected(weeks, float(period * WEEKS_A_PERIOD))
        factor = (1 + float(outlook.discount)) ** (period / PERIODS_A_YEAR)
        worth += (until_then - before) / factor
        before = until_then
        if period == PERIODS_A_YEAR:
            yearly = until_then
    worth *= mean * float(outlook.margin)
    cent = Decimal(1).scaleb(-places)
    return [
        Estimate(
            history,
            _rounded(alive, PROBABILITY),
            _rounded(count, COUNT),
            _rounded(spent, cent),
            _rounded(value, cent),
            history.repeats > 0,
        )
        for history, alive, count, spent, value in zip(
            histories, made.buying.alive(weeks), yearly, mean, worth, strict=True
        )
    ]


def _hold_out(purchases: Sequence[Purchase], until: date) -> HoldOut | None:
    """Fit on the first two thirds of the days and look at the last."""
    first = min(each.day for each in purchases)
    from_day = first + timedelta(days=(until - first).days * 2 // 3)
    earlier = histories_of(purchases, from_day)
    weeks = in_weeks(earlier)
    if (weeks.repeats > 0).sum() < FEWEST_REPEATING:
        return None
    try:
        buying = fit_buying(weeks)
    except BuyingCannotBeFitted:
        return None
    foretold = buying.expected(weeks, (until - from_day).days / 7)
    later = {each.customer_id: each.repeats for each in histories_of(purchases, until)}
    actual = np.array([later[each.customer_id] - each.repeats for each in earlier])
    return HoldOut(
        from_day,
        len(earlier),
        int(actual.sum()),
        _rounded(float(foretold.sum()), COUNT),
        _rounded(float(np.abs(foretold - actual).mean()), COUNT),
    )


def _rounded(number: float, to: Decimal) -> Decimal:
    if not np.isfinite(number):
        return Decimal(0)
    return min(Decimal(float(number)), MOST_VALUE).quantize(to, ROUND_HALF_EVEN)
