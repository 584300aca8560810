"""A cluster of three on one machine: one broker dies under load, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts import TopicKind
from operations.kafka import KafkaCluster
from servicekit.messaging.bus import Acknowledged, BusError, Outgoing, TopicPartition, TopicSpec
from servicekit.messaging.kafka import KafkaBus, KafkaOptions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.kafka,
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("idempotent", [True, False])
async def test_killing_one_of_three_brokers_under_load_loses_nothing(
    three_brokers: KafkaCluster, idempotent: bool
) -> None:
    bus = KafkaBus(
        KafkaOptions(
            three_brokers.bootstrap,
            idempotent_producer=idempotent,
            replication_factor=3,
            request_timeout_ms=15_000,
        )
    )
    topic = "test.load"
    await insisting(lambda: bus.ensure_topics([TopicSpec(topic, 6, TopicKind.LOG)]))
    await asyncio.sleep(1)
    producer = bus.producer()
    acknowledged: list[tuple[bytes, int]] = []

    async def load() -> None:
        for number in range(120):
            batch = [(b"k%d" % (n % 40), number * 100 + n) for n in range(100)]
            unsent = batch
            while unsent:  # As the relay does: what was not acknowledged is sent again.
                records = [Outgoing(topic, key, b"%d" % value, []) for key, value in unsent]
                try:
                    await producer.start()
                    answers = await producer.send(records)
                except BusError:
                    await asyncio.sleep(0.2)
                    continue
                pairs = list(zip(unsent, answers, strict=True))
                acknowledged.extend(p for p, a in pairs if isinstance(a, Acknowledged))
                unsent = [p for p, a in pairs if not isinstance(a, Acknowledged)]
            await asyncio.sleep(0.02)

    loading = asyncio.create_task(load())
    await asyncio.sleep(1)
    await asyncio.to_thread(three_brokers.kill_broker, 2)
    await loading
    await producer.stop()

    found = await everything(bus, topic)
    await bus.stop()
    assert len(acknowledged) == 12_000
    assert set(acknowledged) <= set(found)
    if idempotent:
        assert len(found) == 12_000
    for key in {key for key, _ in acknowledged}:
        mine = list(dict.fromkeys(value for name, value in found if name == key))
        assert mine == sorted(mine), f"{key!r} is out of order"


async def insisting(call: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again while a broker is away, as the relay and the runner do."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await call()
            except BusError:
                await asyncio.sleep(0.2)


async def everything(bus: Any, topic: str) -> list[tuple[bytes, int]]:
    consumer = bus.consumer("test-all", [topic])
    await consumer.start()
    found: list[tuple[bytes, int]] = []
    try:
        places = [TopicPartition(topic, number) for number in range(6)]
        ends = await insisting(lambda: bus.end_offsets(places))
        read = dict.fromkeys(ends, 0)
        async with asyncio.timeout(60):
            while read != ends:
                for place, batch in (await consumer.poll(0.5, 2000)).items():
                    found += [(record.key or b"", int(record.value or b"0")) for record in batch]
                    read[place] = batch[-1].offset + 1
    finally:
        await consumer.stop()
    return found
