"""One behaviour, three buses: memory, the embedded broker, a real Apache Kafka."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts import LONGEST_EVENT_BYTES, TopicKind
from servicekit.messaging.bus import (
    Acknowledged,
    Outgoing,
    Record,
    RecordRefused,
    TopicPartition,
    TopicSpec,
)

pytestmark = pytest.mark.slow

HEADERS = [("ce_id", b"1"), ("ce_name", "Zoë".encode()), ("content-type", b"application/json")]


async def created(bus: Any, topic: str, *, partitions: int = 3, kind: str = "log") -> None:
    await bus.ensure_topics([TopicSpec(topic, partitions, TopicKind(kind))])
    async with asyncio.timeout(15):
        while (await bus.partitions([topic])).get(topic) != partitions:
            await asyncio.sleep(0.05)


async def send(bus: Any, topic: str, keys_and_values: list[tuple[str, str]]) -> list[Any]:
    producer = bus.producer()
    await producer.start()
    try:
        return list(
            await producer.send(
                [
                    Outgoing(topic, key.encode(), value.encode(), HEADERS)
                    for key, value in keys_and_values
                ]
            )
        )
    finally:
        await producer.stop()


async def read(
    consumer: Any, enough: Callable[[list[Record]], bool], seconds: float = 40
) -> list[Record]:
    records: list[Record] = []
    async with asyncio.timeout(seconds):
        while not enough(records):
            for batch in (await consumer.poll(0.3, 100)).values():
                records.extend(batch)
    return records


def group() -> str:
    return f"group-{uuid.uuid4().hex[:8]}"


async def test_records_of_one_key_arrive_in_the_order_they_were_sent(bus: Any, topic: str) -> None:
    await created(bus, topic)
    sent = [(f"k{number % 7}", str(number)) for number in range(500)]
    answers = await send(bus, topic, sent)
    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        records = await read(consumer, lambda found: len(found) >= 500)
    finally:
        await consumer.stop()

    assert all(isinstance(answer, Acknowledged) for answer in answers)
    for key in {key for key, _ in sent}:
        mine = [record.value.decode() for record in records if record.key == key.encode()]
        assert mine == [value for name, value in sent if name == key]
        assert len({record.partition for record in records if record.key == key.encode()}) == 1


async def test_an_acknowledgement_says_where_the_record_lies(bus: Any, topic: str) -> None:
    await created(bus, topic)
    answers = await send(bus, topic, [("a", "1"), ("a", "2"), ("b", "3")])

    for answer, value in zip(answers, [b"1", b"2", b"3"], strict=True):
        record = await bus.read_at(TopicPartition(topic, answer.partition), answer.offset)
        assert record is not None
        assert record.value == value
    ends = await bus.end_offsets([TopicPartition(topic, number) for number in range(3)])
    assert sum(ends.values()) == 3
    last = TopicPartition(topic, answers[0].partition)
    assert await bus.read_at(last, ends[last]) is None


async def test_headers_and_key_come_back_as_they_went(bus: Any, topic: str) -> None:
    await created(bus, topic)
    await send(bus, topic, [("tenant:ключ", "{}")])
    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        records = await read(consumer, bool)
    finally:
        await consumer.stop()

    assert list(records[0].headers) == HEADERS
    assert records[0].key == "tenant:ключ".encode()
    assert abs(records[0].timestamp_ms / 1000 - time.time()) < 120


async def test_a_consumer_reads_on_from_the_offset_it_is_told(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=1)
    await send(bus, topic, [("k", str(number)) for number in range(50)])
    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        await assigned(consumer, 1)
        consumer.seek(TopicPartition(topic, 0), 30)
        records = await read(consumer, lambda found: len(found) >= 20)
    finally:
        await consumer.stop()

    assert [record.offset for record in records] == list(range(30, 50))


async def assigned(consumer: Any, partitions: int) -> None:
    async with asyncio.timeout(40):
        while len(consumer.assignment) != partitions:
            await consumer.poll(0.1, 1)


async def test_a_paused_partition_stays_silent_while_others_are_read(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=2)
    by_partition: dict[int, str] = {}
    for number in range(20):
        (answer,) = await send(bus, topic, [(f"k{number}", "x")])
        by_partition.setdefault(answer.partition, f"k{number}")
    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        await assigned(consumer, 2)
        places = sorted(consumer.assignment)
        consumer.pause([places[0]])
        for place in places:
            consumer.seek(place, 0)
        first = await read(consumer, bool)
        first += [r for batch in (await consumer.poll(0.5, 100)).values() for r in batch]
        consumer.resume([places[0]])
        second = await read(consumer, bool)
    finally:
        await consumer.stop()

    assert {record.partition for record in first} == {places[1].partition}
    assert places[0].partition in {record.partition for record in second}


async def test_a_second_member_takes_over_when_the_first_one_leaves(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=4)
    name = group()
    first, second = bus.consumer(name, [topic]), bus.consumer(name, [topic])
    await first.start()
    await assigned(first, 4)
    before = second.generation
    await second.start()
    try:
        both = await together(
            first, second, lambda: len(first.assignment) == 2 == len(second.assignment)
        )
        assert both
        assert not first.assignment & second.assignment
        await first.stop()
        await assigned(second, 4)
        assert second.generation > before
        await send(bus, topic, [(f"k{number}", "x") for number in range(20)])
        records = await read(second, lambda found: len(found) >= 20)
    finally:
        await second.stop()

    assert len(records) == 20


async def together(first: Any, second: Any, done: Callable[[], bool]) -> bool:
    async with asyncio.timeout(60):
        while not done():
            await asyncio.gather(first.poll(0.1, 1), second.poll(0.1, 1))
    return True


async def test_topics_are_created_once_and_as_their_kind_asks(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=2, kind="state")
    await created(bus, f"{topic}.log", partitions=1, kind="log")
    await bus.ensure_topics([TopicSpec(topic, 2, TopicKind.STATE)])

    assert await bus.partitions([topic, f"{topic}.log", f"{topic}.none"]) == {
        topic: 2,
        f"{topic}.log": 1,
    }
    assert (await bus.topic_config(topic))["cleanup.policy"] == "compact"
    assert (await bus.topic_config(f"{topic}.log"))["cleanup.policy"] == "delete"


async def test_a_topic_that_does_not_exist_has_no_offsets(bus: Any, topic: str) -> None:
    assert await bus.end_offsets([TopicPartition(topic, 0)]) == {}
    assert await bus.partitions([topic]) == {}


async def test_a_lost_log_shows_as_another_cluster_or_a_shorter_topic(
    cluster: Any, bus: Any, topic: str
) -> None:
    await created(bus, topic, partitions=1)
    await send(bus, topic, [("k", str(number)) for number in range(10)])
    place = TopicPartition(topic, 0)
    before = (await bus.cluster_id(), await bus.end_offsets([place]))

    await cluster.lose(topic)
    await eventually_created(bus, topic)
    after = (await bus.cluster_id(), await bus.end_offsets([place]))

    assert before[1] == {place: 10}
    assert after[1] == {place: 0}
    if cluster.name != "kafka":
        assert before[0] != after[0]


async def eventually_created(bus: Any, topic: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await created(bus, topic, partitions=1)
            except Exception:  # noqa: BLE001  The broker is still coming up.
                await asyncio.sleep(0.2)
            else:
                return


async def test_a_record_that_is_too_big_is_refused_and_the_others_are_not(
    bus: Any, topic: str
) -> None:
    await created(bus, topic, partitions=1)
    answers = await send(bus, topic, [("a", "1"), ("b", "x" * 4_300_000), ("c", "3")])

    assert [type(answer) for answer in answers] == [Acknowledged, RecordRefused, Acknowledged]
    assert await bus.end_offsets([TopicPartition(topic, 0)]) == {TopicPartition(topic, 0): 2}


async def test_the_longest_event_arrives_as_it_was_sent(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=1)
    longest = "x" * LONGEST_EVENT_BYTES
    answers = await send(bus, topic, [("a", "1"), ("b", longest), ("c", "3")])
    assert [type(answer) for answer in answers] == [Acknowledged] * 3

    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        await assigned(consumer, 1)
        consumer.seek(TopicPartition(topic, 0), 0)
        records = await read(consumer, lambda seen: len(seen) >= 3)
    finally:
        await consumer.stop()
    assert [record.value for record in records] == [b"1", longest.encode(), b"3"]


async def test_a_commit_is_a_hint_that_never_fails(bus: Any, topic: str) -> None:
    await created(bus, topic, partitions=1)
    await send(bus, topic, [("k", "1")])
    consumer = bus.consumer(group(), [topic])
    await consumer.start()
    try:
        await assigned(consumer, 1)
        ours: Mapping[TopicPartition, int] = {TopicPartition(topic, 0): 1}
        await consumer.commit_hint({**ours, TopicPartition(topic, 9): 4})
    finally:
        await consumer.stop()
