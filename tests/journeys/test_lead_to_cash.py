"""From a lead to a paid invoice, another tier, another price, and the right queue on the telephone.

Each step is taken by who would take it: a seller, the warehouse, finance.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from operations.clients import Endpoints, Services
from operations.importer.report import ImportReport
from operations.story import soon

pytestmark = pytest.mark.slow

LINES = [{"sku": "ESP-100", "quantity": "2"}]
"""Two espresso machines at 2,490.00."""
LIST = Decimal("4980.00")


@dataclass
class Company:
    """The people of the sample company who take part."""

    seller: Services
    warehouse: Services
    finance: Services
    admin: Services


@pytest.fixture
async def company(
    endpoints: Endpoints, sample_company: ImportReport, admin: Services
) -> AsyncIterator[Company]:
    async with (
        Services(endpoints, "demo-sales", "demo-sales-secret") as seller,
        Services(endpoints, "demo-warehouse", "demo-warehouse-secret") as warehouse,
        Services(endpoints, "demo-finance", "demo-finance-secret") as finance,
    ):
        yield Company(seller, warehouse, finance, admin)


async def moved(seller: Services, lead: dict[str, Any], status: str) -> dict[str, Any]:
    answer = await seller.call(
        "crm",
        "POST",
        f"/v1/leads/{lead['id']}/status",
        json={"status": status},
        headers={"If-Match": f'"{lead["version"]}"'},
    )
    return dict(answer.json())


async def quoted(seller: Services, customer_id: str, **more: Any) -> dict[str, Any]:
    """A quote for two machines, once CPQ has heard of the customer."""
    body = {"customer_id": customer_id, "currency": "EUR", "lines": LINES} | more
    found = await soon(
        "CPQ hears of the customer",
        lambda: seller.post("cpq", "/v1/quotes", body),
        until=lambda _: True,
        passing={"customer-not-known"},
    )
    return dict(found)


async def called(seller: Services, number: str) -> dict[str, Any]:
    return dict(await seller.post("crm", "/v1/caller-lookups", {"phone": number}))


async def test_a_lead_becomes_cash_a_better_price_and_a_known_voice(company: Company) -> None:
    seller = company.seller
    number = f"+3161{uuid.uuid4().int % 10**7:07d}"
    stranger = await called(seller, number)
    assert (stranger["queue"], stranger["people"]) == ("reception", [])

    lead = await seller.post(
        "crm",
        "/v1/leads",
        {
            "name": "Noor Visser",
            "company_name": f"Quayside Roasters {uuid.uuid4().hex[:6]}",
            "phone": number,
            "country": "NL",
            "source": "fair",
        },
    )
    lead = await moved(seller, await moved(seller, lead, "working"), "qualified")
    conversion = {
        "role": "owner",
        "opportunity": {"name": "Two machines", "amount": {"amount": "5000", "currency": "EUR"}},
    }
    path = f"/v1/leads/{lead['id']}/conversion"
    lead = await seller.post("crm", path, conversion)
    assert await seller.post("crm", path, {}) == lead, "a second conversion makes nothing"
    customer_id, opportunity_id = lead["customer_id"], lead["opportunity_id"]
    known = await called(seller, number)
    assert (known["queue"], known["people"][0]["name"]) == ("sales", "Noor Visser")

    quote = await quoted(seller, customer_id, opportunity_id=opportunity_id)
    assert Decimal(quote["net"]) == LIST
    await seller.post("cpq", f"/v1/quotes/{quote['id']}/send", {})
    quote = await seller.get("cpq", f"/v1/quotes/{quote['id']}")
    signed = {"content_hash": quote["content_hash"], "accepted_by": "Noor Visser"}
    await seller.post("cpq", f"/v1/quotes/{quote['id']}/accept", signed)
    won = await soon(
        "the opportunity is won",
        lambda: seller.get("crm", f"/v1/opportunities/{opportunity_id}"),
        until=lambda found: found["stage_kind"] == "won",
    )
    assert Decimal(won["amount"]["amount"]) == LIST
    page = await soon(
        "the ERP opens the order",
        lambda: company.warehouse.get("erp", "/v1/orders", quote_id=quote["id"]),
        until=lambda found: (
            bool(found["items"]) and found["items"][0]["status"] in ("held", "confirmed")
        ),
    )
    order = page["items"][0]
    assert order["status"] == "confirmed", order["holds"]
    waiting = await soon(
        "the CRM hears of the order",
        lambda: called(seller, number),
        until=lambda found: bool(found["orders"]),
    )
    assert (waiting["queue"], waiting["orders"][0]["number"]) == ("orders", order["number"])

    await company.warehouse.post("erp", f"/v1/orders/{order['id']}/shipments", {})
    invoice = await company.finance.post("erp", f"/v1/orders/{order['id']}/invoices", {})
    assert Decimal(invoice["net"]) == LIST
    await company.finance.post(
        "erp",
        "/v1/payments",
        {"customer_id": customer_id, "amount": invoice["gross"], "currency": "EUR"},
    )
    await soon(
        "the customer's page shows the paid invoice",
        lambda: seller.get("crm", f"/v1/customers/{customer_id}/overview"),
        until=lambda found: [one["status"] for one in found["invoices"]] == ["paid"],
    )

    customer = await seller.get("crm", f"/v1/customers/{customer_id}")
    await seller.call(
        "crm",
        "POST",
        f"/v1/customers/{customer_id}/tier",
        json={"tier": "gold", "reason": "Paid two machines at once"},
        headers={"If-Match": f'"{customer["version"]}"'},
    )
    better = await soon(
        "CPQ hears of the tier",
        lambda: quoted(seller, customer_id),
        until=lambda found: Decimal(found["net"]) != LIST,
    )
    assert Decimal(better["net"]) == LIST * Decimal("0.96")
    voice = await called(seller, number)
    assert (voice["queue"], voice["company"]["tier"]) == ("key-accounts", "gold")
    assert voice["trace"][-1] == {
        "queue": "key-accounts",
        "fits": True,
        "because": "Every condition holds.",
    }
    assert (await company.finance.get("erp", "/v1/receivables-proofs"))["holds"]
