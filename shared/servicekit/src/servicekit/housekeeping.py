"""Forgetting what need not be kept: answered idempotency keys, old events of the outbox."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from contracts import TopicKind, topics_of
from servicekit.database import Database, DatabaseUnavailable

if TYPE_CHECKING:
    from servicekit.settings import Settings

log = logging.getLogger(__name__)

IDEMPOTENCY_DAYS = 30
LOCK_SPACE = 0x686B  # "hk": one housekeeper at a time.
BATCH = 5_000

_KEYS = """
DELETE FROM platform_idempotency
 WHERE (tenant, digest) IN (
       SELECT tenant, digest FROM platform_idempotency WHERE created_at < $1 LIMIT $2)
"""

# A compacted topic must be rebuildable for ever, so the newest event of each of its aggregates
# stays; an event that was not sent stays whatever its age.
_EVENTS = """
DELETE FROM platform_outbox
 WHERE id IN (
       SELECT o.id
         FROM platform_outbox AS o
        WHERE o.occurred_at < $1
          AND o.sent_at IS NOT NULL
          AND NOT (o.topic = ANY($3::text[]) AND EXISTS (
              SELECT 1 FROM platform_event_stream AS s
               WHERE s.tenant = o.tenant AND s.topic = o.topic
                 AND s.aggregate_id = o.aggregate_id AND s.sequence = o.sequence))
        ORDER BY o.id
        LIMIT $2)
"""

_REPLAYS = "DELETE FROM platform_replay WHERE done_at < $1"


class Housekeeper:
    """Deletes what has outlived its use, in small batches, by the platform role."""

    def __init__(
        self, platform: Database, settings: Settings, *, every_seconds: float = 3600.0
    ) -> None:
        self._platform = platform
        self._event_days = settings.outbox_retention_days
        self._every_seconds = every_seconds
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run` after the batch in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Tidy up again and again until stopped; a database that is away is waited for."""
        while not self._stopping.is_set():
            try:
                await self.tidy()
            except (DatabaseUnavailable, asyncpg.PostgresError, OSError) as error:
                log.warning("housekeeping waits for the database: %s", error)
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def tidy(self) -> dict[str, int]:
        """Delete everything that is old enough; returns how many rows of which table."""
        now = self._platform.clock.now()
        states = [
            topic.name
            for topic in topics_of(self._platform.service)
            if topic.kind is TopicKind.STATE
        ]
        keys = await self._batches(_KEYS, now - timedelta(days=IDEMPOTENCY_DAYS), BATCH)
        events = await self._batches(_EVENTS, now - timedelta(days=self._event_days), BATCH, states)
        async with self._platform.connection() as connection:
            await connection.execute(_REPLAYS, now - timedelta(days=self._event_days))
        if keys or events:
            log.info("housekeeping: %d idempotency keys, %d events deleted", keys, events)
        return {"platform_idempotency": keys, "platform_outbox": events}

    async def _batches(self, statement: str, *arguments: object) -> int:
        total = 0
        while not self._stopping.is_set():
            async with self._platform.connection() as connection, connection.transaction():
                if not await connection.fetchval(
                    "SELECT pg_try_advisory_xact_lock($1, 0)", LOCK_SPACE
                ):
                    return total
                status = await connection.execute(statement, *arguments)
            deleted = int(status.rpartition(" ")[2])
            total += deleted
            if deleted < BATCH:
                return total
        return total
