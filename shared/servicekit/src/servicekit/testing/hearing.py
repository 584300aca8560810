"""Letting a service hear the frozen examples of every event it subscribes to."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import contracts
from contracts import Event
from servicekit.errors import Refusal
from servicekit.messaging.received import Received
from servicekit.messaging.subscriptions import Newest
from servicekit.uow import Principal

if TYPE_CHECKING:
    from servicekit.testing.postgres import ServiceDatabase

EXAMPLES = Path(contracts.__file__).parents[2] / "examples"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def examples_of(event: type[Event], tenant: str) -> list[Event]:
    """The frozen examples of an event, with identifiers of this tenant's own."""

    def own(match: re.Match[str]) -> str:
        return str(uuid5(NAMESPACE_OID, tenant + match.group()))

    texts = [path.read_text("utf-8") for path in sorted((EXAMPLES / event.slug).glob("*.json"))]
    return [event.model_validate(json.loads(_UUID.sub(own, text))) for text in texts]


async def hear_examples(database: ServiceDatabase, tenant: str) -> list[Event]:
    """Hand every example to the handlers that subscribe to it; returns what was heard.

    An example may break a rule of this service, since examples of different
    events tell no common story; those are left out.
    """
    heard: list[Event] = []
    sequences: Counter[tuple[str, str]] = Counter()
    principal = Principal.of_service(database.service.name, tenant)
    handlers = [handler for each in database.service.subscriptions for handler in each.handlers]
    for event_class in Event.published.values():
        for event in examples_of(event_class, tenant):
            sequences[event.topic, event.key] += 1
            received = _received(event, tenant, sequences[event.topic, event.key], database)
            for handler in handlers:
                if not isinstance(event, handler.events):
                    continue
                try:
                    async with database.app.unit_of_work(principal, cause=received) as uow:
                        if isinstance(handler, Newest):
                            await handler.call([received], uow)
                        else:
                            await handler.call(event, uow)
                except Refusal:
                    continue
                heard.append(event)
    return heard


def _received(event: Event, tenant: str, sequence: int, database: ServiceDatabase) -> Received[Any]:
    return Received(
        event=event,
        event_id=uuid4(),
        event_type=event.event_type,
        topic=event.topic,
        aggregate_id=event.key,
        sequence=sequence,
        occurred_at=database.clock.now(),
        tenant=tenant,
        correlation_id="examples",
        actor="service:examples",
    )


def identifiers(events: list[Event]) -> list[tuple[str, str]]:
    """Every identifier that the events mention, with the name it goes by."""
    found: list[tuple[str, str]] = []
    for event in events:
        for name, value in event:
            if isinstance(value, UUID):
                found.append((name, str(value)))
    return found
