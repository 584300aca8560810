"""CPQ hears over a bus: duplicates and disorder between keys change nothing, a rebuild agrees."""

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from contracts import Event, topic
from contracts.crm import CustomerCreatedV1, CustomerStateV1, CustomerTierChangedV1
from contracts.erp import OrderConfirmedV1, OrderPlacedV1
from cpq.app import service
from servicekit.messaging.bus import Outgoing, TopicSpec
from servicekit.messaging.envelope import constant_headers, headers, record_key
from servicekit.messaging.memory import MemoryBus
from servicekit.messaging.runner import Runner

from .conftest import TODAY, World, euros, listed

TABLES = (
    *("projections_customer", "projections_price", "quotes_order"),
    *("projections_item", "projections_cost", "projections_stock", "projections_credit"),
)


def record(world: World, event: Event, sequence: int, tenant: str) -> Outgoing:
    kind = type(event)
    return Outgoing(
        topic=event.topic,
        key=record_key(tenant, event.key),
        value=event.payload(),
        headers=headers(
            constant_headers(
                source=f"/tradewind/{event.topic.partition('.')[0]}",
                event_type=kind.event_type,
                dataschema=kind.dataschema,
            ),
            event_id=uuid4(),
            tenant=tenant,
            aggregate_id=event.key,
            sequence=sequence,
            occurred_at=world.database.clock.now(),
            correlation_id="test",
            actor="somebody",
        ),
    )


def stories(world: World, tenant: str) -> list[list[Outgoing]]:
    """Per aggregate, its events in order."""
    found: list[list[Outgoing]] = []
    for number in range(6):
        customer_id, item_id, order_id, quote_id = (uuid4() for _ in range(4))
        state = CustomerStateV1(
            customer_id=customer_id, number=f"C-{number}", name=f"Name {number}", tier="gold"
        )
        placed: dict[str, Any] = {
            "order_id": order_id,
            "order_number": f"SO-{number}",
            "company_id": world.company_id,
            "customer_id": customer_id,
            "quote_id": quote_id,
        }
        sequences: list[list[Event]] = [
            [
                CustomerCreatedV1(customer_id=customer_id, customer=state),
                CustomerTierChangedV1(
                    customer_id=customer_id,
                    customer=state.model_copy(update={"tier": "silver"}),
                    previous_tier="gold",
                ),
            ],
            [listed(item_id, f"S{number}", "5"), listed(item_id, f"S{number}", "6")],
            [
                OrderPlacedV1(
                    **placed,
                    status="placed",
                    currency="EUR",
                    ordered_on=TODAY,
                    lines=[],
                    net=euros("1"),
                    tax=euros("0"),
                    gross=euros("1"),
                ),
                OrderConfirmedV1(**placed, status="confirmed", promised_on=TODAY),
            ],
        ]
        found += [
            [record(world, event, at, tenant) for at, event in enumerate(each, start=1)]
            for each in sequences
        ]
    return found


def shuffled(stories: Sequence[Sequence[Outgoing]], seed: int) -> list[Outgoing]:
    """Mix the aggregates, keep the order within each."""
    chance, left, mixed = random.Random(seed), [list(each) for each in stories], []
    while left:
        story = chance.choice(left)
        mixed.append(story.pop(0))
        left = [each for each in left if each]
    return mixed


async def snapshot(world: World) -> dict[str, list[dict[str, Any]]]:
    async with world.database.superuser() as connection:
        return {
            table: [
                json.loads(row[0])
                for row in await connection.fetch(
                    f"SELECT row_to_json(t)::text FROM {table} t ORDER BY 1"
                )
            ]
            for table in TABLES
        }


async def consume(world: World, bus: MemoryBus, expected: dict[str, int]) -> None:
    """Run CPQ's consumers until the tables hold that many rows and nothing changes any more."""
    runners = [
        Runner(
            bus=bus,
            database=world.database.app,
            subscriptions=each,
            poll_seconds=0.02,
            check_seconds=0.2,
        )
        for each in service.subscriptions
    ]
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    try:
        async with asyncio.timeout(60):
            before: object = None
            while True:
                now = await snapshot(world)
                counted = {table: len(now[table]) for table in expected}
                if counted == expected and now == before:
                    return
                before = now
                await asyncio.sleep(0.3)
    finally:
        for runner in runners:
            runner.stop()
        await asyncio.gather(*tasks)


async def test_two_tenants_events_twice_and_mixed_rebuild_to_the_same_rows(world: World) -> None:
    names = sorted({name for each in service.subscriptions for name in each.topics})
    bus = MemoryBus()
    await bus.ensure_topics([TopicSpec(name, 3, topic(name).kind) for name in names])
    told = stories(world, "acme") + stories(world, "other")
    once = shuffled(told, seed=1)
    expected = {"projections_customer": 12, "projections_price": 12, "quotes_order": 12}

    await bus.producer().send([*once, *once])
    await consume(world, bus, expected)
    first = await snapshot(world)

    async with world.database.superuser() as connection:
        await connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        await connection.execute(
            "TRUNCATE platform_consumer_offset, platform_aggregate_mark, platform_parked_message"
        )
    await consume(world, bus, expected)

    assert await snapshot(world) == first
    assert {row["tier"] for row in first["projections_customer"]} == {"silver"}
    assert {row["status"] for row in first["quotes_order"]} == {"confirmed"}
    assert {row["prices"][0]["unit_price"] for row in first["projections_price"]} == {"6"}
    async with world.database.superuser() as connection:
        assert await connection.fetchval("SELECT count(*) FROM platform_parked_message") == 0
