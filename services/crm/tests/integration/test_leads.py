"""Leads over HTTP: captured, worked on, given up, and made customers of, once."""

import asyncio
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

ADA = {
    "name": "Ada Lovelace",
    "company_name": "Analytical Engines",
    "email": "Ada@Engines.example",
    "phone": "06 12345678",
    "country": "NL",
    "job_title": "Buyer",
    "source": "fair",
    "campaign": "World of Coffee",
    "interest": "Two grinders",
}
CHANCE = {"name": "Two grinders", "amount": {"amount": "1200", "currency": "EUR"}}


async def captured(api: Api, **more: Any) -> dict[str, Any]:
    answer = await api.post("/v1/leads", ADA | more)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def moved(api: Api, lead: dict[str, Any], status: str, **more: Any) -> Any:
    path = f"/v1/leads/{lead['id']}/status"
    return await api.post(path, {"status": status} | more, version=lead["version"])


async def converted(api: Api, lead: dict[str, Any], **wanted: Any) -> Any:
    return await api.post(f"/v1/leads/{lead['id']}/conversion", wanted)


async def counted(api: Api) -> tuple[int, int, int]:
    """Customers, people and opportunities."""
    customers, people, opportunities = [
        len((await api.get(f"/v1/{path}", limit=100)).json()["items"])
        for path in ("customers", "people", "opportunities")
    ]
    return customers, people, opportunities


async def test_a_lead_becomes_customer_person_and_opportunity_in_one_transaction(
    api: Api, rows: Any
) -> None:
    lead = await captured(api)
    assert (lead["phone"], lead["email"], lead["status"]) == (
        "+31612345678",
        "ada@engines.example",
        "new",
    )
    lead = (await moved(api, lead, "working")).json()
    lead = (await moved(api, lead, "qualified", reason="Has the budget")).json()

    answer = await converted(api, lead, role="buyer", opportunity=CHANCE)

    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["status"], done["converted_by"]) == ("converted", lead["owner"])
    customer = (await api.get(f"/v1/customers/{done['customer_id']}")).json()
    assert (customer["name"], customer["owner"]) == ("Analytical Engines", lead["owner"])
    person = (await api.get(f"/v1/people/{done['person_id']}")).json()
    [role] = person["roles"]
    assert (person["name"], role["customer_id"], role["role"]) == (
        "Ada Lovelace",
        customer["id"],
        "buyer",
    )
    opportunity = (await api.get(f"/v1/opportunities/{done['opportunity_id']}")).json()
    assert (opportunity["customer_id"], opportunity["amount"]["amount"]) == (customer["id"], "1200")
    # Back from what it became.
    for member in ("customer_id", "person_id", "opportunity_id"):
        [found] = (await api.get("/v1/leads", **{member: done[member]})).json()["items"]
        assert found["id"] == lead["id"]
    steps = (await api.get(f"/v1/leads/{lead['id']}/history")).json()["items"]
    assert [step["status"] for step in steps] == ["new", "working", "qualified", "converted"]
    assert steps[2]["reason"] == "Has the budget"
    told = await rows("SELECT event_type FROM platform_outbox WHERE topic = 'crm.lead' ORDER BY id")
    assert [row[0].split(".")[2] for row in told] == [
        "lead-captured",
        "lead-status-changed",
        "lead-status-changed",
        "lead-converted",
    ]


async def test_a_second_conversion_answers_the_first_and_makes_nothing(api: Api) -> None:
    lead = await captured(api)
    first = (await converted(api, lead, opportunity=CHANCE)).json()
    before = await counted(api)
    again = await converted(api, lead, company_name="Somebody else", with_person=False)
    assert (again.status_code, again.json()) == (200, first)
    assert await counted(api) == before == (1, 1, 1)


async def test_sellers_who_convert_the_same_lead_at_once_get_one_customer(api: Api) -> None:
    lead = await captured(api)
    sellers = [api.signed_in(subject=f"seller-{at}", roles=["seller"]) for at in range(6)]

    answers = await asyncio.gather(
        *(converted(seller, lead, opportunity=CHANCE) for seller in sellers)
    )

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await counted(api) == (1, 1, 1)


async def test_a_conversion_that_fails_leaves_nothing(api: Api) -> None:
    lead = await captured(api)
    too_fine = CHANCE | {"amount": {"amount": "0.001", "currency": "EUR"}}
    answer = await converted(api, lead, opportunity=too_fine)
    assert (answer.status_code, answer.json()["code"]) == (422, "amount-is-finer-than-its-currency")
    assert await counted(api) == (0, 0, 0)
    assert (await api.get(f"/v1/leads/{lead['id']}")).json() == lead


