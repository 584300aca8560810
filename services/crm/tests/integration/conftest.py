"""A running CRM for tests: its application on an empty database."""

from collections.abc import AsyncIterator

import pytest

from crm.app import service
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase


@pytest.fixture
async def database(service_database: MakesDatabases) -> ServiceDatabase:
    """An empty database at the newest schema."""
    return await service_database(service)


@pytest.fixture
async def api(database: ServiceDatabase) -> AsyncIterator[Api]:
    """The HTTP application, called as the admin of tenant acme."""
    async with Api.of(database) as api:
        yield api
