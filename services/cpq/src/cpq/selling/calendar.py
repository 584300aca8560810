"""Months that have ends: the arithmetic of terms."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from enum import StrEnum


class TermUnit(StrEnum):
    """What a price is for."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many months it has."""
        return {"month": 1, "quarter": 3, "half-year": 6, "year": 12}[self.value]


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later (or earlier).

    A month that is too short ends earlier: a month after 31 January is 28 February, two months
    after it 31 March.
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def period_of(day: date, anchor: date, step: int) -> int:
    """The number of the period of `step` months that holds a day; the one from `anchor` on is 0."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    at = months // step
    return at - 1 if months_later(anchor, at * step) > day else at


def anniversaries(
    first: date, unit: TermUnit, anchor: date | None = None, count: int = 1
) -> Iterator[date]:
    """The days on which periods of `count` units begin, from the one that holds `first` on.

    `anchor` is any day on which a period begins; None: `first` itself.
    """
    anchor = anchor or first
    step = unit.months * count
    at = period_of(first, anchor, step)
    while True:
        yield months_later(anchor, at * step)
        at += 1


def months_between(start: date, end: date) -> tuple[int, int]:
    """Whole months from start to end (exclusive), and the days that are left over."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months_later(start, months) > end:
        months -= 1
    return months, (end - months_later(start, months)).days
