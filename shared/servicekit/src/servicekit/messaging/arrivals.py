"""From a record to what a consumer does with it: hand it on, pass over it, set it aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contracts import Event, TopicKind, topic
from servicekit.messaging.bus import Record
from servicekit.messaging.envelope import (
    Envelope,
    EnvelopeIsUnreadable,
    address,
    name_and_major,
    parse,
)
from servicekit.messaging.received import Received
from servicekit.messaging.subscriptions import BatchHandler, One, OneHandler, Subscriptions

# Records without a readable tenant are parked under this one, which nobody can be given.
UNADDRESSED = "unaddressed"


class EventIsUnreadable(ValueError):
    """The record can be placed in its aggregate's order, but not be handled by this build."""


@dataclass(frozen=True, slots=True)
class Route:
    """An event type that somebody hears."""

    event: type[Event]
    ones: tuple[OneHandler, ...]
    newest: tuple[BatchHandler, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record and what its envelope said; without an envelope, `fault` says why."""

    record: Record
    envelope: Envelope | None
    fault: str = ""

    @property
    def tenant(self) -> str:
        return UNADDRESSED if self.envelope is None else self.envelope.tenant

    @property
    def aggregate_id(self) -> str:
        return "" if self.envelope is None else self.envelope.aggregate_id

    @property
    def sequence(self) -> int:
        return 0 if self.envelope is None else self.envelope.sequence

    @property
    def aggregate(self) -> tuple[str, str]:
        return (self.tenant, self.aggregate_id)


class Router:
    """Knows which handlers of one consumer hear which CloudEvents type."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self.consumer = subscriptions.name
        self._routes = {
            event.event_type: _route(subscriptions, event) for event in subscriptions.events
        }
        self._majors: dict[str, set[int]] = {}
        for event_type in self._routes:
            named = name_and_major(event_type)
            if named is not None:
                self._majors.setdefault(named[0], set()).add(named[1])

    def arrival(self, record: Record) -> Arrival:
        """Read the envelope; never raises."""
        try:
            return Arrival(record, address(parse(record.headers, record.value)))
        except EnvelopeIsUnreadable as error:
            return Arrival(record, None, str(error))

    def route(self, envelope: Envelope) -> Route | None:
        """Who hears the event; None when nobody does.

        Raises EventIsUnreadable for another major version of a type that we do hear: passing
        over it would lose a fact that this consumer counts on.
        """
        route = self._routes.get(envelope.event_type)
        if route is not None:
            return route
        named = name_and_major(envelope.event_type)
        if named is not None and named[0] in self._majors:
            known = ", ".join(f"v{major}" for major in sorted(self._majors[named[0]]))
            raise EventIsUnreadable(
                f"{envelope.event_type} is a major version that this build does not know "
                f"(it knows {known}); deploy a build that does, then redrive"
            )
        return None

    def received(self, arrival: Arrival, route: Route) -> Received[Any]:
        """Parse the body; raises pydantic's ValidationError."""
        envelope, record = arrival.envelope, arrival.record
        assert envelope is not None
        return Received(
            event=route.event.read(envelope.data),
            event_id=envelope.event_id,
            event_type=envelope.event_type,
            topic=record.topic,
            aggregate_id=envelope.aggregate_id,
            sequence=envelope.sequence,
            occurred_at=envelope.occurred_at,
            tenant=envelope.tenant,
            correlation_id=envelope.correlation_id,
            actor=envelope.actor,
            source=envelope.source,
            causation_id=envelope.causation_id,
            traceparent=envelope.traceparent,
            replay=envelope.replay,
            partition=record.partition,
            offset=record.offset,
        )


def is_state(topic_name: str) -> bool:
    """Whether the topic's events carry full state, so that the newest one is enough."""
    return topic(topic_name).kind is TopicKind.STATE


def _route(subscriptions: Subscriptions, event: type[Event]) -> Route:
    hearing = [handler for handler in subscriptions.handlers if event in handler.events]
    return Route(
        event,
        _calls(handler.call for handler in hearing if isinstance(handler, One)),
        _calls(handler.call for handler in hearing if not isinstance(handler, One)),
    )


def _calls(calls: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(calls)
