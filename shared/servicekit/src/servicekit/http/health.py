"""Probes: alive, ready, started. None of them asks Kafka, and liveness asks nothing at all.

A database that is down makes every process unready, which is true, but must
not make an orchestrator kill them all, which would not help.
"""

import asyncio

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse

from servicekit.database import DatabaseUnavailable
from servicekit.http.edge import Edge

READY_SECONDS = 1.0
_MIGRATE = "run `python -m {} migrate`"


async def live(request: Request) -> JSONResponse:
    """The event loop turns."""
    return _answer(True)


async def started(request: Request) -> JSONResponse:
    """The settings were read and the schema is the one this code was written for."""
    edge: Edge = request.app.state.edge
    return await _schema(edge)


async def ready(request: Request) -> JSONResponse:
    """Requests can be served now: not stopping, database answers within a second, schema fits."""
    edge: Edge = request.app.state.edge
    if edge.closing.is_set():
        return _answer(False, "stopping")
    return await _schema(edge)


async def _schema(edge: Edge) -> JSONResponse:
    try:
        async with asyncio.timeout(READY_SECONDS), edge.database.connection() as connection:
            found = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    except (DatabaseUnavailable, TimeoutError, OSError):
        return _answer(False, "the database does not answer")
    except asyncpg.PostgresError:
        return _answer(False, f"the database has no schema: {_MIGRATE.format(edge.service.name)}")
    # A newer schema is fine: migrations only expand while this build may still run.
    if found is None or found < edge.schema_head:
        return _answer(False, f"the schema is at {found}: {_MIGRATE.format(edge.service.name)}")
    return _answer(True)


def _answer(good: bool, why_not: str = "") -> JSONResponse:
    body = {"status": "ok"} if good else {"status": "unavailable", "reason": why_not}
    return JSONResponse(body, 200 if good else 503, headers={"Cache-Control": "no-store"})
