"""The bus on aiokafka: any broker that speaks the Kafka protocol.

aiokafka 0.14 has traps, and this module is where they are avoided:

* Reading is `getmany(timeout_ms=...)` only. Cancelling `getone` from outside leaks a counter,
  after which the poll interval is never enforced again.
* Nothing seeks inside `on_partitions_assigned`: if that callback awaits, records already
  fetched from the old position are delivered. The callback only counts generations; the runner
  compares positions with its database in its own poll loop.
* Asking the embedded broker for metadata of a topic creates it with that broker's defaults. So
  topics are listed first and only existing ones are asked about by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition as AioTopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

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
from servicekit.messaging.kafka_options import KafkaOptions

log = logging.getLogger(__name__)

_EXISTS = 36  # Kafka's TOPIC_ALREADY_EXISTS.
_TOO_LARGE = frozenset({10, 18})  # MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE.
_POLICY = {
    TopicKind.STATE: {"cleanup.policy": "compact"},
    TopicKind.LOG: {"cleanup.policy": "delete", "retention.ms": "-1"},
}


@contextlib.contextmanager
def _translated(what: str) -> Any:
    """Faults of the client become the port's own, so that nobody above imports aiokafka."""
    try:
        yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise BusError(f"{what}: {error!r}") from error


class KafkaProducer:
    """Sends batches. One partition has one request in flight, so retries keep the order."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        if self._producer is not None:
            return
        options = self._options
        producer = AIOKafkaProducer(
            **options.connection(),
            acks="all",
            enable_idempotence=options.idempotent_producer,
            max_batch_size=262_144,
            max_request_size=options.max_record_bytes,
            linger_ms=0,
        )
        with _translated("connect the producer"):
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
        self._producer = producer

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), 15)

    async def send(self, records: Sequence[Outgoing]) -> list[Acknowledged | BusError]:
        """Hand all over without waiting in between, then wait for all.

        Waiting for each record would cap the relay at some 140 records a second.
        """
        producer = self._producer
        if producer is None:
            raise BusError("the producer is not started")
        waiting: list[asyncio.Future[Any] | BusError] = []
        for record in records:
            try:
                waiting.append(
                    await producer.send(
                        record.topic, record.value, key=record.key, headers=record.headers
                    )
                )
            except MessageSizeTooLargeError as error:
                waiting.append(RecordRefused(f"{record.topic}: {error}"))
            except (KafkaError, OSError, AssertionError) as error:
                waiting.append(BusError(f"send to {record.topic}: {error!r}"))
        futures = [item for item in waiting if not isinstance(item, BusError)]
        if futures:
            await asyncio.wait(futures)
        return [item if isinstance(item, BusError) else _answer(item) for item in waiting]


def _answer(future: asyncio.Future[Any]) -> Acknowledged | BusError:
    error = future.exception()
    if error is None:
        done = future.result()
        return Acknowledged(done.topic, done.partition, done.offset)
    if getattr(error, "errno", None) in _TOO_LARGE:
        return RecordRefused(repr(error))
    return BusError(repr(error))


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
            max_partition_fetch_bytes=4_194_304,
        )
        consumer.subscribe(self._topics, listener=self._generations)
        with _translated(f"connect the consumer {self._group}"):
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
        self._consumer = consumer

    async def stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer.stop(), 15)

    async def poll(
        self, timeout_seconds: float, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        consumer = self._running()
        with _translated(f"read for {self._group}"):
            answer = await consumer.getmany(
                timeout_ms=int(timeout_seconds * 1000), max_records=max_records
            )
        return {
            TopicPartition(place.topic, place.partition): [_record(item) for item in items]
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


def _record(item: Any) -> Record:
    return Record(
        item.topic, item.partition, item.offset, item.key, item.value, item.headers, item.timestamp
    )


class KafkaBus:
    """One cluster. Connects when first asked something, and again after each failure."""

    def __init__(self, options: KafkaOptions) -> None:
        self.options = options
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

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
                log.warning(
                    "topic %s has %d partitions instead of %d; adding some now would change the "
                    "partition of keys, so it stays",
                    spec.name,
                    there[spec.name],
                    spec.partitions,
                )
        missing = [
            NewTopic(
                spec.name,
                spec.partitions,
                self.options.replication_factor,
                topic_configs=_POLICY[spec.kind],
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
                return _record(item) if item.offset >= offset else None
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
            with _translated(what):
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
            with _translated(what):
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
