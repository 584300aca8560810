"""A producer whose database went back goes on behind what its topics say."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts import topic
from servicekit.messaging.restoring import WorkersAreRunning, after_restore
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House
from servicekit.testing.tally.publishing import customer_state, opportunity_step, publish
from servicekit.testing.tally.records import state, step

ONE, TWO, LOST = UUID(int=11), UUID(int=22), UUID(int=33)
KINDS = {name: topic(name).kind for name in tally.TOPICS}
STREAMS = "SELECT aggregate_id, sequence FROM platform_event_stream ORDER BY aggregate_id"
UNSENT = "SELECT aggregate_id, sequence FROM platform_outbox WHERE sent_at IS NULL"


async def _restored(house: House) -> None:
    """The topics know more than the database: two more states, three more steps, a stranger."""
    await publish(house.app, "acme", customer_state(ONE, 1))
    await publish(house.app, "acme", opportunity_step(TWO, 1))
    async with house.database.superuser() as connection:
        await connection.execute("UPDATE platform_outbox SET sent_at = now()")
    await house.deliver(*[state(ONE, number) for number in (1, 2, 3)])
    await house.deliver(*[step(TWO, number) for number in (1, 2, 3, 4)])
    await house.deliver(state(LOST, 1))


async def test_sequences_go_on_and_states_are_announced_behind_what_was_said(house: House) -> None:
    await _restored(house)

    done = await after_restore(house.bus, house.platform, KINDS, by="ada")

    assert (done.raised, done.announced) == (2, 1)
    assert done.unknown == (("crm.customer", "acme", str(LOST)),)
    assert await house.rows(STREAMS) == [(str(ONE), 4), (str(TWO), 4)]
    assert await house.rows(UNSENT) == [(str(ONE), 4)]


async def test_consumers_that_heard_the_lost_events_end_with_the_restored_state(
    house: House,
) -> None:
    names = "SELECT name FROM tally_customer"
    await _restored(house)
    async with house.running(house.runner(tally.customers)):
        await house.until(f"{names} WHERE customer_id = '{ONE}'", [("name 3",)])
        await after_restore(house.bus, house.platform, KINDS, by="ada")
        async with house.running(house.relay()):
            await house.until(f"{names} WHERE customer_id = '{ONE}'", [("name 1",)])


async def test_a_second_time_changes_nothing(house: House) -> None:
    await _restored(house)
    await after_restore(house.bus, house.platform, KINDS, by="ada")
    async with house.running(house.relay()):
        await house.until(UNSENT, [])

    again = await after_restore(house.bus, house.platform, KINDS, by="ada")

    assert (again.raised, again.announced) == (0, 0)
    assert await house.rows(STREAMS) == [(str(ONE), 4), (str(TWO), 4)]


async def test_a_running_worker_is_told_to_stop_first(house: House) -> None:
    await _restored(house)
    relay = house.relay()
    async with house.running(relay):
        await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)])
        with pytest.raises(WorkersAreRunning):
            await after_restore(house.bus, house.platform, KINDS, by="ada")
