"""Small differences at payments over HTTP: given up within the company's limit."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

from .test_story import balances, events, issue, pay

Tolerating = Callable[..., Awaitable[None]]


@pytest.fixture
def tolerating(erp: Api, account: dict[str, Any]) -> Tolerating:
    async def set_to(**limits: str | None) -> None:
        path = f"/v1/receivables-policies/{account['company_id']}"
        version = (await erp.get(path)).json()["version"]
        answer = await erp.patch(path, limits, version=version)
        assert answer.status_code == 200, answer.text

    return set_to


async def differences(erp: Api) -> list[tuple[str, str]]:
    found = (await erp.get("/v1/adjustments", kind="payment-difference")).json()["items"]
    return [(one["side"], one["amount"]) for one in found]


async def proven(erp: Api) -> None:
    for proofs in ("receivables", "ledger"):
        answer = (await erp.get(f"/v1/{proofs}-proofs")).json()
        assert answer["holds"], answer


async def test_what_is_paid_short_by_little_is_given_up(
    erp: Api, account: dict[str, Any], tolerating: Tolerating, erp_database: ServiceDatabase
) -> None:
    await tolerating(tolerance_amount="0.50", tolerance_share="0.1")
    invoice = await issue(erp, account, "100.00")
    payment = await pay(erp, account, "99.50")

    assert payment["unallocated"] == "0"
    paid = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (paid["status"], paid["open_amount"]) == ("paid", "0")
    assert [one["credit_kind"] for one in paid["allocations"]] == ["payment", "payment-difference"]
    assert await differences(erp) == [("credit", "0.5")]
    assert (await balances(erp))["6860"] == "0.5"
    assert [name for name in await events(erp_database) if name == "adjustment-posted"]
    await proven(erp)


async def test_more_than_the_limit_stays_owed(
    erp: Api, account: dict[str, Any], tolerating: Tolerating
) -> None:
    small = await issue(erp, account, "100.00")
    await pay(erp, account, "99.99")
    await tolerating(tolerance_amount="0.50", tolerance_share="0.1")
    large = await issue(erp, account, "100.00")
    tiny = await issue(erp, account, "1.00")
    for invoice, amount in ((large, "99.49"), (tiny, "0.80")):
        named = [{"invoice_id": invoice["id"], "amount": amount}]
        await pay(erp, account, amount, allocations=named)

    assert await differences(erp) == []
    left = [
        (await erp.get(f"/v1/invoices/{one['id']}")).json()["open_amount"]
        for one in (small, large, tiny)
    ]
    assert left == ["0.01", "0.51", "0.2"]

    named = [{"invoice_id": large["id"], "amount": "0.40"}]
    await pay(erp, account, "0.40", allocations=named, tolerate_difference=False)
    assert await differences(erp) == [], "whoever says so gives up nothing"


async def test_what_is_paid_over_by_little_is_kept_once_nothing_is_owed(
    erp: Api, account: dict[str, Any], tolerating: Tolerating
) -> None:
    await tolerating(tolerance_amount="0.50")
    first = await issue(erp, account, "10.00")
    await issue(erp, account, "20.00")
    named = [{"invoice_id": first["id"], "amount": "10.00"}]
    early = await pay(erp, account, "10.30", allocations=named)
    assert early["unallocated"] == "0.3", "the other invoice may be meant"

    over = await pay(erp, account, "20.50")
    assert over["unallocated"] == "0"
    assert await differences(erp) == [("debit", "0.5")]
    assert (await balances(erp))["6860"] == "-0.5"
    await proven(erp)

    [difference] = (await erp.get("/v1/adjustments", kind="payment-difference")).json()["items"]
    answer = await erp.post(f"/v1/adjustments/{difference['id']}/reversals", {"reason": "Asked"})
    assert answer.status_code == 201, answer.text
    assert (await erp.get(f"/v1/payments/{over['id']}")).json()["unallocated"] == "0.5"
    assert "6860" not in await balances(erp)
    await proven(erp)


@pytest.mark.parametrize("amount", ["99.80", "100.20"])
async def test_with_a_payment_that_comes_back_its_difference_does(
    erp: Api, account: dict[str, Any], tolerating: Tolerating, amount: str
) -> None:
    await tolerating(tolerance_amount="0.50")
    invoice = await issue(erp, account, "100.00")
    payment = await pay(erp, account, amount)
    assert "6860" in await balances(erp)

    body = {"reason": "Charged back"}
    answer = await erp.post(f"/v1/payments/{payment['id']}/return", body)
    assert answer.status_code in (200, 201), answer.text
    assert (await erp.get(f"/v1/invoices/{invoice['id']}")).json()["open_amount"] == "100"
    assert "6860" not in await balances(erp)
    await proven(erp)
