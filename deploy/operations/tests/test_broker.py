"""The embedded broker: empty and under a new name each time, on loopback only."""

import asyncio
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from operations.broker import EmbeddedBroker
from operations.process import StartupError, free_port


def cluster_and_topics(bootstrap: str, create: str | None = None) -> tuple[str, list[str]]:
    async def ask() -> tuple[str, list[str]]:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            if create is not None:
                await admin.create_topics([NewTopic(create, 1, 1)])
            description = await admin.describe_cluster()
            return description["cluster_id"], sorted(await admin.list_topics())
        finally:
            await admin.close()

    return asyncio.run(ask())


def test_every_start_is_a_new_cluster_that_remembers_nothing(tmp_path: Path) -> None:
    broker = EmbeddedBroker(free_port(), tmp_path / "broker.log")
    broker.start()
    try:
        first, topics = cluster_and_topics(broker.bootstrap, create="crm.customer")
        assert topics == ["crm.customer"]
        assert first == broker.cluster_id

        broker.kill()
        broker.start()

        second, topics = cluster_and_topics(broker.bootstrap)
        assert second == broker.cluster_id != first
        assert topics == []
    finally:
        broker.stop()


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    broker = EmbeddedBroker(free_port(), tmp_path / "broker.log")
    broker.start()
    try:
        sockets = psutil.Process(broker.process.pid).net_connections()
        listening = {s.laddr for s in sockets if s.status == psutil.CONN_LISTEN}
        assert listening == {("127.0.0.1", broker.port)}
    finally:
        broker.stop()


def test_a_taken_port_is_told_in_plain_words(tmp_path: Path) -> None:
    first = EmbeddedBroker(free_port(), tmp_path / "first.log")
    first.start()
    try:
        with pytest.raises(StartupError, match=f"Port {first.port} "):
            EmbeddedBroker(first.port, tmp_path / "second.log").start()
    finally:
        first.stop()
