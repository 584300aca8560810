"""What must survive: kills, freezes, duplicates, disorder and poison, each with live processes.

After each fault everything committed has been applied once and in order, nothing is left aside,
and the read models equal a rebuild from scratch.
"""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any
from uuid import UUID

import pytest

from servicekit.messaging.recovery import redrive
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.publishing import opportunity_step, publish

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


async def test_a_worker_killed_between_sending_and_marking_sends_again(stand: Any) -> None:
    await stand.publish(3)
    for batch in (1, 2):
        await stand.died(await stand.worker("--kill-after-send", str(batch)))
        assert await stand.unsent() > 0, "it died before it could mark"
        await stand.publish(2)
    await stand.worker()
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_a_consumer_killed_between_effect_and_commit_has_no_effect(stand: Any) -> None:
    await stand.publish(4)
    for batch in (1, 3):
        await stand.died(await stand.worker("--kill-before-commit", str(batch)))
        await stand.publish(2)
    await stand.worker()
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_a_killed_broker_that_forgets_everything_is_filled_again(stand: Any) -> None:
    await stand.worker()
    await stand.publish(3)
    await stand.settled()
    loading = asyncio.create_task(stand.publish(8, pause=0.3))
    await asyncio.sleep(1.0)
    await asyncio.to_thread(stand.broker.kill)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(stand.broker.start)
    await loading
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_a_killed_database_loses_nothing_that_was_committed(stand: Any) -> None:
    await stand.worker()
    loading = asyncio.create_task(stand.publish(10, pause=0.2))
    await asyncio.sleep(1.5)
    for _ in range(2):
        await asyncio.to_thread(stand.server.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(stand.server.start)
        await asyncio.sleep(2)
    await loading
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_every_event_delivered_twice_is_applied_once(stand: Any) -> None:
    await stand.worker("--twice")
    await stand.publish(5)
    await stand.settled()
    await stand.equals_a_rebuild()


@pytest.mark.parametrize("seed", [1, 2])
async def test_events_shuffled_against_each_other_end_in_order(stand: Any, seed: int) -> None:
    await stand.publish(6)
    await stand.worker("--shuffle", str(seed))
    await stand.publish(2)
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_poison_holds_up_its_aggregate_only_and_a_redrive_cures_it(stand: Any) -> None:
    await stand.worker()
    await stand.publish(1)
    await stand.settled()
    sick = UUID(int=999)
    await publish(stand.database.app, "acme", opportunity_step(sick, 1, tally.POISON))
    await publish(stand.database.app, "acme", opportunity_step(sick, 2))
    started = time.monotonic()
    await stand.publish(1)
    async with asyncio.timeout(30):
        while len(await stand.rows("SELECT 1 FROM tally_total WHERE steps = 2")) < 24:
            await asyncio.sleep(0.05)
    delay = time.monotonic() - started
    aside = await stand.rows("SELECT sequence, kind FROM platform_parked_message ORDER BY sequence")
    tally.poisoned.clear()
    try:
        await redrive(stand.database.app, stand.database.platform, tally.steps, by="ann")
    finally:
        tally.poisoned.add(tally.POISON)

    assert aside == [(1, "parked"), (2, "waiting")]
    assert delay < 10
    assert await stand.rows(
        "SELECT steps, last_sequence, out_of_order FROM tally_total WHERE aggregate_id = $1",
        str(sick),
    ) == [(2, 2, 0)]
    assert await stand.rows("SELECT * FROM platform_parked_message") == []


async def test_a_frozen_worker_is_replaced_and_changes_nothing_when_it_wakes(stand: Any) -> None:
    frozen = await stand.worker()
    await stand.publish(2)
    await stand.settled()
    loading = asyncio.create_task(stand.publish(12, pause=0.5))
    await asyncio.sleep(1)
    frozen.send(signal.SIGSTOP)
    await stand.worker()
    await loading
    await stand.settled()
    frozen.send(signal.SIGCONT)
    await stand.publish(3, pause=0.2)
    await stand.settled()
    await stand.equals_a_rebuild()


async def test_a_worker_asked_to_stop_ends_in_order_and_another_goes_on(stand: Any) -> None:
    first = await stand.worker()
    await stand.publish(2)
    await stand.settled()
    loading = asyncio.create_task(stand.publish(6, pause=0.1))
    await asyncio.sleep(0.5)
    started = time.monotonic()
    status = await asyncio.to_thread(first.stop, within=25)
    took = time.monotonic() - started
    await stand.worker()
    await loading
    await stand.settled()

    assert status == 0, first.last_words()
    assert took < 25
