"""Dunning, disputes and promises, and statements, over HTTP, on a real database."""

from typing import Any

import pytest

from servicekit.testing.http import Api


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def invoice_of(erp: Api, account: dict[str, Any], day: str, price: str = "100") -> Any:
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": price,
        "tax_category": "zero",
    }
    return await created(
        erp, "/v1/invoices", {"account_id": account["id"], "issued_on": day, "lines": [line]}
    )


async def item_of(erp: Api, invoice: Any) -> str:
    [item] = (await erp.get("/v1/open-items", document_id=invoice["id"])).json()["items"]
    return str(item["id"])


async def run(erp: Api, day: str, **more: Any) -> list[Any]:
    answer = await erp.post("/v1/dunning-runs", {"dunned_on": day} | more)
    assert answer.status_code == 200, answer.text
    letters: list[Any] = answer.json()["letters"]
    return letters


@pytest.fixture
async def dunned(erp: Api, account: dict[str, Any]) -> dict[str, Any]:
    """The account, in a company that duns after 5, 15 and 30 days, at 9 % capped at 6 %."""
    policy = await created(
        erp,
        "/v1/dunning-policies",
        {
            "code": "usual",
            "name": "The usual",
            "levels": [
                {"days": 5},
                {"days": 15, "fee": "5"},
                {"days": 30, "fee": "10", "interest": True},
            ],
        },
    )
    path = f"/v1/receivables-policies/{account['company_id']}"
    version = (await erp.get(path)).json()["version"]
    answer = await erp.patch(
        path,
        {
            "dunning_policy_id": policy["id"],
            "interest_rate": "0.09",
            "interest_cap": "0.06",
            "interest_basis": 360,
        },
        version=version,
    )
    assert answer.status_code == 200, answer.text
    return account


async def test_an_item_climbs_a_level_at_a_time_and_once_a_day(
    erp: Api, dunned: dict[str, Any]
) -> None:
    invoice = await invoice_of(erp, dunned, "2025-01-01", "1000")  # due on 31 January

    assert await run(erp, "2025-02-04") == []
    [preview] = await run(erp, "2025-02-05", dry_run=True)
    [first] = await run(erp, "2025-02-05")
    assert preview == first
    assert (first["level"], first["total"], first["lines"][0]["days_overdue"]) == (1, "1000", 5)
    assert await run(erp, "2025-02-05") == []
    assert await run(erp, "2025-02-14") == []
    [second] = await run(erp, "2025-02-15")
    [third] = await run(erp, "2025-03-02")
    assert await run(erp, "2025-03-03") == []

    assert (second["level"], second["lines"][0]["fee"], second["total"]) == (2, "5", "1005")
    # 1000 x 6 % x 30 / 360: the law's cap, not the company's 9 %.
    assert (third["lines"][0]["interest"], third["total"]) == ("5", "1015")
    assert (await erp.get("/v1/dunning-runs/2025-03-02")).json()["letters"] == [third]
    charged = (await erp.get("/v1/adjustments", about_id=invoice["id"])).json()["items"]
    assert sorted((c["kind"], c["amount"]) for c in charged) == [
        ("dunning-fee", "10"),
        ("dunning-fee", "5"),
        ("interest", "5"),
    ]
    now = (await erp.get(f"/v1/accounts/{dunned['id']}")).json()
    assert now["open_items"] == "1020"
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]
    assert (await erp.get("/v1/ageing", as_of="2025-03-02")).json()["agrees"]
    paid = await created(erp, "/v1/payments", {"account_id": dunned["id"], "amount": "1020"})
    assert (paid["unallocated"], len(paid["allocations"])) == ("0", 4)


async def test_a_dispute_or_a_promise_pauses_its_item_alone(
    erp: Api, dunned: dict[str, Any]
) -> None:
    first = await invoice_of(erp, dunned, "2025-01-01")
    second = await invoice_of(erp, dunned, "2025-01-01")
    third = await invoice_of(erp, dunned, "2025-01-01")
    reason = {"reason": "They say so"}
    dispute = await created(
        erp, f"/v1/open-items/{await item_of(erp, first)}/pauses", reason | {"kind": "dispute"}
    )
    path = f"/v1/open-items/{await item_of(erp, second)}/pauses"
    vague = await erp.post(path, reason | {"kind": "promise"})
    assert vague.json()["code"] == "promise-needs-a-day"
    await created(erp, path, reason | {"kind": "promise", "until": "2025-02-10"})

    [letter] = await run(erp, "2025-02-10")
    assert [line["document_id"] for line in letter["lines"]] == [third["id"]]
    [letter] = await run(erp, "2025-02-11")
    assert [line["document_id"] for line in letter["lines"]] == [second["id"]]
    lifted = await erp.post(f"/v1/pauses/{dispute['id']}/lifting", reason)
    assert lifted.json()["lifted_at"] is not None
    [letter] = await run(erp, "2025-02-12")
    assert [line["document_id"] for line in letter["lines"]] == [first["id"]]


async def test_levels_that_do_not_rise_are_refused(erp: Api, company: dict[str, Any]) -> None:
    refused = await erp.post(
        "/v1/dunning-policies",
        {"code": "x", "name": "X", "levels": [{"days": 5}, {"days": 5}]},
    )
    assert refused.json()["code"] == "levels-are-out-of-order"


async def test_a_statement_leads_from_the_opening_to_the_closing_balance(
    erp: Api, account: dict[str, Any]
) -> None:
    await invoice_of(erp, account, "2025-01-10")
    invoice = await invoice_of(erp, account, "2025-02-10", "50")
    payment = await created(
        erp,
        "/v1/payments",
        {"account_id": account["id"], "amount": "120", "received_on": "2025-02-20"},
    )
    path = f"/v1/account-statements/{account['id']}"

    statement = (await erp.get(path, first="2025-02-01", last="2025-02-28")).json()

    assert (statement["opening"], statement["closing"]) == ("100", "30")
    assert [
        (m["number"], m["debit"], m["credit"], m["balance"]) for m in statement["movements"]
    ] == [
        (invoice["number"], "50", "0", "150"),
        (payment["number"], "0", "120", "30"),
    ]
    table = await erp.get(f"{path}/csv", first="2025-02-01", last="2025-02-28")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[-1] == "2025-02-28,closing,,,,30"
