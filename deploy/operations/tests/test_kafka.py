"""A real Apache Kafka: one broker, and three of which one may die."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from operations import kafka
from operations.kafka import KafkaCluster
from operations.process import StartupError


def test_missing_java_and_maven_are_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StartupError, match=r"java.*mvn.*apt-get install"):
        kafka.fetch()


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), brokers=3)
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.mark.kafka
@pytest.mark.slow
async def test_what_was_acknowledged_survives_the_death_of_a_broker(
    three_brokers: KafkaCluster,
) -> None:
    await create_topic(three_brokers, "orders", copies=3)
    producer = AIOKafkaProducer(
        bootstrap_servers=three_brokers.bootstrap, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        for number in range(300):
            if number == 100:
                await asyncio.to_thread(three_brokers.kill_broker, 1)
            await producer.send_and_wait("orders", b"%d" % number)
        assert not three_brokers.running(1)
        await asyncio.to_thread(three_brokers.start_broker, 1)
    finally:
        await producer.stop()

    assert await read(three_brokers, "orders", 300) == list(range(300))


@pytest.mark.kafka
@pytest.mark.slow
async def test_topics_and_the_cluster_id_survive_a_restart(tmp_path: Path) -> None:
    cluster = KafkaCluster(tmp_path, brokers=1)
    await asyncio.to_thread(cluster.start)
    try:
        before = cluster.cluster_id
        await create_topic(cluster, "kept", copies=1)
        await asyncio.to_thread(cluster.kill)
        await asyncio.to_thread(cluster.start)
        admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        await admin.start()
        description = await admin.describe_cluster()
        topics = await admin.list_topics()
        await admin.close()
    finally:
        await asyncio.to_thread(cluster.stop)

    assert description["cluster_id"] == before
    assert "kept" in topics


async def create_topic(cluster: KafkaCluster, topic: str, copies: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, copies)])
    await admin.close()


async def read(cluster: KafkaCluster, topic: str, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    numbers: list[int] = []
    try:
        async with asyncio.timeout(60):
            while len(numbers) < count:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    numbers += [int(record.value) for record in records]
    finally:
        await consumer.stop()
    return numbers
