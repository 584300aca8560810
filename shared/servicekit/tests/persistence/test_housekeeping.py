"""What is old enough goes; what somebody still needs stays."""

from datetime import timedelta
from uuid import uuid4

from contracts import AddressV1
from contracts.crm import CustomerChangedV1, CustomerStateV1, InteractionLoggedV1
from servicekit.housekeeping import Housekeeper
from servicekit.testing import principal
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase
from servicekit.testing.probe.service import service
from servicekit.uow import IdempotencyClaim

CUSTOMER, INTERACTION = uuid4(), uuid4()


async def write(database: ServiceDatabase, key: str) -> None:
    claim = IdempotencyClaim(key, b"body", "POST /v1/notes")
    async with database.app.unit_of_work(principal(), idempotency=claim) as uow:
        uow.publish(
            InteractionLoggedV1(
                interaction_id=INTERACTION,
                customer_id=CUSTOMER,
                kind="call",
                subject="hello",
                occurred_at=uow.now,
                logged_by="ada",
            )
        )
        uow.publish(changed())
        uow.store_answer(201, {}, b"{}")


def changed() -> CustomerChangedV1:
    state = CustomerStateV1(
        customer_id=CUSTOMER,
        number="C-1",
        name="Wren & Sons",
        tier="gold",
        addresses=[AddressV1(kind="billing", line1="1 Quay", city="Bristol", country="GB")],
        active=True,
    )
    return CustomerChangedV1(customer_id=CUSTOMER, customer=state)


async def rows(database: ServiceDatabase) -> list[tuple[str, int]]:
    async with database.superuser() as everything:
        found = await everything.fetch(
            "SELECT topic, sequence FROM platform_outbox ORDER BY topic, sequence"
        )
    return [(row["topic"], row["sequence"]) for row in found]


async def test_keys_go_after_thirty_days_and_events_after_their_retention(
    service_database: MakesDatabases,
) -> None:
    database = await service_database(service)
    # The topics' kinds belong to the service that owns them.
    database.platform.service = "crm"
    housekeeper = Housekeeper(database.platform, database.settings(outbox_retention_days=400))
    await write(database, "k1")
    await write(database, "k2")
    async with database.superuser() as everything:
        await everything.execute("UPDATE platform_outbox SET sent_at = occurred_at")

    database.clock.advance(days=29)
    assert await housekeeper.tidy() == {"platform_idempotency": 0, "platform_outbox": 0}
    database.clock.advance(days=2)
    assert await housekeeper.tidy() == {"platform_idempotency": 2, "platform_outbox": 0}

    await write(database, "k3")
    database.clock.instant += timedelta(days=375)
    assert await housekeeper.tidy() == {"platform_idempotency": 1, "platform_outbox": 4}
    assert await rows(database) == [("crm.customer", 3), ("crm.interaction", 3)]

    async with database.superuser() as everything:
        await everything.execute("UPDATE platform_outbox SET sent_at = occurred_at")
    database.clock.advance(days=1000)
    await housekeeper.tidy()
    assert await rows(database) == [("crm.customer", 3)]


async def test_an_event_that_was_never_sent_stays(service_database: MakesDatabases) -> None:
    database = await service_database(service)
    housekeeper = Housekeeper(database.platform, database.settings(outbox_retention_days=1))
    await write(database, "k1")
    database.clock.advance(days=1000)
    await housekeeper.tidy()
    assert len(await rows(database)) == 2
