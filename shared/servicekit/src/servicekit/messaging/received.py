"""What a handler is told about the event that it hears."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from contracts import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """An event with its envelope, as it came from the bus.

    `sequence` counts the events of one aggregate on its topic from 1 without gaps; it orders
    them and tells duplicates. `occurred_at` is the aware UTC instant at which the producer's
    transaction wrote the event, which is what an age is measured from.
    """

    event: E_co
    event_id: UUID
    event_type: str
    topic: str
    aggregate_id: str
    sequence: int
    occurred_at: datetime
    tenant: str
    correlation_id: str
    actor: str
    source: str = ""
    causation_id: str | None = None
    traceparent: str | None = None
    replay: bool = False
    partition: int = 0
    offset: int = 0

    @property
    def label(self) -> str:
        """Where a derived fact came from, for people: `erp.credit CreditStatusChanged #7`."""
        return f"{self.topic} {self.event.event_name} #{self.sequence}"
