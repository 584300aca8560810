"""Replay: the owner of a topic sends what it had sent before, for a new or rebuilt consumer.

A replay is a request in the owner's database. The relay carries it out between two batches, on
the connection that holds its lock: rows are marked unsent while nothing is being sent, so that
afterwards they go out in id order, each aggregate's old events before its newer ones. A compacted
topic therefore still ends with the newest state of every aggregate.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

log = logging.getLogger(__name__)

_MARK = """
UPDATE platform_outbox
   SET sent_at = NULL, replay = true
 WHERE sent_at IS NOT NULL
   AND ($1::text IS NULL OR topic = $1)
   AND ($2::text IS NULL OR tenant = $2)
   AND ($3::text IS NULL OR aggregate_id = $3)
   AND ($4::timestamptz IS NULL OR occurred_at >= $4)
"""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to send again: everything that meets all the conditions given.

    `since` is an aware instant; the replay always runs to the present, because one that stopped
    earlier would leave old states on top of a compacted topic.
    """

    requested_by: str
    topic: str | None = None
    tenant: str | None = None
    aggregate_id: str | None = None
    since: datetime | None = None


async def request_replay(connection: Any, request: ReplayRequest) -> int:
    """Ask the relay for a replay; the request's id. Uses the platform role's connection."""
    return int(
        await connection.fetchval(
            "INSERT INTO platform_replay (requested_by, topic, tenant, aggregate_id, since)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING id",
            request.requested_by,
            request.topic,
            request.tenant,
            request.aggregate_id,
            request.since,
        )
    )


async def wait_for_replay(connection: Any, request_id: int, seconds: float) -> int | None:
    """How many events the relay put back in line, or None if no relay took it in time."""
    deadline = time.monotonic() + seconds
    while True:
        row = await connection.fetchrow(
            "SELECT done_at, rows FROM platform_replay WHERE id = $1", request_id
        )
        if row is not None and row["done_at"] is not None:
            return int(row["rows"])
        if time.monotonic() >= deadline:
            return None
        await asyncio.sleep(0.2)


async def run_replay_requests(connection: Any) -> int:
    """Carry out what is waiting; for the relay, between two batches. The rows put back."""
    total = 0
    waiting = await connection.fetch(
        "SELECT id, topic, tenant, aggregate_id, since, requested_by"
        "  FROM platform_replay WHERE done_at IS NULL ORDER BY id"
    )
    for row in waiting:
        async with connection.transaction():
            status = await connection.execute(
                _MARK, row["topic"], row["tenant"], row["aggregate_id"], row["since"]
            )
            count = int(status.rpartition(" ")[2])
            await connection.execute(
                "UPDATE platform_replay SET done_at = now(), rows = $2 WHERE id = $1",
                row["id"],
                count,
            )
        log.info("replay %d for %s: %d events again", row["id"], row["requested_by"], count)
        total += count
    return total
