"""The shelf, a small service with every kind of address, on a real database."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.shelf.service import service

_tenants = count(1)


@pytest.fixture(scope="package")
async def shelf(databases: Databases) -> AsyncIterator[Api]:
    """One edge and database for all tests here."""
    async with databases.of(service) as database, Api.of(database) as api:
        yield api


@pytest.fixture
def api(shelf: Api) -> Api:
    """The shelf's edge, signed in as admin of a tenant that nobody has used before."""
    return shelf.signed_in(tenant=f"tenant-{next(_tenants)}")
