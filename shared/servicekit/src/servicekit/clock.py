"""The only place that asks what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time as an aware UTC instant."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests: it stands still until it is moved."""

    def __init__(self, instant: datetime | None = None) -> None:
        self.instant = instant or datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
        if self.instant.tzinfo is None:
            raise ValueError("a clock tells aware instants; give the datetime a time zone")

    def now(self) -> datetime:
        return self.instant

    def advance(self, **delta: float) -> datetime:
        """Move on by a timedelta's keywords (`days=1`, `minutes=5`) and return the new instant."""
        self.instant += timedelta(**delta)
        return self.instant
