"""What this machine does without us: one validated request, one insert, one commit.

Figures of a shared machine change by half from hour to hour; their ratio to this one, taken in
the same run on the same database server, changes little.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel, Field

from operations.bench.connection import Connection
from operations.bench.figures import Sample
from operations.bench.load import closed_loop
from operations.process import Process, answers_ok, free_port, wait_until

_TABLE = "CREATE TABLE IF NOT EXISTS bare_customer (id bigserial PRIMARY KEY, document jsonb)"
_INSERT = "INSERT INTO bare_customer (document) VALUES ($1) RETURNING id"


class BareCustomer(BaseModel):
    """A body of the size of a customer's."""

    name: str = Field(max_length=200)
    tier: str = Field(max_length=50)
    currency: str = Field(pattern="^[A-Z]{3}$")
    email: str = Field(max_length=200)
    addresses: list[dict[str, str]] = Field(max_length=10)


def app() -> FastAPI:
    """FastAPI with asyncpg and nothing else: no authorisation, tenant, audit or outbox."""
    pool: Any = None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal pool
        pool = await asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=1, max_size=8)
        await pool.execute(_TABLE)
        yield
        await pool.close()

    bare = FastAPI(lifespan=lifespan, openapi_url=None)

    @bare.get("/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @bare.post("/customers", status_code=201)
    async def create(customer: BareCustomer) -> dict[str, int]:
        return {"id": await pool.fetchval(_INSERT, customer.model_dump_json())}

    return bare


@contextmanager
def serving(database_url: str, log: Path) -> Iterator[str]:
    """The bare application in a process of its own; its base address."""
    port = free_port()
    process = Process(
        "bare",
        [sys.executable, "-m", "uvicorn", "--factory", "operations.bench.bare:app",
         "--port", str(port), "--no-access-log", "--log-level", "warning"],
        log=log,
        environment={**os.environ, "BARE_DATABASE_URL": database_url},
    )  # fmt: skip
    process.start()
    try:
        wait_until(lambda: answers_ok(port, "/ready"), process, seconds=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(within=5)


async def inserts(url: str, clients: int, seconds: float) -> Sample:
    """Post bodies to the bare application as fast as `clients` can."""
    body = {
        "name": "Customer",
        "tier": "standard",
        "currency": "EUR",
        "email": "customer@bench.example",
        "addresses": [{"line1": "Street 1", "city": "Rotterdam", "country": "NL"}],
    }
    connections = [Connection(url, "none") for _ in range(clients)]
    for connection in connections:
        await connection.__aenter__()

    async def post(client: int, _: int) -> str | None:
        status, answer = await connections[client].post("/customers", body, "none")
        return None if status == 201 else f"{status} {json.dumps(answer)}"

    try:
        return await closed_loop(post, clients=clients, seconds=seconds)
    finally:
        for connection in connections:
            await connection.__aexit__(None, None, None)
