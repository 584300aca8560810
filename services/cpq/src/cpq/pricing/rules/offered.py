"""What a line is offered of usage: prices beside its own, and what samples come to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cpq.selling import UsagePrice, written_usage
from servicekit.values import plain


@dataclass(frozen=True, slots=True)
class Sample:
    """Some usage and what the rater says that it costs over one period."""

    events: tuple[Decimal, ...]
    """Units of each event; of a percentage: money."""
    amount: Decimal
    """At ten places."""

    def written(self) -> dict[str, object]:
        """The sample as quotes keep it."""
        return {"events": [plain(one) for one in self.events], "amount": plain(self.amount)}


@dataclass(frozen=True, slots=True)
class UsageOffered:
    """What usage of a resource costs on a line; it is not part of what the line costs."""

    resource: str
    unit: str
    rule: str
    version: str
    price: UsagePrice
    samples: tuple[Sample, ...] = ()

    def written(self) -> dict[str, object]:
        """The price as quotes keep it; decimals are canonical texts."""
        return {
            "resource": self.resource,
            "unit": self.unit,
            "rule": self.rule,
            "version": self.version,
            "price": written_usage(self.price),
            "samples": [one.written() for one in self.samples],
        }
