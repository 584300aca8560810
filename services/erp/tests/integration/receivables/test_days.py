"""Nothing is booked on a day that has not come, and an invoice over nothing is paid at once."""

from datetime import timedelta
from typing import Any

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def invoice_over(account: dict[str, Any], price: str) -> dict[str, Any]:
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": price,
        "tax_category": "zero",
    }
    return {"account_id": account["id"], "lines": [line]}


@pytest.mark.parametrize(
    "field", ["issued_on", "received_on", "allocated_on", "effective_on", "reversal"]
)
async def test_a_day_that_has_not_come_is_refused_and_today_is_not(
    erp: Api, erp_database: ServiceDatabase, account: dict[str, Any], field: str
) -> None:
    today = erp_database.clock.now().date()
    if field == "issued_on":
        path, body = "/v1/invoices", invoice_over(account, "10")
    elif field == "received_on":
        path, body = "/v1/payments", {"account_id": account["id"], "amount": "10"}
    elif field == "allocated_on":
        payment = await created(
            erp,
            "/v1/payments",
            {"account_id": account["id"], "amount": "10", "allocations": []},
        )
        path, body = f"/v1/payments/{payment['id']}/allocations", {}
    else:
        chart = (await erp.get("/v1/ledger-accounts")).json()["items"]
        ids = {row["code"]: row["id"] for row in chart}
        path = "/v1/journal-entries"
        body = {
            "lines": [
                {"account_id": ids["6100"], "currency": "EUR", "debit": "10"},
                {"account_id": ids["1000"], "currency": "EUR", "credit": "10"},
            ]
        }
        if field == "reversal":
            entry = await created(erp, path, body)
            path, body, field = f"{path}/{entry['id']}/reversals", {}, "effective_on"

    refused = await erp.post(path, body | {field: str(today + timedelta(days=1))})
    taken = await erp.post(path, body | {field: str(today)})

    assert (refused.status_code, refused.json()["code"]) == (409, "booked-in-the-future")
    assert refused.json()["errors"][0]["field"] == field
    assert taken.status_code in (200, 201), taken.text


async def test_an_invoice_over_nothing_is_announced_as_paid(
    erp: Api, erp_database: ServiceDatabase, account: dict[str, Any]
) -> None:
    invoice = await created(erp, "/v1/invoices", invoice_over(account, "0"))

    assert (invoice["status"], invoice["open_amount"]) == ("paid", "0")
    async with erp_database.superuser() as connection:
        rows = await connection.fetch(
            "SELECT event_type FROM platform_outbox WHERE topic = 'erp.invoice' ORDER BY id"
        )
    assert [row["event_type"].split(".")[2] for row in rows] == ["invoice-issued", "invoice-paid"]


async def test_the_entry_of_an_invoice_is_not_reversed_by_hand(
    erp: Api, account: dict[str, Any]
) -> None:
    invoice = await created(erp, "/v1/invoices", invoice_over(account, "10"))
    [entry] = (await erp.get("/v1/journal-entries", source_id=invoice["id"])).json()["items"]

    refused = await erp.post(f"/v1/journal-entries/{entry['id']}/reversals", {})

    assert refused.json()["code"] == "journal-entry-has-a-document"
    assert refused.json()["detail"].endswith(" was booked by an invoice.")
