"""The three buses that one suite must not be able to tell apart."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from operations.broker import EmbeddedBroker
from operations.kafka import KafkaCluster, missing_tools
from operations.process import free_port
from servicekit.messaging.kafka import KafkaBus, KafkaOptions
from servicekit.messaging.memory import MemoryBus, MemoryCluster


class Memory:
    """A pretended cluster in this process."""

    name = "memory"

    def __init__(self) -> None:
        self._cluster = MemoryCluster()

    def bus(self) -> Any:
        return MemoryBus(self._cluster)

    async def lose(self, topic: str) -> None:
        await self._cluster.lose_everything()


class Embedded:
    """The broker of `make run`; it forgets everything when it stops."""

    name = "embedded"

    def __init__(self, broker: EmbeddedBroker) -> None:
        self._broker = broker

    def bus(self) -> KafkaBus:
        return KafkaBus(options(self._broker.bootstrap, idempotent=False))

    async def lose(self, topic: str) -> None:
        await asyncio.to_thread(self._broker.kill)
        await asyncio.to_thread(self._broker.start)


class Apache:
    """A real Kafka; what it can lose is a topic that somebody deletes."""

    name = "kafka"

    def __init__(self, cluster: KafkaCluster) -> None:
        self.cluster = cluster

    def bus(self) -> KafkaBus:
        return KafkaBus(options(self.cluster.bootstrap, idempotent=True))

    async def lose(self, topic: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.cluster.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([topic])
            while topic in await admin.list_topics():
                await asyncio.sleep(0.1)
        finally:
            await admin.close()


def options(bootstrap: str, *, idempotent: bool) -> KafkaOptions:
    return KafkaOptions(
        bootstrap,
        idempotent_producer=idempotent,
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
        request_timeout_ms=5_000,
    )


def need_kafka() -> None:
    """Skip loudly where Java or Maven is missing; in CI that is a failure."""
    lacking = missing_tools()
    if not lacking:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must test against a real Apache Kafka, but: {lacking}")
    pytest.skip(f"NOT TESTED AGAINST A REAL APACHE KAFKA: {lacking}")


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(free_port(), tmp_path_factory.mktemp("bus") / "broker.log")
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    need_kafka()
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"))
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture
def three_brokers(tmp_path: Path) -> Iterator[KafkaCluster]:
    need_kafka()
    cluster = KafkaCluster(tmp_path / "kafka", brokers=3)
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture(params=["memory", "embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def cluster(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return Memory()
    if request.param == "embedded":
        return Embedded(request.getfixturevalue("embedded_broker"))
    return Apache(request.getfixturevalue("apache_kafka"))


@pytest.fixture
async def bus(cluster: Any) -> AsyncIterator[Any]:
    bus = cluster.bus()
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
def topic() -> str:
    return f"test.{uuid.uuid4().hex[:12]}"
