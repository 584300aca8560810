"""When an open item is dunned, at which level, and what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC
from servicekit.values.money import Money


class DunningPolicyNotFound(NotFound):
    """The dunning policy does not exist, or belongs to another tenant."""

    code = "dunning-policy-not-found"
    title = "No such dunning policy"
    hint = "List them with GET /v1/dunning-policies."


class DunningPolicyCodeIsTaken(RuleBroken):
    """Codes of dunning policies are unique within a tenant."""

    code = "dunning-policy-code-is-taken"
    title = "Another dunning policy has this code"
    hint = "Choose another code."


class LevelsAreOutOfOrder(InvalidInput):
    """Each level comes later than the one before."""

    code = "levels-are-out-of-order"
    title = "The levels of dunning rise with the days overdue"
    hint = "Order them by days; no two have the same."


class PauseNotFound(NotFound):
    """The dispute or promise does not exist, or belongs to another tenant."""

    code = "pause-not-found"
    title = "No such dispute or promise"
    hint = "List the account's open items: GET /v1/open-items?account_id=..."


class OpenItemNotFound(NotFound):
    """The open item does not exist, or belongs to another tenant."""

    code = "open-item-not-found"
    title = "No such open item"
    hint = "List them with GET /v1/open-items."


class PromiseNeedsADay(InvalidInput):
    """A promise to pay is one by a day."""

    code = "promise-needs-a-day"
    title = "A promise to pay names the day by which"
    hint = "Give until, or open a dispute."


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """A level is reached after so many days overdue; its fee is in the account's currency.

    `interest`: whether interest on what is overdue is charged when it is reached. What is charged
    is due so many `grace_days` later.
    """

    days: int
    fee: Decimal = Decimal(0)
    interest: bool = False
    grace_days: int = 7


def check_levels(levels: Sequence[DunningLevel]) -> None:
    """Raises `LevelsAreOutOfOrder`."""
    for before, after in pairwise(levels):
        if after.days <= before.days:
            raise LevelsAreOutOfOrder(f"{after.days} days follow {before.days}.", field="levels")


def next_level(levels: Sequence[DunningLevel], reached: int, days_overdue: int) -> int | None:
    """The level that an item climbs to, from 1; None: not yet, or there is none above.

    One level at a time, so that nobody gets the last letter first.
    """
    if reached < len(levels) and days_overdue >= levels[reached].days:
        return reached + 1
    return None


def late_interest(
    amount: Money, rate: Decimal, days: int, basis: int, cap: Decimal | None = None
) -> Money:
    """Simple interest for so many days: amount x rate x days / basis, rounded once.

    `rate` is a fraction per year, no more than the `cap` that the law sets; `basis` is the days of
    a year. Halves go away from zero.
    """
    yearly = rate if cap is None else min(rate, cap)
    product = ARITHMETIC.multiply(ARITHMETIC.multiply(amount.amount, yearly), Decimal(days))
    return Money(ARITHMETIC.divide(product, Decimal(basis)), amount.currency).round()
