"""From a customer's call to a paid invoice, through three services and one bus."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from operations.clients import Endpoints, Services
from operations.importer.command import seed
from operations.importer.report import ImportReport
from operations.story import QuoteToCash

pytestmark = pytest.mark.slow


def test_the_sample_company_loads_without_a_refusal(sample_company: ImportReport) -> None:
    assert sample_company.refusals == []
    created = {step.name: step.created + step.unchanged for step in sample_company.steps}
    assert created["items"] == 40
    assert created["customers"] == 30
    assert created["tier discounts"] == 6
    assert created["breaks by category"] + created["breaks by item"] == 8


async def test_loading_the_sample_company_again_changes_nothing(
    endpoints: Endpoints, sample_company: ImportReport, reports: Path
) -> None:
    again = await seed(
        endpoints=endpoints,
        client_secret="demo-admin-secret",
        reports=reports,
        console=Console(quiet=True),
    )
    assert again.refusals == []
    assert {step.name: step.created for step in again.steps if step.created} == {}


async def test_a_quote_becomes_a_paid_invoice_that_the_customers_page_shows(
    endpoints: Endpoints, sample_company: ImportReport, admin: Services
) -> None:
    told: list[str] = []
    async with (
        Services(endpoints, "demo-sales", "demo-sales-secret") as seller,
        Services(endpoints, "demo-warehouse", "demo-warehouse-secret") as warehouse,
        Services(endpoints, "demo-finance", "demo-finance-secret") as finance,
    ):
        story = QuoteToCash(seller, warehouse, finance, lambda chapter, _: told.append(chapter))
        page = await story.run()

    assert told == [
        *("customer", "interaction", "quote", "offer", "acceptance"),
        *("order", "shipment", "invoice", "payment", "page"),
    ]
    quote, invoice = story.chapters["quote"], story.chapters["invoice"]
    # 2 x 2,490.00 less 4 % for a gold customer; 5 x 890.00 less 8 % for five, then 4 %; 10 x 15.00
    # as agreed. At list it would be 9,594.00.
    assert [Decimal(line["net_amount"]) for line in quote["lines"]] == [
        Decimal("4780.80"),
        Decimal("3930.24"),
        Decimal("150.00"),
    ]
    assert Decimal(quote["net"]) == Decimal("8861.04")
    assert Decimal(invoice["net"]) == Decimal(quote["net"])
    assert Decimal(invoice["tax"]) == Decimal("1860.82")  # 21 % in the Netherlands
    assert story.chapters["order"]["status"] == "confirmed"

    assert [one["status"] for one in page["quotes"]] == ["accepted"]
    assert [one["status"] for one in page["orders"]] == ["invoiced"]
    assert [one["status"] for one in page["invoices"]] == ["paid"]
    assert Decimal(page["invoices"][0]["open"]["amount"]) == 0
    assert [Decimal(one["amount"]["amount"]) for one in page["payments"]] == [Decimal("10721.86")]
    for kind in ("quotes", "orders", "invoices", "payments", "credit"):
        for fact in page[kind]:
            assert fact["source"]["event_type"].startswith("tradewind.")
            assert fact["source"]["age_seconds"] >= 0
    timeline = f"/v1/customers/{page['customer']['id']}/timeline"
    kinds = {entry["kind"] for entry in (await admin.get("crm", timeline, limit=50))["items"]}
    assert kinds == {"call", "quote", "order", "invoice", "payment"}

    ledger = await admin.get("erp", "/v1/trial-balance")
    assert ledger["totals"]
    assert all(Decimal(total["difference"]) == 0 for total in ledger["totals"])
    assert (await admin.get("erp", "/v1/receivables-proofs"))["holds"]
