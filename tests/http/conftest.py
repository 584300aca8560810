"""The shelf, a small service with every kind of address, on a real database."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

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


@pytest.fixture
def likely() -> dict[str, list[Any]]:
    """What a generator never hits upon: a document, and choices in it."""
    document = {
        "format": "tradewind/configuration-model/1",
        "key": "lunch",
        "root": {
            "key": "lunch",
            "groups": [{"key": "parts", "members": [{"key": "bread"}, {"key": "soup"}]}],
        },
        "rules": [{"key": "bread-or-soup", "condition": "bread or soup"}],
    }
    choice = {"target": "bread", "value": False}
    return {
        "document": [document, {**document, "key": "dinner"}, {**document, "root": {"key": 7}}],
        "model": ["lunch", "dinner"],
        "model_version": [None, None, 1],
        "choices": [[], [choice], [choice, {"target": "soup", "value": False}]],
        "facts": [{}],
        "targets": [None, ["bread"]],
        "target": ["bread", "soup"],
        "value": [True, False],
        "currency": ["EUR", "USD", None],
    }
