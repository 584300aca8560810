"""Instalments, discounts, write-offs and refunds, over HTTP, on a real database."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def invoice_over(erp: Api, account: dict[str, Any], price: str = "100") -> Any:
    line = {"description": "Goods", "quantity": "1", "net_unit_price": price}
    return await created(
        erp,
        "/v1/invoices",
        {"account_id": account["id"], "issued_on": "2025-01-31", "lines": [line]},
    )


async def booked(erp: Api, document_id: str) -> dict[str, str]:
    """Debit less credit by account code."""
    [entry] = (await erp.get("/v1/journal-entries", source_id=document_id)).json()["items"]
    lines = (await erp.get(f"/v1/journal-entries/{entry['id']}")).json()["lines"]
    return {
        line["account_code"]: line["debit"] if line["debit"] != "0" else f"-{line['credit']}"
        for line in lines
    }


async def assert_proved(erp: Api) -> None:
    for path in ("/v1/receivables-proofs", "/v1/ledger-proofs"):
        proofs = (await erp.get(path)).json()
        assert proofs["holds"], proofs
    for day in ("2025-02-05", "2025-12-31"):
        assert (await erp.get("/v1/ageing", as_of=day)).json()["agrees"]


TERMS = {
    "code": "30-70",
    "name": "30 % at once, 70 % at the end of the next month, 2 % within ten days",
    "instalments": [
        {"share": "0.3", "days": 0},
        {"share": "0.7", "days": 28, "end_of_month": True},
    ],
    "discounts": [{"rate": "0.02", "days": 10}],
}


@pytest.fixture
async def on_terms(erp: Api, account: dict[str, Any]) -> dict[str, Any]:
    """The account, on terms of two instalments and a discount."""
    terms = await created(erp, "/v1/payment-terms", TERMS)
    answer = await erp.patch(
        f"/v1/accounts/{account['id']}",
        {"payment_terms_id": terms["id"]},
        version=account["version"],
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_an_invoice_takes_the_accounts_terms(erp: Api, on_terms: dict[str, Any]) -> None:
    invoice = await invoice_over(erp, on_terms)

    parts = [(p["due_on"], p["amount"]) for p in invoice["instalments"]]
    assert parts == [("2025-01-31", "35.7"), ("2025-02-28", "83.3")]
    assert invoice["due_on"] == "2025-02-28"
    assert [(d["until"], d["amount"]) for d in invoice["discounts"]] == [("2025-02-10", "2.38")]
    payment = await created(
        erp,
        "/v1/payments",
        {"account_id": on_terms["id"], "amount": "40", "received_on": "2025-02-01"},
    )
    assert [part["amount"] for part in payment["allocations"]] == ["35.7", "4.3"]
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert [p["open_amount"] for p in now["instalments"]] == ["0", "79"]
    ageing = (await erp.get("/v1/ageing", as_of="2025-03-01")).json()["accounts"][0]
    assert ageing["buckets"]["1-30"] == "79"
    await assert_proved(erp)


async def test_a_discount_is_taken_in_time_and_lowers_the_tax(
    erp: Api, on_terms: dict[str, Any]
) -> None:
    invoice = await invoice_over(erp, on_terms)
    part = {"invoice_id": invoice["id"], "amount": "116.62", "take_discount": True}
    body = {"account_id": on_terms["id"], "amount": "116.62", "allocations": [part]}

    late = await erp.post("/v1/payments", body | {"received_on": "2025-02-11"})
    short = await erp.post(
        "/v1/payments",
        body | {"received_on": "2025-02-10", "allocations": [part | {"amount": "116.61"}]},
    )
    await created(erp, "/v1/payments", body | {"received_on": "2025-02-10"})

    for refused in (late, short):
        assert (refused.status_code, refused.json()["code"]) == (422, "discount-is-not-due")
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["status"], now["open_amount"]) == ("paid", "0")
    [discount] = (await erp.get("/v1/adjustments", kind="discount")).json()["items"]
    assert (discount["amount"], discount["tax"]) == ("2.38", "0.38")
    assert await booked(erp, discount["id"]) == {"1100": "-2.38", "4100": "2", "2200": "0.38"}
    await assert_proved(erp)


async def test_a_write_off_has_a_limit_a_share_of_the_tax_and_a_way_back(
    erp: Api, account: dict[str, Any]
) -> None:
    path = f"/v1/receivables-policies/{account['company_id']}"
    policy = (await erp.get(path)).json()
    await erp.patch(path, {"write_off_limit": "50"}, version=policy["version"])
    invoice = await invoice_over(erp, account)
    await created(erp, "/v1/payments", {"account_id": account["id"], "amount": "59.5"})
    write_off = f"/v1/invoices/{invoice['id']}/write-offs"
    reason = {"reason": "Insolvent"}

    reader = await erp.signed_in(roles=["reader"]).post(write_off, reason)
    assert reader.status_code == 403
    too_much = await erp.post(write_off, reason | {"amount": "59.51"})
    assert too_much.json()["code"] == "nothing-is-open"
    written = await created(erp, write_off, reason | {"lowers_tax": True})

    assert (written["amount"], written["tax"], written["open_amount"]) == ("59.5", "9.5", "0")
    assert await booked(erp, written["id"]) == {"1100": "-59.5", "6850": "50", "2200": "9.5"}
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert now["status"] == "paid"
    settled = now["allocations"][1]
    kept = await erp.post(f"/v1/allocations/{settled['id']}/undoing", reason)
    assert kept.json()["code"] == "allocation-belongs-to-its-document"
    await assert_proved(erp)

    back = await created(erp, f"/v1/adjustments/{written['id']}/reversals", reason)
    again = await erp.post(f"/v1/adjustments/{written['id']}/reversals", reason)

    assert (back["side"], back["reverses"]) == ("debit", written["id"])
    assert await booked(erp, back["id"]) == {"1100": "59.5", "6850": "-50", "2200": "-9.5"}
    assert again.json()["code"] == "adjustment-is-reversed"
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["status"], now["open_amount"]) == ("partially-paid", "59.5")
    await assert_proved(erp)


async def test_what_is_booked_and_taken_back_is_told_with_the_credit_after_it(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    invoice = await invoice_over(erp, account)
    paid = {"account_id": account["id"], "amount": "59.5"}
    await created(erp, "/v1/payments", paid)
    too_much = await created(erp, "/v1/payments", paid | {"allocations": []})
    written = await created(
        erp, f"/v1/invoices/{invoice['id']}/write-offs", {"reason": "Insolvent"}
    )
    refunded = await created(
        erp, "/v1/refunds", {"document_id": too_much["id"], "reason": "Paid twice"}
    )
    for adjustment in (refunded, written):
        path = f"/v1/adjustments/{adjustment['id']}/reversals"
        await created(erp, path, {"reason": "By mistake"})

    async with erp_database.superuser() as connection:
        rows = await connection.fetch(
            "SELECT topic, body FROM platform_outbox"
            " WHERE topic IN ('erp.adjustment', 'erp.credit') ORDER BY id"
        )
    told = list[tuple[str, str, str, Decimal]]()
    for row in rows:
        data = orjson.loads(row["body"])
        if row["topic"] == "erp.credit":
            owed = Decimal(data["open_items"]["amount"])
            continue
        told.append((data["kind"], data.get("reversal_number", ""), data["reason"], owed))
    assert told == [
        ("write-off", "", "Insolvent", Decimal("-59.5")),
        ("refund", "", "Paid twice", Decimal(0)),
        ("refund", "RFD-2026-000002", "By mistake", Decimal("-59.5")),
        ("write-off", "WOF-2026-000002", "By mistake", Decimal(0)),
    ]


async def test_more_than_the_limit_needs_another_permission(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    from datetime import date
    from uuid import UUID

    from erp.receivables import service
    from erp.receivables.rules import WriteOffExceedsLimit
    from servicekit.uow import Principal

    path = f"/v1/receivables-policies/{account['company_id']}"
    policy = (await erp.get(path)).json()
    await erp.patch(path, {"write_off_limit": "50"}, version=policy["version"])
    invoice = await invoice_over(erp, account)
    clerk = Principal("clerk", "acme", permissions=frozenset({"erp.receivables.write_off"}))

    async def give_up(amount: str) -> None:
        async with erp_database.app.unit_of_work(clerk) as uow:
            await service.write_off(
                uow,
                UUID(invoice["id"]),
                amount=Decimal(amount),
                on=date(2025, 3, 1),
                reason="Small change",
                lowers_tax=False,
            )

    with pytest.raises(WriteOffExceedsLimit):
        await give_up("50.01")
    await give_up("50")


async def test_a_credit_is_paid_back(erp: Api, account: dict[str, Any]) -> None:
    invoice = await invoice_over(erp, account)
    await created(erp, "/v1/payments", {"account_id": account["id"], "amount": "119"})
    note = await created(erp, f"/v1/invoices/{invoice['id']}/credit-notes", {"reason": "Came back"})
    body = {"document_id": note["id"], "reason": "Paid back"}

    refunded = await created(erp, "/v1/refunds", body | {"amount": "100"})
    too_much = await erp.post("/v1/refunds", body | {"amount": "19.01"})

    assert await booked(erp, refunded["id"]) == {"1100": "100", "1000": "-100"}
    assert too_much.json()["code"] == "nothing-is-open"
    assert (await erp.get(f"/v1/credit-notes/{note['id']}")).json()["open_amount"] == "19"
    await assert_proved(erp)
    await created(erp, f"/v1/adjustments/{refunded['id']}/reversals", {"reason": "Sent back"})
    assert (await erp.get(f"/v1/credit-notes/{note['id']}")).json()["open_amount"] == "119"
    await assert_proved(erp)


async def test_terms_that_do_not_add_up_are_refused(erp: Api, company: dict[str, Any]) -> None:
    refused = await erp.post(
        "/v1/payment-terms", TERMS | {"instalments": [{"share": "0.9", "days": 3}]}
    )
    assert refused.json()["code"] == "shares-are-not-the-whole"
    row = await created(erp, "/v1/payment-terms", TERMS)
    again = await erp.post("/v1/payment-terms", TERMS)
    assert again.json()["code"] == "payment-terms-code-is-taken"
    path = f"/v1/payment-terms/{row['id']}"
    changed = await erp.patch(path, {"active": False}, version=row["version"])
    assert changed.json()["active"] is False
    listed = (await erp.get("/v1/payment-terms", active="true")).json()["items"]
    assert listed == []
