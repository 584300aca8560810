"""The port to the bus: what the relay, the runner and the tools need of Kafka, and no more.

Two implementations exist, `memory` (tests, one process) and `kafka` (aiokafka, any broker that
speaks the protocol). `tests/bus` holds both to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from contracts import TopicKind

Headers = Sequence[tuple[str, bytes]]
ReadHeaders = Sequence[tuple[str, bytes | None]]


class BusError(Exception):
    """The bus could not do it now; trying again later is right."""


class RecordRefused(BusError):
    """The bus will never take this record (too large); trying again is pointless."""


class TopicPartition(NamedTuple):
    """One ordered log of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as its owner wants it."""

    name: str
    partitions: int
    kind: TopicKind


class Outgoing(NamedTuple):
    """A record to send."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers


class Acknowledged(NamedTuple):
    """Where all in-sync replicas have a sent record."""

    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    """A record that was read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: ReadHeaders
    timestamp_ms: int


class Producer(Protocol):
    """Sends records; those of one key arrive in the order in which they are given."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        """Send all, wait for all; the answer at each place belongs to the record there."""
        ...


class Consumer(Protocol):
    """A member of a group. Offsets in Kafka are a hint; the database has the truth."""

    @property
    def generation(self) -> int:
        """Grows with every assignment. Compare it after each poll, then check positions."""
        ...

    @property
    def assignment(self) -> frozenset[TopicPartition]: ...

    async def start(self) -> None: ...

    async def stop(self, patience_seconds: float = 6.0) -> None:
        """Leave the group, waiting no longer than that for a broker that does not answer."""
        ...

    async def poll(
        self, timeout_seconds: float, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        """What has arrived on partitions that are not paused, waiting up to the timeout."""
        ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from `offset`. Call it from the poll loop, never during an assignment."""
        ...

    def pause(self, partitions: Iterable[TopicPartition]) -> None: ...

    def resume(self, partitions: Iterable[TopicPartition]) -> None: ...

    def high_water(self, partition: TopicPartition) -> int | None:
        """The end of the log as the last fetch from it told."""
        ...

    async def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tell the group's lag watchers where we are (next offset to read). Never raises."""
        ...


class Bus(Protocol):
    """A connection to one cluster."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def producer(self) -> Producer: ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer: ...

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        """Create those that do not exist; leave the others as they are."""
        ...

    async def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        """How many partitions each existing topic has; a missing topic is left out."""
        ...

    async def cluster_id(self) -> str: ...

    async def end_offsets(
        self, partitions: Sequence[TopicPartition], *, exact: bool = True
    ) -> dict[TopicPartition, int]:
        """The offset that the next record will get; partitions that do not exist are left out.

        `exact=False` is cheaper and may answer too low: the embedded broker counts its last
        batch as one record.
        """
        ...

    async def begin_offsets(
        self, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The oldest offset still kept; partitions that do not exist are left out."""
        ...

    async def read_at(self, partition: TopicPartition, offset: int) -> Record | None:
        """The first record at or after `offset` (compaction leaves holes), or None at the end."""
        ...


async def reaches(bus: Bus, partition: TopicPartition, offset: int) -> bool:
    """Whether the log has got as far as `offset`; False means that it is not the log it was."""
    for exact in (False, True):
        ends = await bus.end_offsets([partition], exact=exact)
        if ends.get(partition, 0) > offset:
            return True
    return False
