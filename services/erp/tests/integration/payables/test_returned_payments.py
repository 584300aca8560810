"""Payments that come back, over HTTP: nothing is left of them but their trace."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

from .test_foreign_bills import RESULT, balances, dollars, pay, rate, revalue

Bills = Callable[..., Awaitable[dict[str, Any]]]
__all__ = ["dollars"]
BACK = {"reason": "Account closed", "reason_code": "AC04"}


async def back(
    api: Api, payment: dict[str, Any], kind: str = "supplier-payments", **more: Any
) -> Any:
    return await api.post(f"/v1/{kind}/{payment['id']}/return", BACK | more)


async def proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/receivables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer
    for path in ("/v1/payables-ageing", "/v1/ageing"):
        for day in ("2025-12-31", "2026-01-03", "2026-01-05"):
            found = (await erp.get(path, as_of=day)).json()
            assert found["agrees"], (path, day, found)


async def test_a_payment_and_its_return_leave_accounts_and_items_as_before(
    erp: Api, posted: Bills, supplier: dict[str, Any]
) -> None:
    bill = await posted("R-1")
    before = await balances(erp)
    body = {"supplier_id": supplier["id"], "amount": "119", "paid_on": "2026-01-03"}
    payment = (await erp.post("/v1/supplier-payments", body)).json()
    assert (await erp.get(f"/v1/bills/{bill['id']}")).json()["open_amount"] == "0"

    answer = await back(erp, payment, returned_on="2026-01-04")

    assert answer.status_code == 200, answer.text
    returned = answer.json()["returned"]
    assert (returned["number"], returned["reason_code"]) == ("RET-2026-000001", "AC04")
    assert await balances(erp) == before
    assert (await erp.get(f"/v1/bills/{bill['id']}")).json()["open_amount"] == "119"
    detail = (await erp.get(f"/v1/supplier-payments/{payment['id']}")).json()
    assert detail["unallocated"] == "0"
    [settled] = detail["allocations"]
    assert (settled["bill_id"], settled["undone_on"]) == (bill["id"], "2026-01-04")
    # On the day between it was paid, and stays so.
    ageing = (await erp.get("/v1/payables-ageing", as_of="2026-01-03")).json()
    assert ageing["suppliers"] == []
    again = await back(erp, payment)
    assert (again.status_code, again.json()["code"]) == (409, "supplier-payment-came-back")
    await proved(erp)


@pytest.mark.parametrize("method", ["with-reversal", "without-reversal"])
async def test_a_foreign_payment_comes_back_at_what_it_was_carried_at(
    erp: Api, dollars: Bills, supplier: dict[str, Any], method: str
) -> None:
    """Realised differences go back too; what stays is the bill, valued as if nothing had been."""
    for day, value in (("2025-12-01", "0.90"), ("2025-12-20", "0.80"), ("2025-12-31", "0.95")):
        await rate(erp, day, value)
    await dollars("2025-12-01", "100")
    before = await balances(erp)
    payment = await pay(erp, supplier, "2025-12-20", "100")
    assert (await balances(erp))["4800"] == -10
    await revalue(erp, "2025-12-31", method)
    answer = await back(erp, payment, returned_on="2026-01-02")
    assert answer.status_code == 200, answer.text
    if method == "without-reversal":
        # The bank was valued while it had paid; the next valuation finds nothing there.
        await rate(erp, "2026-01-03", "0.90")
        await revalue(erp, "2026-01-03", method)
    after = await balances(erp)
    assert sum(after.pop(code, Decimal(0)) for code in RESULT) == 0
    assert after == before
    await proved(erp)


async def test_a_return_of_a_closed_day_counts_in_the_next_open_one(
    erp: Api, posted: Bills, supplier: dict[str, Any], company: dict[str, Any]
) -> None:
    await posted("R-1", issued_on="2025-12-01")
    body = {"supplier_id": supplier["id"], "amount": "50", "paid_on": "2025-12-03"}
    payment = (await erp.post("/v1/supplier-payments", body)).json()
    early = await back(erp, payment, returned_on="2025-12-02")
    assert early.json()["code"] == "returned-before-paid", early.text
    future = await back(erp, payment, returned_on="2026-02-02")
    assert future.json()["code"] == "booked-in-the-future", future.text
    path = f"/v1/companies/{company['id']}/locks"
    version = (await erp.get(path)).json()["version"]
    locked = await erp.put(path, {"all": "2025-12-31"}, version=version)
    assert locked.status_code == 200, locked.text
    returned = (await back(erp, payment, returned_on="2025-12-20")).json()["returned"]
    assert (returned["returned_on"], returned["posted_on"]) == ("2025-12-20", "2026-01-01")
    await proved(erp)


async def test_what_took_a_payment_back_is_not_undone(
    erp: Api, posted: Bills, supplier: dict[str, Any]
) -> None:
    await posted("R-1")
    body = {"supplier_id": supplier["id"], "amount": "50"}
    payment = (await erp.post("/v1/supplier-payments", body)).json()
    await back(erp, payment)
    items = (await erp.get("/v1/payable-items", document_kind="payment-return")).json()["items"]
    assert [item["open_amount"] for item in items] == ["0"]
    clerk = erp.signed_in(subject="w", roles=["warehouse"])
    assert (await back(clerk, payment)).status_code == 403


async def test_a_customers_payment_comes_back_with_its_discount(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    terms = await erp.post(
        "/v1/payment-terms",
        {
            "code": "early",
            "name": "2 % within 10 days",
            "instalments": [{"share": "1", "days": 30}],
            "discounts": [{"rate": "0.02", "days": 10}],
        },
    )
    changed = {"payment_terms_id": terms.json()["id"]}
    await erp.patch(f"/v1/accounts/{account['id']}", changed, version=account["version"])
    line = {"description": "A thing", "quantity": "1", "net_unit_price": "100"}
    body = {"account_id": account["id"], "issued_on": "2026-01-02", "lines": [line]}
    invoice = (await erp.post("/v1/invoices", body)).json()
    before = await balances(erp)
    named = {"invoice_id": invoice["id"], "amount": "116.62", "take_discount": True}
    paid = {"account_id": account["id"], "amount": "116.62", "allocations": [named]}
    payment = await erp.post("/v1/payments", paid)
    assert payment.status_code == 201, payment.text
    assert (await erp.get(f"/v1/invoices/{invoice['id']}")).json()["open_amount"] == "0"

    answer = await back(erp, payment.json(), "payments")

    assert answer.status_code == 200, answer.text
    assert await balances(erp) == before
    async with erp_database.superuser() as connection:
        told = await connection.fetchval(
            "SELECT count(*) FROM platform_outbox WHERE event_type LIKE '%payment-returned%'"
        )
    assert told == 1
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["open_amount"], now["status"]) == ("119", "open")
    exposure = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert Decimal(exposure["open_items"]) == 119
    again = await back(erp, payment.json(), "payments")
    assert (again.status_code, again.json()["code"]) == (409, "payment-came-back")
    await proved(erp)


async def test_a_payment_that_was_refunded_does_not_come_back_as_well(
    erp: Api, account: dict[str, Any]
) -> None:
    paid = {"account_id": account["id"], "amount": "50"}
    payment = (await erp.post("/v1/payments", paid)).json()
    body = {"document_id": payment["id"], "reason": "Paid twice"}
    refund = (await erp.post("/v1/refunds", body)).json()
    answer = await back(erp, payment, "payments")
    assert (answer.status_code, answer.json()["code"]) == (409, "payment-is-used-elsewhere")
    await erp.post(f"/v1/adjustments/{refund['id']}/reversals", {"reason": "Never went"})
    assert (await back(erp, payment, "payments")).status_code == 200
    assert await balances(erp) == {}
    await proved(erp)
