"""Credit notes of invoices and by themselves, over HTTP, on a real database."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

REASON = {"reason": "Came back damaged"}


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def invoice_of(erp: Api, account: dict[str, Any]) -> Any:
    """Three of 33.335 at 19 %, and a service of 50 at 7 %: 100.01 + 50 net, 22.50 tax."""
    return await created(
        erp,
        "/v1/invoices",
        {
            "account_id": account["id"],
            "issued_on": "2025-01-05",
            "lines": [
                {"description": "Goods", "quantity": "3", "net_unit_price": "33.335"},
                {
                    "description": "Service",
                    "quantity": "1",
                    "net_unit_price": "50",
                    "tax_category": "reduced",
                },
            ],
        },
    )


async def assert_proved(erp: Api) -> None:
    for path in ("/v1/receivables-proofs", "/v1/ledger-proofs"):
        proofs = (await erp.get(path)).json()
        assert proofs["holds"], proofs
    ageing = (await erp.get("/v1/ageing")).json()
    assert ageing["agrees"], ageing


async def test_a_full_credit_takes_an_invoice_back_to_the_cent(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    invoice = await invoice_of(erp, account)

    note = await created(erp, f"/v1/invoices/{invoice['id']}/credit-notes", REASON)

    assert note["number"].startswith("CRN-")
    assert [note[k] for k in ("net", "tax", "gross")] == [
        invoice[k] for k in ("net", "tax", "gross")
    ]
    assert (note["open_amount"], note["allocations"][0]["amount"]) == ("0", invoice["gross"])
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["status"], now["open_amount"]) == ("paid", "0")
    [settled] = now["allocations"]
    assert (settled["credit_kind"], settled["credit_document_id"]) == ("credit-note", note["id"])
    [entry] = (await erp.get("/v1/journal-entries", source_id=note["id"])).json()["items"]
    [booked] = (await erp.get("/v1/journal-entries", source_id=invoice["id"])).json()["items"]
    ids = [
        (await erp.get(f"/v1/journal-entries/{e['id']}")).json()["lines"] for e in (entry, booked)
    ]
    assert {(x["account_code"], x["debit"], x["credit"]) for x in ids[0]} == {
        (x["account_code"], x["credit"], x["debit"]) for x in ids[1]
    }
    again = await erp.post(f"/v1/invoices/{invoice['id']}/credit-notes", REASON)
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-credit")
    await assert_proved(erp)
    async with erp_database.superuser() as connection:
        row = await connection.fetchrow(
            "SELECT body FROM platform_outbox WHERE topic = 'erp.credit_note'"
        )
    told = json.loads(row["body"])
    assert [line["net"]["amount"] for line in told["lines"]] == ["100.01", "50"] or [
        line["net"]["amount"] for line in told["lines"]
    ] == ["100", "50.01"]
    assert told["invoice_id"] == invoice["id"]


async def test_partial_credits_leave_exactly_the_rest(erp: Api, account: dict[str, Any]) -> None:
    invoice = await invoice_of(erp, account)
    path = f"/v1/invoices/{invoice['id']}/credit-notes"

    first = await created(erp, path, REASON | {"lines": [{"position": 1, "quantity": "1"}]})
    second = await created(erp, path, REASON | {"lines": [{"position": 2, "amount": "10"}]})
    rest = await created(erp, path, REASON)

    for name in ("net", "tax", "gross"):
        cents = sum(int(float(note[name]) * 100 + 0.5) for note in (first, second, rest))
        assert cents == int(float(invoice[name]) * 100 + 0.5), name
    assert (second["lines"][0]["quantity"], second["net"]) == (None, "10")
    numbers = [note["number"][-6:] for note in (first, second, rest)]
    assert numbers == ["000001", "000002", "000003"]
    await assert_proved(erp)


async def test_what_is_credited_of_a_paid_invoice_is_allocated_to_another(
    erp: Api, account: dict[str, Any]
) -> None:
    invoice = await invoice_of(erp, account)
    await created(erp, "/v1/payments", {"account_id": account["id"], "amount": invoice["gross"]})
    note = await created(
        erp,
        f"/v1/invoices/{invoice['id']}/credit-notes",
        REASON | {"lines": [{"position": 2, "quantity": "1"}]},
    )
    assert (note["gross"], note["open_amount"]) == ("53.5", "53.5")
    other = await invoice_of(erp, account)

    allocated = await erp.post(
        f"/v1/credit-notes/{note['id']}/allocations",
        {"allocations": [{"invoice_id": other["id"], "amount": "50"}]},
    )

    assert allocated.json()["open_amount"] == "3.5", allocated.text
    open_now = (await erp.get(f"/v1/invoices/{other['id']}")).json()["open_amount"]
    assert open_now == str(round(float(other["gross"]) - 50, 2))
    too_much = await erp.post(
        f"/v1/credit-notes/{note['id']}/allocations",
        {"allocations": [{"invoice_id": other["id"], "amount": "3.51"}]},
    )
    assert too_much.json()["code"] == "allocation-exceeds-payment"
    part = allocated.json()["allocations"][0]
    await erp.post(f"/v1/allocations/{part['id']}/undoing", REASON)
    assert (await erp.get(f"/v1/credit-notes/{note['id']}")).json()["open_amount"] == "53.5"
    await assert_proved(erp)


async def test_a_credit_note_by_itself(erp: Api, account: dict[str, Any]) -> None:
    note = await created(
        erp,
        "/v1/credit-notes",
        {
            "account_id": account["id"],
            "reason": "Bonus of the year",
            "lines": [{"description": "Bonus", "quantity": "1", "net_unit_price": "100"}],
        },
    )

    assert (note["gross"], note["open_amount"], note["invoice_id"]) == ("119", "119", None)
    now = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert (now["open_items"], now["exposure"]) == ("-119", "-119")
    listed = (await erp.get("/v1/credit-notes", account_id=account["id"])).json()["items"]
    assert [row["id"] for row in listed] == [note["id"]]
    unknown = await erp.get(f"/v1/credit-notes/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "credit-note-not-found")
    await assert_proved(erp)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": [{"position": 3, "quantity": "1"}]}, "line-is-not-on-invoice"),
        ({"lines": [{"position": 1, "quantity": "4"}]}, "credit-exceeds-invoice"),
        ({"lines": [{"position": 1, "amount": "100.01"}]}, "credit-exceeds-invoice"),
        ({"lines": [{"position": 1, "amount": "0.001"}]}, "amount-has-too-many-decimals"),
        ({"lines": [{"position": 1}]}, "invalid-request"),
        ({"issued_on": "2025-01-04"}, "credited-before-invoiced"),
    ],
)
async def test_what_cannot_be_credited_is_refused(
    erp: Api, account: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    invoice = await invoice_of(erp, account)
    refused = await erp.post(f"/v1/invoices/{invoice['id']}/credit-notes", REASON | more)
    assert 400 <= refused.status_code < 500
    if code != "invalid-request":
        assert refused.json()["code"] == code, refused.text
    await assert_proved(erp)


async def test_two_at_once_credit_an_invoice_once(erp: Api, account: dict[str, Any]) -> None:
    invoice = await invoice_of(erp, account)
    path = f"/v1/invoices/{invoice['id']}/credit-notes"

    answers = await asyncio.gather(*(erp.post(path, REASON) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    await assert_proved(erp)


@pytest.mark.parametrize("role", ["application", "replication"])
async def test_the_database_credits_no_more_than_was_invoiced(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase, role: str
) -> None:
    invoice = await invoice_of(erp, account)
    path = f"/v1/invoices/{invoice['id']}/credit-notes"
    note = await created(erp, path, REASON | {"lines": [{"position": 2, "quantity": "1"}]})
    refused = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)

    async with erp_database.superuser() as connection:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        if role == "replication":
            await connection.execute("SET session_replication_role = replica")
        for change in (
            "UPDATE receivables_credit_note SET gross = gross + 1, net = net + 1",
            "UPDATE receivables_credit_note SET open_amount = 1",
            "DELETE FROM receivables_credit_note",
            "UPDATE receivables_credit_note_line SET quantity = 2",
            "DELETE FROM receivables_credit_note_tax",
        ):
            with pytest.raises(refused):
                await connection.execute(change)
        with pytest.raises(refused, match="credited than was invoiced"):
            async with connection.transaction():
                again = uuid4()
                await connection.execute(
                    "INSERT INTO receivables_credit_note SELECT tenant, $2, company_id, account_id,"
                    " customer_id, invoice_id, order_id, series, 0, '', currency, issued_on,"
                    " posted_on, reason, reference, net, tax, gross, gross, now()"
                    " FROM receivables_credit_note WHERE id = $1",
                    UUID(note["id"]),
                    again,
                )
                await connection.execute(
                    "INSERT INTO receivables_open_item SELECT tenant, gen_random_uuid(),"
                    " company_id, account_id, document_kind, $2, 1, side, currency, amount,"
                    " amount, due_on, posted_on, base_currency, amount, amount, NULL, now()"
                    " FROM receivables_open_item WHERE document_id = $1",
                    UUID(note["id"]),
                    again,
                )
                await connection.execute(
                    "INSERT INTO receivables_credit_note_tax SELECT tenant, $2, category, rate,"
                    " base, tax FROM receivables_credit_note_tax WHERE credit_note_id = $1",
                    UUID(note["id"]),
                    again,
                )
    await assert_proved(erp)
