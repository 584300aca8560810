"""One probe database per test module."""

from collections.abc import AsyncIterator

import pytest

from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.testing.probe.service import service


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[ServiceDatabase]:
    async with databases.of(service) as made:
        yield made
