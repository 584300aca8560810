"""The days of columns: a period and the ones before it, in fiscal years of the company."""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from erp.statements.rules.model import Column
from erp.statements.rules.refusals import InstantsAreAmbiguous, PeriodIsBackwards


class Step(StrEnum):
    """How far apart columns are."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class View(StrEnum):
    """What columns know: all that is known now, or what was when their days were closed."""

    RESTATED = "restated"
    AS_REPORTED = "as-reported"


_MONTHS = {Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}


def year_start(day: date, starts_in: int) -> date:
    """The first day of the fiscal year of a day; years start on the first of a month, 1 to 12."""
    return date(day.year if day.month >= starts_in else day.year - 1, starts_in, 1)


def columns_of(
    starts_on: date | None, ends_on: date, count: int, step: Step, starts_in: int
) -> list[Column]:
    """`count` columns, the first one as asked and each of the others one step earlier.

    Without `starts_on` a column starts with its fiscal year. Columns that would lie before the
    year 1 are left out. Raises `PeriodIsBackwards`.
    """
    if starts_on is not None and starts_on > ends_on:
        raise PeriodIsBackwards(f"{starts_on} is after {ends_on}.", field="starts_on")
    found = []
    for index in range(count):
        end = _back(ends_on, index * _MONTHS[step])
        start = None if starts_on is None else _back(starts_on, index * _MONTHS[step])
        if end is None or end.year < 3 or (starts_on is not None and start is None):
            break
        year = year_start(end, starts_in)
        found.append(Column(start or year, end, year))
    return found


def knowing(
    columns: Sequence[Column],
    view: View,
    known_at: datetime | None,
    reported_at: Callable[[date], datetime | None],
) -> list[Column]:
    """The columns with the instants whose knowledge they show.

    As reported that is when the last day of each was closed; a column that never was shows what is
    known now. Raises `InstantsAreAmbiguous` for an instant beside those.
    """
    if view is View.RESTATED:
        return [replace(column, known_at=known_at) for column in columns]
    if known_at is not None:
        raise InstantsAreAmbiguous(
            "Each column as reported shows what was known when it was closed.", field="known_at"
        )
    return [replace(column, known_at=reported_at(column.ends_on)) for column in columns]


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)


def _back(day: date, months: int) -> date | None:
    """The same day so many months earlier; the last day of a month stays the last."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = whole // 12, whole % 12 + 1
    if year < 1:
        return None
    last = calendar.monthrange(year, month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month, last if is_last else min(day.day, last))
