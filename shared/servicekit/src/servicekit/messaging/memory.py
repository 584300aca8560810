"""A cluster in memory: the bus for tests that need no broker.

It keeps what the port promises (order per key, groups, resume, takeover, a refused big record,
a log that can be lost) and nothing of Kafka's timing.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from contracts import TopicKind
from servicekit.messaging.bus import (
    Acknowledged,
    BusError,
    Outgoing,
    Record,
    RecordRefused,
    TopicPartition,
    TopicSpec,
)


class MemoryCluster:
    """The logs and groups of one pretended cluster."""

    def __init__(self, *, max_record_bytes: int = 4_194_304) -> None:
        self.max_record_bytes = max_record_bytes
        self.available = True
        self._arrived = asyncio.Condition()
        self._wipe()

    def _wipe(self) -> None:
        self.id = f"memory-{uuid.uuid4()}"
        self.logs: dict[str, list[list[Record]]] = {}
        self.kinds: dict[str, TopicKind] = {}
        self.groups: dict[str, list[MemoryConsumer]] = {}
        self.committed: dict[str, dict[TopicPartition, int]] = {}

    async def lose_everything(self) -> None:
        """What a broker without a disk does when it restarts."""
        members = [member for group in self.groups.values() for member in group]
        self._wipe()
        for member in members:
            self.groups.setdefault(member.group, []).append(member)
        for group in list(self.groups):
            self.rebalance(group)
        await self.wake()

    async def wake(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def wait(self, timeout_seconds: float) -> None:
        try:
            async with asyncio.timeout(timeout_seconds), self._arrived:
                await self._arrived.wait()
        except TimeoutError:
            return

    def check(self) -> None:
        if not self.available:
            raise BusError("the broker is away")

    def rebalance(self, group: str) -> None:
        """Deal the partitions of each topic to the members who asked for it, in turn."""
        members = self.groups.get(group, [])
        dealt: dict[MemoryConsumer, set[TopicPartition]] = {member: set() for member in members}
        for topic, logs in self.logs.items():
            interested = [member for member in members if topic in member.topics]
            for number in range(len(logs) if interested else 0):
                place = TopicPartition(topic, number)
                dealt[interested[number % len(interested)]].add(place)
        for member, places in dealt.items():
            member.assigned(frozenset(places), self.committed.get(group, {}))


class MemoryProducer:
    """Appends to the cluster's logs."""

    def __init__(self, cluster: MemoryCluster) -> None:
        self._cluster = cluster

    async def start(self) -> None:
        self._cluster.check()

    async def stop(self) -> None:
        """Nothing is held."""

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        await asyncio.sleep(0)
        answers = [self._append(record) for record in records]
        await self._cluster.wake()
        return answers

    def _append(self, record: Outgoing) -> Acknowledged | BusError:
        cluster = self._cluster
        if not cluster.available:
            return BusError("the broker is away")
        logs = cluster.logs.get(record.topic)
        if logs is None:
            return BusError(f"no topic {record.topic}")
        size = len(record.value or b"") + sum(
            len(name) + len(text) for name, text in record.headers
        )
        if size > cluster.max_record_bytes:
            return RecordRefused(f"{size} bytes are more than {cluster.max_record_bytes}")
        number = crc32(record.key) % len(logs)
        offset = len(logs[number])
        logs[number].append(
            Record(
                record.topic,
                number,
                offset,
                record.key,
                record.value,
                tuple(record.headers),
                int(time.time() * 1000),
            )
        )
        return Acknowledged(record.topic, number, offset)


