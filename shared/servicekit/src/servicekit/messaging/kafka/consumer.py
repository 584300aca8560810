"""A member of a group.

aiokafka 0.14 has traps, which are avoided here:

* Reading is `getmany(timeout_ms=...)` only. Cancelling `getone` from outside leaks a counter,
  after which the poll interval is never enforced again.
* Nothing seeks inside `on_partitions_assigned`: if that callback awaits, records already
  fetched from the old position are delivered. The callback only counts generations; the runner
  compares positions with its database in its own poll loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as AioTopicPartition
from aiokafka.errors import KafkaError

from servicekit.messaging.bus import BusError, Record, TopicPartition
from servicekit.messaging.kafka.options import KafkaOptions
from servicekit.messaging.kafka.translation import read_record, translated


class _Generations(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.count = 0

    def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing: what is in flight ends in the database, which knows the positions."""

    def on_partitions_assigned(self, assigned: object) -> None:
        self.count += 1


class KafkaConsumer:
    """A group member that is told where to read, and never trusts Kafka's stored offsets."""

    def __init__(self, options: KafkaOptions, group: str, topics: Sequence[str]) -> None:
        self._options = options
        self._group = group
        self._topics = list(topics)
        self._consumer: AIOKafkaConsumer | None = None
        self._generations = _Generations()

    @property
    def generation(self) -> int:
        return self._generations.count

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        if self._consumer is None:
            return frozenset()
        return frozenset(
            TopicPartition(item.topic, item.partition) for item in self._consumer.assignment()
        )

    async def start(self) -> None:
        options = self._options
        consumer = AIOKafkaConsumer(
            **options.connection(),
            group_id=self._group,
            enable_auto_commit=False,
            # A reset must be harmless: the runner compares every batch with its database.
            auto_offset_reset="earliest",
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=options.heartbeat_interval_ms,
            max_poll_interval_ms=options.max_poll_interval_ms,
            fetch_max_wait_ms=options.fetch_max_wait_ms,
            max_partition_fetch_bytes=8_388_608,
        )
        consumer.subscribe(self._topics, listener=self._generations)
        with translated(f"connect the consumer {self._group}"):
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
        self._consumer = consumer

    async def stop(self, patience_seconds: float = 6.0) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        try:
            await asyncio.wait_for(consumer.stop(), patience_seconds)
        except (KafkaError, TimeoutError):
            # It still waits for a coordinator that is gone; do not leave its connections open.
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer._client.close(), 2)  # noqa: SLF001

    async def poll(
        self, timeout_seconds: float, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        consumer = self._running()
        with translated(f"read for {self._group}"):
            answer = await consumer.getmany(
                timeout_ms=int(timeout_seconds * 1000), max_records=max_records
            )
        return {
            TopicPartition(place.topic, place.partition): [read_record(item) for item in items]
            for place, items in answer.items()
            if items
        }

    def seek(self, partition: TopicPartition, offset: int) -> None:
        # No longer ours: the next generation will be placed by whoever has it.
        with contextlib.suppress(KafkaError):
            self._running().seek(AioTopicPartition(*partition), offset)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        for partition in partitions:
            with contextlib.suppress(KafkaError):
                self._running().pause(AioTopicPartition(*partition))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        for partition in partitions:
            with contextlib.suppress(KafkaError):
                self._running().resume(AioTopicPartition(*partition))

    def high_water(self, partition: TopicPartition) -> int | None:
        try:
            found = self._running().highwater(AioTopicPartition(*partition))
        except (KafkaError, AssertionError):
            return None
        return None if found is None else int(found)

    async def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        consumer, ours = self._running(), self.assignment
        hint = {AioTopicPartition(*place): at for place, at in offsets.items() if place in ours}
        if hint:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer.commit(hint), 3)

    def _running(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise BusError(f"the consumer {self._group} is not started")
        return self._consumer
