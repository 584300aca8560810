"""Events reach the outbox with the transaction, numbered within their aggregate."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts import LONGEST_EVENT_BYTES
from contracts.crm import InteractionLoggedV1
from servicekit.errors import RuleBroken
from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import UnitOfWork


def logged(uow: UnitOfWork, interaction: UUID, subject: str = "hello") -> InteractionLoggedV1:
    return InteractionLoggedV1(
        interaction_id=interaction,
        customer_id=uuid4(),
        kind="call",
        subject=subject,
        occurred_at=uow.now,
        logged_by="ada",
    )


async def test_an_event_is_written_with_its_envelope(database: ServiceDatabase) -> None:
    interaction = uuid4()
    async with database.app.unit_of_work(principal("envelope"), "corr-1") as uow:
        event = logged(uow, interaction, "Grüße 'quoted' \\ $1 ; DROP")
        uow.publish(event)
    async with database.superuser() as everything:
        row = await everything.fetchrow("SELECT * FROM platform_outbox WHERE tenant = 'envelope'")
        tenants = await everything.fetch("SELECT tenant FROM platform_tenant")
    assert row["body"] == event.payload()
    assert (row["topic"], row["aggregate_id"], row["sequence"]) == (
        "crm.interaction",
        str(interaction),
        1,
    )
    assert row["event_type"] == "tradewind.crm.interaction-logged.v1"
    assert row["occurred_at"] == database.clock.now()
    assert (row["correlation_id"], row["actor"], row["sent_at"]) == ("corr-1", "ada", None)
    assert "envelope" in {found["tenant"] for found in tenants}


async def test_events_of_one_aggregate_are_numbered_without_gaps(
    database: ServiceDatabase,
) -> None:
    first, second = uuid4(), uuid4()
    async with database.app.unit_of_work(principal("numbers")) as uow:
        for interaction in (first, second, first, first):
            uow.publish(logged(uow, interaction))
    async with database.app.unit_of_work(principal("numbers")) as uow:
        uow.publish(logged(uow, first))
    async with database.superuser() as everything:
        rows = await everything.fetch(
            "SELECT aggregate_id, sequence FROM platform_outbox "
            "WHERE tenant = 'numbers' ORDER BY id"
        )
    assert [(row["aggregate_id"], row["sequence"]) for row in rows] == [
        (str(first), 1),
        (str(second), 1),
        (str(first), 2),
        (str(first), 3),
        (str(first), 4),
    ]


async def test_a_rolled_back_unit_of_work_takes_no_number(database: ServiceDatabase) -> None:
    interaction = uuid4()
    with pytest.raises(RuleBroken):
        async with database.app.unit_of_work(principal("rollback")) as uow:
            uow.publish(logged(uow, interaction))
            raise RuleBroken("no")
    async with database.app.unit_of_work(principal("rollback")) as uow:
        uow.publish(logged(uow, interaction))
    async with database.superuser() as everything:
        assert await everything.fetchval(
            "SELECT array_agg(sequence) FROM platform_outbox WHERE tenant = 'rollback'"
        ) == [1]


async def test_under_concurrency_ids_ascend_with_the_sequence_of_each_aggregate(
    database: ServiceDatabase,
) -> None:
    """What the relay's order rests on: it sends by id."""
    interactions = [uuid4() for _ in range(5)]

    async def publish(number: int) -> None:
        async with database.app.unit_of_work(principal("race")) as uow:
            mine = interactions if number % 2 else list(reversed(interactions))
            for interaction in mine[: 1 + number % 5]:
                uow.publish(logged(uow, interaction))
            await asyncio.sleep(number % 7 / 1000)

    await asyncio.gather(*(publish(number) for number in range(200)))
    async with database.superuser() as everything:
        rows = await everything.fetch(
            "SELECT aggregate_id, array_agg(sequence ORDER BY id) AS sequences "
            "FROM platform_outbox WHERE tenant = 'race' GROUP BY aggregate_id"
        )
    assert len(rows) == 5
    for row in rows:
        assert row["sequences"] == list(range(1, len(row["sequences"]) + 1))


async def test_two_tenants_number_the_same_aggregate_apart(database: ServiceDatabase) -> None:
    interaction = uuid4()
    for tenant in ("apart-1", "apart-2"):
        async with database.app.unit_of_work(principal(tenant)) as uow:
            uow.publish(logged(uow, interaction))
    async with database.superuser() as everything:
        assert await everything.fetchval(
            "SELECT array_agg(sequence) FROM platform_outbox WHERE aggregate_id = $1",
            str(interaction),
        ) == [1, 1]


async def test_an_event_too_large_for_the_bus_fails_the_command(
    database: ServiceDatabase,
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.app.unit_of_work(principal("large")) as uow:
            uow.publish(logged(uow, uuid4(), "x" * LONGEST_EVENT_BYTES))
