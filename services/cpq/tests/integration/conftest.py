"""A running CPQ that has heard of a customer, some items, prices, costs, stock and credit."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import Event, MoneyV1
from contracts.crm import CustomerCreatedV1
from contracts.crm.customer import AddressV1, CustomerStateV1
from contracts.erp import (
    CreditStatusChangedV1,
    ItemReleasedV1,
    ItemStateV1,
    ListPriceChangedV1,
    ListPriceV1,
    StandardCostChangedV1,
    StandardCostV1,
    StockPromiseChangedV1,
)
from contracts.erp.stock import StockPromiseV1
from cpq.app import service
from servicekit.messaging import Received
from servicekit.messaging.subscriptions import Newest
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase
from servicekit.uow import Principal

TODAY = datetime(2026, 1, 5, tzinfo=UTC).date()
"""What the tests' clock says."""


def euros(amount: str) -> MoneyV1:
    return MoneyV1(amount=Decimal(amount), currency="EUR")


@dataclass
class World:
    """CPQ with a database of its own, and a hand on what it hears and says."""

    api: Api
    database: ServiceDatabase
    company_id: UUID = field(default_factory=uuid4)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def received(self, event: Event, *, sequence: int | None = None, tenant: str = "acme") -> Any:
        key = (event.topic, event.key)
        self.sequences[key] = sequence or self.sequences.get(key, 0) + 1
        return Received(
            event=event,
            event_id=uuid4(),
            event_type=event.event_type,
            topic=event.topic,
            aggregate_id=event.key,
            sequence=self.sequences[key],
            occurred_at=self.database.clock.now(),
            tenant=tenant,
            correlation_id="test",
            actor="somebody",
        )

    async def hear(self, *events: Event, tenant: str = "acme") -> None:
        """Hand events to the handlers that subscribe to them, one event a transaction."""
        for event in events:
            await self.hear_received([self.received(event, tenant=tenant)], tenant=tenant)

    async def hear_received(self, received: Sequence[Any], *, tenant: str = "acme") -> None:
        """Hand events of one topic to their handler together."""
        principal = Principal.of_service("cpq", tenant)
        handlers = [handler for each in service.subscriptions for handler in each.handlers]
        for handler in handlers:
            mine = [each for each in received if isinstance(each.event, handler.events)]
            if not mine:
                continue
            if isinstance(handler, Newest):
                async with self.database.app.unit_of_work(principal) as uow:
                    await handler.call(mine, uow)
            else:
                for each in mine:
                    async with self.database.app.unit_of_work(principal, cause=each) as uow:
                        await handler.call(each.event, uow)

    async def customer(self, *, tier: str = "gold", tenant: str = "acme", **state: Any) -> UUID:
        """A customer that CPQ has heard of."""
        customer_id = uuid4()
        described = {
            "customer_id": customer_id,
            "number": f"C-{customer_id.hex[:6]}",
            "name": "Müller Radsport GmbH",
            "tier": tier,
            "currency": "EUR",
            "addresses": [
                AddressV1(kind="billing", line1="Hafenstraße 12", city="Hamburg", country="DE")
            ],
        } | state
        event = CustomerCreatedV1(customer_id=customer_id, customer=CustomerStateV1(**described))
        await self.hear(event, tenant=tenant)
        return customer_id

    async def item(
        self,
        sku: str,
        *,
        price: str | None = "899",
        cost: str | None = None,
        stock: str | None = None,
        later: Sequence[StockPromiseV1] = (),
        tenant: str = "acme",
        **state: Any,
    ) -> UUID:
        """An item that CPQ has heard of, with price, cost and stock."""
        item_id = uuid4()
        described = {
            "item_id": item_id,
            "sku": sku,
            "name": f"Item {sku}",
            "unit": "pcs",
            "category": "bicycles",
            "tax_category": "standard",
        } | state
        await self.hear(
            ItemReleasedV1(item_id=item_id, item=ItemStateV1(**described)), tenant=tenant
        )
        if price is not None:
            await self.hear(listed(item_id, sku, price), tenant=tenant)
        if cost is not None:
            costs = [
                StandardCostV1(
                    company_id=self.company_id,
                    unit_cost=euros(cost),
                    valid_from=TODAY.replace(year=2020),
                )
            ]
            await self.hear(
                StandardCostChangedV1(item_id=item_id, sku=sku, costs=costs), tenant=tenant
            )
        if stock is not None:
            await self.hear(
                StockPromiseChangedV1(
                    item_id=item_id,
                    sku=sku,
                    unit="pcs",
                    on_hand=Decimal(stock),
                    reserved=Decimal(0),
                    available=Decimal(stock),
                    as_of=self.database.clock.now(),
                    promises=[StockPromiseV1(on=TODAY, available=Decimal(stock)), *later],
                ),
                tenant=tenant,
            )
        return item_id

    async def credit(
        self,
        customer_id: UUID,
        headroom: str | None,
        *,
        state: str = "ok",
        currency: str = "EUR",
        company_id: UUID | None = None,
        account_id: UUID | None = None,
    ) -> UUID:
        """What the customer may still owe; without headroom there is no limit."""

        def money(amount: str) -> MoneyV1:
            return MoneyV1(amount=Decimal(amount), currency=currency)

        account_id = account_id or uuid4()
        await self.hear(
            CreditStatusChangedV1(
                account_id=account_id,
                customer_id=customer_id,
                company_id=company_id or self.company_id,
                currency=currency,
                credit_limit=None if headroom is None else money("25000"),
                open_items=money("0"),
                open_orders=money("0"),
                exposure=money("0"),
                overdue=money("0"),
                headroom=None if headroom is None else money(headroom),
                state=state,
                payment_terms_days=30,
                as_of=self.database.clock.now(),
            )
        )
        return account_id

    async def said(self, tenant: str = "acme") -> list[tuple[str, int, dict[str, Any]]]:
        """What CPQ has published: (event name, sequence, body), in order."""
        async with self.database.superuser() as connection:
            rows = await connection.fetch(
                "SELECT event_type, sequence, body FROM platform_outbox "
                "WHERE tenant = $1 ORDER BY id",
                tenant,
            )
        from contracts import event_class

        return [
            (
                event_class(row["event_type"]).event_name,
                row["sequence"],
                event_class(row["event_type"]).read(row["body"]).model_dump(mode="json"),
            )
            for row in rows
        ]


