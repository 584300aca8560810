"""Databases that an earlier version filled are migrated, hold all their proofs, and work on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from operations.postgres.programs import programs, run_program
from servicekit.migrations import runner
from servicekit.service import Service
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases, ServiceDatabase

DUMPS = Path(__file__).parent / "dumps"
SERVICES = ("crm", "erp", "cpq")
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
"""The day after the dumps were taken."""
TENANTS = ("demo", "northwind")
BALANCES = {
    ("1000", "EUR"): "11879.24",
    ("1000", "USD"): "746.18",
    ("1100", "EUR"): "935.83",
    ("1100", "USD"): "1424.93",
    ("1200", "EUR"): "513431",
    ("2200", "EUR"): "-2028.73",
    ("2200", "USD"): "-376.81",
    ("3100", "EUR"): "-518830",
    ("4000", "EUR"): "-10786.34",
    ("4000", "USD"): "-1794.3",
    ("5000", "EUR"): "5399",
}
"""The trial balance of the sample company as the earlier version told it."""


@asynccontextmanager
async def upgraded(databases: Databases, name: str) -> AsyncIterator[ServiceDatabase]:
    """A dump restored, and migrated as `make migrate` does."""
    service: Service = import_module(f"{name}.app").service
    async with databases.of(service, migrated=False) as database:
        restore = [str(programs() / "pg_restore"), "--exit-on-error", "--clean", "--if-exists"]
        target = ["--dbname", database.addresses.superuser, str(DUMPS / f"{name}.dump")]
        run_program(restore + target, f"restoring the dump of {name}")
        await runner.migrate(service, database.addresses.owner)
        yield database


@dataclass(frozen=True)
class Upgraded:
    """An upgraded service over HTTP."""

    database: ServiceDatabase
    api: Api


@pytest.fixture(params=SERVICES)
async def service(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[Upgraded]:
    async with upgraded(databases, request.param) as database, Api.of(database) as api:
        yield Upgraded(database, api)


@pytest.fixture
async def erp(databases: Databases) -> AsyncIterator[Upgraded]:
    async with upgraded(databases, "erp") as database:
        database.clock.instant = NOW
        async with Api.of(database) as api:
            yield Upgraded(database, api.signed_in(tenant="demo"))


async def test_models_and_tables_agree_and_every_list_is_read(service: Upgraded) -> None:
    """The schema is that of a new database, and what the earlier version wrote is readable."""
    await runner.check(service.database.service, service.database.addresses.owner)
    document = (await service.api.get("/openapi.json")).json()
    lists = [
        path
        for path, methods in document["paths"].items()
        if "get" in methods and "{" not in path and path.startswith("/v1/")
        if not any(each.get("required") for each in methods["get"].get("parameters", []))
    ]
    assert len(lists) >= 10
    rows = 0
    for tenant in TENANTS:
        api = service.api.signed_in(tenant=tenant)
        for path in lists:
            answer = await api.get(path)
            assert answer.status_code < 500, (tenant, path, answer.text)
            if answer.headers["content-type"].startswith("application/json"):
                body = answer.json()
                found = body.get("items", []) if isinstance(body, dict) else []
                rows += len(found)
                for row in found[:5]:
                    if isinstance(row, dict) and "id" in row and f"{path}/{{" in str(lists):
                        one = await api.get(f"{path}/{row['id']}")
                        assert one.status_code < 500, (path, one.text)
    assert rows > 20


async def proved(api: Api) -> None:
    for path in ("ledger", "receivables", "payables", "order"):
        answer = (await api.get(f"/v1/{path}-proofs")).json()
        assert answer["holds"], answer
    for path in ("ageing", "payables-ageing"):
        assert (await api.get(f"/v1/{path}")).json()["agrees"]


async def test_the_books_are_the_same_to_the_cent_and_go_on(erp: Upgraded) -> None:
    lines = (await erp.api.get("/v1/trial-balance")).json()["lines"]
    told = {(line["code"], line["currency"]): line["balance"] for line in lines}
    assert {key: amount for key, amount in told.items() if amount != "0"} == BALANCES
    await proved(erp.api)
    await proved(erp.api.signed_in(tenant="northwind"))

    # What was invoiced then is paid, credited and sent now.
    rates = [{"base": "USD", "quote": "EUR", "rate_on": "2026-11-27", "rate": "0.92"}]
    assert (await erp.api.post("/v1/exchange-rates", {"rates": rates})).status_code == 201
    invoices = (await erp.api.get("/v1/invoices", limit=100)).json()["items"]
    opened = [invoice for invoice in invoices if invoice["open_amount"] != "0"]
    assert {invoice["currency"] for invoice in opened} == {"EUR", "USD"}
    for invoice in opened:
        paid = {"account_id": invoice["account_id"], "amount": invoice["open_amount"]}
        named = {"invoice_id": invoice["id"], "amount": invoice["open_amount"]}
        answer = await erp.api.post("/v1/payments", paid | {"allocations": [named]})
        assert answer.status_code == 201, answer.text
        path = f"/v1/invoices/{invoice['id']}/credit-notes"
        answer = await erp.api.post(path, {"reason": "Came back"})
        assert answer.status_code == 201, answer.text
    await proved(erp.api)
    first = opened[0]
    page = await erp.api.get(f"/v1/invoices/{first['id']}/document")
    assert (page.status_code, page.headers["content-type"]) in (
        (200, "application/pdf"),
        (409, "application/problem+json"),
    ), page.text


async def test_a_new_document_of_every_kind_can_be_made(erp: Upgraded) -> None:
    """On the companies and accounts of then: entry, invoice, bill, payment both ways."""
    api = erp.api
    [company] = (await api.get("/v1/companies")).json()["items"]
    rows = (await api.get("/v1/ledger-accounts")).json()["items"]
    chart = {row["code"]: row["id"] for row in rows}
    entry = [
        {"account_id": chart["6100"], "currency": "EUR", "debit": "10"},
        {"account_id": chart["1000"], "currency": "EUR", "credit": "10"},
    ]
    made: list[tuple[str, Any]] = [("/v1/journal-entries", {"lines": entry})]
    accounts = (await api.get("/v1/accounts", limit=100)).json()["items"]
    euros = next(row for row in accounts if row["currency"] == "EUR")
    line = {"description": "Beans", "quantity": "2", "net_unit_price": "10"}
    made.append(("/v1/invoices", {"account_id": euros["id"], "lines": [line]}))
    made.append(("/v1/payments", {"account_id": euros["id"], "amount": "5"}))
    made.append(("/v1/suppliers", {"number": "S-1", "name": "Paper Mill", "country": "NL"}))
    ids = []
    for path, body in made:
        answer = await api.post(path, body)
        assert answer.status_code == 201, (path, answer.text)
        ids.append(answer.json()["id"])
    bill = {
        "supplier_id": ids[-1],
        "supplier_reference": "R-1",
        "issued_on": "2026-11-27",
        "lines": [
            {
                "description": "Paper",
                "net_amount": "100",
                "tax_rate": "0.21",
                "account_id": chart["6900"],
            }
        ],
        "taxes": [{"rate": "0.21", "base": "100", "tax": "21"}],
    }
    answer = await api.post("/v1/bills", bill)
    assert answer.status_code == 201, answer.text
    detail = (await api.get(f"/v1/invoices/{ids[1]}")).json()
    assert Decimal(detail["gross"]) == Decimal(detail["net"]) + Decimal(detail["tax"]) > 20
    assert company["code"] == "MERIDIAN"
    await proved(api)
