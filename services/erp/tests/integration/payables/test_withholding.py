"""Tax that is withheld from suppliers, from the bill to the return, over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.testing.http import Api

Bills = Callable[..., Awaitable[dict[str, Any]]]
JANUARY = {"period_from": "2026-01-01", "period_to": "2026-01-31"}


@pytest.fixture
async def withheld_from(erp: Api, supplier: dict[str, Any]) -> dict[str, Any]:
    """15 % of the net is withheld from the supplier."""
    answer = await erp.post(
        "/v1/withholding-rates",
        {
            "country": "DE",
            "kind": "professional-services",
            "name": "Professional services",
            "rate": "0.15",
            "valid_from": "2026-01-01",
        },
    )
    assert answer.status_code == 201, answer.text
    changed = await erp.patch(
        f"/v1/suppliers/{supplier['id']}",
        {"withholding_kind": "professional-services"},
        version=supplier["version"],
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["withholding_kind"] == "professional-services"
    return dict(changed.json())


async def balances(erp: Api) -> dict[str, str]:
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    return {line["code"]: line["base_balance"] for line in lines if line["base_balance"] != "0"}


async def withheld_box(erp: Api) -> tuple[str, str]:
    preview = (await erp.get("/v1/vat-return-previews", **JANUARY)).json()
    [box] = [box for box in preview["boxes"] if box["code"] == "WITHHELD-W-15"]
    return box["base"], box["tax"]


async def proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer


async def test_the_supplier_gets_the_net_of_what_is_withheld(
    erp: Api, withheld_from: dict[str, Any], posted: Bills
) -> None:
    bill = await posted("U-1", net="100.10", tax="19.02")
    # 15 % of 100.10 is 15.015, away from zero.
    assert (bill["withholding_rate"], bill["withheld"], bill["gross"], bill["payable"]) == (
        "0.15", "15.02", "119.12", "104.1",
    )  # fmt: skip
    assert bill["open_amount"] == "104.1"
    assert await balances(erp) == {
        "1400": "19.02",
        "2000": "-104.1",
        "2210": "-15.02",
        "6900": "100.1",
    }
    assert await withheld_box(erp) == ("100.1", "15.02")
    paid = await erp.post(
        "/v1/supplier-payments", {"supplier_id": withheld_from["id"], "amount": "104.10"}
    )
    assert (paid.status_code, paid.json()["unallocated"]) == (201, "0"), paid.text
    await posted("C-1", net="100.10", tax="19.02", kind="credit-note")
    found = await balances(erp)
    assert "2210" not in found
    assert found["2000"] == "104.1"
    assert await withheld_box(erp) == ("0", "0")
    await proved(erp)


async def test_in_another_currency_the_account_and_the_return_say_the_same(
    erp: Api, withheld_from: dict[str, Any], posted: Bills
) -> None:
    rate = {"base": "USD", "quote": "EUR", "rate_on": "2026-01-02", "rate": "0.93337"}
    assert (await erp.post("/v1/exchange-rates", {"rates": [rate]})).status_code == 201
    bill = await posted("U-1", net="388.33", tax="73.78", currency="USD")
    assert (bill["withheld"], bill["payable"]) == ("58.25", "403.86")
    # 58.25 USD at 0.93337.
    assert (await balances(erp))["2210"] == "-54.37"
    assert (await withheld_box(erp))[1] == "54.37"
    await proved(erp)


async def test_without_a_rate_on_the_day_the_bill_is_refused(
    erp: Api, withheld_from: dict[str, Any], bill_body: Callable[..., Any]
) -> None:
    body = bill_body("U-1", issued_on="2025-12-31")
    answer = await erp.post("/v1/bills", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "withholding-does-not-fit")
    assert answer.json()["errors"][0]["field"] == "supplier_id"
