"""What CPQ remembers does not depend on how events came."""

import random
from typing import Any
from uuid import UUID, uuid4

from contracts.crm import CustomerChangedV1, CustomerCreatedV1, CustomerTierChangedV1
from contracts.crm.customer import CustomerStateV1
from cpq.projections.models import TABLES

from .conftest import World, listed


def told(customer_id: UUID, number: int) -> CustomerCreatedV1 | CustomerChangedV1:
    state = CustomerStateV1(
        customer_id=customer_id, number="C-1", name=f"Name {number}", tier="gold"
    )
    if number == 1:
        return CustomerCreatedV1(customer_id=customer_id, customer=state)
    return CustomerChangedV1(customer_id=customer_id, customer=state)


async def rows(world: World, table: str) -> list[dict[str, Any]]:
    async with world.database.superuser() as connection:
        found = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
    return [dict(each) for each in found]


async def test_shuffled_and_repeated_events_leave_the_newest_state(world: World) -> None:
    customers = [uuid4() for _ in range(5)]
    events = [
        world.received(told(customer_id, number), sequence=number)
        for customer_id in customers
        for number in range(1, 8)
    ]
    in_order = [events[at : at + 1] for at in range(len(events))]
    for batch in in_order:
        await world.hear_received(batch)
    expected = await rows(world, "projections_customer")

    for seed in range(3):
        shuffled = events * 2
        random.Random(seed).shuffle(shuffled)
        async with world.database.superuser() as connection:
            await connection.execute("TRUNCATE projections_customer")
        for event in shuffled:
            await world.hear_received([event])
        assert await rows(world, "projections_customer") == expected

    assert [row["name"] for row in expected] == ["Name 7"] * 5


async def test_a_batch_is_remembered_in_one_statement(world: World) -> None:
    batch = [
        world.received(listed(uuid4(), f"BK-{number}", "5.5"), sequence=1) for number in range(200)
    ]

    await world.hear_received(batch)

    remembered = await rows(world, "projections_price")
    assert len(remembered) == 200
    assert {row["source_event_type"] for row in remembered} == {
        "tradewind.erp.list-price-changed.v1"
    }


async def test_a_tier_change_is_heard_as_the_customers_newest_state(world: World) -> None:
    customer_id = await world.customer(tier="silver")
    state = CustomerStateV1(customer_id=customer_id, number="C-9", name="N", tier="gold")

    await world.hear(
        CustomerTierChangedV1(customer_id=customer_id, customer=state, previous_tier="silver")
    )

    (row,) = await rows(world, "projections_customer")
    assert (row["tier"], row["source_sequence"]) == ("gold", 2)


async def test_every_remembered_row_says_where_it_came_from(world: World) -> None:
    customer_id = await world.customer()
    await world.item("BK-1", cost="5", stock="7")
    await world.credit(customer_id, "100")

    for table in TABLES:
        for row in await rows(world, table.__tablename__):
            assert row["tenant"] == "acme"
            assert row["source_event_id"]
            assert row["source_event_type"].startswith("tradewind.")
            assert row["source_sequence"] == 1
            assert row["as_of"] == world.database.clock.now()
