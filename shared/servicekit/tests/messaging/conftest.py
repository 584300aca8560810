"""A tally service on a database of its own, and a bus in memory."""

import pytest

from servicekit.testing.postgres import MakesDatabases
from servicekit.testing.tally.house import House
from servicekit.testing.tally.service import service


@pytest.fixture
async def house(service_database: MakesDatabases) -> House:
    return House(await service_database(service))
