"""The works that are measured, each over the public doors of a running stack."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from operations.bench.connection import Connection
from operations.bench.figures import Figure, Sample, quantile
from operations.bench.load import closed_loop, open_loop
from operations.process import StartupError
from operations.stack import Stack

STOCK_OF_EACH: Final = "100000000"
ITEMS_IN_STOCK: Final = 200
LINES_PER_ORDER: Final = 5
CUSTOMERS: Final = 300
PROBE_SECONDS: Final = 0.005


@dataclass(slots=True)
class Bench:
    """One run on one stack; ``seconds`` is how long each load is held."""

    stack: Stack
    seconds: float
    figures: list[Figure] = field(default_factory=list)
    finance: list[Figure] = field(default_factory=list)
    """Those of books and receivables, which have a table of their own."""
    _tokens: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def token(self, client: str = "demo-admin") -> str:
        """A token, fetched once."""
        if client not in self._tokens:
            self._tokens[client] = self.stack.token(client)
        return self._tokens[client]

    @asynccontextmanager
    async def connections(self, service: str, count: int) -> AsyncIterator[Sequence[Connection]]:
        """Open connections to one service."""
        async with AsyncExitStack() as opened:
            yield [
                await opened.enter_async_context(Connection(self.stack.url(service), self.token()))
                for _ in range(count)
            ]

    # --- customers ---------------------------------------------------------------------------

    async def customers(self, clients: int) -> Sample:
        """Create customers with an address, one request each, as fast as ``clients`` can."""
        async with self.connections("crm", clients) as open_connections:

            async def create(client: int, _: int) -> str | None:
                return await self._create_customer(open_connections[client])

            return await closed_loop(create, clients=clients, seconds=self.seconds)

    async def _create_customer(self, connection: Connection) -> str | None:
        number = next(self._numbers)
        status, answer = await connection.post(
            "/v1/customers",
            {
                "name": f"Customer {number}",
                "tier": "standard",
                "currency": "EUR",
                "email": f"customer{number}@bench.example",
                "addresses": [
                    {
                        "kind": "billing",
                        "line1": f"Street {number}",
                        "city": "Rotterdam",
                        "postal_code": "3011 AA",
                        "country": "NL",
                    }
                ],
            },
            str(uuid.uuid4()),
        )
        return None if status == 201 else f"{status} {answer}"

    # --- orders ------------------------------------------------------------------------------

    async def prepare_trade(self) -> tuple[list[str], list[str]]:
        """A company, items with price, cost and stock, customers with accounts in the ERP."""
        async with (
            self.connections("erp", 1) as (erp,),
            self.connections("crm", 1) as (crm,),
        ):
            company = {"code": "BENCH", "name": "Bench", "base_currency": "EUR", "country": "NL"}
            await _must(erp, "/v1/companies", company)
            skus = [f"B-{number:04}" for number in range(ITEMS_IN_STOCK)]
            rows: dict[str, list[dict[str, Any]]] = {
                "/v1/items/bulk": [{"sku": sku, "name": f"Item {sku}"} for sku in skus],
                "/v1/list-prices/bulk": [
                    {
                        "sku": sku,
                        "currency": "EUR",
                        "unit_price": "12.50",
                        "valid_from": "2026-01-01",
                    }
                    for sku in skus
                ],
                "/v1/standard-costs/bulk": [
                    {"sku": sku, "unit_cost": "7.10", "valid_from": "2026-01-01"} for sku in skus
                ],
                "/v1/stock-moves/bulk": [
                    {
                        "kind": "receipt",
                        "reason": "opening",
                        "sku": sku,
                        "quantity": STOCK_OF_EACH,
                        "external_reference": f"bench:{sku}",
                    }
                    for sku in skus
                ],
            }
            for path, content in rows.items():
                await _must(erp, path, {"rows": content})
            answer = await _must(
                crm,
                "/v1/customers/bulk",
                {
                    "rows": [
                        {
                            "name": f"Buyer {number}",
                            "currency": "EUR",
                            "external_reference": f"bench:{number}",
                        }
                        for number in range(CUSTOMERS)
                    ]
                },
            )
            ids = [result["id"] for result in answer["results"]]
            for _ in range(600):
                _, page = await erp.get(f"/v1/accounts?customer_id={ids[-1]}")
                if page["items"]:
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(2)  # Let the events of the preparation pass.
            return ids, skus

    async def orders(self, clients: int, customers: Sequence[str], skus: Sequence[str]) -> Sample:
        """Place, ship and invoice a five-line order in three requests."""
        async with self.connections("erp", clients) as open_connections:

            async def flow(client: int, _: int) -> str | None:
                connection, number = open_connections[client], next(self._numbers)
                order = {
                    "customer_id": customers[number % len(customers)],
                    "lines": [
                        {"sku": skus[(number * 7 + 31 * line) % len(skus)], "quantity": "3"}
                        for line in range(LINES_PER_ORDER)
                    ],
                }
                status, placed = await connection.post("/v1/orders", order, str(uuid.uuid4()))
                if status != 201 or placed["status"] != "confirmed":
                    return f"{status} {placed}"
                for path in ("shipments", "invoices"):
                    status, answer = await connection.post(
                        f"/v1/orders/{placed['id']}/{path}", {}, str(uuid.uuid4())
                    )
                    if status != 201:
                        return f"{path}: {status} {answer}"
                return None

            return await closed_loop(flow, clients=clients, seconds=self.seconds)

    # --- events ------------------------------------------------------------------------------

    async def event_latency(self, per_second: int) -> tuple[list[float], int]:
        """Seconds from the answer to a create in the CRM until CPQ's database shows it.

        The answer leaves after the commit, so it stands for the commit, a little late; the probe
        looks every five milliseconds, so it sees a row a little late as well.
        """
        await self.settled()
        answered: dict[str, float] = {}
        seen: dict[str, float] = {}
        probe = await asyncpg.connect(self.stack.database_url("cpq", "app"))
        await probe.execute("SELECT set_config('app.tenant', 'demo', false)")
        done = asyncio.Event()

        async def look() -> None:
            while not done.is_set():
                waiting = [uuid.UUID(one) for one in answered if one not in seen]
                if waiting:
                    rows = await probe.fetch(
                        "SELECT customer_id FROM projections_customer "
                        "WHERE customer_id = ANY($1::uuid[])",
                        waiting,
                    )
                    now = time.perf_counter()
                    for row in rows:
                        seen[str(row["customer_id"])] = now
                await asyncio.sleep(PROBE_SECONDS)

        looking = asyncio.create_task(look())
        async with self.connections("crm", 8) as open_connections:

            async def create(connection: int, number: int) -> str | None:
                status, made = await open_connections[connection].post(
                    "/v1/customers",
                    {"name": f"Seen {number}", "currency": "EUR"},
                    str(uuid.uuid4()),
                )
                if status != 201:
                    return f"{status} {made}"
                answered[made["id"]] = time.perf_counter()
                return None

            _, late = await open_loop(
                create, per_second=per_second, seconds=self.seconds, connections=8
            )
        for _ in range(200):
            if len(seen) == len(answered):
                break
            await asyncio.sleep(0.05)
        done.set()
        await looking
        await probe.close()
        if len(seen) < len(answered):
            raise RuntimeError(f"{len(answered) - len(seen)} events did not arrive in ten seconds")
        return [max(0.0, seen[one] - answered[one]) for one in answered], late

    async def settled(self) -> None:
        """Wait until the workers have sent and read what earlier work left behind."""
        loop = asyncio.get_running_loop()
        for service in self.stack.services:
            for _ in range(60):
                try:
                    await loop.run_in_executor(
                        None, self.stack.run_command, service, "lag", "--fail"
                    )
                    break
                except StartupError:
                    await asyncio.sleep(1)

    async def backlog(self, events: int) -> tuple[float, float]:
        """Events a second of the relay and of a consumer, each draining a backlog alone."""
        for worker in ("crm-worker", "cpq-worker", "erp-worker"):
            self.stack.stop_part(worker)
        async with self.connections("crm", 1) as (crm,):
            for start in range(0, events, 1000):
                await _must(
                    crm,
                    "/v1/customers/bulk",
                    {
                        "rows": [
                            {
                                "name": f"Backlog {number}",
                                "currency": "EUR",
                                "external_reference": f"backlog:{uuid.uuid4()}",
                            }
                            for number in range(start, min(start + 1000, events))
                        ]
                    },
                )
        relay = await self._drained(
            "crm-worker",
            "crm",
            "platform",
            "SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL",
        )
        consumer = await self._filled("cpq-worker", events)
        self.stack.start_part("erp-worker")
        return relay, consumer

    async def _drained(self, worker: str, service: str, role: Any, query: str) -> float:
        probe = await asyncpg.connect(self.stack.database_url(service, role))
        total = await probe.fetchval(query)
        starting = asyncio.get_running_loop().run_in_executor(None, self.stack.start_part, worker)
        points: list[tuple[float, int]] = []
        while not points or points[-1][1] > 0:
            points.append((time.perf_counter(), await probe.fetchval(query)))
            await asyncio.sleep(0.02)
        await starting
        await probe.close()
        begun = max(at for at, left in points if left == total)
        return float(total / (points[-1][0] - begun))

    async def _filled(self, worker: str, events: int) -> float:
        probe = await asyncpg.connect(self.stack.database_url("cpq", "app"))
        await probe.execute("SELECT set_config('app.tenant', 'demo', false)")
        query = "SELECT count(*) FROM projections_customer WHERE name LIKE 'Backlog %'"
        starting = asyncio.get_running_loop().run_in_executor(None, self.stack.start_part, worker)
        begun = ended = time.perf_counter()
        count = 0
        while count < events:
            await asyncio.sleep(0.02)
            count = await probe.fetchval(query)
            ended = time.perf_counter()
            if count == 0:
                begun = ended
        await starting
        await probe.close()
        return events / (ended - begun)

    # --- books -------------------------------------------------------------------------------

    async def trial_balance(self, company: str) -> Sample:
        """Read a company's trial balance over HTTP, again and again, with one client."""
        async with self.connections("erp", 1) as (erp,):

            async def read(_client: int, _: int) -> str | None:
                status, answer = await erp.get(f"/v1/trial-balance?company_id={company}")
                balanced = status == 200 and all(
                    total["difference"] == "0" for total in answer["totals"]
                )
                return None if balanced else f"{status} {answer}"

            return await closed_loop(read, clients=1, seconds=min(5.0, self.seconds))


async def _must(connection: Connection, path: str, body: object) -> Any:
    status, answer = await connection.post(path, body, str(uuid.uuid4()))
    if status >= 300 or (isinstance(answer, dict) and answer.get("refused")):
        raise RuntimeError(f"preparing the bench: {path} answered {status} {str(answer)[:500]}")
    return answer


def latency_told(latencies: Sequence[float]) -> str:
    """Median, 99th percentile and maximum as one phrase, in milliseconds."""
    p50, p99 = (1000 * quantile(latencies, fraction) for fraction in (0.5, 0.99))
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {1000 * max(latencies):.0f} ms"
