"""A running CRM for tests: its application on an empty database, and a mailman for events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import Event
from crm.app import service
from servicekit.messaging import envelope
from servicekit.messaging.bus import Record, TopicPartition
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.subscriptions import merged
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase


@pytest.fixture
async def database(service_database: MakesDatabases) -> ServiceDatabase:
    """An empty database at the newest schema."""
    return await service_database(service)


@pytest.fixture
async def api(database: ServiceDatabase) -> AsyncIterator[Api]:
    """The HTTP application, called as the admin of tenant acme."""
    async with Api.of(database) as api:
        yield api


@dataclass
class Mailman:
    """Hands events to every consumer of the CRM as the bus would, through the real inbox."""

    database: ServiceDatabase
    tenant: str = "acme"
    sequences: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    offsets: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def letter(self, event: Event, *, event_id: UUID | None = None) -> Record:
        """The record that a producer would have sent; each one is its aggregate's next."""
        key = (event.topic, event.key)
        self.sequences[key] += 1
        headers = envelope.headers(
            envelope.constant_headers(
                source=f"/tradewind/{event.topic.partition('.')[0]}",
                event_type=event.event_type,
                dataschema=event.dataschema,
            ),
            event_id=event_id or uuid4(),
            tenant=self.tenant,
            aggregate_id=event.key,
            sequence=self.sequences[key],
            occurred_at=self.database.clock.now(),
            correlation_id="test",
            actor="somebody",
        )
        return Record(
            event.topic,
            0,
            0,
            envelope.record_key(self.tenant, event.key),
            event.payload(),
            headers,
            0,
        )

    async def deliver(self, *letters: Record) -> None:
        """Deliver the letters, in this order, to each consumer that hears their topic."""
        for subscriptions in merged(service.subscriptions):
            inbox = Inbox(self.database.app, subscriptions)
            for topic in subscriptions.topics:
                await self._deliver(inbox, topic, [one for one in letters if one.topic == topic])

    async def _deliver(self, inbox: Inbox, topic: str, letters: Sequence[Record]) -> None:
        if not letters:
            return
        offset = self.offsets[inbox.consumer, topic]
        records = [one._replace(offset=offset + at) for at, one in enumerate(letters)]
        await inbox.apply(TopicPartition(topic, 0), records, offset, "test-cluster")
        self.offsets[inbox.consumer, topic] = offset + len(records)

    async def announce(self, *events: Event) -> list[Record]:
        """Send events for the first time; returns the letters, so that they can come again."""
        letters = [self.letter(event) for event in events]
        await self.deliver(*letters)
        return letters


@pytest.fixture
def mailman(database: ServiceDatabase) -> Mailman:
    """Delivers events of other services."""
    return Mailman(database)


@pytest.fixture
def rows(database: ServiceDatabase) -> Callable[..., Awaitable[list[tuple[Any, ...]]]]:
    """What a superuser sees, policies or not: `await rows("SELECT ...", value)`."""

    async def fetch(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        async with database.superuser() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]

    return fetch
