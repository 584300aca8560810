"""Opportunities and the pipeline over HTTP, and the quote that wins one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts import MoneyV1
from contracts.cpq import QuoteAcceptedV1
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


def quote_accepted(customer_id: str, opportunity_id: str | None, net: str) -> QuoteAcceptedV1:
    amount = MoneyV1(amount=Decimal(net), currency="EUR")
    return QuoteAcceptedV1(
        quote_id=uuid4(),
        quote_number="Q-7",
        revision=2,
        customer_id=UUID(customer_id),
        opportunity_id=None if opportunity_id is None else UUID(opportunity_id),
        currency="EUR",
        accepted_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        accepted_on=date(2026, 1, 5),
        accepted_by="Marit",
        content_hash="ab" * 32,
        lines=[],
        net=amount,
        tax_estimate=amount,
        gross_estimate=amount,
    )


async def opened(api: Api, **more: Any) -> dict[str, Any]:
    customer = (await api.post("/v1/customers", {"name": "Acme"})).json()["id"]
    answer = await api.post(
        "/v1/opportunities",
        {
            "customer_id": customer,
            "name": "Forty machines",
            "amount": {"amount": "12000.00", "currency": "EUR"},
            "expected_close_on": "2026-03-31",
            **more,
        },
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def stages(rows: Any) -> list[tuple[Any, ...]]:
    return list(
        await rows(
            "SELECT event_type FROM platform_outbox WHERE topic = 'crm.opportunity' "
            "ORDER BY sequence"
        )
    )


async def test_an_opportunity_goes_through_the_pipeline_and_leaves_its_history(
    api: Api, database: ServiceDatabase, rows: Any
) -> None:
    opportunity = await opened(api)
    path = f"/v1/opportunities/{opportunity['id']}"
    assert (opportunity["stage"], opportunity["owner"]) == ("qualification", "ada")

    database.clock.advance(days=2)
    moved = await api.post(f"{path}/stage", {"stage": "proposal"}, version=1)
    no_reason = await api.post(f"{path}/stage", {"stage": "lost"}, version=2)
    lost = await api.post(f"{path}/stage", {"stage": "lost", "reason": "Too dear"}, version=2)
    closed = await api.post(f"{path}/stage", {"stage": "proposal"}, version=3)
    reopened = await api.post(
        f"{path}/reopening", {"stage": "negotiation", "reason": "They called"}, version=3
    )
    won = await api.post(f"{path}/stage", {"stage": "won"}, version=4)
    stale = await api.post(f"{path}/stage", {"stage": "won"}, version=4)

    assert (moved.status_code, no_reason.json()["code"]) == (200, "loss-needs-reason")
    assert (lost.json()["lost_reason"], closed.json()["code"]) == (
        "Too dear",
        "opportunity-is-closed",
    )
    assert reopened.json()["closed_at"] is None
    assert (won.json()["stage_kind"], won.json()["version"], stale.status_code) == ("won", 5, 412)
    history = (await api.get(f"{path}/history")).json()["items"]
    assert [(step["previous_stage"], step["stage"], step["seconds"]) for step in history] == [
        (None, "qualification", 2 * 24 * 3600),
        ("qualification", "proposal", 0),
        ("proposal", "lost", 0),
        ("lost", "negotiation", 0),
        ("negotiation", "won", None),
    ]
    assert [name.split(".")[2] for (name,) in await stages(rows)] == [
        "opportunity-opened",
        "opportunity-stage-changed",
        "opportunity-lost",
        "opportunity-stage-changed",
        "opportunity-won",
    ]


async def test_an_opportunity_is_refused_for_what_it_lacks(api: Api) -> None:
    customer = (await api.post("/v1/customers", {"name": "Acme", "active": False})).json()["id"]
    wanted = {"customer_id": customer, "name": "Big"}

    async def code(**more: Any) -> str:
        return str((await api.post("/v1/opportunities", wanted | more)).json()["code"])

    assert await code() == "customer-is-inactive"
    await api.patch(f"/v1/customers/{customer}", {"active": True}, version=1)
    assert await code(customer_id=str(uuid4())) == "customer-not-found"
    assert await code(stage="won") == "opportunity-must-start-open"
    assert await code(stage="nowhere") == "stage-is-unknown"
    assert (
        await code(amount={"amount": "1.001", "currency": "EUR"})
        == "amount-is-finer-than-its-currency"
    )


async def test_an_accepted_quote_wins_the_opportunity_however_often_it_comes(
    api: Api, mailman: Any, rows: Any
) -> None:
    opportunity = await opened(api)
    event = quote_accepted(opportunity["customer_id"], opportunity["id"], "9999.99")

    letters = await mailman.announce(event)
    await mailman.deliver(*letters)
    await mailman.announce(quote_accepted(opportunity["customer_id"], opportunity["id"], "1"))

    won = (await api.get(f"/v1/opportunities/{opportunity['id']}")).json()
    assert (won["stage"], won["amount"]) == ("won", {"amount": "9999.99", "currency": "EUR"})
    assert won["won_quote_id"] == str(event.quote_id)
    history = (await api.get(f"/v1/opportunities/{opportunity['id']}/history")).json()["items"]
    assert [step["stage"] for step in history] == ["qualification", "won"]
    assert history[1]["changed_by"] == "service:crm"
    assert history[1]["source_event_id"] is not None
    assert [name for (name,) in await stages(rows)] == [
        "tradewind.crm.opportunity-opened.v1",
        "tradewind.crm.opportunity-won.v1",
    ]


async def test_a_quote_for_a_lost_opportunity_wins_it_after_all(api: Api, mailman: Any) -> None:
    opportunity = await opened(api)
    path = f"/v1/opportunities/{opportunity['id']}"
    await api.post(f"{path}/stage", {"stage": "lost", "reason": "Too dear"}, version=1)

    await mailman.announce(quote_accepted(opportunity["customer_id"], opportunity["id"], "5"))

    won = (await api.get(path)).json()
    assert (won["stage"], won["lost_reason"]) == ("won", None)


async def test_a_quote_that_names_no_opportunity_of_its_customer_is_passed_over(
    api: Api, mailman: Any, rows: Any
) -> None:
    opportunity = await opened(api)

    await mailman.announce(
        quote_accepted(str(uuid4()), opportunity["id"], "5"),
        quote_accepted(opportunity["customer_id"], str(uuid4()), "5"),
        quote_accepted(opportunity["customer_id"], None, "5"),
    )

    assert (await api.get(f"/v1/opportunities/{opportunity['id']}")).json()["stage_kind"] == "open"
    assert await rows("SELECT count(*) FROM platform_parked_message") == [(0,)]
    assert await rows(
        "SELECT count(*) FROM platform_audit_entry "
        "WHERE action = 'crm.opportunities.pass_over_quote'"
    ) == [(2,)]


async def test_the_pipeline_is_the_tenants_own_from_its_first_change(api: Api) -> None:
    path = "/v1/opportunity-stages"
    before = (await api.get(path)).json()["items"]
    pilot = {"name": "Pilot", "position": 35, "kind": "open", "next_stages": ["negotiation"]}

    added = await api.put(f"{path}/pilot", pilot)
    opportunity = await opened(api, stage="pilot")
    back = await api.post(
        f"/v1/opportunities/{opportunity['id']}/stage", {"stage": "proposal"}, version=1
    )
    in_use = await api.delete(f"{path}/pilot")
    last = await api.delete(f"{path}/won")
    gone = await api.delete(f"{path}/negotiation")
    seller = await api.signed_in(roles=("seller",)).put(f"{path}/pilot", pilot)

    assert (added.status_code, back.json()["code"]) == (200, "stage-does-not-follow")
    assert (in_use.json()["code"], last.json()["code"]) == (
        "stage-is-in-use",
        "pipeline-needs-every-end",
    )
    assert (gone.status_code, seller.status_code) == (204, 403)
    after = (await api.get(path)).json()["items"]
    assert [stage["code"] for stage in before] == [
        "qualification",
        "discovery",
        "proposal",
        "negotiation",
        "won",
        "lost",
    ]
    assert [(stage["code"], stage["next_stages"]) for stage in after] == [
        ("qualification", None),
        ("discovery", None),
        ("proposal", None),
        ("pilot", []),
        ("won", None),
        ("lost", None),
    ]
    other = await api.signed_in(tenant="bolt").get(path)
    assert other.json()["items"] == before


async def test_opportunities_are_imported_changed_and_listed(api: Api) -> None:
    customer = (await api.post("/v1/customers", {"name": "Acme"})).json()["id"]
    rows = [
        {
            "customer_id": customer,
            "name": f"Deal {number}",
            "external_reference": f"deal:{number}",
            "expected_close_on": f"2026-0{number + 1}-01" if number else None,
        }
        for number in range(5)
    ]

    first = (await api.post("/v1/opportunities/bulk", {"rows": rows})).json()
    again = (
        await api.post(
            "/v1/opportunities/bulk", {"rows": [rows[0], {**rows[1], "customer_id": str(uuid4())}]}
        )
    ).json()
    changed = await api.patch(
        f"/v1/opportunities/{first['results'][0]['id']}",
        {"amount": {"amount": "10", "currency": "JPY"}, "owner": "sam"},
        version=1,
    )

    assert (first["created"], again["unchanged"]) == (5, 2)
    assert changed.json()["amount"] == {"amount": "10", "currency": "JPY"}
    for query, count in (
        (f"customer_id={customer}", 5),
        ("stage_kind=open&owner=ada", 4),
        ("owner=sam", 1),
        ("expected_close_on[lte]=2026-03-31", 2),
        ("external_reference=deal:3", 1),
        ("stage_kind=won", 0),
    ):
        items = (await api.get(f"/v1/opportunities?{query}")).json()["items"]
        assert len(items) == count, query
    dated = (await api.get("/v1/opportunities?sort=expected_close_on")).json()["items"]
    assert [item["name"] for item in dated] == [f"Deal {n}" for n in (1, 2, 3, 4, 0)]
