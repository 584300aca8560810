"""How many periods a stretch of days has, on every basis that the field uses.

Shares are exact fractions; what is multiplied with a price carries ten places.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from cpq.selling.calendar import (
    TermUnit,
    anniversaries,
    months_between,
    months_later,
    period_of,
)
from servicekit.values.decimals import ARITHMETIC, round_to

PLACES = 10
_MONTH = Fraction(365, 12)
"""Days of an average month, which Salesforce CPQ counts by."""


class Proration(StrEnum):
    """What a part of a period counts for.

    The first five add up: the parts of any split of a stretch sum to the whole. The others look at
    the whole stretch and do not.
    """

    PERIOD_DAYS = "period-days"
    """Days by days of the billing period they lie in (Kill Bill; Revenue Cloud, by day of period).
    """
    CALENDAR_DAYS = "calendar-days"
    """Days by days of the calendar month they lie in (Zuora: actual number of days)."""
    ACTUAL_30 = "actual-30"
    """Days by 30 (Zuora: actual/360)."""
    STRICT_30 = "strict-30"
    """Every month has 30 days (Zuora: strict 30/360)."""
    DAYS = "days"
    """Days by days of an average month (Salesforce CPQ: day)."""
    MONTHS_AND_DAYS = "months-and-days"
    """Whole months, then days by those of an average month (Salesforce CPQ: monthly + daily)."""
    WHOLE_MONTHS = "whole-months"
    """Months, a begun one counts whole (Salesforce CPQ: month)."""
    NONE = "none"
    """Periods, a begun one counts whole."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How many times the price of one period is due."""

    exact: Fraction
    reason: str
    """For people: `8/31 + 10 months`."""

    @property
    def multiplier(self) -> Decimal:
        """At ten places."""
        return as_decimal(self.exact)


def as_decimal(share: Fraction) -> Decimal:
    """An exact share at ten places."""
    found = ARITHMETIC.divide(Decimal(share.numerator), Decimal(share.denominator))
    return round_to(found, PLACES)


def prorated(
    start: date,
    end: date,
    unit: TermUnit,
    basis: Proration,
    *,
    count: int = 1,
    anchor: date | None = None,
) -> Periods:
    """How many periods of `count` units lie from start to end (exclusive).

    `anchor` is a day on which a billing period begins; None: the start.
    Raises `ValueError` unless start is before end.
    """
    if end <= start:
        raise ValueError(f"{end} is not after {start}")
    period = unit.months * count
    if basis is Proration.PERIOD_DAYS:
        return _by_period(start, end, unit, count, anchor)
    if basis is Proration.NONE:
        months, days = months_between(start, end)
        whole = -(-(months + (days > 0)) // period)
        return Periods(Fraction(whole), f"{whole} begun periods")
    months_in, said = _months(start, end, basis)
    return Periods(months_in / period, said if period == 1 else f"({said}) / {period} months")


def first_period(
    start: date,
    unit: TermUnit,
    basis: Proration,
    *,
    count: int = 1,
    anchor: date | None = None,
) -> Periods:
    """The part of a billing period from start to the next day on which one begins."""
    return prorated(
        start, next_period(start, unit, count, anchor), unit, basis, count=count, anchor=anchor
    )


def next_period(start: date, unit: TermUnit, count: int = 1, anchor: date | None = None) -> date:
    """The day on which the billing period begins that follows the one that holds `start`."""
    days = anniversaries(start, unit, anchor, count)
    next(days)
    return next(days)


def coterminated(start: date, end: date, full: int) -> Periods:
    """The share of a term of `full` days that is left for what is added and ends with the rest.

    IBM's partial term: price x days left / days of the full term.
    """
    days = (end - start).days
    if days <= 0 or full <= 0:
        raise ValueError("a term has days")
    return Periods(Fraction(days, full), f"{days}/{full} days")


def _by_period(start: date, end: date, unit: TermUnit, count: int, anchor: date | None) -> Periods:
    whole, parts = _held(start, end, unit.months * count, anchor or start)
    total = whole + sum((Fraction(*part) for part in parts), start=Fraction(0))
    said = [f"{held}/{days}" for held, days in parts]
    if whole:
        said.append(f"{whole} {unit.value if count == 1 else 'period'}{'' if whole == 1 else 's'}")
    return Periods(total, " + ".join(said))


def _held(start: date, end: date, step: int, anchor: date) -> tuple[int, list[tuple[int, int]]]:
    """How many whole periods of `step` months a stretch holds, and the days of those it holds a
    part of, with the days that they have: the first and the last at most.

    `anchor` is a day on which a period begins. A long stretch takes no longer than a short one.
    """
    first = period_of(start, anchor, step)
    last = period_of(end - timedelta(days=1), anchor, step)
    whole, parts = max(last - first - 1, 0), []
    for at in sorted({first, last}):
        begin, after = months_later(anchor, at * step), months_later(anchor, (at + 1) * step)
        held, days = (min(end, after) - max(start, begin)).days, (after - begin).days
        if held == days:
            whole += 1
        else:
            parts.append((held, days))
    return whole, parts


def _months(start: date, end: date, basis: Proration) -> tuple[Fraction, str]:
    """The stretch in months."""
    days = (end - start).days
    whole, rest = months_between(start, end)
    if basis is Proration.WHOLE_MONTHS:
        return Fraction(whole + (rest > 0)), f"{whole + (rest > 0)} begun months"
    if basis is Proration.MONTHS_AND_DAYS:
        return whole + rest / _MONTH, f"{whole} months + {rest} x 12/365"
    if basis is Proration.DAYS:
        return days / _MONTH, f"{days} days x 12/365"
    if basis is Proration.ACTUAL_30:
        return Fraction(days, 30), f"{days}/30"
    if basis is Proration.STRICT_30:
        counted = _strict(end) - _strict(start)
        return Fraction(counted, 30), f"{counted}/30"
    whole, parts = _held(start, end, 1, start.replace(day=1))
    return (
        whole + sum((Fraction(*part) for part in parts), start=Fraction(0)),
        "".join(f"{held}/{of} + " for held, of in parts) + f"{whole} months",
    )


def _strict(day: date) -> int:
    """The number of a day where each month has 30; the day after a month's last begins the next."""
    last = monthrange(day.year, day.month)[1]
    counted = 30 if day.day == last or day.day > 30 else day.day
    return (day.year * 12 + day.month - 1) * 30 + counted - 1
