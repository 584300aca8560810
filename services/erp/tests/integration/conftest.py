"""The ERP's application on a real database, with a company in it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.crm.customer import CustomerCreatedV1, CustomerStateV1
from erp.app import service
from erp.projections.customer.handlers import remember_customers
from erp.receivables.handlers import open_accounts
from servicekit.messaging import Received
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase
from servicekit.uow import Principal

TENANT = "acme"


@pytest.fixture
async def erp_database(service_database: MakesDatabases) -> ServiceDatabase:
    """An empty, migrated database of the ERP."""
    return await service_database(service)


@pytest.fixture
async def erp(erp_database: ServiceDatabase) -> AsyncIterator[Api]:
    """The ERP, signed in as administrator of the tenant acme."""
    async with Api.of(erp_database) as api:
        yield api


@pytest.fixture
async def company(erp: Api) -> dict[str, Any]:
    """The default company: euros, Germany."""
    answer = await erp.post(
        "/v1/companies",
        {"code": "HQ", "name": "Headquarters", "base_currency": "EUR", "country": "DE"},
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


MakesCustomers = Callable[..., Awaitable[UUID]]


@pytest.fixture
def customer_created(erp_database: ServiceDatabase) -> MakesCustomers:
    """Lets CRM tell of a customer, a new one unless it is named; answers the customer's id."""

    told: Counter[UUID] = Counter()

    async def tell(
        name: str = "Ada Ltd",
        currency: str | None = None,
        *,
        known: UUID | None = None,
        active: bool = True,
    ) -> UUID:
        customer_id = known or uuid4()
        told[customer_id] += 1
        received = Received(
            event=CustomerCreatedV1(
                customer_id=customer_id,
                customer=CustomerStateV1(
                    customer_id=customer_id,
                    number=f"C-{customer_id.hex[:6]}",
                    name=name,
                    tier="standard",
                    currency=currency,
                    active=active,
                ),
            ),
            event_id=uuid4(),
            event_type=CustomerCreatedV1.event_type,
            topic=CustomerCreatedV1.topic,
            aggregate_id=str(customer_id),
            sequence=told[customer_id],
            occurred_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
            tenant=TENANT,
            correlation_id="test",
            actor="somebody",
        )
        principal = Principal.of_service("erp", TENANT)
        for handler in (remember_customers, open_accounts):
            async with erp_database.app.unit_of_work(principal, cause=received) as uow:
                await handler([received], uow)
        return customer_id

    return tell


@pytest.fixture
async def account(
    erp: Api, company: dict[str, Any], customer_created: MakesCustomers
) -> dict[str, Any]:
    """A customer's receivables account in the default company."""
    customer_id = await customer_created()
    answer = await erp.get("/v1/accounts", customer_id=str(customer_id))
    [found] = answer.json()["items"]
    assert found["company_id"] == company["id"]
    body: dict[str, Any] = found
    return body
