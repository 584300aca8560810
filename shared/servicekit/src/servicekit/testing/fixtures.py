"""Fixtures for every test of the repository; the root conftest.py loads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from servicekit.clock import FixedClock

if TYPE_CHECKING:
    from operations.postgres import PostgresServer
    from servicekit.service import Service
    from servicekit.testing.postgres import Databases, MakesDatabases, ServiceDatabase


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run."""
    from servicekit.testing.postgres import embedded_server

    with embedded_server() as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres_server: PostgresServer) -> Databases:
    """Hands out databases: `async with databases.of(service) as database`, for wider scopes."""
    from servicekit.testing.postgres import Databases

    return Databases(postgres_server)


@pytest.fixture
async def service_database(databases: Databases) -> AsyncIterator[MakesDatabases]:
    """Makes empty migrated databases for one test: `database = await service_database(service)`."""
    async with AsyncExitStack() as stack:

        async def make(service: Service, *, migrated: bool = True) -> ServiceDatabase:
            return await stack.enter_async_context(databases.of(service, migrated=migrated))

        yield make


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until it is moved."""
    return FixedClock()
