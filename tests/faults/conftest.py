"""A stand on which a service may be hurt: PostgreSQL, a broker, workers, all processes."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from operations.broker import EmbeddedBroker
from operations.kafka import KafkaCluster, missing_tools
from operations.postgres import EmbeddedPostgres
from operations.process import Process, free_port
from servicekit.messaging.recovery import rebuild
from servicekit.settings import Settings
from servicekit.testing.postgres import Databases, ServiceDatabase, embedded_server
from servicekit.testing.tally import service as tally
from servicekit.testing.tally.publishing import customer_state, opportunity_step, publish

WORKER = Path(__file__).with_name("tally_worker.py")
# Durable, unlike the servers of other tests: here the server itself is killed.
DURABLE = {"fsync": "on", "max_connections": "100", "shared_buffers": "64MB"}
AGGREGATES = [UUID(int=number) for number in range(1, 13)]
TENANTS = ["acme", "bolt"]


class Stand:
    """One database, one broker, any number of workers, and what was published so far."""

    def __init__(
        self,
        server: EmbeddedPostgres,
        database: ServiceDatabase,
        bootstrap: str,
        directory: Path,
        *,
        idempotent: bool = False,
    ) -> None:
        self.server = server
        self.database = database
        self.bootstrap = bootstrap
        self.idempotent = idempotent
        self.workers: list[Process] = []
        self.published: Counter[tuple[str, UUID]] = Counter()
        self._directory = directory
        self.broker: Any = None

    def settings(self) -> Settings:
        return self.database.settings(kafka_bootstrap=self.bootstrap)

    async def worker(self, *faults: str) -> Process:
        """Start a worker; faults are arguments of tally_worker.py."""
        addresses = self.database.addresses
        number = len(self.workers)
        process = Process(
            f"worker-{number}",
            [sys.executable, str(WORKER), *faults],
            log=self._directory / f"worker-{number}.log",
            environment={
                "PATH": os.environ["PATH"],
                "TRADEWIND_ENVIRONMENT": "test",
                "TRADEWIND_DATABASE_URL": addresses.app,
                "TRADEWIND_PLATFORM_DATABASE_URL": addresses.platform,
                "TRADEWIND_KAFKA_BOOTSTRAP": self.bootstrap,
                "TRADEWIND_KAFKA_IDEMPOTENT_PRODUCER": str(self.idempotent).lower(),
                "TRADEWIND_CONSUMER_SESSION_TIMEOUT_SECONDS": "6",
                "TRADEWIND_METRICS_PORT": "0",
                "TRADEWIND_RELAY_BATCH": "40",
                "TRADEWIND_STATE": str(self._directory),
            },
        )
        self.workers.append(process)
        await asyncio.to_thread(process.start)
        return process

    async def died(self, process: Process, seconds: float = 90) -> None:
        """Wait until the worker has killed itself."""
        async with asyncio.timeout(seconds):
            while process.running:
                await asyncio.sleep(0.05)
        assert process.exit_code == -9, process.last_words()

    async def publish(self, rounds: int = 1, pause: float = 0.0) -> None:
        """Every aggregate of every tenant takes `rounds` more steps, each its own commit."""
        for _ in range(rounds):
            for aggregate in AGGREGATES:
                for tenant in TENANTS:
                    await self._step(tenant, aggregate)
            await asyncio.sleep(pause)

    async def _step(self, tenant: str, aggregate: UUID) -> None:
        """One step that surely committed, whatever happens to the database meanwhile."""
        number = self.published[tenant, aggregate] + 1
        async with asyncio.timeout(60):
            while True:
                try:
                    await publish(
                        self.database.app,
                        tenant,
                        opportunity_step(aggregate, number),
                        customer_state(aggregate, number),
                    )
                except Exception:  # noqa: BLE001  The server is down, or died while committing.
                    await asyncio.sleep(0.2)
                    if await self._is_committed(tenant, aggregate, number):
                        break
                else:
                    break
        self.published[tenant, aggregate] = number

    async def _is_committed(self, tenant: str, aggregate: UUID, number: int) -> bool:
        try:
            rows = await self.rows(
                "SELECT sequence FROM platform_event_stream"
                " WHERE topic = 'crm.opportunity' AND tenant = $1 AND aggregate_id = $2",
                tenant,
                str(aggregate),
            )
        except (OSError, asyncpg.PostgresError):
            return False
        return bool(rows) and rows[0][0] >= number

    async def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        async with self.database.superuser() as connection:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]

    async def settled(self, seconds: float = 90) -> None:
        """Wait until everything published has been applied: once, in order, nothing aside."""
        totals, customers = self._expected()
        started = time.monotonic()
        found: object = None
        while time.monotonic() - started < seconds:
            try:
                found = (await self._totals(), await self._customers())
            except (OSError, asyncpg.PostgresError):
                found = "the database is away"
            if found == (totals, customers):
                break
            await asyncio.sleep(0.1)
        else:
            words = "\n".join(worker.last_words(30) for worker in self.workers)
            raise AssertionError(f"not settled: {found}\nexpected {totals}\n{words}")
        steps = await self.rows("SELECT count(*) FROM tally_step")
        assert steps == [(sum(self.published.values()),)], "an event was applied twice"
        assert await self.rows("SELECT * FROM platform_parked_message") == []

    async def equals_a_rebuild(self) -> None:
        """Rebuild every read model from the topics and find it as it was."""
        before = (await self._totals(), await self._customers(), await self._steps())
        for consumer in (tally.steps, tally.customers):
            await rebuild(self.database.app, self.database.platform, consumer)
        await self.settled()
        assert (await self._totals(), await self._customers(), await self._steps()) == before

    def _expected(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        ordered = sorted((tenant, str(a), n) for (tenant, a), n in self.published.items())
        totals = [(tenant, a, n, n * (n + 1) // 2, n, 0) for tenant, a, n in ordered]
        return totals, [(tenant, a, f"name {n}", n) for tenant, a, n in ordered]

    async def _totals(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "SELECT tenant, aggregate_id, steps, sum, last_sequence, out_of_order"
            " FROM tally_total ORDER BY 1, 2"
        )

    async def _customers(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "SELECT tenant, customer_id, name, sequence FROM tally_customer ORDER BY 1, 2"
        )

    async def _steps(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "SELECT tenant, aggregate_id, sequence, name FROM tally_step ORDER BY 1, 2, 3"
        )

    async def unsent(self) -> int:
        ((number,),) = await self.rows("SELECT count(*) FROM platform_outbox WHERE sent_at IS NULL")
        return int(number)

    async def stop(self) -> None:
        for worker in self.workers:
            await asyncio.to_thread(worker.kill)


@pytest.fixture(scope="module")
def durable_server() -> Iterator[EmbeddedPostgres]:
    with embedded_server(DURABLE) as server:
        yield server  # type: ignore[misc]


@pytest.fixture
async def stand(durable_server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand on the embedded broker, which forgets everything when it dies."""
    broker = EmbeddedBroker(free_port(), tmp_path / "broker.log")
    broker.start()
    async with Databases(durable_server).of(tally.service) as database:
        stand = Stand(durable_server, database, broker.bootstrap, tmp_path)
        stand.broker = broker
        try:
            yield stand
        finally:
            await stand.stop()
    broker.kill()


@pytest.fixture
async def kafka_stand(durable_server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand on a real Apache Kafka, which keeps its log when it is killed."""
    lacking = missing_tools()
    if lacking and os.environ.get("CI") == "true":
        pytest.fail(f"CI must test against a real Apache Kafka, but: {lacking}")
    if lacking:
        pytest.skip(f"NOT TESTED AGAINST A REAL APACHE KAFKA: {lacking}")
    cluster = KafkaCluster(tmp_path / "kafka")
    await asyncio.to_thread(cluster.start)
    async with Databases(durable_server).of(tally.service) as database:
        stand = Stand(durable_server, database, cluster.bootstrap, tmp_path, idempotent=True)
        stand.broker = cluster
        try:
            yield stand
        finally:
            await stand.stop()
    await asyncio.to_thread(cluster.kill)
