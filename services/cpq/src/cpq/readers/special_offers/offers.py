"""What a row of SpecialOffer.csv says: how much off, for whom, on which days, for which number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.sheets import Row, decimal

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]{5,15})?\Z")
_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)
_ONE: Final = Decimal(1)


class Unread(Exception):
    """A row that cannot be read: the column that is wrong, and why."""

    def __init__(self, column: str, because: str) -> None:
        super().__init__(because)
        self.column = column
        self.because = because


@dataclass(frozen=True, slots=True)
class Offer:
    """A special offer.

    Attributes:
        percent: what is taken off, as a fraction; zero: nothing.
        end: the first day on which it no longer holds.
        lower: the least quantity.
        upper: the first quantity beyond; None: no end.
        place: the file and line that say it.
    """

    id: str
    description: str
    type: str
    category: str
    percent: Decimal
    first: date
    end: date
    lower: Decimal
    upper: Decimal | None
    place: str

    @property
    def order(self) -> tuple[int, str]:
        """Offers in the order of their numbers, whatever the order of the rows."""
        return len(self.id), self.id


def offer(row: Row, findings: Findings) -> Offer:
    """The offer of a row. Raises `Unread`."""
    first = _day(row, "StartDate")
    if first.time() != time.min:
        findings.changed("StartDate", row.place, "Offers hold on whole days: it holds all day.")
    last = _day(row, "EndDate")
    if last.date() < first.date():
        raise Unread("EndDate", f"{last.date()} is before the first day, {first.date()}.")
    lower = _count(row, "MinQty") or Decimal(0)
    most = _count(row, "MaxQty")
    if most is not None and (most < lower or not most):
        raise Unread("MaxQty", f"No quantity is from {row['MinQty'] or '0'} to {row['MaxQty']}.")
    return Offer(
        id=needed(row, "SpecialOfferID"),
        description=row["Description"],
        type=row["Type"],
        category=needed(row, "Category"),
        percent=_fraction(row, "DiscountPct"),
        first=first.date(),
        end=last.date() + timedelta(days=1),
        lower=lower,
        upper=None if most is None else most + _ONE,
        place=row.place,
    )


def needed(row: Row, column: str) -> str:
    """A text that must be there. Raises `Unread`."""
    if not row[column]:
        raise Unread(column, "It is empty.")
    return row[column]


def _number(row: Row, column: str) -> Decimal:
    said = needed(row, column)
    found = decimal(said) if _NUMBER.match(said) else None
    if found is None:
        raise Unread(column, f"{said!r} is no number that can be meant.")
    return found


def _fraction(row: Row, column: str) -> Decimal:
    found = _number(row, column)
    if not 0 <= found <= 1:
        raise Unread(column, f"{row[column]} is no fraction from 0 to 1: 0.02 is 2 %.")
    return found


def _count(row: Row, column: str) -> Decimal | None:
    if not row[column]:
        return None
    found = _number(row, column)
    if found < 0 or found != found.to_integral_value():
        raise Unread(column, f"{row[column]} is no count of whole units.")
    return found


def _day(row: Row, column: str) -> datetime:
    said = needed(row, column)
    try:
        found = datetime.fromisoformat(said) if _DAY.match(said) else None
    except ValueError:
        found = None
    if found is None:
        raise Unread(column, f"{said!r} is no day such as 2026-12-01.")
    if not _FIRST <= found.date() <= _LAST:
        raise Unread(column, f"{said} is before {_FIRST} or after {_LAST}.")
    return found
