"""Whatever the API documents allow, and a good deal that they do not, meets no server error."""

import asyncio
import importlib
from typing import Any

import pytest

from servicekit.service import Service
from servicekit.testing.fuzz import Fuzz
from servicekit.testing.hearing import hear_examples, identifiers
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.serving import listening

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1_200),
    # Generated media types and patterns are not ours to warn about.
    pytest.mark.filterwarnings("ignore"),
]

FACES = {"crm": "crm.app", "erp": "erp.app", "cpq": "cpq.app"}
SHELF = "servicekit.testing.shelf.service"


def available(module: str) -> Service:
    try:
        found: Service = importlib.import_module(module).service
    except ModuleNotFoundError as error:
        pytest.skip(f"{module} cannot be imported: {error}")
    return found


@pytest.mark.parametrize("module", [SHELF, *FACES.values()], ids=["shelf", *FACES])
async def test_no_request_meets_a_server_error(
    databases: Databases, module: str, likely: dict[str, list[Any]]
) -> None:
    async with (
        databases.of(available(module)) as database,
        Api.of(database, request_timeout_seconds=20) as api,
        listening(api.app) as address,
    ):
        # The document is read and the requests are sent by a thread, the
        # service answers on this loop.
        fuzz = Fuzz(api, address, likely=likely if module == FACES["cpq"] else None)
        for name, value in identifiers(await hear_examples(database, "acme")):
            fuzz.remember(name, value)
        faults = await asyncio.to_thread(fuzz.run)
    assert not faults, "\n\n".join(faults[:10])
    # A fuzzer that only ever meets refusals has tested nothing but validation.
    operations = {operation for operation, _ in fuzz.answers}
    served = {operation for operation, status in fuzz.answers if status < 300}
    print(f"{len(served)} of {len(operations)} operations served; never: {operations - served}")
    assert len(served) >= len(operations) / 2
