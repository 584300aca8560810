"""Companies, journal entries and the trial balance over HTTP."""

from datetime import date, timedelta
from typing import Any

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


async def accounts(erp: Api, company: dict[str, Any]) -> dict[str, str]:
    answer = await erp.get("/v1/ledger-accounts", company_id=company["id"])
    return {row["code"]: row["id"] for row in answer.json()["items"]}


def entry(
    chart: dict[str, str], amount: str, *, day: str = "2026-01-05", other: str | None = None
) -> dict[str, Any]:
    return {
        "effective_on": day,
        "lines": [
            {"account_id": chart["6100"], "currency": "EUR", "debit": amount},
            {"account_id": chart["1000"], "currency": "EUR", "credit": other or amount},
        ],
    }


async def test_a_new_company_finds_its_chart_ready(erp: Api, company: dict[str, Any]) -> None:
    chart = await accounts(erp, company)

    assert company["is_default"]
    assert {"1000", "1100", "1200", "2200", "4000", "5000"} <= chart.keys()


async def test_only_the_first_company_is_the_default_one(erp: Api, company: dict[str, Any]) -> None:
    second = await erp.post(
        "/v1/companies",
        {"code": "UK", "name": "Britain", "base_currency": "GBP", "country": "GB"},
    )

    assert second.status_code == 201
    assert second.json()["is_default"] is False


async def test_a_company_code_is_given_once(erp: Api, company: dict[str, Any]) -> None:
    again = await erp.post(
        "/v1/companies",
        {"code": "HQ", "name": "Another", "base_currency": "EUR", "country": "DE"},
    )

    assert again.status_code == 409
    assert again.json()["code"] == "company-code-is-taken"


async def test_a_posted_entry_has_a_number_and_shows_in_the_trial_balance(
    erp: Api, company: dict[str, Any]
) -> None:
    chart = await accounts(erp, company)

    posted = await erp.post("/v1/journal-entries", entry(chart, "250.00"))

    assert posted.status_code == 201, posted.text
    assert posted.json()["number"] == "GEN-2026-000001"
    balance = (await erp.get("/v1/trial-balance", company_id=company["id"])).json()
    assert {line["code"]: line["balance"] for line in balance["lines"]} == {
        "1000": "-250",
        "6100": "250",
    }
    assert balance["totals"] == [
        {"currency": "EUR", "debit": "250", "credit": "250", "difference": "0"}
    ]


async def test_numbers_go_on_without_gaps_past_a_refused_entry(
    erp: Api, company: dict[str, Any]
) -> None:
    chart = await accounts(erp, company)

    first = await erp.post("/v1/journal-entries", entry(chart, "1.00"))
    refused = await erp.post("/v1/journal-entries", entry(chart, "1.00", other="2.00"))
    second = await erp.post("/v1/journal-entries", entry(chart, "1.00"))

    assert refused.status_code == 422
    assert refused.json()["code"] == "entry-not-balanced"
    assert [first.json()["number"], second.json()["number"]] == [
        "GEN-2026-000001",
        "GEN-2026-000002",
    ]


async def test_a_control_account_is_not_posted_to_by_hand(
    erp: Api, company: dict[str, Any]
) -> None:
    chart = await accounts(erp, company)
    body = entry(chart, "5.00")
    body["lines"][0]["account_id"] = chart["1100"]

    refused = await erp.post("/v1/journal-entries", body)

    assert refused.status_code == 409
    assert refused.json()["code"] == "ledger-account-is-controlled"
    assert refused.json()["errors"][0]["field"] == "lines.0.account_id"


async def test_a_reversal_takes_the_entry_back_once(erp: Api, company: dict[str, Any]) -> None:
    chart = await accounts(erp, company)
    posted = (await erp.post("/v1/journal-entries", entry(chart, "9.99"))).json()

    reversal = await erp.post(f"/v1/journal-entries/{posted['id']}/reversals", {})
    again = await erp.post(f"/v1/journal-entries/{posted['id']}/reversals", {})

    assert reversal.status_code == 201, reversal.text
    assert reversal.json()["reference"] == posted["number"]
    assert again.json()["code"] == "journal-entry-is-reversed-already"
    balance = (await erp.get("/v1/trial-balance")).json()
    assert {line["balance"] for line in balance["lines"]} == {"0"}


async def test_the_trial_balance_of_any_day_equals_the_lines_up_to_it(
    erp: Api, company: dict[str, Any]
) -> None:
    chart = await accounts(erp, company)
    days = [date(2025, 1, 1), date(2025, 1, 15), date(2025, 1, 31), date(2025, 2, 1)]
    for at, day in enumerate(days, start=1):
        posted = await erp.post("/v1/journal-entries", entry(chart, f"{at}.00", day=str(day)))
        assert posted.status_code == 201

    for offset in range(-1, 40):
        as_of = days[0] + timedelta(days=offset)
        answer = await erp.get("/v1/trial-balance", as_of=str(as_of))
        balances = {line["code"]: line["balance"] for line in answer.json()["lines"]}
        expected = sum(at for at, day in enumerate(days, start=1) if day <= as_of)
        assert balances == ({"6100": f"{expected}", "1000": f"-{expected}"} if expected else {})


async def test_the_proofs_hold(erp: Api, company: dict[str, Any]) -> None:
    chart = await accounts(erp, company)
    for _ in range(3):
        await erp.post("/v1/journal-entries", entry(chart, "12.34"))

    proofs = (await erp.get("/v1/ledger-proofs")).json()

    assert proofs["holds"], proofs


async def test_an_entry_of_another_tenant_does_not_exist(
    erp: Api, company: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    chart = await accounts(erp, company)
    posted = (await erp.post("/v1/journal-entries", entry(chart, "1.00"))).json()
    other = erp.signed_in(tenant="globex")

    assert (await other.get(f"/v1/journal-entries/{posted['id']}")).status_code == 404
    assert (await other.get("/v1/journal-entries")).json()["items"] == []
    assert (await other.get("/v1/trial-balance", company_id=company["id"])).status_code == 404
