"""AdventureWorks: products with price and cost history, stock by location, resellers."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from operations.clients import Endpoints, Services
from operations.importer import command

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def adventureworks(data_set: Callable[[str], Path]) -> Path:
    return data_set("adventureworks-erp")


async def bring_in(
    folder: Path, endpoints: Endpoints, reports: Path, *, dry_run: bool
) -> command.ImportReport:
    return await command.import_directory(
        "adventureworks",
        folder,
        endpoints=endpoints,
        client_secret="adventureworks-admin-secret",
        dry_run=dry_run,
        reports=reports,
        console=Console(quiet=True),
    )


@pytest.fixture(scope="module")
def imported(adventureworks: Path, endpoints: Endpoints, reports: Path) -> command.ImportReport:
    return asyncio.run(bring_in(adventureworks, endpoints, reports, dry_run=False))


@pytest.fixture
async def services(endpoints: Endpoints) -> AsyncIterator[Services]:
    client = "adventureworks-admin"
    async with Services(endpoints, client, f"{client}-secret") as opened:
        yield opened


def test_a_dry_run_checks_every_row_and_writes_nothing(
    adventureworks: Path, endpoints: Endpoints, reports: Path
) -> None:
    report = asyncio.run(bring_in(adventureworks, endpoints, reports, dry_run=True))
    assert report.refusals == []
    assert sum(step.valid for step in report.steps) == sum(step.read for step in report.steps)
    assert sum(step.created for step in report.steps) == 0


def test_products_prices_costs_stock_and_resellers_are_taken(
    imported: command.ImportReport,
) -> None:
    assert imported.refusals == []
    counts = {step.name: step.created + step.unchanged for step in imported.steps}
    assert counts["items"] == 504
    assert counts["customers"] == 701
    assert counts["warehouses"] == 14
    assert counts["stock"] == 1065  # 1,069 bins, four of them empty


async def test_current_prices_and_costs_are_those_of_the_product_table(
    imported: command.ImportReport, adventureworks: Path, services: Services
) -> None:
    with (adventureworks / "Product.csv").open(encoding="utf-8", newline="") as file:
        products = {row["ProductNumber"]: row for row in csv.DictReader(file)}
    for sku in ("BK-R93R-62", "HL-U509", "AR-5381"):
        page = await services.get("erp", "/v1/items", sku=sku)
        item = next(one for one in page["items"] if one["sku"] == sku)
        prices = await services.get("erp", f"/v1/items/{item['id']}/list-prices")
        costs = await services.get("erp", f"/v1/items/{item['id']}/standard-costs")
        assert Decimal(prices["items"][-1]["unit_price"]) == Decimal(products[sku]["ListPrice"])
        assert Decimal(costs["items"][-1]["unit_cost"]) == Decimal(products[sku]["StandardCost"])


async def test_stock_is_kept_by_location(
    imported: command.ImportReport, adventureworks: Path, services: Services
) -> None:
    with (adventureworks / "ProductInventory.csv").open(encoding="utf-8", newline="") as file:
        expected = sum(int(row["Quantity"]) for row in csv.DictReader(file))
    total = Decimal(0)
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await services.get("erp", "/v1/stock", limit=200, **more)
        total += sum(Decimal(row["on_hand"]) for row in page["items"])
        cursor = page["next_cursor"] or ""
        if not cursor:
            break
    assert total == expected == 335974
