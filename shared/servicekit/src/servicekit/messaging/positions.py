"""Where to read: the stored offsets, unless the log is no longer the one they were taken in."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.database import Database
from servicekit.messaging import metrics
from servicekit.messaging.bus import Bus, Record, TopicPartition, reaches
from servicekit.messaging.marks import Position, read_position

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Placement:
    """The cluster and the next offset to read in each assigned partition."""

    cluster_id: str
    offsets: dict[TopicPartition, int]


async def place_partitions(
    bus: Bus, database: Database, consumer: str, places: Sequence[TopicPartition]
) -> Placement:
    """Decide where this consumer reads on in each partition.

    A lost log (another cluster, or one that ends before our offset, or that has another event
    at the last place we read) is read from its start: the owner sends everything again, and the
    marks tell what we know already. Raises BusError and the database's passing faults.
    """
    placement = Placement(await bus.cluster_id(), {})
    async with database.connection() as connection:
        stored = {place: await read_position(connection, consumer, place) for place in places}
        for place, position in stored.items():
            if position is None or position.next_offset == 0:
                placement.offsets[place] = 0
            elif await _is_same_log(bus, place, position, placement.cluster_id):
                placement.offsets[place] = position.next_offset
            else:
                await _start_over(connection, consumer, place, position.next_offset)
                metrics.LOST_TOPICS.labels(consumer, place.topic).inc()
                log.warning(
                    "%s: the log of %s is not the one read before; reading it from its start",
                    consumer,
                    place,
                )
                placement.offsets[place] = 0
    return placement


async def stored_offsets(database: Database, consumer: str) -> dict[TopicPartition, int]:
    """The next offset to read in every partition that the consumer ever read."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT topic, partition, next_offset FROM platform_consumer_offset"
            " WHERE consumer = $1",
            consumer,
        )
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def _is_same_log(
    bus: Bus, place: TopicPartition, position: Position, cluster_id: str
) -> bool:
    if position.cluster_id not in {"", cluster_id}:
        return False
    last = position.next_offset - 1
    record = await bus.read_at(place, last)
    if record is None:
        # Nothing there to compare with; a log whose end we reached has its last record.
        return await reaches(bus, place, last)
    if record.offset != last or position.last_event_id is None:
        return True  # Compacted or expired meanwhile.
    return event_id(record) in {None, position.last_event_id}


async def _start_over(connection: Any, consumer: str, place: TopicPartition, known: int) -> None:
    # Guarded: another member may have moved the offset since we read it.
    await connection.execute(
        "UPDATE platform_consumer_offset"
        "   SET next_offset = 0, cluster_id = '', last_event_id = NULL, updated_at = now()"
        " WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset = $4",
        consumer,
        place.topic,
        place.partition,
        known,
    )


def event_id(record: Record) -> str | None:
    """The record's ce_id in binary mode, as text."""
    for name, value in record.headers:
        if name == "ce_id" and value is not None:
            return value.decode(errors="replace")
    return None
