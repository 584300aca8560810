"""The migrations, the models, and what the database refuses whoever asks."""

from typing import Any

import asyncpg
import pytest

from crm.app import service
from servicekit.migrations import runner
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

CONSENT = {
    "purpose": "newsletter",
    "channel": "email",
    "granted": True,
    "source": "web form",
    "decided_at": "2026-01-05T08:00:00Z",
}
NOTE = {"kind": "note", "subject": "Met at the fair", "occurred_at": "2026-01-05T08:00:00Z"}


async def test_models_and_migrations_agree(database: ServiceDatabase) -> None:
    await runner.check(service, database.addresses.owner)


async def test_a_ledger_is_not_rewritten_even_by_a_superuser(
    api: Api, database: ServiceDatabase, rows: Any
) -> None:
    customer = (await api.post("/v1/customers", {"name": "Acme"})).json()
    await api.post(f"/v1/customers/{customer['id']}/consents", CONSENT)
    await api.post(f"/v1/customers/{customer['id']}/interactions", NOTE)
    await api.post("/v1/opportunities", {"customer_id": customer["id"], "name": "Big"})

    for table in (
        "customers_consent_entry",
        "interactions_interaction",
        "opportunities_stage_change",
    ):
        for statement in ("UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}"):
            async with database.superuser() as connection:
                with pytest.raises(asyncpg.RestrictViolationError):
                    await connection.execute(statement.format(table))
        assert await rows(f"SELECT count(*) FROM {table}") == [(1,)]


async def test_a_query_that_forgets_the_tenant_sees_one_tenants_rows(
    api: Api, database: ServiceDatabase
) -> None:
    from servicekit.testing import principal

    for tenant in ("acme", "bolt", "bolt"):
        await api.signed_in(tenant=tenant).post("/v1/customers", {"name": tenant})

    for tenant, count in (("acme", 1), ("bolt", 2), ("nobody", 0)):
        async with database.app.unit_of_work(principal(tenant)) as uow:
            names = await uow.connection.fetch("SELECT name FROM customers_customer")
            assert [row["name"] for row in names] == [tenant] * count
    async with database.app.connection() as connection:
        assert await connection.fetch("SELECT name FROM customers_customer") == []
