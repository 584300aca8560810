"""The same promises on a real Apache Kafka: a broker that dies, a topic that somebody deletes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from servicekit.testing.tally.service import TOPICS

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(300)]


async def test_a_killed_kafka_broker_that_comes_back_loses_nothing(kafka_stand: Any) -> None:
    await kafka_stand.worker()
    await kafka_stand.publish(2)
    await kafka_stand.settled()
    loading = asyncio.create_task(kafka_stand.publish(10, pause=0.3))
    await asyncio.sleep(1)
    await asyncio.to_thread(kafka_stand.broker.kill)
    await asyncio.sleep(2)
    await asyncio.to_thread(kafka_stand.broker.start)
    await loading
    await kafka_stand.settled()
    await kafka_stand.equals_a_rebuild()


async def test_deleted_topics_are_filled_again_from_the_outbox(kafka_stand: Any) -> None:
    await kafka_stand.worker()
    await kafka_stand.publish(3)
    await kafka_stand.settled()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_stand.bootstrap)
    await admin.start()
    loading = asyncio.create_task(kafka_stand.publish(6, pause=0.3))
    await asyncio.sleep(0.5)
    await admin.delete_topics(list(TOPICS))
    await admin.close()
    await loading
    await kafka_stand.settled()
    await kafka_stand.equals_a_rebuild()


async def test_workers_killed_at_their_worst_moments_on_a_real_kafka(kafka_stand: Any) -> None:
    await kafka_stand.publish(4)
    await kafka_stand.died(await kafka_stand.worker("--kill-after-send", "2"))
    await kafka_stand.publish(1)
    await kafka_stand.died(await kafka_stand.worker("--kill-before-commit", "2"))
    await kafka_stand.worker()
    await kafka_stand.settled()
    await kafka_stand.equals_a_rebuild()
