"""What the embedded broker's forgetfulness asks of the producer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts import TopicKind
from operations.broker import EmbeddedBroker
from operations.process import free_port
from servicekit.messaging.bus import Acknowledged, BusError, Outgoing, TopicPartition, TopicSpec
from servicekit.messaging.kafka import KafkaBus, KafkaOptions

pytestmark = pytest.mark.slow

SPEC = TopicSpec("test.forgetful", 1, TopicKind.LOG)


async def test_nothing_reaches_a_broker_that_came_back_before_its_topics_exist(
    tmp_path: Path,
) -> None:
    broker = EmbeddedBroker(free_port(), tmp_path / "broker.log")
    await asyncio.to_thread(broker.start)
    bus = KafkaBus(KafkaOptions(broker.bootstrap, idempotent_producer=False))
    producer = bus.producer()
    try:
        await bus.ensure_topics([SPEC])
        await producer.start()
        assert all(isinstance(a, Acknowledged) for a in await producer.send(records(0, 20)))
        sending = asyncio.create_task(keep_sending(producer))
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        with pytest.raises(BusError):
            await sending
        with pytest.raises(BusError):
            await producer.send(records(0, 1))
        await asyncio.sleep(1)
        assert await bus.partitions([SPEC.name]) == {}, "somebody wrote to a topic nobody made"

        await producer.start()
        await bus.ensure_topics([SPEC])
        answers = await producer.send(records(100, 20))
        place = TopicPartition(SPEC.name, 0)
        assert [a.offset for a in answers if isinstance(a, Acknowledged)] == list(range(20))
        for answer, record in zip(answers, records(100, 20), strict=True):
            assert isinstance(answer, Acknowledged)
            found = await bus.read_at(place, answer.offset)
            assert found is not None
            assert found.value == record.value
    finally:
        await producer.stop()
        await bus.stop()
        broker.kill()


def records(first: int, count: int) -> list[Outgoing]:
    return [Outgoing(SPEC.name, b"k", b"%d" % n, []) for n in range(first, first + count)]


async def keep_sending(producer: Any) -> None:
    for number in range(10_000):
        for answer in await producer.send(records(number, 1)):
            if isinstance(answer, BusError):
                raise answer