class MemoryConsumer:
    """A member of a group of the pretended cluster."""

    def __init__(self, cluster: MemoryCluster, group: str, topics: Sequence[str]) -> None:
        self.group = group
        self.topics = frozenset(topics)
        self.generation = 0
        self.assignment: frozenset[TopicPartition] = frozenset()
        self._cluster = cluster
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    async def start(self) -> None:
        self._cluster.check()
        self._cluster.groups.setdefault(self.group, []).append(self)
        self._cluster.rebalance(self.group)

    async def stop(self, patience_seconds: float = 6.0) -> None:
        members = self._cluster.groups.get(self.group, [])
        if self in members:
            members.remove(self)
            self.assigned(frozenset(), {})
            self._cluster.rebalance(self.group)
            await self._cluster.wake()

    def assigned(
        self, places: frozenset[TopicPartition], committed: Mapping[TopicPartition, int]
    ) -> None:
        self.generation += 1
        self.assignment = places
        self._positions = {place: committed.get(place, 0) for place in places}
        self._paused.clear()

    async def poll(
        self, timeout_seconds: float, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        self._cluster.check()
        found = self._take(max_records)
        if not found:
            await self._cluster.wait(timeout_seconds)
            self._cluster.check()
            found = self._take(max_records)
        return found

    def _take(self, max_records: int) -> dict[TopicPartition, list[Record]]:
        found: dict[TopicPartition, list[Record]] = {}
        for place in sorted(self.assignment - self._paused):
            log = self._cluster.logs.get(place.topic, [])
            if max_records <= 0 or place.partition >= len(log):
                continue
            at = self._positions[place]
            if at > len(log[place.partition]):
                at = 0  # As "earliest" does when the position lies beyond the log.
            items = log[place.partition][at : at + max_records]
            if items:
                found[place] = items
                self._positions[place] = at + len(items)
                max_records -= len(items)
        return found

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if partition in self.assignment:
            self._positions[partition] = offset

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.update(self.assignment.intersection(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.difference_update(partitions)

    def high_water(self, partition: TopicPartition) -> int | None:
        logs = self._cluster.logs.get(partition.topic, [])
        return len(logs[partition.partition]) if partition.partition < len(logs) else None

    async def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._cluster.committed.setdefault(self.group, {}).update(offsets)


class MemoryBus:
    """The port's view of a pretended cluster."""

    def __init__(self, cluster: MemoryCluster | None = None) -> None:
        self.cluster = cluster or MemoryCluster()

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing to disconnect."""

    def producer(self) -> MemoryProducer:
        return MemoryProducer(self.cluster)

    def consumer(self, group: str, topics: Sequence[str]) -> MemoryConsumer:
        return MemoryConsumer(self.cluster, group, topics)

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        self.cluster.check()
        for spec in specs:
            if spec.name not in self.cluster.logs:
                self.cluster.logs[spec.name] = [[] for _ in range(spec.partitions)]
                self.cluster.kinds[spec.name] = spec.kind
        for group in list(self.cluster.groups):
            self.cluster.rebalance(group)

    async def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        self.cluster.check()
        return {name: len(self.cluster.logs[name]) for name in topics if name in self.cluster.logs}

    async def cluster_id(self) -> str:
        self.cluster.check()
        return self.cluster.id

    async def topic_config(self, topic: str) -> dict[str, str]:
        kind = self.cluster.kinds[topic]
        return {"cleanup.policy": "compact" if kind is TopicKind.STATE else "delete"}

    async def end_offsets(
        self, partitions: Sequence[TopicPartition], *, exact: bool = True
    ) -> dict[TopicPartition, int]:
        self.cluster.check()
        return {
            place: len(self.cluster.logs[place.topic][place.partition])
            for place in partitions
            if place.partition < len(self.cluster.logs.get(place.topic, []))
        }

    async def begin_offsets(
        self, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        return dict.fromkeys(await self.end_offsets(partitions), 0)

    async def read_at(self, partition: TopicPartition, offset: int) -> Record | None:
        self.cluster.check()
        logs = self.cluster.logs.get(partition.topic, [])
        if partition.partition >= len(logs) or offset >= len(logs[partition.partition]):
            return None
        return logs[partition.partition][offset]
