"""One cluster: its topics, its offsets, and where producers and consumers come from.

Asking the embedded broker for metadata of a topic creates it with that broker's defaults. So
topics are listed first and only existing ones are asked about by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as AioTopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from contracts import TopicKind
from servicekit.messaging.bus import BusError, Record, TopicPartition, TopicSpec
from servicekit.messaging.kafka.consumer import KafkaConsumer
from servicekit.messaging.kafka.options import KafkaOptions
from servicekit.messaging.kafka.producer import KafkaProducer
from servicekit.messaging.kafka.translation import read_record, translated

log = logging.getLogger(__name__)

_EXISTS = 36  # Kafka's TOPIC_ALREADY_EXISTS.
_POLICY = {
    TopicKind.STATE: {"cleanup.policy": "compact"},
    TopicKind.LOG: {"cleanup.policy": "delete", "retention.ms": "-1"},
}


class KafkaBus:
    """One cluster. Connects when first asked something, and again after each failure."""

    def __init__(self, options: KafkaOptions) -> None:
        self.options = options
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()
        self._warned: set[str] = set()

    async def start(self) -> None:
        """Nothing to do: a worker must start while its broker is away."""

    async def stop(self) -> None:
        async with self._lock:
            await self._disconnect()

    def producer(self) -> KafkaProducer:
        return KafkaProducer(self.options)

    def consumer(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        return KafkaConsumer(self.options, group, topics)

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        there = await self.partitions([spec.name for spec in specs])
        for spec in specs:
            if there.get(spec.name, spec.partitions) < spec.partitions:
                self._warn_once(spec, there[spec.name])
        missing = [
            NewTopic(
                spec.name,
                spec.partitions,
                self.options.replication_factor,
                topic_configs={
                    **_POLICY[spec.kind],
                    "max.message.bytes": str(self.options.max_record_bytes),
                },
            )
            for spec in specs
            if spec.name not in there
        ]
        if not missing:
            return
        async with self._client("create topics") as admin:
            answer = await admin.create_topics(missing)
        for name, code, *rest in answer.topic_errors:
            if code not in {0, _EXISTS}:
                raise BusError(f"topic {name} was not created: error {code} {rest}")

    def _warn_once(self, spec: TopicSpec, found: int) -> None:
        if spec.name not in self._warned:
            self._warned.add(spec.name)
            log.warning(
                "topic %s has %d partitions instead of %d; adding some now would change the "
                "partition of keys, so it stays",
                spec.name,
                found,
                spec.partitions,
            )

    async def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        async with self._client("list topics") as admin:
            known = set(await admin.list_topics()).intersection(topics)
            if not known:
                return {}
            described = await admin.describe_topics(sorted(known))
        return {
            item["topic"]: len(item["partitions"])
            for item in described
            if not item["error_code"] and item["partitions"]
        }

    async def cluster_id(self) -> str:
        async with self._client("describe the cluster") as admin:
            return str((await admin.describe_cluster())["cluster_id"])

    async def topic_config(self, topic: str) -> dict[str, str]:
        """The topic's settings as the broker has them (for tests and operators)."""
        from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

        async with self._client("describe a topic") as admin:
            answers = await admin.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topic)]
            )
        return {
            entry[0]: entry[1]
            for answer in answers
            for item in answer.resources
            for entry in item[4]
        }

    async def end_offsets(
        self, partitions: Sequence[TopicPartition], *, exact: bool = True
    ) -> dict[TopicPartition, int]:
        asked = await self._existing(partitions)
        if not asked:
            return {}
        async with self._read("read end offsets") as reader:
            ends = await reader.end_offsets(asked)
            if exact:
                ends = await _seen_by_a_fetch(reader, ends)
        return {TopicPartition(place.topic, place.partition): at for place, at in ends.items()}

    async def begin_offsets(
        self, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        asked = await self._existing(partitions)
        if not asked:
            return {}
        async with self._read("read begin offsets") as reader:
            starts = await reader.beginning_offsets(asked)
        return {TopicPartition(place.topic, place.partition): at for place, at in starts.items()}

    async def read_at(self, partition: TopicPartition, offset: int) -> Record | None:
        if not await self._existing([partition]):
            return None
        place = AioTopicPartition(*partition)
        async with self._read("read one record") as reader:
            reader.assign([place])
            reader.seek(place, offset)
            answer = await reader.getmany(timeout_ms=1_000, max_records=1)
        for items in answer.values():
            for item in items:
                # Beyond the end the client starts over from the beginning.
                return read_record(item) if item.offset >= offset else None
        return None

    async def _existing(self, partitions: Sequence[TopicPartition]) -> list[AioTopicPartition]:
        there = await self.partitions(sorted({item.topic for item in partitions}))
        return [
            AioTopicPartition(*item)
            for item in partitions
            if item.partition < there.get(item.topic, 0)
        ]

    @contextlib.asynccontextmanager
    async def _client(self, what: str) -> AsyncIterator[AIOKafkaAdminClient]:
        async with self._lock:
            with translated(what):
                try:
                    if self._admin is None:
                        admin = AIOKafkaAdminClient(**self.options.connection())
                        self._admin = admin
                        await admin.start()
                    yield self._admin
                except BaseException:
                    await self._disconnect()
                    raise

    @contextlib.asynccontextmanager
    async def _read(self, what: str) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._lock:
            with translated(what):
                try:
                    if self._reader is None:
                        reader = AIOKafkaConsumer(
                            **self.options.connection(), auto_offset_reset="earliest"
                        )
                        self._reader = reader
                        await reader.start()
                    yield self._reader
                except BaseException:
                    await self._disconnect()
                    raise

    async def _disconnect(self) -> None:
        admin, self._admin = self._admin, None
        reader, self._reader = self._reader, None
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            if admin is not None:
                await asyncio.wait_for(admin.close(), 5)
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            if reader is not None:
                await asyncio.wait_for(reader.stop(), 5)


async def _seen_by_a_fetch(
    reader: AIOKafkaConsumer, ends: Mapping[AioTopicPartition, int]
) -> dict[AioTopicPartition, int]:
    """The high-water marks that fetching tells, where the broker's list of offsets is too low."""
    reader.assign(list(ends))
    for place, at in ends.items():
        reader.seek(place, at)
    exact = dict(ends)
    async with asyncio.timeout(5):
        while any(reader.highwater(place) is None for place in ends):
            answer = await reader.getmany(timeout_ms=50)
            for place, items in answer.items():
                exact[place] = max(exact[place], items[-1].offset + 1)
    return {place: max(at, reader.highwater(place) or 0) for place, at in exact.items()}
