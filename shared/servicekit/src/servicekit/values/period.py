"""Stretches of business days."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to but not including `end`; without an end it goes on for ever.

    Half-open, so that periods that follow each other share a boundary and no day. An end at or
    before the start raises ValueError: such a period would hold no day.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"a period must end after it starts, not {self.start} to {self.end}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two periods share at least one day."""
        return (other.end is None or self.start < other.end) and (
            self.end is None or other.start < self.end
        )

    @property
    def days(self) -> int | None:
        """The number of days, or None when the period has no end."""
        return None if self.end is None else (self.end - self.start).days
