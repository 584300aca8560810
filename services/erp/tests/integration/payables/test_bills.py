"""Bills from draft to payment, over HTTP, on a real database."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

from .conftest import MakesBills

REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)


async def assert_proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        proofs = (await erp.get(path)).json()
        assert proofs["holds"], proofs
    for day in ("2026-01-01", "2026-01-03", "2027-01-01"):
        ageing = (await erp.get("/v1/payables-ageing", as_of=day)).json()
        assert ageing["agrees"], ageing


async def test_a_bill_is_entered_approved_by_somebody_else_posted_and_paid(
    erp: Api, approver: Api, bill_body: Callable[..., Any], cost_account: str
) -> None:
    bill = (await erp.post("/v1/bills", bill_body("R-1"))).json()
    assert (bill["status"], bill["number"], bill["due_on"]) == ("draft", None, "2026-02-01")
    assert bill["discount_on"] == "2026-01-12"
    path = f"/v1/bills/{bill['id']}"

    own = await erp.post(f"{path}/approve", version=1)
    early = await erp.post(f"{path}/post", version=1)
    assert [own.json()["code"], early.json()["code"]] == [
        "approver-entered-it",
        "bill-is-not-in-that-state",
    ]
    assert (await approver.post(f"{path}/post", version=1)).status_code == 403
    approved = await approver.post(f"{path}/approve", version=1)
    assert approved.json()["approved_by"] == "approver", approved.text
    booked = (await erp.post(f"{path}/post", version=2)).json()

    assert (booked["number"], booked["posted_on"]) == ("BIL-2026-000001", "2026-01-02")
    [entry] = (await erp.get("/v1/journal-entries", source_id=bill["id"])).json()["items"]
    assert entry["number"].startswith("PUR-2026-")
    lines = {
        line["account_code"]: (line["debit"], line["credit"])
        for line in (await erp.get(f"/v1/journal-entries/{entry['id']}")).json()["lines"]
    }
    assert lines == {"6900": ("100", "0"), "1400": ("19", "0"), "2000": ("0", "119")}
    paid = await erp.post(
        "/v1/supplier-payments",
        {"supplier_id": bill["supplier_id"], "amount": "120.00", "paid_on": "2026-01-04"},
    )
    assert paid.status_code == 201, paid.text
    assert (paid.json()["unallocated"], paid.json()["allocations"][0]["amount"]) == ("1", "119")
    assert (await erp.get(path)).json()["open_amount"] == "0"
    await assert_proved(erp)

    [part] = paid.json()["allocations"]
    undoing = f"/v1/supplier-allocations/{part['id']}/undoing"
    assert (await erp.post(undoing, {"reason": "Not ours"})).json()["undone_on"]
    assert (await erp.post(undoing, {"reason": "Again"})).json()["code"] == (
        "supplier-allocation-is-undone"
    )
    assert (await erp.get(path)).json()["open_amount"] == "119"
    again = await erp.post("/v1/supplier-allocations", {"document_id": paid.json()["id"]})
    assert [p["amount"] for p in again.json()["items"]] == ["119", "119"]
    await assert_proved(erp)


async def test_credit_notes_are_booked_the_other_way_and_settle_bills(
    erp: Api, posted: MakesBills
) -> None:
    bill = await posted("R-1")
    note = await posted("C-1", net="50.00", tax="9.50", kind="credit-note")
    assert note["number"] == "SCN-2026-000001"

    body = {
        "document_id": note["id"],
        "allocations": [{"bill_id": bill["id"], "amount": "60.00"}],
    }
    assert (await erp.post("/v1/supplier-allocations", body)).json()["code"] == "settles-too-much"
    body["allocations"] = [{"bill_id": bill["id"], "amount": "59.50"}]
    settled = await erp.post("/v1/supplier-allocations", body)

    assert settled.status_code == 200, settled.text
    assert (await erp.get(f"/v1/bills/{bill['id']}")).json()["open_amount"] == "59.5"
    ageing = (await erp.get("/v1/payables-ageing")).json()
    assert (ageing["totals"], ageing["control_account"]) == ({"EUR": "59.5"}, {"EUR": "59.5"})
    await assert_proved(erp)


async def test_wrong_bills_are_refused_with_their_reason(
    erp: Api, approver: Api, bill_body: Callable[..., Any], posted: MakesBills
) -> None:
    await posted("R-1")
    control = next(
        row["id"]
        for row in (await erp.get("/v1/ledger-accounts")).json()["items"]
        if row["code"] == "2000"
    )
    wrong_account = bill_body("R-2")
    wrong_account["lines"][0]["account_id"] = control
    for body, code in (
        (bill_body("R-1"), "bill-is-entered-already"),
        (bill_body("R-2", tax="19.02"), "stated-tax-is-off"),
        (bill_body("R-2", net="100.001"), "amount-has-too-many-decimals"),
        (bill_body("R-2", issued_on="2199-01-01"), "booked-in-the-future"),
        (bill_body("R-2", payment_reference="RF00123"), "payment-reference-is-wrong"),
        (wrong_account, "bill-account-is-wrong"),
    ):
        refused = await erp.post("/v1/bills", body)
        assert refused.json()["code"] == code, refused.text

    draft = (await erp.post("/v1/bills", bill_body("R-2"))).json()
    await erp.post(
        "/v1/bill-approval-limits",
        {"role": "payables_approver", "currency": "EUR", "amount": "118.99"},
    )
    path = f"/v1/bills/{draft['id']}"
    assert (await approver.post(f"{path}/approve", version=1)).json()["code"] == (
        "approval-exceeds-limit"
    )
    rejected = await approver.post(f"{path}/reject", {"reason": "Not ours"}, version=1)
    assert rejected.json()["status"] == "rejected"
    assert (await erp.post("/v1/bills", bill_body("R-2"))).status_code == 201
    await assert_proved(erp)


async def test_bank_details_need_another_person(
    erp: Api, approver: Api, supplier: dict[str, Any]
) -> None:
    path = f"/v1/suppliers/{supplier['id']}/bank-details"
    first = (await erp.post(path, {"iban": "DE89 3704 0044 0532 0130 00"})).json()
    assert (await erp.post(path, {"iban": "DE00"})).json()["code"] == "bank-details-are-wrong"

    own = await erp.post(f"{path}/{first['id']}/approve")
    other = await approver.post(f"{path}/{first['id']}/approve")
    twice = await approver.post(f"{path}/{first['id']}/approve")

    assert own.json()["code"] == "approver-entered-it"
    assert other.json()["status"] == "approved"
    assert twice.json()["code"] == "bank-details-are-decided"
    changed = (await erp.post(path, {"iban": "GB82 WEST 1234 5698 7654 32"})).json()
    newest = (await erp.get(path)).json()["items"][0]
    assert (newest["id"], newest["status"]) == (changed["id"], "waiting")


CHANGES = (
    "UPDATE payables_bill SET gross = gross + 1, net = net + 1",
    "UPDATE payables_bill SET number = 'BIL-2026-000099'",
    "UPDATE payables_bill SET status = 'draft', serial = NULL, number = NULL, series = NULL",
    "UPDATE payables_bill SET approved_by = 'somebody'",
    "DELETE FROM payables_bill",
    "TRUNCATE payables_bill CASCADE",
    "UPDATE payables_bill_line SET net_amount = 1",
    "DELETE FROM payables_bill_tax",
    "INSERT INTO payables_bill_line SELECT tenant, bill_id, 2, 'More', 1, tax_category, tax_rate,"
    " account_id, item_id FROM payables_bill_line",
    "UPDATE payables_payment SET amount = amount + 1",
    "DELETE FROM payables_payment",
    "UPDATE payables_open_item SET open_amount = 0",
    "UPDATE payables_open_item SET posted_on = posted_on - 40",
    "DELETE FROM payables_open_item",
    "UPDATE payables_matching SET amount = 1",
    "DELETE FROM payables_matching",
    "TRUNCATE payables_matching",
    "INSERT INTO payables_matching SELECT tenant, gen_random_uuid(), company_id, supplier_id,"
    " credit_item_id, debit_item_id, 1000, matched_on, NULL, now() FROM payables_matching",
    "INSERT INTO payables_open_item SELECT tenant, gen_random_uuid(), company_id, supplier_id,"
    " document_kind, gen_random_uuid(), side, currency, amount, amount, due_on, posted_on, now()"
    " FROM payables_open_item",
    "INSERT INTO payables_payment SELECT tenant, gen_random_uuid(), company_id, supplier_id, NULL,"
    " series, 99, 'OUT-2026-000099', currency, 1, 0, 0, paid_on, posted_on, method, NULL, now()"
    " FROM payables_payment",
    "UPDATE payables_bank_details SET status = 'approved', decided_by = entered_by,"
    " decided_at = now()",
    "DELETE FROM payables_bank_details",
)


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_what_is_posted_is_neither_altered_nor_removed(
    erp: Api, posted: MakesBills, supplier: dict[str, Any], erp_database: ServiceDatabase, role: str
) -> None:
    bill = await posted("R-1")
    await erp.post("/v1/supplier-payments", {"supplier_id": supplier["id"], "amount": "30.00"})
    await erp.post(
        f"/v1/suppliers/{supplier['id']}/bank-details", {"iban": "DE89370400440532013000"}
    )
    before = (await erp.get(f"/v1/bills/{bill['id']}")).json()

    for change in CHANGES:
        if role == "replication":
            async with erp_database.superuser() as connection:
                await connection.execute("SET session_replication_role = replica")
                with pytest.raises(REFUSED):
                    await connection.execute(change)
            continue
        connection = await asyncpg.connect(erp_database.addresses.app)
        try:
            await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
            with pytest.raises(REFUSED):
                await connection.execute(change)
        finally:
            await connection.close()

    assert (await erp.get(f"/v1/bills/{bill['id']}")).json() == before
    await assert_proved(erp)


async def test_the_database_wants_four_eyes_and_steps(
    erp: Api, bill_body: Callable[..., Any], erp_database: ServiceDatabase
) -> None:
    bill = (await erp.post("/v1/bills", bill_body("R-1"))).json()
    connection = await asyncpg.connect(erp_database.addresses.app)
    try:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        for change in (
            "status = 'approved', approved_by = entered_by, approved_at = now()",
            "status = 'posted', approved_by = 'eve', approved_at = now(), posted_on = issued_on,"
            " series = 'BIL-2026', serial = 0, number = ''",
            "status = 'approved'",
        ):
            with pytest.raises(REFUSED):
                await connection.execute(
                    f"UPDATE payables_bill SET {change} WHERE id = $1", UUID(bill["id"])
                )
        # Posted behind the application's back it has no open item, and is refused at commit.
        with pytest.raises(REFUSED, match="open items of document"):
            async with connection.transaction():
                await connection.execute(
                    "UPDATE payables_bill SET status = 'approved', approved_by = 'eve',"
                    " approved_at = now()"
                )
                await connection.execute(
                    "UPDATE payables_bill SET status = 'posted', posted_on = issued_on,"
                    " series = 'BIL-2026', serial = 77, number = 'x'"
                )
    finally:
        await connection.close()
    assert Decimal((await erp.get(f"/v1/bills/{bill['id']}")).json()["open_amount"]) == 0
