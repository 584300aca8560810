"""What a measurement found, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. ``target`` is empty where there is none; ``met`` then is None."""

    work: str
    conditions: str
    result: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Sample:
    """Durations in seconds of one kind of work, and how much of it failed."""

    durations: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        """Successes a second."""
        return len(self.durations) / self.elapsed if self.elapsed else 0.0

    def milliseconds(self, fraction: float) -> float:
        """The duration that this fraction of the work did not exceed."""
        return 1000 * quantile(self.durations, fraction)

    def told(self) -> str:
        """Rate, median and 99th percentile as one phrase."""
        phrase = (
            f"{self.rate:,.0f} /s" if self.rate >= 100 else f"{self.rate:.1f} /s"
        ) + f", p50 {self.milliseconds(0.5):.1f} ms, p99 {self.milliseconds(0.99):.1f} ms"
        return f"{phrase}, {len(self.failures)} failed" if self.failures else phrase


def quantile(values: Sequence[float], fraction: float) -> float:
    """The nearest-rank quantile; 0.0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]
