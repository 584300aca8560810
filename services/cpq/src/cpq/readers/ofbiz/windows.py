"""From when to when a row holds: what is over is left out, what is to come asks the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import And, Compare, Comparison, Constant, Expression, FactOf
from cpq.configuration.model import Fact, FactType
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.ofbiz.entities import Entity

EPOCH: Final = date(1970, 1, 1)
DATE: Final = "date"
"""The fact that says of which day the request is."""
TODAY: Final = Fact(DATE, FactType.DATE, (), *fitting.DAYS)


@dataclass(frozen=True, slots=True)
class Windows:
    """Judges rows by their dates; `as_of` is the day of the reading."""

    as_of: date
    findings: Findings

    def has_ended(self, row: Entity, ends: str = "thruDate") -> bool:
        """Whether the row held before the day of the reading, with a finding where it did."""
        last = self.last(row, ends)
        if last is None or last >= self.as_of:
            return False
        self.findings.noted(ends, row.place, f"It ended on {last}; it was left out.")
        return True

    def has_begun(self, row: Entity, begins: str = "fromDate") -> bool:
        """Whether the row holds already on the day of the reading."""
        first = self.day(row, begins)
        return first is None or first <= self.as_of

    def when(
        self, row: Entity, begins: str = "fromDate", ends: str = "thruDate"
    ) -> Expression | None:
        """When a row that has not ended holds; None: always from the day of the reading on."""
        first, last = self.day(row, begins), self.last(row, ends)
        parts: list[Expression] = []
        if first is not None and first > self.as_of:
            parts.append(_compared(Comparison.AT_LEAST, first))
        if last is not None:
            parts.append(_compared(Comparison.AT_MOST, last))
        if len(parts) > 1:
            return And(tuple(parts))
        return parts[0] if parts else None

    def day(self, row: Entity, field: str) -> date | None:
        """The day of a field; None, with a finding, for what is none."""
        moment = self.moment(row, field)
        return None if moment is None else moment.date()

    def last(self, row: Entity, field: str) -> date | None:
        """The last day before the moment at which a row ends."""
        moment = self.moment(row, field)
        if moment is None:
            return None
        if moment.time() != time.min or moment.date() == date.min:
            return moment.date()
        return moment.date() - timedelta(days=1)

    def moment(self, row: Entity, field: str) -> datetime | None:
        """The moment of a field."""
        said = row[field]
        if not said:
            return None
        try:
            return datetime.fromisoformat(said[:19])
        except ValueError:
            self.findings.lost(field, row.place, f"{said[:40]!r} is no moment; it is left out.")
            return None


def _compared(comparison: Comparison, day: date) -> Expression:
    return Compare(comparison, FactOf(DATE), Constant(Decimal((day - EPOCH).days)))
