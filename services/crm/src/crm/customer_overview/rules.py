"""When a fact that another service told us is too old to be shown as current."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a fact is, in whole seconds, and whether it must not be taken for current."""

    age_seconds: int
    stale: bool


def freshness(as_of: datetime, now: datetime, budget: timedelta, *, settled: bool) -> Freshness:
    """Judge a fact by its age.

    A settled fact (a paid invoice, an accepted quote) cannot change any more and never goes
    stale. Clocks of two services differ a little: a fact from the near future is of age zero.
    """
    age = max(now - as_of, timedelta(0))
    return Freshness(int(age.total_seconds()), not settled and age > budget)