async def test_a_lead_joins_who_is_there_already(api: Api) -> None:
    customer = (await api.post("/v1/customers", {"name": "Analytical Engines"})).json()
    first = await captured(api)
    done = (await converted(api, first, customer_id=customer["id"])).json()
    second = await captured(api, name="A. Lovelace")
    same = await converted(
        api, second, customer_id=customer["id"], person_id=done["person_id"], role="buyer"
    )
    assert same.status_code == 200, same.text
    assert (same.json()["customer_id"], same.json()["person_id"]) == (
        customer["id"],
        done["person_id"],
    )
    assert same.json()["opportunity_id"] is None
    person = (await api.get(f"/v1/people/{done['person_id']}")).json()
    assert len(person["roles"]) == 1
    alone = await captured(api, name=None)
    only = await converted(api, alone, with_person=False)
    assert (only.status_code, only.json()["person_id"]) == (200, None)


@pytest.mark.parametrize(
    ("lead", "wanted", "status", "code"),
    [
        ({"company_name": None}, {}, 422, "lead-has-no-company"),
        ({"name": None}, {}, 422, "lead-has-no-person"),
        ({}, {"customer_id": "00000000-0000-7000-8000-000000000000"}, 404, "customer-not-found"),
        ({}, {"person_id": "00000000-0000-7000-8000-000000000000"}, 404, "person-not-found"),
    ],
)
async def test_what_a_conversion_lacks_is_told(
    api: Api, lead: dict[str, Any], wanted: dict[str, Any], status: int, code: str
) -> None:
    made = await captured(api, **lead)
    answer = await converted(api, made, **wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await counted(api) == (0, 0, 0)


async def test_states_follow_each_other_and_giving_up_says_why(api: Api) -> None:
    lead = await captured(api)
    answer = await moved(api, lead, "converted")
    assert answer.json()["code"] == "lead-status-does-not-follow", answer.text
    answer = await moved(api, lead, "disqualified")
    assert answer.json()["code"] == "disqualification-needs-reason", answer.text
    lead = (await moved(api, lead, "disqualified", disqualification="no-budget")).json()
    assert lead["disqualification"] == "no-budget"
    answer = await converted(api, lead)
    assert (answer.status_code, answer.json()["code"]) == (409, "lead-is-disqualified")
    stale = await api.post(f"/v1/leads/{lead['id']}/status", {"status": "working"}, version=1)
    assert stale.status_code == 412
    lead = (await moved(api, lead, "working", reason="They called")).json()
    assert (lead["status"], lead["disqualification"]) == ("working", None)
    done = (await converted(api, lead)).json()
    answer = await api.patch(f"/v1/leads/{lead['id']}", {"name": "X"}, version=done["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "lead-is-converted")


async def test_bad_leads_are_refused_with_the_field(api: Api) -> None:
    for body, code, field in (
        ({"source": "web"}, "lead-has-nobody", "name"),
        (ADA | {"phone": "+31 1"}, "phone-number-is-impossible", "phone"),
        (ADA | {"email": "nobody"}, "invalid-input", "email"),
    ):
        answer = await api.post("/v1/leads", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["field"] == field
    await captured(api, external_reference="web-1")
    twice = await api.post("/v1/leads", ADA | {"external_reference": "web-1"})
    assert (twice.status_code, twice.json()["code"]) == (409, "lead-reference-is-taken")
    reader = api.signed_in(roles=["reader"])
    assert (await reader.post("/v1/leads", ADA)).status_code == 403
    other = api.signed_in(tenant="bolt")
    assert (await other.get("/v1/leads")).json()["items"] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE leads_lead SET company_name = 'Another'",
        "UPDATE leads_lead SET status = 'working', customer_id = NULL, converted_at = NULL,"
        " converted_by = NULL, person_id = NULL",
        "DELETE FROM leads_lead",
        "TRUNCATE leads_lead CASCADE",
        "UPDATE leads_step SET reason = 'Another'",
        "DELETE FROM leads_step",
    ],
)
async def test_the_database_keeps_what_became_of_a_lead(
    api: Api, database: ServiceDatabase, statement: str
) -> None:
    await converted(api, await captured(api))
    async with database.superuser() as connection:
        await connection.execute("SET session_replication_role = replica")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)
