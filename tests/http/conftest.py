"""The shelf, a small service with every kind of address, on a real database."""

from collections.abc import AsyncIterator

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases
from servicekit.testing.shelf.service import service


@pytest.fixture
async def api(service_database: MakesDatabases) -> AsyncIterator[Api]:
    """The shelf's edge, signed in as admin of tenant acme."""
    async with Api.of(await service_database(service)) as api:
        yield api
