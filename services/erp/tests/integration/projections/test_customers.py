"""Customers are remembered as CRM last described them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

from contracts.crm.customer import CustomerChangedV1, CustomerEvent, CustomerStateV1
from erp.projections.customer.handlers import remember_customers
from erp.projections.customer.queries import customer, customers
from servicekit.messaging import Received
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

HEARER = Principal.of_service("erp", "acme")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def changed(customer_id: UUID, sequence: int) -> Received[CustomerEvent]:
    event = CustomerChangedV1(
        customer_id=customer_id,
        customer=CustomerStateV1(
            customer_id=customer_id, number="C-1", name=f"Name {sequence}", tier="gold"
        ),
    )
    return Received(
        event=event,
        event_id=UUID(int=sequence),
        event_type=CustomerChangedV1.event_type,
        topic=CustomerChangedV1.topic,
        aggregate_id=str(customer_id),
        sequence=sequence,
        occurred_at=START + timedelta(minutes=sequence),
        tenant="acme",
        correlation_id="test",
        actor="somebody",
    )


async def hear(database: ServiceDatabase, heard: Sequence[Received[CustomerEvent]]) -> None:
    async with database.app.unit_of_work(HEARER) as uow:
        await remember_customers(heard, uow)


async def test_the_newest_event_wins_in_whatever_order_they_arrive_and_however_often(
    erp_database: ServiceDatabase,
) -> None:
    for order in permutations((1, 2, 3)):
        customer_id = uuid4()
        for sequence in (*order, *order):
            await hear(erp_database, [changed(customer_id, sequence)])

        async with erp_database.app.reading(HEARER) as reads:
            row = await customer(reads.session, customer_id)
        assert row is not None
        assert (row.name, row.sequence, row.event_id) == ("Name 3", 3, UUID(int=3))
        assert row.occurred_at == START + timedelta(minutes=3)


async def test_a_batch_is_remembered_at_once(erp_database: ServiceDatabase) -> None:
    ids = [uuid4() for _ in range(50)]

    await hear(erp_database, [changed(id_, 1) for id_ in ids])

    async with erp_database.app.reading(HEARER) as reads:
        assert (await customers(reads.session, [*ids, uuid4()])).keys() == set(ids)
        assert await customer(reads.session, uuid4()) is None


async def test_another_tenant_knows_nothing_of_them(erp_database: ServiceDatabase) -> None:
    customer_id = uuid4()
    await hear(erp_database, [changed(customer_id, 1)])

    async with erp_database.app.reading(Principal.of_service("erp", "globex")) as reads:
        assert await customer(reads.session, customer_id) is None
