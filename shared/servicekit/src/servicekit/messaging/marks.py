"""How far a consumer has got, kept in its own database: an offset per partition, a mark per
aggregate. Both commit with the effects, so nothing is applied twice however often it comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from servicekit.messaging.bus import TopicPartition

LOCKED = "SELECT 1"
"""What the server answers to `locking` when the position is the expected one."""

# LIMIT keeps it a look-up for each aggregate: as a plain join, a server without fresh statistics
# reads all marks of the topic, and a batch costs more with every aggregate that was ever heard of.
READING = """
    SELECT wanted.tenant, wanted.aggregate_id, m.sequence, m.parked
    FROM unnest($3::text[], $4::text[]) AS wanted(tenant, aggregate_id)
    CROSS JOIN LATERAL (
        SELECT sequence, parked
        FROM platform_aggregate_mark
        WHERE consumer = $1 AND topic = $2
          AND tenant = wanted.tenant AND aggregate_id = wanted.aggregate_id
        LIMIT 1
    ) AS m
"""
"""Reads the marks of some aggregates: consumer, topic, tenants, aggregate ids."""

Aggregate = tuple[str, str]
"""Tenant and aggregate id."""


@dataclass(slots=True)
class Mark:
    """The last sequence applied, and whether messages of the aggregate are set aside."""

    sequence: int = 0
    parked: bool = False
    changed: bool = False

    def move(self, sequence: int) -> None:
        """The event with this sequence is done with."""
        self.sequence = max(self.sequence, sequence)
        self.changed = True

    def set_parked(self, parked: bool) -> None:
        """Remember that messages of the aggregate wait, or that none do any more."""
        self.changed = self.changed or self.parked is not parked
        self.parked = parked


@dataclass(frozen=True, slots=True)
class Position:
    """Where a consumer stands in a partition, and how to recognise that it is the same log."""

    next_offset: int
    cluster_id: str
    last_event_id: str | None


async def read_position(connection: Any, consumer: str, place: TopicPartition) -> Position | None:
    """The stored position, or None where the consumer has never read."""
    row = await connection.fetchrow(
        "SELECT next_offset, cluster_id, last_event_id FROM platform_consumer_offset"
        " WHERE consumer = $1 AND topic = $2 AND partition = $3",
        consumer,
        place.topic,
        place.partition,
    )
    return None if row is None else Position(*row)


async def lock_position(connection: Any, consumer: str, place: TopicPartition) -> int:
    """Lock the partition for this consumer until the transaction ends; the next offset.

    A consumer that was frozen and woke up, or lost the partition to another, finds here that the
    other has moved on.
    """
    for _ in range(2):
        offset = await connection.fetchval(
            "SELECT next_offset FROM platform_consumer_offset"
            " WHERE consumer = $1 AND topic = $2 AND partition = $3 FOR UPDATE",
            consumer,
            place.topic,
            place.partition,
        )
        if offset is not None:
            return int(offset)
        await connection.execute(
            "INSERT INTO platform_consumer_offset (consumer, topic, partition)"
            " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            consumer,
            place.topic,
            place.partition,
        )
    raise RuntimeError(f"the offset row of {consumer} for {place} vanished")


def locking(consumer: str, place: TopicPartition, expected: int) -> str:
    """The statement that locks the position if it is where the caller expects it.

    It goes out together with BEGIN; the server answers `LOCKED` to it, or else `lock_position`
    tells what is the matter.
    """
    return (
        "SELECT 1 FROM platform_consumer_offset"  # noqa: S608
        f" WHERE consumer = {_text(consumer)} AND topic = {_text(place.topic)}"
        f" AND partition = {place.partition:d} AND next_offset = {expected:d} FOR UPDATE"
    )


def moving(consumer: str, place: TopicPartition, position: Position) -> str:
    """The statement that moves the stored position, to go out with COMMIT; its lock is held."""
    event_id = "NULL" if position.last_event_id is None else _text(position.last_event_id)
    return (
        f"UPDATE platform_consumer_offset SET next_offset = {position.next_offset:d},"  # noqa: S608
        f" cluster_id = {_text(position.cluster_id)}, last_event_id = {event_id},"
        " updated_at = now()"
        f" WHERE consumer = {_text(consumer)} AND topic = {_text(place.topic)}"
        f" AND partition = {place.partition:d}"
    )


def _text(value: str) -> str:
    """A literal in which nothing of the value reaches the text of the statement."""
    return f"convert_from('\\x{value.encode().hex()}', 'UTF8')"


async def load_marks(
    connection: Any, consumer: str, topic: str, aggregates: Iterable[Aggregate]
) -> dict[Aggregate, Mark]:
    """The marks of these aggregates; one that was never heard of has an empty mark."""
    marks = {aggregate: Mark() for aggregate in aggregates}
    if marks:
        rows = await connection.fetch(
            READING,
            consumer,
            topic,
            [tenant for tenant, _ in marks],
            [aggregate_id for _, aggregate_id in marks],
        )
        for tenant, aggregate_id, sequence, parked in rows:
            marks[tenant, aggregate_id] = Mark(sequence, parked)
    return marks


async def save_marks(
    connection: Any, consumer: str, topic: str, marks: dict[Aggregate, Mark]
) -> None:
    """Write the marks that moved, in one statement."""
    # Sorted, so that two transactions that share aggregates lock them in the same order.
    moved = [
        (aggregate, marks[aggregate]) for aggregate in sorted(marks) if marks[aggregate].changed
    ]
    if not moved:
        return
    await connection.execute(
        "INSERT INTO platform_aggregate_mark AS m"
        " (consumer, topic, tenant, aggregate_id, sequence, parked)"
        " SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::boolean[])"
        " ON CONFLICT (consumer, topic, tenant, aggregate_id) DO UPDATE"
        " SET sequence = greatest(m.sequence, excluded.sequence), parked = excluded.parked,"
        "     updated_at = now()",
        consumer,
        topic,
        [aggregate[0] for aggregate, _ in moved],
        [aggregate[1] for aggregate, _ in moved],
        [mark.sequence for _, mark in moved],
        [mark.parked for _, mark in moved],
    )
