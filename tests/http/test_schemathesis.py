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
# What a generator never hits upon: the company's own currency and country, days that have come,
# and leaving out what most requests leave out.
BOOKS: dict[str, list[Any]] = {
    "currency": ["EUR", "EUR", None],
    "base_currency": ["EUR"],
    "country": ["DE"],
    "issued_on": ["2026-01-05"],
    "tax_category": ["standard", "zero"],
    **{
        name: [None]
        for name in (
            *("company_id", "effective_on", "received_on", "paid_on", "allocated_on", "due_on"),
            *("allocations", "paid", "item_id", "cost_center", "project", "region", "vat_code"),
        )
    },
}
SHELF = "servicekit.testing.shelf.service"


def available(module: str) -> Service:
    try:
        found: Service = importlib.import_module(module).service
    except ModuleNotFoundError as error:
        pytest.skip(f"{module} cannot be imported: {error}")
    return found


async def open_books(api: Api, fuzz: Fuzz) -> None:
    """A company, a supplier and what they bring: without them most doors of an ERP only refuse."""
    body = {"code": "HQ", "name": "Headquarters", "base_currency": "EUR", "country": "DE"}
    company = await api.post("/v1/companies", body)
    assert company.status_code == 201, company.text
    supplier = await api.post("/v1/suppliers", {"number": "S-1", "name": "Mill", "country": "DE"})
    assert supplier.status_code == 201, supplier.text
    fuzz.remember("company_id", company.json()["id"])
    fuzz.remember("supplier_id", supplier.json()["id"])
    for account in (await api.get("/v1/ledger-accounts")).json()["items"]:
        if not account["control"]:
            fuzz.remember("account_id", account["id"])
    for account in (await api.get("/v1/accounts")).json()["items"]:
        fuzz.remember("account_id", account["id"])


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
        known = {FACES["cpq"]: likely, FACES["erp"]: BOOKS}
        fuzz = Fuzz(api, address, likely=known.get(module))
        for name, value in identifiers(await hear_examples(database, "acme")):
            fuzz.remember(name, value)
        if module == FACES["erp"]:
            await open_books(api, fuzz)
        faults = await asyncio.to_thread(fuzz.run)
    assert not faults, "\n\n".join(faults[:10])
    # A fuzzer that only ever meets refusals has tested nothing but validation.
    operations = {operation for operation, _ in fuzz.answers}
    served = {operation for operation, status in fuzz.answers if status < 300}
    print(f"{len(served)} of {len(operations)} operations served; never: {operations - served}")
    # Steps of documents that two people have to have made before are beyond a generator.
    assert len(served) >= len(operations) * 2 / 5
