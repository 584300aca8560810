"""Ramps: a term in segments, each with its own quantity and price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise, takewhile

from cpq.selling.calendar import TermUnit, anniversaries
from servicekit.values.decimals import ARITHMETIC, round_to

PLACES = 10
MOST_GROWTH = Decimal(1_000)
"""Times a ramp's own price that a segment may cost."""
_ONE = Decimal(1)


class GrowsTooMuch(ValueError):
    """A segment would cost more than any ramp does."""

    def __init__(self, place: int) -> None:
        """Of the segment at this place, from 0."""
        super().__init__(f"more than {MOST_GROWTH} times the ramp's own price")
        self.place = place


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a term; `end` is the first day after it."""

    number: int
    """From 1."""
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    """For one period, at ten places."""


@dataclass(frozen=True, slots=True)
class RampStep:
    """What a segment has: its quantity, and the uplift on the price of the one before."""

    quantity: Decimal
    uplift: Decimal = Decimal(0)
    """A fraction: 0.03 is 3 % more; below zero it is less."""


def segments(
    start: date, end: date, unit: TermUnit = TermUnit.YEAR, *, count: int = 1
) -> list[tuple[date, date]]:
    """The days of a term cut every `count` units from its start; the last may be shorter."""
    if end <= start:
        raise ValueError(f"{end} is not after {start}")
    begins = list(takewhile(lambda day: day < end, anniversaries(start, unit, count=count)))
    return list(pairwise([*begins, end]))


def uplifts(steps: Sequence[Decimal]) -> list[Decimal]:
    """What a price has grown by at each segment, when each grows by a fraction on the one before.

    Growth is compounded at ten places; no uplift takes more than everything. Raises `GrowsTooMuch`.
    """
    found, factor = [], _ONE
    for place, step in enumerate(steps):
        factor = round_to(ARITHMETIC.multiply(factor, ARITHMETIC.add(_ONE, step)), PLACES)
        if factor > MOST_GROWTH:
            raise GrowsTooMuch(place)
        found.append(ARITHMETIC.subtract(factor, _ONE))
    return found


def ramped(
    unit_price: Decimal, spans: Sequence[tuple[date, date]], steps: Sequence[RampStep]
) -> list[Segment]:
    """A ramp: the price grows by each segment's uplift on the one before (`uplifts`), ten places.

    The first segment's uplift is on the price itself. Raises `ValueError` unless there is a step
    for each span and the spans follow on one another, and `GrowsTooMuch`.
    """
    if len(spans) != len(steps):
        raise ValueError(f"{len(spans)} segments, {len(steps)} steps")
    if any(before[1] != after[0] for before, after in pairwise(spans)):
        raise ValueError("a segment begins where the one before ends")
    found = []
    grown = uplifts([step.uplift for step in steps])
    for number, ((start, end), step, uplift) in enumerate(
        zip(spans, steps, grown, strict=True), start=1
    ):
        price = round_to(ARITHMETIC.multiply(unit_price, ARITHMETIC.add(_ONE, uplift)), PLACES)
        found.append(Segment(number, start, end, step.quantity, price))
    return found