def listed(item_id: UUID, sku: str, price: str, **changes: Any) -> ListPriceChangedV1:
    described: dict[str, Any] = {
        "currency": "EUR",
        "unit_price": Decimal(price),
        "unit": "pcs",
        "valid_from": TODAY.replace(year=2020),
    } | changes
    return ListPriceChangedV1(item_id=item_id, sku=sku, prices=[ListPriceV1(**described)])


@pytest.fixture
async def world(service_database: MakesDatabases) -> AsyncIterator[World]:
    """An empty CPQ."""
    database = await service_database(service)
    async with Api.of(database) as api:
        yield World(api, database)


@pytest.fixture
def bicycle() -> dict[str, Any]:
    """A bicycle to configure: alternatives, a quantity, numbers, a table, questions and prices."""
    return {
        "format": "tradewind/configuration-model/1",
        "key": "bicycle",
        "name": "Bicycle",
        "currency": "EUR",
        "root": {
            "key": "bicycle",
            "name": "Bicycle",
            "item": "BK-1",
            "attributes": [
                {
                    "code": "colour",
                    "name": "Colour",
                    "type": "enumeration",
                    "options": [
                        {"code": "black", "name": "Black"},
                        {"code": "red", "name": "Red", "price": "40"},
                    ],
                    "default": "black",
                },
                {
                    "code": "height",
                    "name": "Frame height",
                    "type": "decimal",
                    "minimum": 48,
                    "maximum": 64,
                    "step": 2,
                },
                {"code": "engraving", "name": "Engraving", "type": "text", "longest": 20},
            ],
            "groups": [
                {
                    "key": "drive",
                    "name": "Drive",
                    "minimum": 1,
                    "maximum": 1,
                    "members": [
                        {"key": "chain", "name": "Chain", "item": "PT-CHAIN"},
                        {"key": "belt", "name": "Belt", "item": "PT-BELT"},
                    ],
                },
                {
                    "key": "extras",
                    "name": "Extras",
                    "members": [
                        {"key": "rack", "name": "Rack", "item": "AC-RACK"},
                        {
                            "key": "bottle",
                            "name": "Bottle",
                            "item": "AC-BOTTLE",
                            "maximum": 3,
                        },
                    ],
                },
            ],
        },
        "rules": [
            {
                "key": "belt-black",
                "condition": 'belt => bicycle.colour == "black"',
                "message": "The belt comes with a black frame only.",
            },
            {
                "key": "bottles-or-rack",
                "condition": "qty(bottle) >= 2 => not rack",
                "message": "Two bottles leave no room for a rack.",
            },
            {
                "key": "gold-belts",
                "condition": 'belt => @tier in ("gold", "platinum")',
                "message": "Belts are for gold customers.",
            },
        ],
        "questions": [
            {
                "key": "use",
                "text": "What is it for?",
                "answers": [
                    {"code": "shopping", "text": "Shopping", "then": "rack"},
                    {"code": "racing", "text": "Racing", "then": "not rack and belt"},
                ],
            }
        ],
        "messages": [
            {
                "key": "lock",
                "condition": "rack",
                "text": "A lock fits under the rack.",
                "severity": "recommendation",
            }
        ],
        "facts": [{"name": "tier", "type": "text", "values": ["gold", "platinum", "standard"]}],
    }
