"""From a commit to an effect: outbox, relay, bus, runner, inbox."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from contracts.crm.opportunity import OpportunityOpenedV1
from servicekit.messaging import Subscriptions
from servicekit.messaging.replay import ReplayRequest, request_replay, wait_for_replay
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House
from servicekit.testing.tally.publishing import customer_state, opportunity_step, publish
from servicekit.testing.tally.records import record
from servicekit.uow import Principal, UnitOfWork

TOTALS = "SELECT tenant, steps, sum, last_sequence, out_of_order FROM tally_total ORDER BY 1, 2, 3"
ONE, TWO = UUID(int=11), UUID(int=22)


async def test_every_committed_event_is_applied_once_and_in_order(house: House) -> None:
    async with house.running(house.relay(), house.runner(tally.steps)):
        for number in range(1, 21):
            await publish(house.app, "acme", opportunity_step(ONE, number))
            await publish(house.app, "bolt", opportunity_step(ONE, number))
        await house.until(TOTALS, [("acme", 20, 210, 20, 0), ("bolt", 20, 210, 20, 0)])

    assert await house.rows("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL") == [(0,)]
    assert await house.rows("SELECT count(*), count(DISTINCT id) FROM tally_step") == [(40, 40)]


async def test_a_state_topic_leaves_the_newest_state_of_each_aggregate(house: House) -> None:
    async with house.running(house.relay(), house.runner(tally.customers)):
        for number in range(1, 8):
            await publish(
                house.app, "acme", customer_state(ONE, number), customer_state(TWO, number)
            )
        await house.until(
            "SELECT customer_id, name, sequence FROM tally_customer ORDER BY 1",
            [(str(ONE), "name 7", 7), (str(TWO), "name 7", 7)],
        )


async def test_a_rolled_back_transaction_announces_nothing(house: House) -> None:
    async with house.running(house.relay(), house.runner(tally.steps)):
        with pytest.raises(RuntimeError, match="changed my mind"):
            await failing(house)
        await publish(house.app, "acme", opportunity_step(ONE, 1))
        await house.until(TOTALS, [("acme", 1, 1, 1, 0)])


async def failing(house: House) -> None:
    async with house.app.unit_of_work(Principal.of_service("tally", "acme")) as uow:
        uow.publish(opportunity_step(ONE, 1))
        raise RuntimeError("changed my mind")


async def test_a_broker_that_is_away_only_delays(house: House) -> None:
    async with house.running(house.relay(), house.runner(tally.steps)):
        await publish(house.app, "acme", opportunity_step(ONE, 1))
        await house.until(TOTALS, [("acme", 1, 1, 1, 0)])
        house.bus.cluster.available = False
        for number in range(2, 6):
            await publish(house.app, "acme", opportunity_step(ONE, number))
        await asyncio.sleep(0.5)
        house.bus.cluster.available = True
        await house.until(TOTALS, [("acme", 5, 15, 5, 0)])


async def test_a_cluster_that_lost_everything_is_filled_again_from_the_outbox(
    house: House,
) -> None:
    async with house.running(
        house.relay(), house.runner(tally.steps), house.runner(tally.customers)
    ):
        for number in range(1, 11):
            await publish(
                house.app, "acme", opportunity_step(ONE, number), customer_state(TWO, number)
            )
        await house.until(TOTALS, [("acme", 10, 55, 10, 0)])
        await house.bus.cluster.lose_everything()
        for number in range(11, 16):
            await publish(house.app, "acme", opportunity_step(ONE, number))
        await house.until(TOTALS, [("acme", 15, 120, 15, 0)])
        await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)])
        log = [r for part in house.bus.cluster.logs["crm.opportunity"] for r in part]

    sequences = [int(dict(record.headers)["ce_sequence"] or b"") for record in log]
    assert set(range(1, 16)) <= set(sequences)
    assert ("ce_replay", b"true") in next(
        record.headers for record in log if dict(record.headers)["ce_sequence"] == b"1"
    )
    assert await house.rows("SELECT count(*) FROM platform_parked_message") == [(0,)]


async def test_partitions_that_a_topic_gets_later_are_read_as_well(house: House) -> None:
    """A broker that was started anew may create a topic with other partitions than it had."""
    aggregates = [UUID(int=number) for number in range(101, 113)]
    # A relay that looked after its topics would deal the partitions of this bus anew.
    async with house.running(house.relay(check_seconds=60), house.runner(tally.steps)):
        await publish(house.app, "acme", opportunity_step(ONE, 1))
        await house.until("SELECT count(*) FROM tally_total", [(1,)])
        logs = house.bus.cluster.logs["crm.opportunity"]
        logs += [[], [], []]
        for aggregate in aggregates:
            await publish(house.app, "acme", opportunity_step(aggregate, 1))
        await house.until(
            "SELECT count(*), min(steps), max(steps) FROM tally_total",
            [(1 + len(aggregates), 1, 1)],
        )
    assert all(logs[3:]), "nothing was put where nobody looked"


async def test_a_replay_reaches_a_consumer_that_came_late_and_changes_nothing_for_others(
    house: House,
) -> None:
    async with house.running(house.relay(), house.runner(tally.steps)):
        for number in range(1, 6):
            await publish(house.app, "acme", opportunity_step(ONE, number))
            await publish(house.app, "acme", opportunity_step(TWO, number))
        await house.until(TOTALS, [("acme", 5, 15, 5, 0), ("acme", 5, 15, 5, 0)])
        async with house.platform.connection() as connection:
            request = ReplayRequest("test", aggregate_id=str(ONE))
            number = await request_replay(connection, request)
            count = await wait_for_replay(connection, number, 10)
        await publish(house.app, "acme", opportunity_step(ONE, 6))
        await house.until(TOTALS, [("acme", 5, 15, 5, 0), ("acme", 6, 21, 6, 0)])
        await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)])
        log = [r for part in house.bus.cluster.logs["crm.opportunity"] for r in part]

    assert count == 5
    mine = [r for r in log if r.key == f"acme:{ONE}".encode()]
    assert [int(dict(r.headers)["ce_sequence"] or b"") for r in mine] == [
        1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6,
    ]  # fmt: skip
    assert ["ce_replay" in dict(r.headers) for r in mine] == [False] * 5 + [True] * 5 + [False]


async def test_two_relays_send_as_one(house: House) -> None:
    first, second = house.relay(), house.relay()
    async with house.running(first, second, house.runner(tally.steps)):
        for number in range(1, 31):
            await publish(house.app, "acme", opportunity_step(ONE, number))
        await house.until(TOTALS, [("acme", 30, 465, 30, 0)])
        assert first.leading is not second.leading
    log = [r for part in house.bus.cluster.logs["crm.opportunity"] for r in part]

    assert len(log) == 30


async def test_the_correlation_of_a_request_follows_its_events(house: House) -> None:
    correlation = str(uuid4())
    async with house.running(house.relay()):
        await publish(house.app, "acme", opportunity_step(ONE, 1), correlation_id=correlation)
        await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)])
    log = [r for part in house.bus.cluster.logs["crm.opportunity"] for r in part]
    headers = dict(log[0].headers)

    assert headers["ce_correlationid"] == correlation.encode()
    assert headers["ce_tenant"] == b"acme"
    assert headers["ce_actor"] == b"service:tally"
    assert headers["ce_source"] == b"/tradewind/tally"
    assert headers["ce_type"] == b"tradewind.crm.opportunity-opened.v1"


async def test_what_a_handler_publishes_names_its_cause_and_continues_its_trace(
    house: House,
) -> None:
    reactions = Subscriptions("tally.reactions")

    @reactions.on(OpportunityOpenedV1)
    async def answer(event: OpportunityOpenedV1, uow: UnitOfWork) -> None:
        assert (uow.tenant, uow.principal.subject) == ("acme", "service:tally")
        uow.publish(customer_state(TWO, 1))

    event_id = uuid4()
    await house.deliver(record(opportunity_step(ONE, 1), 1, event_id=event_id))
    async with house.running(house.runner(reactions)):
        await house.until("SELECT count(*) FROM platform_outbox", [(1,)])
    ((causation, correlation, actor, traceparent),) = await house.rows(
        "SELECT causation_id, correlation_id, actor, traceparent FROM platform_outbox"
    )

    assert (causation, correlation, actor) == (str(event_id), "correlation", "service:tally")
    assert traceparent.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert traceparent.split("-")[2] != "b7ad6b7169203331"


async def test_a_handler_that_fails_publishes_nothing(house: House) -> None:
    reactions = Subscriptions("tally.reactions")

    @reactions.on(OpportunityOpenedV1)
    async def answer(event: OpportunityOpenedV1, uow: UnitOfWork) -> None:
        uow.publish(customer_state(event.opportunity_id, 1))
        if event.opportunity_id == TWO:
            raise RuntimeError("not this one")

    await house.deliver(
        record(opportunity_step(ONE, 1), 1),
        record(opportunity_step(TWO, 1), 1),
        record(opportunity_step(UUID(int=33), 1), 1),
    )
    async with house.running(house.runner(reactions)):
        await house.until("SELECT aggregate_id FROM platform_parked_message", [(str(TWO),)])
        await house.until(
            "SELECT aggregate_id FROM platform_outbox ORDER BY 1",
            [(str(ONE),), (str(UUID(int=33)),)],
        )


async def test_a_replayed_history_changes_nothing_however_often(house: House) -> None:
    async with house.running(
        house.relay(), house.runner(tally.steps), house.runner(tally.customers)
    ):
        for number in range(1, 6):
            await publish(
                house.app, "acme", opportunity_step(ONE, number), customer_state(TWO, number)
            )
        await house.until(TOTALS, [("acme", 5, 15, 5, 0)])
        before = await house.rows("SELECT * FROM tally_step ORDER BY id")
        for _ in range(2):
            async with house.platform.connection() as connection:
                number = await request_replay(connection, ReplayRequest("test"))
                assert await wait_for_replay(connection, number, 10) == 10
            await house.until("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL", [(0,)])
        await house.until("SELECT sum(next_offset)::int FROM platform_consumer_offset", [(30,)])

    assert await house.rows("SELECT * FROM tally_step ORDER BY id") == before
    assert await house.rows(TOTALS) == [("acme", 5, 15, 5, 0)]
