"""Entries that two people stand behind, and entries that recur."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from erp.ledger.service import post_due
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

DRAFTS, TEMPLATES = "/v1/journal-entry-drafts", "/v1/journal-entry-templates"


@pytest.fixture
async def chart(erp: Api, company: dict[str, Any]) -> dict[str, str]:
    answer = await erp.get("/v1/ledger-accounts", company_id=company["id"])
    return {row["code"]: row["id"] for row in answer.json()["items"]}


def rent(chart: dict[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return {
        "lines": [
            {"account_id": chart["6100"], "currency": "EUR", "debit": amount},
            {"account_id": chart["1000"], "currency": "EUR", "credit": amount},
        ]
    } | more


async def test_large_entries_need_another_person(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    limit = await erp.put(
        f"/v1/companies/{company['id']}/approval-limit", {"approval_from": "1000"}, version=1
    )
    assert limit.json()["approval_from"] == "1000"
    ann, bob = erp.signed_in(subject="ann"), erp.signed_in(subject="bob")
    assert (await ann.post("/v1/journal-entries", rent(chart, "999.99"))).status_code == 201
    refused = await ann.post("/v1/journal-entries", rent(chart, "1000.00"))
    assert (refused.status_code, refused.json()["code"]) == (409, "entry-needs-approval")

    draft = (await ann.post(DRAFTS, rent(chart, "1000.00", reference="lease"))).json()
    assert (draft["status"], draft["entered_by"]) == ("pending", "ann")
    own = await ann.post(f"{DRAFTS}/{draft['id']}/approval", version=1)
    assert own.json()["code"] == "own-work-is-not-approved"
    approved = await bob.post(f"{DRAFTS}/{draft['id']}/approval", version=1)
    assert approved.status_code == 200, approved.text
    entry = (await erp.get(f"/v1/journal-entries/{approved.json()['entry_id']}")).json()
    # The refused one has left no gap.
    assert (entry["number"], entry["reference"]) == ("GEN-2026-000002", "lease")
    again = await bob.post(f"{DRAFTS}/{draft['id']}/approval", version=2)
    assert again.json()["code"] == "entry-draft-is-decided"


async def test_a_draft_is_rejected_by_others_and_withdrawn_by_oneself(
    erp: Api, company: dict[str, Any], chart: dict[str, str]
) -> None:
    ann, bob = erp.signed_in(subject="ann"), erp.signed_in(subject="bob")
    first = (await ann.post(DRAFTS, rent(chart, "5.00"))).json()
    others = await bob.post(f"{DRAFTS}/{first['id']}/withdrawal", version=1)
    assert others.json()["code"] == "others-work-is-not-withdrawn"
    rejected = await bob.post(
        f"{DRAFTS}/{first['id']}/rejection", {"reason": "no receipt"}, version=1
    )
    assert (rejected.json()["status"], rejected.json()["reason"]) == ("rejected", "no receipt")
    second = (await ann.post(DRAFTS, rent(chart, "5.00"))).json()
    withdrawn = await ann.post(f"{DRAFTS}/{second['id']}/withdrawal", version=1)
    assert withdrawn.json()["status"] == "withdrawn"
    listed = (await erp.get(DRAFTS, status="rejected")).json()["items"]
    assert [row["id"] for row in listed] == [first["id"]]
    wrong = rent(chart, "5.00")
    wrong["lines"][0]["account_id"] = chart["1100"]
    assert (await ann.post(DRAFTS, wrong)).json()["code"] == "ledger-account-is-controlled"


async def test_what_recurs_posts_once_a_month_after_another_person_approved(
    erp: Api, company: dict[str, Any], chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    ann, bob = erp.signed_in(subject="ann"), erp.signed_in(subject="bob")
    asked = rent(
        chart, "900.00", name="Rent", first_on="2025-10-31", every_months=1, ends_on="2026-06-30"
    )
    template = (await ann.post(TEMPLATES, asked)).json()
    assert (await ann.post(TEMPLATES, asked)).json()["code"] == "entry-template-exists"
    path = f"{TEMPLATES}/{template['id']}"
    assert await _due(erp_database, date(2026, 1, 5)) == 0
    assert (await ann.post(f"{path}/approval", version=1)).json()[
        "code"
    ] == "own-work-is-not-approved"
    assert (await bob.post(f"{path}/approval", version=1)).status_code == 200

    while await _due(erp_database, date(2026, 1, 5)):
        pass
    found = (await erp.get(f"{path}/occurrences")).json()["items"]
    assert [row["due_on"] for row in found] == ["2025-12-31", "2025-11-30", "2025-10-31"]
    now = (await erp.get(path)).json()
    assert (now["posted"], now["next_on"]) == (3, "2026-01-31")
    entries = (await erp.get("/v1/journal-entries", source_type="recurring-entry")).json()
    assert len(entries["items"]) == 3

    stopped = await ann.patch(path, {"active": False}, version=now["version"])
    assert stopped.status_code == 200, stopped.text
    assert await _due(erp_database, date(2026, 12, 31)) == 0
    once = await ann.post(f"{path}/entries", {"effective_on": "2026-01-02"})
    assert once.status_code == 201, once.text


async def test_an_occurrence_that_is_refused_is_told_and_tried_again(
    erp: Api, company: dict[str, Any], chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    asked = rent(chart, "10.00", name="Licence", first_on="2026-01-01", every_months=12)
    for line in asked["lines"]:
        line["currency"] = "USD"
    template = (await erp.signed_in(subject="ann").post(TEMPLATES, asked)).json()
    path = f"{TEMPLATES}/{template['id']}"
    await erp.post(f"{path}/approval", version=1)
    assert await _due(erp_database, date(2026, 1, 5)) == 1
    assert "USD" in (await erp.get(path)).json()["problem"]
    rate = {"base": "EUR", "quote": "USD", "rate_on": "2025-12-31", "rate": "1.25"}
    await erp.post("/v1/exchange-rates", {"rates": [rate]})
    assert await _due(erp_database, date(2026, 1, 5)) == 1
    now = (await erp.get(path)).json()
    assert (now["posted"], now["problem"]) == (1, None)


async def test_the_database_keeps_the_two_people_apart(
    erp: Api, company: dict[str, Any], chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    draft = (await erp.signed_in(subject="ann").post(DRAFTS, rent(chart, "5.00"))).json()
    connection = await asyncpg.connect(erp_database.addresses.app)
    try:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        for attack, refusal in (
            (
                "UPDATE ledger_draft SET status = 'approved', decided_by = 'ann',"
                " entry_id = gen_random_uuid()",
                asyncpg.CheckViolationError,
            ),
            ("UPDATE ledger_draft SET lines = '[]'", asyncpg.RestrictViolationError),
            ("DELETE FROM ledger_draft", asyncpg.RestrictViolationError),
        ):
            with pytest.raises(refusal):
                await connection.execute(attack)
    finally:
        await connection.close()
    assert (await erp.get(f"{DRAFTS}/{draft['id']}")).json()["status"] == "pending"


async def _due(database: ServiceDatabase, today: date) -> int:
    async with database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        return await post_due(uow, today)
