"""From a price to a contract: approved by another, accepted by link, amended and renewed."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from operations.clients import CallRefused, Endpoints, Services
from operations.importer.report import ImportReport

pytestmark = pytest.mark.slow

POLICY: dict[str, Any] = {
    "rules": [
        {
            "key": "discount",
            "name": "More than 10 % off a line",
            "conditions": [
                {"variable": "line_manual_discount", "comparison": "gt", "number": "0.1"}
            ],
            "group": "managers",
        }
    ],
    "groups": [{"key": "managers", "name": "Managers", "approvers": [{"subject": "demo-manager"}]}],
}
LETTERHEAD: dict[str, Any] = {
    "seller_name": "Halyard Coffee GmbH",
    "seller_address": ["Speicherstraße 4", "20457 Hamburg"],
    "seller_country": "DE",
    "language": "en",
    "texts": {"en": {"terms": ["Payable within 30 days.", "Delivery and installation included."]}},
}
LINES: list[dict[str, Any]] = [
    {
        "configuration": {
            "model": "halyard",
            "choices": [
                {"target": "bar.finish", "value": "petrol"},
                {"target": "bar.cups", "value": 400},
            ],
        },
        "quantity": "1",
        "key": "machine",
        "group": "bar",
        "discount_fraction": "0.15",
        "discount_reason": "Second bar",
    },
    {"sku": "GRD-100", "quantity": "1", "key": "grinder", "optional": True, "selected": False},
    {
        "sku": "ACC-060",
        "quantity": "4",
        "key": "subscription",
        "agreed_unit_price": "10",
        "agreed_reason": "A month each",
        "term": {"start_on": "2026-01-01", "months": 36},
    },
]


async def soon(
    ask: Callable[[], Awaitable[Any]], good: Callable[[Any], bool] = lambda _: True
) -> Any:
    """Ask until the answer is good: events are on their way."""
    found: Any = None
    for _ in range(300):
        try:
            found = await ask()
        except CallRefused as refused:
            if refused.status not in (404, 422):
                raise
            found = None
        if found is not None and good(found):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"never came: {found}")


async def refused(call: Awaitable[Any]) -> str:
    """The code of the problem that a call is answered with."""
    with pytest.raises(CallRefused) as found:
        await call
    return str(found.value.problem["code"])


async def test_a_price_becomes_an_approved_offer_an_order_and_a_contract(
    endpoints: Endpoints, sample_company: ImportReport, admin: Services
) -> None:
    async with (
        Services(endpoints, "demo-sales", "demo-sales-secret") as seller,
        Services(endpoints, "demo-manager", "demo-manager-secret") as manager,
    ):
        shown = (await admin.get("cpq", "/v1/quote-presentation"))["version"]
        await admin.call(
            "cpq",
            "PUT",
            "/v1/quote-presentation",
            json=LETTERHEAD,
            headers={"If-Match": f'"{shown}"'},
        )
        version = (await admin.get("cpq", "/v1/approval-policy"))["version"]
        await admin.call(
            "cpq",
            "PUT",
            "/v1/approval-policy",
            json=POLICY,
            headers={"If-Match": f'"{version}"'},
        )
        try:
            await _story(endpoints, seller, manager)
        finally:
            await admin.call(
                "cpq",
                "PUT",
                "/v1/approval-policy",
                json={},
                headers={"If-Match": f'"{version + 1}"'},
            )


async def _story(endpoints: Endpoints, seller: Services, manager: Services) -> None:
    name = f"Quayside Bar {uuid.uuid4().hex[:6]}"
    address = {"kind": "billing", "line1": "Oosterkade 9", "city": "Rotterdam", "country": "NL"}
    customer = await seller.post(
        "crm",
        "/v1/customers",
        {"name": name, "tier": "gold", "currency": "EUR", "addresses": [address]},
    )
    body = {
        "customer_id": customer["id"],
        "lines": LINES,
        "groups": [{"key": "bar", "name": "The bar"}],
    }
    quote = await soon(lambda: seller.post("cpq", "/v1/quotes", body))
    path = f"/v1/quotes/{quote['id']}"
    machine = next(line for line in quote["lines"] if line["key"] == "machine")
    assert machine["sku"] == "ESP-200"
    values = {value["target"]: value["value"] for value in machine["configuration"]["values"]}
    assert (values["bar.finish"], values["bar.cups"]) == ("petrol", "400")
    assert machine["waterfall"][0]["rule"] == "configuration"
    await soon(lambda: seller.get("cpq", path), lambda seen: seen["credit"] is not None)

    # Configured: what is possible is asked before it is quoted.
    asked = {"model": "halyard", "choices": LINES[0]["configuration"]["choices"]}
    state = await seller.post("cpq", "/v1/configurations/state", asked)
    assert state["consistent"], state

    # Approved by another.
    assert await refused(seller.post("cpq", f"{path}/send", {})) == "quote-needs-approval"
    pending = (
        await seller.call(
            "cpq", "POST", f"{path}/submit", json={}, headers={"If-Match": f'"{quote["version"]}"'}
        )
    ).json()
    signed = {"content_hash": pending["content_hash"]}
    (step,) = (await manager.get("cpq", "/v1/approvals", status="open", quote_id=quote["id"]))[
        "items"
    ]
    approve = f"/v1/approvals/{step['id']}/approve"
    assert await refused(seller.post("cpq", approve, signed)) == "permission-missing"
    assert (await manager.post("cpq", approve, signed))["status"] == "approved"

    # Accepted by link, with the option.
    sent = await seller.post("cpq", f"{path}/send", {})
    assert sent["content_hash"] == pending["content_hash"]
    printed = await seller.call("cpq", "GET", f"{path}/document")
    assert printed.content.startswith(b"%PDF")
    pictures = os.environ.get("TRADEWIND_PICTURES")
    if pictures:
        (Path(pictures) / "quote.pdf").write_bytes(printed.content)
    link = (await seller.post("cpq", f"{path}/links", {}))["path"].removeprefix("/offer#")
    async with httpx.AsyncClient(
        base_url=endpoints.of("cpq"), headers={"Authorization": f"Link {link}"}
    ) as page:

        async def answer(to: str, said: dict[str, Any]) -> dict[str, Any]:
            found = await page.post(
                f"/v1/offer{to}", json=said, headers={"Idempotency-Key": str(uuid.uuid4())}
            )
            assert found.status_code == 200, found.text
            return dict(found.json())

        tampered = await page.get("/v1/offer", headers={"Authorization": f"Link {link[:-1]}"})
        assert (tampered.status_code, tampered.json()["code"]) == (404, "offer-link-not-found")
        picked = await answer("/selection", {"selected": {"grinder": True}})
        done = await answer(
            "/accept", {"content_hash": picked["content_hash"], "accepted_by": "Noor Visser"}
        )
        assert done["status"] == "accepted"
    ordered = await soon(
        lambda: seller.get("cpq", path),
        lambda seen: seen["order"] is not None and seen["order"]["status"] != "placed",
    )
    assert ordered["order"]["status"] in ("confirmed", "held")
    # What was quoted is what is ordered, with its tax, to the cent.
    (order,) = (await seller.get("erp", "/v1/orders", quote_id=quote["id"]))["items"]
    assert (order["net"], order["gross"]) == (ordered["net"], ordered["gross_estimate"])
    assert (await seller.get("cpq", f"{path}/replay"))["same"]

    # Amended mid-term, then renewed.
    (contract,) = (await seller.get("cpq", "/v1/contracts", quote_id=quote["id"]))["items"]
    of = f"/v1/contracts/{contract['id']}"
    change = {
        "effective_on": "2027-01-01",
        "set": [{"key": "subscription", "quantity": "6"}],
    }
    preview = await seller.post("cpq", f"{of}/amendments/preview", change)
    # Two more, 24 months, at 10.
    assert (preview["charge"], preview["credit"]) == ("480", "0")
    for to, said in (
        ("amendments", change),
        ("renewals", {"months": 12, "every": {"policy": "uplift", "uplift": "0.05"}}),
    ):
        made = await seller.post("cpq", f"{of}/{to}", said)
        offered = await seller.post("cpq", f"/v1/quotes/{made['quote_id']}/send", {})
        await seller.post(
            "cpq",
            f"/v1/quotes/{made['quote_id']}/accept",
            {"content_hash": offered["content_hash"], "accepted_by": "Noor Visser"},
        )
    last = await seller.get("cpq", of, on="2029-12-31")
    assert last["end_on"] == "2029-12-31"
    assert [(held["quantity"], held["unit_price"]) for held in last["holdings"]] == [("6", "10.5")]
