"""Which tier of a schedule a number reaches, found by halving where there are many."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from itertools import pairwise

from cpq.pricing.rules.rule import Schedule, ScheduleTier


class Ladders:
    """The lower bounds of schedules; many lines ask the same one."""

    def __init__(self) -> None:
        self._lowers: dict[int, tuple[Schedule, list[Decimal]]] = {}
        """By the identity of schedules, which are kept beside their bounds."""

    def reached(self, schedule: Schedule, number: Decimal) -> ScheduleTier | None:
        """The last tier that holds the number; None: no tier does."""
        known = self._lowers.get(id(schedule))
        if known is None:
            known = self._lowers[id(schedule)] = (schedule, _lowers(schedule))
        # Tiers may end before the next one begins; of those that do not end, all below hold it.
        for at in range(bisect_right(known[1], number) - 1, -1, -1):
            tier = schedule.tiers[at]
            if tier.band.upper is None or number < tier.band.upper:
                return tier
        return None


def _lowers(schedule: Schedule) -> list[Decimal]:
    lowers = [tier.band.lower for tier in schedule.tiers]
    assert all(one <= other for one, other in pairwise(lowers)), "tiers stand by their bands"
    return lowers
