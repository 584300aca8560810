"""After a producer's database was restored to an earlier moment: go on where the topics end.

Such a database would hand out sequences again that consumers have seen, and they would take new
events for duplicates. So the topics are read once, each aggregate's sequence is raised to what
was said of it, and the state that the database has now is announced again behind it. What was
said after the moment of the restore and is known no more is listed: people must decide about it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts import TopicKind
from servicekit import ids
from servicekit.database import Database
from servicekit.messaging.bus import Bus, BusError, Consumer, TopicPartition
from servicekit.messaging.envelope import EnvelopeIsUnreadable, address, parse
from servicekit.messaging.relay import LOCK

Stream = tuple[str, str, str]
"""Topic, tenant and aggregate id."""

_PATIENCE_SECONDS = 60.0

_RAISE = """
UPDATE platform_event_stream s SET sequence = w.sequence
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
       AS w(topic, tenant, aggregate_id, sequence)
 WHERE s.topic = w.topic AND s.tenant = w.tenant AND s.aggregate_id = w.aggregate_id
   AND s.sequence < w.sequence
RETURNING s.topic, s.tenant, s.aggregate_id
"""
_ANNOUNCE = """
WITH behind AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
                  AS b(topic, tenant, aggregate_id, event_id)
), moved AS (
    UPDATE platform_event_stream s SET sequence = s.sequence + 1
      FROM behind b
     WHERE s.topic = b.topic AND s.tenant = b.tenant AND s.aggregate_id = b.aggregate_id
    RETURNING s.topic, s.tenant, s.aggregate_id, s.sequence, b.event_id
)
INSERT INTO platform_outbox (
    tenant, topic, aggregate_id, sequence, event_id, event_type, dataschema, body, occurred_at,
    correlation_id, causation_id, actor)
SELECT m.tenant, m.topic, m.aggregate_id, m.sequence, m.event_id, o.event_type, o.dataschema,
       o.body, now(), m.event_id::text, o.event_id::text, $5
  FROM moved m
  JOIN LATERAL (
      SELECT * FROM platform_outbox o
       WHERE o.topic = m.topic AND o.tenant = m.tenant AND o.aggregate_id = m.aggregate_id
       ORDER BY o.sequence DESC LIMIT 1
  ) o ON true
"""


class WorkersAreRunning(Exception):
    """A relay holds the lock: what it sends meanwhile would not be counted. Stop the workers."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found: streams raised, states announced again, streams that nobody knows here."""

    raised: int
    announced: int
    unknown: tuple[Stream, ...]


async def after_restore(
    bus: Bus, platform: Database, topics: Mapping[str, TopicKind], *, by: str
) -> Restored:
    """Raise the sequences of a restored producer to those of its topics, in one transaction.

    `platform` speaks as the platform role, `topics` are all that the service owns. Doing it twice
    changes nothing more. Raises WorkersAreRunning, BusError.
    """
    async with platform.connection() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            raise WorkersAreRunning(
                f"a worker of {platform.service} is running; stop its workers, then try again"
            )
        said = await _sequences(bus, platform.service, sorted(topics))
        known = {
            (row["topic"], row["tenant"], row["aggregate_id"])
            for row in await connection.fetch(
                "SELECT topic, tenant, aggregate_id FROM platform_event_stream"
            )
        }
        ordered = sorted(stream for stream in said if stream in known)
        raised = [
            (row["topic"], row["tenant"], row["aggregate_id"])
            for row in await connection.fetch(
                _RAISE, *_columns(ordered), [said[stream] for stream in ordered]
            )
        ]
        states = sorted(stream for stream in raised if topics[stream[0]] is TopicKind.STATE)
        await connection.execute(
            _ANNOUNCE, *_columns(states), [ids.new_id() for _ in states], f"operator:{by}"
        )
    return Restored(len(raised), len(states), tuple(sorted(said.keys() - known)))


def _columns(streams: Sequence[Stream]) -> tuple[list[str], list[str], list[str]]:
    return (
        [topic for topic, _, _ in streams],
        [tenant for _, tenant, _ in streams],
        [aggregate_id for _, _, aggregate_id in streams],
    )


async def _sequences(bus: Bus, service: str, topics: Sequence[str]) -> dict[Stream, int]:
    """The highest sequence that the topics hold of each aggregate."""
    counts = await bus.partitions(topics)
    places = [TopicPartition(name, n) for name, count in counts.items() for n in range(count)]
    ends = {place: end for place, end in (await bus.end_offsets(places)).items() if end > 0}
    if not ends:
        return {}
    begins = await bus.begin_offsets(list(ends))
    consumer = bus.consumer(f"{service}.after-restore.{ids.new_id()}", sorted(counts))
    await consumer.start()
    try:
        return await _read(consumer, ends, begins)
    finally:
        await consumer.stop()


async def _read(
    consumer: Consumer,
    ends: Mapping[TopicPartition, int],
    begins: Mapping[TopicPartition, int],
) -> dict[Stream, int]:
    found: dict[Stream, int] = {}
    at = {place: begins.get(place, 0) for place in ends}
    generation: int | None = None
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while any(at[place] < end for place, end in ends.items()):
        if time.monotonic() > deadline:
            raise BusError("the topics could not be read to their end in time")
        batches = await consumer.poll(0.2, 5000)
        if not ends.keys() <= consumer.assignment:
            continue
        if generation != consumer.generation:
            generation = consumer.generation
            for place in ends:
                consumer.seek(place, at[place])
            continue
        for place, records in batches.items():
            deadline = time.monotonic() + _PATIENCE_SECONDS
            for record in records:
                try:
                    envelope = address(parse(record.headers, record.value))
                except EnvelopeIsUnreadable:
                    continue  # Nobody's event: consumers park it.
                stream = (record.topic, envelope.tenant, envelope.aggregate_id)
                found[stream] = max(found.get(stream, 0), envelope.sequence)
            if place in at and records:
                at[place] = max(at[place], records[-1].offset + 1)
    return found
