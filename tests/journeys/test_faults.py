"""The whole system under fire: whatever is killed, every accepted quote becomes one paid invoice.

Clients do what careful clients do: they repeat a call under the same Idempotency-Key until it is
answered. After the last fault the books must balance and every read model must equal its rebuild.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from cpq.app import service as cpq_service
from crm.app import service as crm_service
from erp.app import service as erp_service
from operations.clients import CallRefused, Endpoints, Services, ServiceUnreachable
from operations.importer import command
from operations.stack import Stack
from servicekit.messaging.subscriptions import merged
from servicekit.service import Service

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

CLIENTS = 4
RECEIVED = 100_000
"""Of the item sold, so that no machine is fast enough to sell all of it."""
KILLED = (
    "erp-worker",
    "cpq-worker",
    "crm-worker",
    "broker",
    "erp-postgres",
    "erp-api",
    "cpq-postgres",
)
SERVICES: tuple[Service, ...] = (crm_service, erp_service, cpq_service)
READ_MODELS = {
    consumer.name: consumer.rebuild_tables
    for service in SERVICES
    for consumer in merged(service.subscriptions)
    if consumer.rebuild_tables
}


@pytest.fixture(scope="module")
def battered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system of its own, with the durability that production has."""
    running = Stack(tmp_path_factory.mktemp("battered"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


@dataclass(slots=True)
class Trade:
    """Clients that sell, ship, invoice and collect without a pause."""

    services: Services
    customers: list[str]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    finished: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(self._client(number))

    async def _client(self, number: int) -> None:
        count = 0
        while not self.stopping.is_set():
            customer = self.customers[(number + CLIENTS * count) % len(self.customers)]
            count += 1
            self.finished.append(await self._deal(customer))

    async def _deal(self, customer: str) -> dict[str, Any]:
        quote = await self._insist(
            "cpq",
            "/v1/quotes",
            {"customer_id": customer, "lines": [{"sku": "PRT-030", "quantity": "1"}]},
        )
        sent = await self._insist("cpq", f"/v1/quotes/{quote['id']}/send", {})
        await self._insist(
            "cpq",
            f"/v1/quotes/{quote['id']}/accept",
            {"content_hash": sent["content_hash"], "accepted_by": "A buyer"},
        )
        order = await self._order(quote["id"])
        await self._insist("erp", f"/v1/orders/{order['id']}/shipments", {})
        await self._insist("erp", f"/v1/orders/{order['id']}/invoices", {})
        await self._insist(
            "erp", "/v1/payments", {"customer_id": customer, "amount": order["gross"]}
        )
        return {"quote": quote["id"], "order": order["id"], "gross": Decimal(order["gross"])}

    async def _insist(self, service: str, path: str, body: dict[str, Any]) -> Any:
        key = str(uuid.uuid4())
        return await persistent(lambda: self.services.post(service, path, body, key=key))

    async def _order(self, quote: str) -> Any:
        give_up_at = time.monotonic() + 120
        page: Any = {}
        while time.monotonic() < give_up_at:
            page = await persistent(lambda: self.services.get("erp", "/v1/orders", quote_id=quote))
            if page["items"] and page["items"][0]["status"] == "confirmed":
                return page["items"][0]
            await asyncio.sleep(0.2)
        raise AssertionError(f"quote {quote} never became a confirmed order: {page}")


async def persistent(call: Callable[[], Any], patience_seconds: float = 120.0) -> Any:
    """Repeat a call while the system is down; a refusal on the merits fails the test."""
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            return await call()
        except (CallRefused, ServiceUnreachable) as error:
            passing = (
                isinstance(error, ServiceUnreachable)
                or error.status >= 500
                or (error.code in {"concurrent-change", "request-in-flight"})
            )
            if not passing or time.monotonic() > give_up_at:
                raise
        await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def database(stack: Stack, service: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url(service, "app"))
    try:
        await connection.execute("SELECT set_config('app.tenant', 'demo', false)")
        yield connection
    finally:
        await connection.close()


async def read_models(stack: Stack) -> dict[str, list[str]]:
    """Every row of every read model as text, sorted."""
    found = {}
    for consumer, tables in READ_MODELS.items():
        service = consumer.partition(".")[0]
        async with database(stack, service) as connection:
            for table in tables:
                # Where a row stands in a live stream is given anew whenever it is written.
                rows = await connection.fetch(
                    f"SELECT (to_jsonb(t) - 'position' - 'written_in')::text AS row FROM {table} t"
                )
                found[f"{service}.{table}"] = sorted(row["row"] for row in rows)
    return found


async def settled(stack: Stack, patience_seconds: float = 180.0) -> None:
    """Wait until every event is sent and every consumer has read everything."""
    give_up_at = time.monotonic() + patience_seconds
    calm = 0
    while calm < 3:
        told = [
            await asyncio.to_thread(cli, stack, service, "lag", "--fail")
            for service in stack.services
        ]
        unsent = [await _unsent(stack, service) for service in stack.services]
        quiet = all(one.returncode == 0 for one in told) and not any(unsent)
        calm = calm + 1 if quiet else 0
        assert time.monotonic() < give_up_at, "\n".join(one.stdout + one.stderr for one in told)
        await asyncio.sleep(0.5)


async def _unsent(stack: Stack, service: str) -> int:
    connection = await asyncpg.connect(stack.database_url(service, "platform"))
    try:
        query = "SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def cli(stack: Stack, service: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a service's command as an operator would."""
    return subprocess.run(
        [sys.executable, "-m", service, *arguments],
        env=stack.service_environment(service),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_every_deal_is_kept_whatever_is_killed(battered: Stack, reports: Any) -> None:
    endpoints = Endpoints(
        issuer=battered.ports.issuer_url,
        crm=battered.url("crm"),
        erp=battered.url("erp"),
        cpq=battered.url("cpq"),
    )
    seeded = await command.seed(
        endpoints=endpoints,
        client_secret="demo-admin-secret",
        reports=reports,
        console=Console(quiet=True),
    )
    assert seeded.refusals == []
    async with Services(endpoints, "demo-admin", "demo-admin-secret") as services:
        await settled(battered)
        listed = await services.get("crm", "/v1/customers", limit=50)
        customers = [one["id"] for one in listed["items"] if one["currency"] == "EUR"]
        assert len(customers) > CLIENTS
        await services.post(
            "erp",
            "/v1/stock-moves",
            {"kind": "receipt", "sku": "PRT-030", "quantity": str(RECEIVED)},
            key=str(uuid.uuid4()),
        )
        trade = Trade(services, customers)
        trading = asyncio.create_task(trade.run())
        for name in KILLED:
            await asyncio.sleep(3)
            await asyncio.to_thread(battered.kill_part, name)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(battered.start_part, name)
        await asyncio.sleep(5)
        trade.stopping.set()
        await trading
        await settled(battered)

        print(len(trade.finished), "deals")
        await books_are_right(services, trade)
        await each_quote_has_one_order(battered, trade)
        before = await read_models(battered)
        for consumer in READ_MODELS:
            service = consumer.partition(".")[0]
            rebuilt = await asyncio.to_thread(
                cli, battered, service, "rebuild", "--consumer", consumer
            )
            assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
        await settled(battered)
        after = await read_models(battered)
    for table, rows in before.items():
        assert after[table] == rows, table
    assert before["crm.invoice_invoice"]
    for service in battered.services:
        parked = await asyncio.to_thread(cli, battered, service, "parked", "list")
        assert "Nothing is set aside" in parked.stdout, parked.stdout
        verified = await asyncio.to_thread(cli, battered, service, "verify-audit")
        assert verified.returncode == 0, verified.stdout + verified.stderr


async def books_are_right(services: Services, trade: Trade) -> None:
    """The ledger balances, and what was sold is what was invoiced and paid."""
    assert len(trade.finished) >= 10
    for path in ("/v1/ledger-proofs", "/v1/receivables-proofs"):
        proof = await services.get("erp", path)
        assert proof["holds"], proof
    balance = await services.get("erp", "/v1/trial-balance")
    assert all(Decimal(total["difference"]) == 0 for total in balance["totals"])
    receivables = next(line for line in balance["lines"] if line["name"] == "Trade receivables")
    sold = sum((deal["gross"] for deal in trade.finished), Decimal(0))
    assert Decimal(receivables["debit"]) == sold
    assert Decimal(receivables["credit"]) == sold


async def each_quote_has_one_order(stack: Stack, trade: Trade) -> None:
    """Nothing was doubled: one order, one shipment and one invoice for every accepted quote."""
    deals = len(trade.finished)
    async with database(stack, "erp") as erp:
        for table in ("sales_orders_order", "sales_orders_shipment", "receivables_invoice"):
            assert await erp.fetchval(f"SELECT count(*) FROM {table}") == deals, table
        on_hand = await erp.fetchval(
            "SELECT p.on_hand FROM inventory_position p JOIN items_item i "
            "ON i.tenant = p.tenant AND i.id = p.item_id WHERE i.sku = 'PRT-030'"
        )
        assert on_hand == 800 + RECEIVED - deals
