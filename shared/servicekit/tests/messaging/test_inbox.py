"""What the inbox does with duplicates, gaps, poison and versions it does not know."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from contracts.crm.customer import CustomerChangedV1, CustomerCreatedV1, CustomerEvent
from contracts.crm.opportunity import OpportunityOpenedV1, OpportunityStageChangedV1
from servicekit.database.transactions import Transaction
from servicekit.messaging import Received
from servicekit.messaging.arrivals import UNADDRESSED
from servicekit.messaging.bus import Outgoing, TopicPartition
from servicekit.messaging.inbox import Inbox, PositionMoved
from servicekit.messaging.parking import StormGuard
from servicekit.messaging.recovery import CannotRebuild, discard, rebuild, redrive
from servicekit.messaging.subscriptions import Subscriptions
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.house import House, eventually
from servicekit.testing.tally.publishing import customer_state, opportunity_step
from servicekit.testing.tally.records import record, state, step
from servicekit.uow import UnitOfWork

ONE, TWO, THREE = UUID(int=11), UUID(int=22), UUID(int=33)
TOTALS = (
    "SELECT aggregate_id, steps, last_sequence, out_of_order FROM tally_total"
    " ORDER BY tenant, aggregate_id"
)
ASIDE = (
    "SELECT aggregate_id, sequence, kind FROM platform_parked_message"
    " ORDER BY aggregate_id, sequence"
)
READ = "SELECT sum(next_offset)::int FROM platform_consumer_offset WHERE consumer = 'tally.steps'"


@pytest.fixture(autouse=True)
def _poison() -> Iterator[None]:
    tally.poisoned.add(tally.POISON)
    yield
    tally.poisoned.add(tally.POISON)


async def test_every_event_delivered_twice_has_one_effect(house: House) -> None:
    steps = [step(ONE, number) for number in range(1, 11)]
    await house.deliver(*steps, *steps)
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(20,)])

    assert await house.rows(TOTALS) == [(str(ONE), 10, 10, 0)]
    assert await house.rows("SELECT count(*) FROM tally_step") == [(10,)]


async def test_a_gap_holds_its_aggregate_back_until_the_missing_event_comes(house: House) -> None:
    await house.deliver(step(ONE, 1), step(ONE, 3), step(ONE, 4), step(TWO, 1), step(TWO, 2))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(5,)])
        assert await house.rows(TOTALS) == [(str(ONE), 1, 1, 0), (str(TWO), 2, 2, 0)]
        assert await house.rows(ASIDE) == [(str(ONE), 3, "waiting"), (str(ONE), 4, "waiting")]
        await house.deliver(step(ONE, 2))
        await house.until(TOTALS, [(str(ONE), 4, 4, 0), (str(TWO), 2, 2, 0)])

    assert await house.rows(ASIDE) == []


async def test_shuffled_steps_heal_into_their_order(house: House) -> None:
    steps = [step(ONE, number) for number in range(1, 16)]
    steps += [step(TWO, number, tenant="bolt") for number in range(1, 16)]
    random.Random(7).shuffle(steps)
    await house.deliver(*steps)
    async with house.running(house.runner(tally.steps, batch_size=4)):
        await house.until(TOTALS, [(str(ONE), 15, 15, 0), (str(TWO), 15, 15, 0)])

    assert await house.rows(ASIDE) == []


async def test_shuffled_states_leave_the_newest(house: House) -> None:
    states = [state(ONE, number) for number in range(1, 16)]
    random.Random(7).shuffle(states)
    await house.deliver(*states)
    async with house.running(house.runner(tally.customers, batch_size=3)):
        await house.until("SELECT name, sequence FROM tally_customer", [("name 15", 15)])

    assert await house.rows(ASIDE) == []


async def test_poison_is_parked_with_its_reason_and_only_its_aggregate_waits(house: House) -> None:
    await house.deliver(
        step(ONE, 1), step(ONE, 2, tally.POISON), step(ONE, 3), step(TWO, 1), step(TWO, 2)
    )
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(5,)])

    assert await house.rows(TOTALS) == [(str(ONE), 1, 1, 0), (str(TWO), 2, 2, 0)]
    assert await house.rows(ASIDE) == [(str(ONE), 2, "parked"), (str(ONE), 3, "waiting")]
    rows = await house.rows(
        "SELECT reason, trace, body FROM platform_parked_message WHERE kind = 'parked'"
    )
    assert rows[0][0] == "tally-step-is-poison: poison is poison"
    assert "StepIsPoison" in rows[0][1]
    assert b'"name":"poison"' in rows[0][2]


async def test_a_redrive_applies_what_waited_in_order_and_is_audited(house: House) -> None:
    await house.deliver(step(ONE, 1), step(ONE, 2, tally.POISON), step(ONE, 3), step(ONE, 4))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(4,)])
        again = await redrive(house.app, house.platform, tally.steps, by="ann")
        assert [(item.applied, item.left) for item in again] == [(0, 3)]
        tally.poisoned.clear()
        done = await redrive(house.app, house.platform, tally.steps, by="ann")
        await house.deliver(step(ONE, 5))
        await house.until(TOTALS, [(str(ONE), 5, 5, 0)])

    assert [(item.applied, item.left) for item in done] == [(3, 0)]
    assert await house.rows(ASIDE) == []
    assert await house.rows("SELECT actor, action, subject_id FROM platform_audit_entry") == [
        ("operator:ann", "messages.redriven", str(ONE))
    ]


async def test_a_discarded_message_lets_the_later_ones_pass_and_needs_two_people(
    house: House,
) -> None:
    await house.deliver(step(ONE, 1), step(ONE, 2, tally.POISON), step(ONE, 3))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(3,)])
    ((number,),) = await house.rows("SELECT id FROM platform_parked_message WHERE kind = 'parked'")
    people = {"by": "ann", "reason": "a test order"}
    with pytest.raises(ValueError, match="second person"):
        await discard(house.app, house.platform, tally.steps, number, approved_by="ann", **people)
    done = await discard(
        house.app, house.platform, tally.steps, number, approved_by="bob", **people
    )

    assert (done.applied, done.left) == (1, 0)
    assert await house.rows(TOTALS) == [(str(ONE), 2, 3, 1)]
    ((action, details),) = await house.rows("SELECT action, details FROM platform_audit_entry")
    assert action == "message.discarded"
    assert '"approved_by": "bob"' in details


async def test_an_unknown_type_is_passed_over_and_an_unknown_major_is_parked(house: House) -> None:
    stage = opportunity_step(ONE, 2)
    await house.deliver(
        step(ONE, 1),
        record(stage, 2, event_type="tradewind.crm.opportunity-admired.v1"),
        step(ONE, 3),
        step(TWO, 1),
        record(
            opportunity_step(TWO, 2), 2, event_type="tradewind.crm.opportunity-stage-changed.v2"
        ),
        step(TWO, 3),
    )
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(6,)])

    assert await house.rows(
        "SELECT aggregate_id, steps, last_sequence FROM tally_total ORDER BY 1"
    ) == [(str(ONE), 2, 3), (str(TWO), 1, 1)]
    assert await house.rows(ASIDE) == [(str(TWO), 2, "parked"), (str(TWO), 3, "waiting")]


async def test_a_newer_minor_with_fields_of_its_own_is_applied(house: House) -> None:
    event = opportunity_step(ONE, 1)
    body = event.payload().replace(b"{", b'{"mood":"sunny",', 1)
    await house.deliver(record(event, 1, body=body))
    async with house.running(house.runner(tally.steps)):
        await house.until(TOTALS, [(str(ONE), 1, 1, 0)])


@pytest.mark.parametrize(
    "broken",
    [
        Outgoing("crm.opportunity", b"k", b"{}", []),
        Outgoing("crm.opportunity", b"k", b"\xff\x00", [("ce_id", b"\xff")]),
        Outgoing("crm.opportunity", b"k", None, []),
        record(opportunity_step(ONE, 1), 1, body=b"not json"),
        record(opportunity_step(ONE, 1), 1, body=b'{"opportunity_id": 7}'),
        record(opportunity_step(ONE, 1), 1, event_type="nul\x00"),
    ],
    ids=["no-envelope", "not-utf8", "tombstone", "no-json", "wrong-shape", "nul"],
)
async def test_a_record_that_cannot_be_read_stops_nobody(house: House, broken: Outgoing) -> None:
    await house.deliver(broken, step(TWO, 1), step(TWO, 2), step(THREE, 1))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(4,)])

    assert await house.rows(TOTALS) == [(str(TWO), 2, 2, 0), (str(THREE), 1, 1, 0)]


async def test_unreadable_records_stand_under_a_tenant_that_nobody_has(house: House) -> None:
    await house.deliver(Outgoing("crm.opportunity", b"k", b"{}", []))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(1,)])

    assert await house.rows("SELECT tenant, sequence, kind FROM platform_parked_message") == [
        (UNADDRESSED, None, "parked")
    ]


async def test_twenty_one_parked_messages_in_a_minute_stop_the_consumer(house: House) -> None:
    bad = [step(UUID(int=100 + n), 1, tally.BROKEN) for n in range(21)]
    await house.deliver(*bad)
    runner = house.runner(tally.steps, batch_size=1, storm=StormGuard())
    async with house.running(runner):
        await house.until("SELECT count(*) FROM platform_parked_message", [(20,)])
        await eventually(lambda: asyncio.sleep(0, runner.halted is not None), True)

    assert "more than 20" in str(runner.halted)
    assert await house.rows(READ) == [(20,)]


async def test_refused_messages_never_stop_the_consumer(house: House) -> None:
    refused = [step(UUID(int=100 + n), 1, tally.POISON) for n in range(30)]
    await house.deliver(*refused, step(ONE, 1))
    runner = house.runner(tally.steps, storm=StormGuard())
    async with house.running(runner):
        await house.until(READ, [(31,)])

    assert runner.halted is None
    assert await house.rows("SELECT count(*) FROM platform_parked_message") == [(30,)]
    assert await house.rows(TOTALS) == [(str(ONE), 1, 1, 0)]


async def test_a_consumer_that_was_overtaken_changes_nothing(house: House) -> None:
    await house.deliver(*[step(ONE, number) for number in range(1, 6)])
    place = next(
        TopicPartition("crm.opportunity", n)
        for n, log in enumerate(house.bus.cluster.logs["crm.opportunity"])
        if log
    )
    records = house.bus.cluster.logs[place.topic][place.partition]
    frozen, other = Inbox(house.app, tally.steps), Inbox(house.app, tally.steps)
    await other.apply(place, records[:4], 0, "cluster")
    with pytest.raises(PositionMoved) as moved:
        await frozen.apply(place, records[:2], 0, "cluster")

    assert moved.value.offset == 4
    assert await house.rows(TOTALS) == [(str(ONE), 4, 4, 0)]


async def test_a_rebuild_reads_everything_again_and_ends_where_it_was(house: House) -> None:
    await house.deliver(*[step(ONE, number) for number in range(1, 6)], step(TWO, 1))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(6,)])
        before = await house.rows(TOTALS)
        await house.rows("UPDATE tally_total SET steps = 99")
        await rebuild(house.app, house.platform, tally.steps)
        await house.until(TOTALS, before)
        await house.until("SELECT count(*) FROM tally_step", [(6,)])
        await house.deliver(step(TWO, 2))
        await house.until("SELECT count(*) FROM tally_step", [(7,)])


async def test_a_consumer_with_other_effects_cannot_be_rebuilt(house: House) -> None:
    with pytest.raises(CannotRebuild):
        await rebuild(house.app, house.platform, Subscriptions("tally.reactions"))


async def test_a_passing_fault_is_retried_and_never_parked(house: House) -> None:
    await house.deliver(*[step(ONE, number) for number in range(1, 4)])
    runner = house.runner(tally.steps)
    async with house.database.superuser() as connection:
        lock = connection.transaction()
        await lock.start()
        await connection.execute("LOCK TABLE tally_step IN ACCESS EXCLUSIVE MODE")
        async with house.running(runner):
            await asyncio.sleep(6.5)  # Longer than the lock timeout of five seconds.
            await lock.rollback()
            await house.until(TOTALS, [(str(ONE), 3, 3, 0)])

    assert await house.rows("SELECT count(*) FROM platform_parked_message") == [(0,)]


async def test_two_tenants_with_the_same_aggregate_do_not_meet(house: House) -> None:
    await house.deliver(
        step(ONE, 1, tenant="acme"),
        step(ONE, 1, tenant="bolt"),
        record(customer_state(ONE, 1), 1, tenant="bolt"),
        step(ONE, 2, tenant="bolt"),
        step(ONE, 3, tenant="acme"),
    )
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(4,)])

    assert await house.rows(
        "SELECT tenant, steps, last_sequence FROM tally_total ORDER BY tenant"
    ) == [("acme", 1, 1), ("bolt", 2, 2)]
    assert await house.rows("SELECT tenant, sequence, kind FROM platform_parked_message") == [
        ("acme", 3, "waiting")
    ]


async def test_a_deferred_constraint_parks_its_message_and_no_other(house: House) -> None:
    async with house.database.superuser() as connection:
        await connection.execute(
            "CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.name = 'unbalanced' THEN RAISE EXCEPTION 'the entry does not balance'"
            " USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON tally_step"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()"
        )
    await house.deliver(step(ONE, 1), step(TWO, 1, "unbalanced"), step(TWO, 2), step(THREE, 1))
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(4,)])

    assert await house.rows(TOTALS) == [(str(ONE), 1, 1, 0), (str(THREE), 1, 1, 0)]
    assert await house.rows(ASIDE) == [(str(TWO), 1, "parked"), (str(TWO), 2, "waiting")]


async def test_one_bad_message_in_a_batch_leaves_every_other_applied_once(house: House) -> None:
    good = [step(UUID(int=100 + n), s) for s in (1, 2, 3) for n in range(10)]
    await house.deliver(*good[:15], step(ONE, 1, tally.POISON), *good[15:])
    async with house.running(house.runner(tally.steps)):
        await house.until(READ, [(31,)])

    assert await house.rows(
        "SELECT count(*), sum(steps)::int, sum(out_of_order)::int FROM tally_total"
    ) == [(10, 30, 0)]
    assert await house.rows("SELECT count(*) FROM tally_step") == [(30,)]


async def test_states_wait_behind_a_poisoned_state_and_follow_it_after_a_redrive(
    house: House,
) -> None:
    fussy, cured = Subscriptions("tally.fussy"), False

    @fussy.on_state(CustomerCreatedV1, CustomerChangedV1)
    async def remember(received: Sequence[Received[CustomerEvent]], uow: UnitOfWork) -> None:
        if not cured and any(item.event.customer.name == "name 2" for item in received):
            raise RuntimeError("no second names")
        await tally.remember_customers(received, uow)

    names = "SELECT customer_id, name FROM tally_customer ORDER BY 1"
    async with house.running(house.runner(fussy)):
        await house.deliver(state(ONE, 1), state(TWO, 1))
        await house.until(names, [(str(ONE), "name 1"), (str(TWO), "name 1")])
        await house.deliver(state(ONE, 2))
        await house.until(ASIDE, [(str(ONE), 2, "parked")])
        await house.deliver(state(ONE, 3), state(TWO, 3))
        await house.until(ASIDE, [(str(ONE), 2, "parked"), (str(ONE), 3, "waiting")])
        await house.until(names, [(str(ONE), "name 1"), (str(TWO), "name 3")])
        cured = True
        await redrive(house.app, house.platform, fussy, by="ann")
        await house.until(names, [(str(ONE), "name 3"), (str(TWO), "name 3")])

    assert await house.rows(ASIDE) == []


async def test_two_who_hold_the_same_records_take_turns_and_one_of_them_finds_it_done(
    house: House,
) -> None:
    slow = Subscriptions("tally.slow")

    @slow.on(OpportunityOpenedV1, OpportunityStageChangedV1)
    async def count(event: OpportunityOpenedV1, uow: UnitOfWork) -> None:
        await asyncio.sleep(0.1)
        await tally.count_step(event, uow)

    await house.deliver(*[step(ONE, number) for number in range(1, 4)])
    place, records = next(
        (TopicPartition("crm.opportunity", n), log)
        for n, log in enumerate(house.bus.cluster.logs["crm.opportunity"])
        if log
    )
    await Inbox(house.app, slow).apply(place, records[:1], 0, "cluster")
    answers = await asyncio.gather(
        *(Inbox(house.app, slow).apply(place, records[1:], 1, "cluster") for _ in range(3)),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == [
        "Batch", "PositionMoved", "PositionMoved",
    ]  # fmt: skip
    assert await house.rows(TOTALS) == [(str(ONE), 3, 3, 0)]


@pytest.mark.parametrize("publishes", [True, False])
async def test_a_batch_that_published_waits_for_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch, publishes: bool
) -> None:
    hearing = Subscriptions("tally.hearing")

    @hearing.on(OpportunityOpenedV1, OpportunityStageChangedV1)
    async def answer(event: OpportunityOpenedV1, uow: UnitOfWork) -> None:
        await tally.count_step(event, uow)
        if publishes:
            uow.publish(customer_state(TWO, 1))

    begun = list[Transaction]()
    begin = Transaction.__init__

    def remembering(self: Transaction, *arguments: Any) -> None:
        begin(self, *arguments)
        begun.append(self)

    monkeypatch.setattr(Transaction, "__init__", remembering)
    await house.deliver(step(ONE, 1))
    async with house.running(house.runner(hearing)):
        await house.until(TOTALS, [(str(ONE), 1, 1, 0)])

    waited = [
        "SET LOCAL synchronous_commit TO off" not in transaction.closing
        for transaction in begun
        if transaction.done
    ]
    assert waited == [publishes]
