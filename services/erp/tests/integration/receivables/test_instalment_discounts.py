"""Discounts for paying instalments early, over HTTP."""

from typing import Any

import pytest

from servicekit.testing.http import Api

from .test_story import balances, invoice_for, pay


@pytest.fixture
async def invoice(erp: Api, account: dict[str, Any]) -> Any:
    """119.00 of 2026-01-01: 35.70 due by the 11th less 3 % by the 6th, 83.30 later less 2 %."""
    terms = await erp.post(
        "/v1/payment-terms",
        {
            "code": "parts",
            "name": "Two parts, each with its discount",
            "instalments": [
                {"share": "0.3", "days": 10, "discounts": [{"rate": "0.03", "days": 5}]},
                {"share": "0.7", "days": 60, "discounts": [{"rate": "0.02", "days": 30}]},
            ],
        },
    )
    assert terms.status_code == 201, terms.text
    assert terms.json()["instalments"][1]["discounts"] == [
        {"rate": "0.02", "days": 30, "basis": "gross"}
    ]
    changed = await erp.patch(
        f"/v1/accounts/{account['id']}",
        {"payment_terms_id": terms.json()["id"]},
        version=account["version"],
    )
    assert changed.status_code == 200, changed.text
    body = invoice_for(account, ("1", "100", "standard"), issued_on="2026-01-01")
    answer = await erp.post("/v1/invoices", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def less(erp: Api, account: dict[str, Any], invoice: Any, amount: str, day: str) -> Any:
    named = [{"invoice_id": invoice["id"], "amount": amount, "take_discount": True}]
    body = {"account_id": account["id"], "amount": amount, "received_on": day}
    return await erp.post("/v1/payments", body | {"allocations": named})


async def test_each_instalment_is_paid_less_its_own_discount(
    erp: Api, account: dict[str, Any], invoice: Any
) -> None:
    assert [(one["instalment"], one["until"], one["amount"]) for one in invoice["discounts"]] == [
        (1, "2026-01-06", "1.07"),
        (2, "2026-01-31", "1.67"),
    ]
    first = await less(erp, account, invoice, "34.63", "2026-01-05")
    assert first.status_code == 201, first.text
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert [part["open_amount"] for part in now["instalments"]] == ["0", "83.3"]
    assert (await balances(erp))["4100"] == "0.9", "without its tax"

    second = await less(erp, account, invoice, "81.63", "2026-01-05")
    assert second.status_code == 201, second.text
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["status"], now["open_amount"]) == ("paid", "0")
    for proofs in ("receivables", "ledger"):
        assert (await erp.get(f"/v1/{proofs}-proofs")).json()["holds"]


async def test_the_discount_of_a_part_is_not_taken_short_or_for_another(
    erp: Api, account: dict[str, Any], invoice: Any
) -> None:
    refused = await less(erp, account, invoice, "34.62", "2026-01-05")
    assert (refused.status_code, refused.json()["code"]) == (422, "discount-is-not-due")
    await pay(erp, account, "35.70", received_on="2026-01-05")
    second = await less(erp, account, invoice, "81.63", "2026-01-05")
    assert second.status_code == 201, second.text
    found = (await erp.get("/v1/adjustments", kind="discount")).json()["items"]
    assert [one["amount"] for one in found] == ["1.67"]
