"""Northwind: every order of a real company, from quote to invoice, reconciled to the cent."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from operations.clients import Endpoints, Services
from operations.importer import command

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(900)]

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def northwind(data_set: Callable[[str], Path]) -> Path:
    return data_set("northwind")


@pytest.fixture(scope="module")
def imported(northwind: Path, endpoints: Endpoints, reports: Path) -> command.ImportReport:
    return asyncio.run(bring_in(northwind, endpoints, reports))


@pytest.fixture
async def services(endpoints: Endpoints) -> AsyncIterator[Services]:
    async with Services(endpoints, "northwind-admin", "northwind-admin-secret") as opened:
        yield opened


async def bring_in(folder: Path, endpoints: Endpoints, reports: Path) -> command.ImportReport:
    return await command.import_directory(
        "northwind",
        folder,
        endpoints=endpoints,
        client_secret="northwind-admin-secret",
        reports=reports,
        console=Console(quiet=True),
    )


async def all_of(services: Services, service: str, path: str, **filters: str) -> list[Any]:
    """Every row of a list, page by page."""
    rows: list[Any] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await services.get(service, path, limit=200, **filters, **more)
        rows.extend(page["items"])
        cursor = page["next_cursor"] or ""
        if not cursor:
            return rows


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_taken(imported: command.ImportReport) -> None:
    assert imported.refusals == []
    counts = {step.name: step.created + step.unchanged for step in imported.steps}
    assert counts["customers"] == 91
    assert counts["items"] == 77
    assert counts["accepted quotes"] == 830
    assert counts["shipments"] + counts["shipments not yet made"] == 830
    assert counts["invoices"] + counts["invoices of the rest"] == 830
    assert counts["discontinued items"] == 8


async def test_the_orders_sum_to_the_published_net_before_any_rounding(
    imported: command.ImportReport, services: Services
) -> None:
    orders = await all_of(services, "erp", "/v1/orders")
    assert len(orders) == 830
    lines = [line for order in orders for line in order["lines"]]
    assert len(lines) == 2155
    unrounded = sum(Decimal(line["net_amount"]) for line in lines)
    assert unrounded == Decimal("1265793.0395")
    assert unrounded.quantize(CENT) == Decimal("1265793.04")


async def test_each_invoice_rounds_once_and_their_sum_says_what_that_costs(
    imported: command.ImportReport, services: Services, northwind: Path
) -> None:
    invoices = await all_of(services, "erp", "/v1/invoices")
    expected: dict[str, Decimal] = {}
    for line in rows(northwind / "order_details.csv"):
        price, quantity = Decimal(line["UnitPrice"]), Decimal(line["Quantity"])
        net = price * quantity * (1 - Decimal(line["Discount"]))
        expected[line["OrderID"]] = expected.get(line["OrderID"], Decimal(0)) + net
    rounded = [amount.quantize(CENT, ROUND_HALF_UP) for amount in expected.values()]
    assert sorted(Decimal(invoice["net"]) for invoice in invoices) == sorted(rounded)
    # docs/architecture/rounding.md: 830 documents, each rounded once, half away from zero.
    assert sum(Decimal(invoice["net"]) for invoice in invoices) == Decimal("1265793.22")


async def test_documents_carry_the_dates_of_the_source(
    imported: command.ImportReport, services: Services, northwind: Path
) -> None:
    orders = {
        order["external_reference"]: order for order in await all_of(services, "erp", "/v1/orders")
    }
    invoices = {
        invoice["order_id"]: invoice for invoice in await all_of(services, "erp", "/v1/invoices")
    }
    for source in rows(northwind / "orders.csv"):
        order = orders[f"northwind:{source['OrderID']}"]
        assert order["ordered_on"] == source["OrderDate"][:10]
        shipped = source["ShippedDate"][:10] or source["RequiredDate"][:10]
        assert invoices[order["id"]]["issued_on"] == shipped


async def test_invoice_numbers_have_no_gaps(
    imported: command.ImportReport, services: Services
) -> None:
    numbers = sorted(
        (invoice["number"] for invoice in await all_of(services, "erp", "/v1/invoices")),
    )
    series: dict[str, list[int]] = {}
    for number in numbers:
        prefix, _, digits = number.rpartition("-")
        series.setdefault(prefix, []).append(int(digits))
    assert sum(len(found) for found in series.values()) == 830
    for found in series.values():
        assert sorted(found) == list(range(1, len(found) + 1))


async def test_the_trial_balance_is_zero_and_receivables_equal_the_control_account(
    imported: command.ImportReport, services: Services
) -> None:
    balance = await services.get("erp", "/v1/trial-balance")
    assert balance["totals"]
    assert all(Decimal(total["difference"]) == 0 for total in balance["totals"])
    receivables = await services.get("erp", "/v1/receivables-proofs")
    assert receivables["holds"], receivables["proofs"]
    ledger = await services.get("erp", "/v1/ledger-proofs")
    assert ledger["holds"], ledger["proofs"]
    accounts = await all_of(services, "erp", "/v1/accounts")
    open_items = sum(Decimal(account["open_items"]) for account in accounts)
    assert open_items == Decimal("1265793.22")


async def test_what_is_left_in_stock_is_what_the_source_says(
    imported: command.ImportReport, services: Services, northwind: Path
) -> None:
    stock = await all_of(services, "erp", "/v1/stock")
    on_hand = {row["sku"]: Decimal(row["on_hand"]) for row in stock}
    for product in rows(northwind / "products.csv"):
        assert on_hand[f"NW-{product['ProductID']}"] == Decimal(product["UnitsInStock"])
    assert all(Decimal(row["reserved"]) == 0 for row in stock)


async def test_the_same_import_again_changes_nothing(
    imported: command.ImportReport,
    northwind: Path,
    endpoints: Endpoints,
    reports: Path,
    services: Services,
) -> None:
    before = await services.get("erp", "/v1/trial-balance")
    again = await bring_in(northwind, endpoints, reports)
    assert again.refusals == []
    assert [step.name for step in again.steps if step.created] == []
    assert await services.get("erp", "/v1/trial-balance") == before
