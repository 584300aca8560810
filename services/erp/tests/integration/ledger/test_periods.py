"""Closed periods, amounts in the company's currency, dimensions, and what was known when."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

DAY = "2025-11-05"


@pytest.fixture
async def chart(erp: Api, company: dict[str, Any]) -> dict[str, str]:
    answer = await erp.get("/v1/ledger-accounts", company_id=company["id"])
    return {row["code"]: row["id"] for row in answer.json()["items"]}


def entry(chart: dict[str, str], amount: str, *, day: str = DAY, **more: Any) -> dict[str, Any]:
    return {
        "effective_on": day,
        "lines": [
            {"account_id": chart["6100"], "currency": "EUR", "debit": amount} | more,
            {"account_id": chart["1000"], "currency": "EUR", "credit": amount},
        ],
    }


async def close(erp: Api, company: dict[str, Any], **until: str) -> dict[str, Any]:
    now = (await erp.get(f"/v1/companies/{company['id']}/locks")).json()
    answer = await erp.put(f"/v1/companies/{company['id']}/locks", until, version=now["version"])
    body: dict[str, Any] = answer.json()
    return body | {"status_code": answer.status_code}


async def test_a_closed_day_takes_no_entry_by_hand_and_says_which_day_does(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    closed = await close(erp, company, all="2025-11-30")
    assert (closed["status_code"], closed["all"]) == (200, "2025-11-30")

    refused = await erp.post("/v1/journal-entries", entry(chart, "10.00"))
    assert (refused.status_code, refused.json()["code"]) == (409, "period-is-closed")
    assert "2025-12-01" in refused.json()["detail"]
    later = await erp.post("/v1/journal-entries", entry(chart, "10.00", day="2025-12-01"))
    assert later.status_code == 201

    back = await erp.post(
        f"/v1/journal-entries/{later.json()['id']}/reversals", {"effective_on": "2025-11-30"}
    )
    assert back.json()["code"] == "period-is-closed"
    assert (await close(erp, company))["all"] is None
    assert (await erp.post("/v1/journal-entries", entry(chart, "10.00"))).status_code == 201


async def test_locks_that_cannot_be_are_refused(erp: Api, company: dict[str, Any]) -> None:
    assert (await close(erp, company, final="2025-11-30"))["final"] == "2025-11-30"
    for until, code in (
        ({}, "lock-is-final"),
        ({"final": "2025-11-29"}, "lock-is-final"),
        ({"final": "2025-11-30", "sales": "2026-01-05"}, "lock-reaches-today"),
        ({"final": "2025-11-30", "general": "2025-12-01"}, "ledger-closes-last"),
    ):
        refused = await close(erp, company, **until)
        assert (refused["status_code"], refused["code"]) == (409, code)
    stale = await erp.put(f"/v1/companies/{company['id']}/locks", {}, version=99)
    assert stale.status_code == 412


async def test_an_exception_lets_another_person_post_until_it_is_over(
    erp: Api, company: dict[str, Any], chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    soft = dict.fromkeys(("sales", "purchases", "cash", "stock", "general"), "2025-11-30")
    assert (await close(erp, company, **soft))["status_code"] == 200
    # Exceptions end by the clock of the database, which nobody turns back.
    ahead = datetime.now(UTC) - erp_database.clock.now()
    erp_database.clock.advance(seconds=ahead.total_seconds())
    erp = erp.signed_in(sub="olga")
    ann = erp.signed_in(sub="ann")
    assert (await ann.post("/v1/journal-entries", entry(chart, "1.00"))).status_code == 409

    soon = (erp_database.clock.now() + timedelta(days=1)).isoformat()
    asked = {
        "journal": "general",
        "subject": "ann",
        "open_from": "2025-11-01",
        "expires_at": soon,
        "reason": "a receipt was found",
    }
    path = f"/v1/companies/{company['id']}/lock-exceptions"
    for_herself = await ann.post(path, asked)
    assert for_herself.json()["code"] == "exception-for-oneself"
    granted = await erp.post(path, asked)
    assert granted.status_code == 201, granted.text

    assert (await ann.post("/v1/journal-entries", entry(chart, "1.00"))).status_code == 201
    assert (await erp.post("/v1/journal-entries", entry(chart, "1.00"))).status_code == 409
    revoked = await erp.post(f"/v1/lock-exceptions/{granted.json()['id']}/revocation", {})
    assert revoked.json()["revoked_at"] is not None
    assert (await ann.post("/v1/journal-entries", entry(chart, "1.00"))).status_code == 409
    listed = await erp.get("/v1/lock-exceptions", subject="ann")
    assert len(listed.json()["items"]) == 1


async def test_a_late_document_counts_on_the_first_open_day_and_keeps_its_own(
    erp: Api, company: dict[str, Any], customer_created: Any
) -> None:
    customer = await customer_created()
    await close(erp, company, all="2025-11-30")
    account = (await erp.get("/v1/accounts", customer_id=str(customer))).json()["items"][0]
    paid = await erp.post(
        "/v1/payments",
        {
            "account_id": account["id"],
            "amount": "10.00",
            "currency": "EUR",
            "received_on": "2025-11-20",
            "method": "bank-transfer",
        },
    )
    assert paid.status_code == 201, paid.text
    entries = await erp.get("/v1/journal-entries", source_id=paid.json()["id"])
    [posted] = entries.json()["items"]
    assert (posted["effective_on"], posted["origin_on"]) == ("2025-12-01", "2025-11-20")


async def test_a_foreign_entry_is_worth_its_days_rate_and_needs_one(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    foreign = {
        "effective_on": DAY,
        "lines": [
            {"account_id": chart["6100"], "currency": "USD", "debit": "100.00"},
            {"account_id": chart["6900"], "currency": "USD", "debit": "0.05"},
            {"account_id": chart["1000"], "currency": "USD", "credit": "100.05"},
        ],
    }
    refused = await erp.post("/v1/journal-entries", foreign)
    assert (refused.status_code, refused.json()["code"]) == (409, "exchange-rate-missing")

    rate = {"source": "ecb", "base": "EUR", "quote": "USD", "rate_on": "2025-11-03", "rate": "1.25"}
    assert (await erp.post("/v1/exchange-rates", {"rates": [rate]})).status_code == 201
    posted = await erp.post("/v1/journal-entries", foreign)
    assert posted.status_code == 201, posted.text
    assert [(line["base_debit"], line["base_credit"]) for line in posted.json()["lines"]] == [
        ("80", "0"),
        ("0.04", "0"),
        ("0", "80.04"),
    ]

    given = await erp.post(
        "/v1/journal-entries",
        {
            "effective_on": DAY,
            "lines": [
                {
                    "account_id": chart["1500"],
                    "currency": "USD",
                    "debit": "10.00",
                    "base_amount": "9.50",
                },
                {
                    "account_id": chart["3100"],
                    "currency": "USD",
                    "credit": "10.00",
                    "base_amount": "9.50",
                },
            ],
        },
    )
    assert given.status_code == 201, given.text
    balance = (await erp.get("/v1/trial-balance", company_id=company["id"])).json()
    bank = next(line for line in balance["lines"] if line["code"] == "1000")
    assert (bank["balance"], bank["base_balance"]) == ("-100.05", "-80.04")
    undone = await erp.post(f"/v1/journal-entries/{given.json()['id']}/reversals", {})
    assert undone.json()["lines"][0]["base_credit"] == "9.5"
    proofs = await erp.get("/v1/ledger-proofs", company_id=company["id"])
    assert proofs.json()["holds"], proofs.text


async def test_lines_say_what_they_are_about(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    unknown = await erp.post("/v1/journal-entries", entry(chart, "5.00", cost_center="SHOP"))
    assert (unknown.json()["code"], unknown.json()["errors"][0]["field"]) == (
        "dimension-unknown",
        "lines.0.cost_center",
    )
    named = {"kind": "cost-center", "code": "SHOP", "name": "The shop"}
    shop = await erp.post("/v1/dimensions", named)
    assert shop.status_code == 201, shop.text
    assert (await erp.post("/v1/dimensions", named)).json()["code"] == "dimension-exists"
    posted = await erp.post("/v1/journal-entries", entry(chart, "5.00", cost_center="SHOP"))
    assert posted.json()["lines"][0]["cost_center"] == "SHOP"
    retired = await erp.patch(f"/v1/dimensions/{shop.json()['id']}", {"active": False}, version=1)
    assert retired.status_code == 200, retired.text
    again = await erp.post("/v1/journal-entries", entry(chart, "5.00", cost_center="SHOP"))
    assert again.json()["code"] == "dimension-unknown"


async def test_what_was_known_at_an_instant_stays_what_it_was(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    days = ["2025-10-31", "2025-11-05", "2025-11-20", "2025-12-03"]
    instants, seen = [], []
    for number, day in enumerate(days, 1):
        posted = await erp.post("/v1/journal-entries", entry(chart, f"{10**number}.00", day=day))
        assert posted.status_code == 201, posted.text
        instant = datetime.now(UTC).isoformat()
        instants.append(instant)
        seen.append(await _known(erp, instant))
    assert [balance["6100"] for balance in seen] == ["10", "110", "1110", "11110"]
    # Posted since, and backdated: nothing of it was known then.
    await erp.post("/v1/journal-entries", entry(chart, "5.00", day="2025-11-30"))
    assert [await _known(erp, instant) for instant in instants] == seen
    for as_of, expected in (
        ("2025-10-30", None),
        ("2025-11-05", "110"),
        ("2025-11-30", "1110"),
        ("2025-12-31", "11110"),
    ):
        assert (await _known(erp, instants[-1], as_of)).get("6100") == expected
    ahead = await erp.get("/v1/trial-balance", known_at="2999-01-01T00:00:00Z")
    assert ahead.json()["code"] == "instant-has-not-come"


async def _known(erp: Api, instant: str, as_of: str | None = None) -> dict[str, str]:
    asked = {"known_at": instant} | ({"as_of": as_of} if as_of else {})
    answer = await erp.get("/v1/trial-balance", **asked)
    assert answer.status_code == 200, answer.text
    return {line["code"]: line["balance"] for line in answer.json()["lines"]}


async def test_closing_and_reports_wait_for_what_is_being_posted(
    erp: Api, company: dict[str, Any], chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    connection = await asyncpg.connect(erp_database.addresses.app)
    try:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        transaction = connection.transaction()
        await transaction.start()
        day: date = await connection.fetchval(
            "SELECT ledger_open_day('acme', $1, 'general', 'ann', $2)",
            UUID(company["id"]),
            date(2025, 11, 5),
        )
        assert day == date(2025, 11, 5)
        closing = asyncio.create_task(close(erp, company, all="2025-11-30"))
        await asyncio.sleep(0.3)
        assert not closing.done()
        await transaction.commit()
        assert (await closing)["status_code"] == 200
    finally:
        await connection.close()


async def test_a_year_end_carries_its_result_once_and_what_came_since_by_the_next(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    path = f"/v1/companies/{company['id']}/year-ends"
    sale = {
        "effective_on": "2025-06-30",
        "lines": [
            {"account_id": chart["1000"], "currency": "EUR", "debit": "100.00"},
            {"account_id": chart["4000"], "currency": "EUR", "credit": "100.00"},
        ],
    }
    await erp.post("/v1/journal-entries", sale)
    await erp.post("/v1/journal-entries", entry(chart, "30.00"))
    for day in ("2025-12-30", "2026-12-31"):
        assert (await erp.post(path, {"ends_on": day})).json()["code"] == "no-end-of-fiscal-year"

    first = (await erp.post(path, {"ends_on": "2025-12-31"})).json()
    assert (first["result"], first["carried"]) == ("70", "70")
    again = (await erp.post(path, {"ends_on": "2025-12-31"})).json()
    assert (again["result"], again["carried"], again["entry_id"]) == ("70", "0", None)
    await erp.post("/v1/journal-entries", entry(chart, "100.00"))
    second = (await erp.post(path, {"ends_on": "2025-12-31"})).json()
    assert (second["result"], second["carried"]) == ("-30", "-100")
    balance = (await erp.get("/v1/trial-balance", as_of="2025-12-31")).json()
    by_code = {line["code"]: line["base_balance"] for line in balance["lines"]}
    assert (by_code["3800"], by_code["3900"], by_code["6100"]) == ("-30", "30", "130")

    await close(erp, company, all="2025-12-31")
    closed = await erp.post(path, {"ends_on": "2025-12-31"})
    assert closed.json()["code"] == "period-is-closed"
