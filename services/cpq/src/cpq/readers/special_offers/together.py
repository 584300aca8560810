"""Offers that a product has on the same days: of those that a quantity reaches, the largest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from cpq.readers.special_offers.offers import Offer

Case: TypeAlias = tuple[date, date, str]
"""First day, first day beyond, category."""


class Reach(NamedTuple):
    """The quantities for which an offer counts; `upper` is the first beyond, None: no end."""

    lower: Decimal
    upper: Decimal | None
    offer: Offer


@dataclass(slots=True)
class Stretch:
    """Days on which a product has one schedule; `end` is the first beyond."""

    first: date
    end: date
    reaches: list[Reach]


def stretches(cases: Mapping[Case, Sequence[Offer]]) -> dict[Case, list[Stretch]]:
    """The schedules of one product for one audience, of which each day has one.

    Where several cases hold on a day, the one that began last has the day, with the offers of all.
    """
    found: dict[Case, list[Stretch]] = {case: [] for case in cases}
    days = sorted({day for first, end, _ in cases for day in (first, end)})
    for first, end in pairwise(days):
        holding = [case for case in cases if case[0] <= first and end <= case[1]]
        if not holding:
            continue
        home = max(holding, key=lambda case: (case[0], -case[1].toordinal(), case[2]))
        reaches = largest([offer for case in holding for offer in cases[case]])
        before = found[home]
        if before and before[-1].end == first and before[-1].reaches == reaches:
            before[-1].end = end
        else:
            before.append(Stretch(first, end, reaches))
    return found


def largest(offers: Iterable[Offer]) -> list[Reach]:
    """For each quantity the offer that takes the most off; of equal ones the first by number."""
    offers = sorted(offers, key=lambda one: (-one.percent, one.order))
    edges = sorted({edge for one in offers for edge in (one.lower, one.upper) if edge is not None})
    found: list[Reach] = []
    for lower, upper in pairwise([*edges, None]):
        assert lower is not None
        best = next((one for one in offers if _holds(one, lower, upper)), None)
        if best is None:
            continue
        if found and found[-1].offer == best and found[-1].upper == lower:
            found[-1] = Reach(found[-1].lower, upper, best)
        else:
            found.append(Reach(lower, upper, best))
    return found


def _holds(offer: Offer, lower: Decimal, upper: Decimal | None) -> bool:
    if offer.lower > lower:
        return False
    return offer.upper is None or (upper is not None and upper <= offer.upper)
