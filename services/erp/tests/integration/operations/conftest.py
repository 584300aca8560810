"""A shop on the ERP's real application: items with prices, costs and stock."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from erp.inventory.jobs import jobs as inventory_jobs
from erp.ledger import queries as ledger
from erp.receivables import queries as receivables
from erp.sales_orders import queries as orders
from erp.sales_orders.jobs import jobs as order_jobs
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal


@dataclass(frozen=True, slots=True)
class Shop:
    """The ERP of a tenant that trades, with a grinder (10.00, costs 6.00), beans by the kilogram
    (7.50, costs 2.345) and a service (50.00)."""

    erp: Api
    database: ServiceDatabase
    account: dict[str, Any]
    items: dict[str, dict[str, Any]]

    async def create(self, path: str, body: Any) -> Any:
        answer = await self.erp.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def bulk(self, path: str, *rows: Any) -> Any:
        answer = await self.erp.post(path, {"rows": list(rows)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def read(self, path: str, **query: Any) -> Any:
        answer = await self.erp.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def receive(self, sku: str, quantity: str, **more: Any) -> Any:
        move = {"kind": "receipt", "reason": "opening", "sku": sku, "quantity": quantity}
        return await self.create("/v1/stock-moves", move | more)

    async def order(self, lines: dict[str, str], **more: Any) -> Any:
        """An order of the shop's customer; `lines` are quantities by SKU."""
        body = {
            "customer_id": self.account["customer_id"],
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()],
        }
        return await self.create("/v1/orders", body | more)

    async def stock(self, sku: str) -> tuple[str, str]:
        """On hand and reserved."""
        found = await self.read(f"/v1/stock/{self.items[sku]['id']}")
        return found["on_hand"], found["reserved"]

    async def balances(self) -> dict[str, str]:
        """Every account's balance that is not zero, by code."""
        lines = (await self.read("/v1/trial-balance"))["lines"]
        return {line["code"]: line["balance"] for line in lines if line["balance"] != "0"}

    async def run_jobs(self) -> None:
        """Run every job of stock and orders once."""
        for job in (*order_jobs.jobs, *inventory_jobs.jobs):
            principal = Principal.of_service("erp", "acme")
            async with self.database.app.unit_of_work(principal) as uow:
                await job.call(uow)

    async def events(self, topic: str) -> list[str]:
        """The types of what was published on a topic, in order, without prefix and version."""
        async with self.database.superuser() as connection:
            rows = await connection.fetch(
                "SELECT event_type FROM platform_outbox WHERE topic = $1 ORDER BY id", topic
            )
        return [row["event_type"].split(".")[2] for row in rows]

    async def prove(self) -> None:
        """Every proof of the books and of the stock holds, and nothing is out of balance."""
        company_id = UUID(self.account["company_id"])
        async with self.database.app.reading(Principal.of_service("erp", "acme")) as reads:
            found = [
                *await orders.proofs(reads.session, company_id),
                *await receivables.proofs(reads.session, company_id),
                *await ledger.proofs(reads.session, company_id),
            ]
        assert [proof for proof in found if not proof.holds] == []


@pytest.fixture
async def shop(erp: Api, erp_database: ServiceDatabase, account: dict[str, Any]) -> Shop:
    """A shop without stock."""
    found: dict[str, dict[str, Any]] = {}
    shop = Shop(erp, erp_database, account, found)
    rows = [
        ("GRINDER", "10", "6", True),
        ("BEANS", "7.5", "2.345", True),
        ("SETUP", "50", None, False),
    ]
    for sku, _, _, stocked in rows:
        found[sku] = await shop.create(
            "/v1/items",
            {
                "sku": sku,
                "name": sku.title(),
                "stocked": stocked,
                "unit": "kg" if sku == "BEANS" else "each",
            },
        )
    priced = await shop.bulk(
        "/v1/list-prices/bulk",
        *(
            {"sku": sku, "currency": "EUR", "unit_price": price, "valid_from": "2020-01-01"}
            for sku, price, _, _ in rows
        ),
    )
    costed = await shop.bulk(
        "/v1/standard-costs/bulk",
        *(
            {"sku": sku, "unit_cost": cost, "valid_from": "2020-01-01"}
            for sku, _, cost, _ in rows
            if cost
        ),
    )
    assert (priced["created"], costed["created"]) == (3, 2)
    return shop
