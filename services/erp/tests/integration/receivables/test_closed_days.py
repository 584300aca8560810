"""A document of a closed day keeps its day and counts from the first open one on."""

from typing import Any

from servicekit.testing.http import Api


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def goods(price: str) -> list[dict[str, str]]:
    return [{"description": "Goods", "quantity": "1", "net_unit_price": price}]


async def close(erp: Api, account: dict[str, Any], until: str) -> None:
    path = f"/v1/companies/{account['company_id']}"
    version = (await erp.get(path)).json()["version"]
    answer = await erp.put(f"{path}/locks", {"all": until}, version=version)
    assert answer.status_code == 200, answer.text


async def test_documents_of_closed_days_count_later_and_ageing_agrees_on_every_day(
    erp: Api, account: dict[str, Any]
) -> None:
    early = {"account_id": account["id"]}
    before = await created(
        erp, "/v1/invoices", early | {"issued_on": "2025-01-10", "lines": goods("100")}
    )
    await close(erp, account, "2025-01-31")

    invoice = await created(
        erp, "/v1/invoices", early | {"issued_on": "2025-01-20", "lines": goods("50")}
    )
    note = await created(
        erp,
        f"/v1/invoices/{before['id']}/credit-notes",
        {"issued_on": "2025-01-21", "reason": "Came back"},
    )
    payment = await created(
        erp, "/v1/payments", early | {"amount": "70", "received_on": "2025-01-25"}
    )
    refund = await created(
        erp,
        "/v1/refunds",
        {"document_id": payment["id"], "refunded_on": "2025-01-26", "reason": "Too much"},
    )

    assert (invoice["issued_on"], invoice["posted_on"]) == ("2025-01-20", "2025-02-01")
    assert (invoice["due_on"], before["posted_on"]) == ("2025-02-19", None)
    assert (note["posted_on"], payment["posted_on"]) == ("2025-02-01", "2025-02-01")
    assert (refund["amount"], refund["posted_on"]) == ("10.5", None)
    assert payment["allocations"][0]["allocated_on"] == "2025-02-01"
    totals = []
    for day in ("2025-01-09", "2025-01-31", "2025-02-01", "2025-12-31"):
        ageing = (await erp.get("/v1/ageing", as_of=day)).json()
        assert ageing["agrees"], (day, ageing)
        totals.append(ageing["totals"].get("EUR", "0"))
    assert totals == ["0", "119", "0", "0"]
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]
