"""The tally's machinery in one process: its database, a bus in memory, relays and runners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from contracts import topic
from servicekit.database import asyncpg_url
from servicekit.messaging.bus import Outgoing, TopicSpec
from servicekit.messaging.memory import MemoryBus
from servicekit.messaging.relay import Relay
from servicekit.messaging.runner import Runner
from servicekit.messaging.subscriptions import Subscriptions
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.tally import service as tally

SPECS = [TopicSpec(name, 3, topic(name).kind) for name in tally.TOPICS]


class House:
    """One database, one bus, and whatever of the machinery a test switches on."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database
        self.app = database.app
        self.platform = database.platform
        self.bus = MemoryBus()

    def relay(self, **options: Any) -> Relay:
        relay = Relay(
            dsn=asyncpg_url(self.database.addresses.platform),
            bus=self.bus,
            source="/tradewind/tally",
            topics=SPECS,
            **({"poll_seconds": 0.01, "check_seconds": 0.2} | options),
        )
        self.app.published.append(relay.wake)
        return relay

    def runner(self, subscriptions: Subscriptions, **options: Any) -> Runner:
        return Runner(
            bus=self.bus,
            database=self.app,
            subscriptions=subscriptions,
            **({"poll_seconds": 0.02, "check_seconds": 0.2} | options),
        )

    @asynccontextmanager
    async def running(self, *parts: Any) -> AsyncIterator[None]:
        """Run relays and runners; a part that fails fails the test."""
        tasks = [asyncio.create_task(part.run()) for part in parts]
        try:
            yield
        finally:
            for part in parts:
                part.stop()
            async with asyncio.timeout(20):
                await asyncio.gather(*tasks)

    async def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What a query that no policy binds finds."""
        async with self.database.superuser() as connection:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]

    async def until(self, query: str, expected: list[tuple[Any, ...]], seconds: float = 20) -> None:
        """Wait until the query answers that."""
        await eventually(lambda: self.rows(query), expected, seconds)

    async def deliver(self, *records: Outgoing) -> None:
        """Put records on the bus without an outbox."""
        await self.bus.ensure_topics(SPECS)
        await self.bus.producer().send(records)


async def eventually(ask: Callable[[], Any], expected: Any, seconds: float = 20) -> None:
    found = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = await ask()
                if found == expected:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"expected {expected}, still {found}") from None
