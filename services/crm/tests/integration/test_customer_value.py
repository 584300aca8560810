"""Values from payments that the ERP told, and tiers that follow, over HTTP on a real database."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from contracts.base import MoneyV1
from contracts.erp import PaymentReceivedV1, PaymentReturnedV1
from crm.customer_value.jobs import estimate_daily
from crm.projections.payment.queries import purchases_by_day
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

LEVELS = [
    {"tier": "bronze", "enter": "0", "leave": "0"},
    {"tier": "silver", "enter": "500", "leave": "400"},
    {"tier": "gold", "enter": "3000", "leave": "2500"},
]
POLICY = {
    "currency": "EUR",
    "levels": LEVELS,
    "margin": "1",
    "discount": "0.1",
    "pipeline_share": "0",
}
TODAY = date(2026, 1, 5)


@pytest.fixture
async def customers(api: Api, mailman: Any) -> list[str]:
    """Sixty customers who pay now and then over two years; the first never came again."""
    made = await api.post(
        "/v1/customers/bulk", {"rows": [{"name": f"Customer {at}"} for at in range(60)]}
    )
    ids = [row["id"] for row in made.json()["results"]]
    random, events = Random(7), []
    for at, customer in enumerate(ids):
        day, gap, spend = TODAY - timedelta(days=700 - at), 10 + at * 4, 20 + at * 7 % 120
        gone_at = TODAY - timedelta(days=300 if at % 4 == 1 else 0)
        while day <= gone_at:
            number = len(events)
            events.append(
                PaymentReceivedV1(
                    payment_id=UUID(int=number),
                    payment_number=f"PAY-2026-{number:06}",
                    company_id=UUID(int=1),
                    account_id=UUID(customer),
                    customer_id=UUID(customer),
                    amount=MoneyV1(amount=Decimal(spend + random.randrange(40)), currency="EUR"),
                    unallocated=MoneyV1(amount=Decimal(0), currency="EUR"),
                    received_on=day,
                    method="bank-transfer",
                )
            )
            if at == 0:
                break
            day += timedelta(days=1 + int(random.expovariate(1 / gap)))
    await mailman.announce(*events)
    return ids


async def set_policy(api: Api, version: int, **changes: Any) -> None:
    answer = await api.put("/v1/value-policy", POLICY | changes, version=version)
    assert answer.status_code == 200, answer.text


async def test_values_are_estimated_and_tiers_follow(
    api: Api, customers: list[str], rows: Callable[..., Awaitable[list[tuple[Any, ...]]]]
) -> None:
    assert (await api.get("/v1/value-policy")).json()["code"] == "value-policy-not-found"
    await set_policy(api, 0)

    preview = (await api.post("/v1/value-runs", {"dry_run": True})).json()
    assert (await api.get("/v1/customer-values")).json()["items"] == []
    assert await rows("SELECT count(*) FROM customer_value_model") == [(0,)]
    ran = (await api.post("/v1/value-runs", {})).json()
    assert ran["moves"] == preview["moves"]
    assert (ran["estimated"], ran["held"], ran["without_model"]) == (60, 0, [])
    assert ran["moved"] == len(ran["moves"]) > 20
    [model] = ran["models"]
    assert (model["customers"], model["repeating"]) == (60, 59)
    assert model["held_back_customers"] > 40

    listed = (await api.get("/v1/customer-values", currency="EUR", limit=200)).json()["items"]
    values = [Decimal(each["value"]) for each in listed]
    assert values == sorted(values, reverse=True)
    stranger = (await api.get(f"/v1/customer-values/{customers[0]}")).json()["values"][0]
    assert (stranger["ranked"], stranger["alive"]) == (False, "1")
    assert (await api.get(f"/v1/customers/{customers[0]}")).json()["tier"] == "standard"

    best = next(each for each in listed if each["ranked"])
    worth = (await api.get(f"/v1/customer-values/{best['customer_id']}")).json()
    assert (worth["given"]["tier"], worth["given"]["value"]) == ("silver", best["value"])
    assert (await api.get(f"/v1/customers/{best['customer_id']}")).json()["tier"] == "silver"
    told = await rows(
        "SELECT count(*) FROM platform_outbox WHERE event_type LIKE '%customer-tier-changed%'"
        " OR event_type LIKE '%CustomerTierChanged%'"
    )
    assert told == [(ran["moved"],)]

    again = (await api.post("/v1/value-runs", {})).json()
    assert (again["moved"], again["held"], again["estimated"]) == (0, 0, 60)


async def test_a_tier_that_a_person_set_is_left_alone_unless_the_policy_says_so(
    api: Api, customers: list[str]
) -> None:
    await set_policy(api, 0)
    moved = (await api.post("/v1/value-runs", {})).json()["moves"][0]
    path = f"/v1/customers/{moved['customer_id']}"
    version = (await api.get(path)).json()["version"]
    by_hand = {"tier": "platinum", "reason": "The owner's word"}
    assert (await api.post(f"{path}/tier", by_hand, version=version)).status_code == 200

    ran = (await api.post("/v1/value-runs", {})).json()
    assert (ran["moved"], ran["held"]) == (0, 1)
    assert (ran["moves"][0]["customer_id"], ran["moves"][0]["held"]) == (moved["customer_id"], True)
    assert (await api.get(path)).json()["tier"] == "platinum"

    await set_policy(api, 1, overrides_hand=True)
    assert (await api.post("/v1/value-runs", {})).json()["moved"] == 1
    assert (await api.get(path)).json()["tier"] == moved["tier"]


async def test_open_opportunities_add_potential(api: Api, customers: list[str]) -> None:
    await set_policy(api, 0)
    ran = (await api.post("/v1/value-runs", {})).json()
    low = next(each for each in ran["moves"] if each["tier"] == "bronze")["customer_id"]
    amount = {"amount": "20000", "currency": "EUR"}
    made = await api.post(
        "/v1/opportunities", {"customer_id": low, "name": "A new bar", "amount": amount}
    )
    assert made.status_code == 201, made.text
    await set_policy(api, 1, pipeline_share="0.25")
    [move] = (await api.post("/v1/value-runs", {})).json()["moves"]
    assert (move["customer_id"], move["potential"], move["tier"]) == (low, "5000", "gold")


async def test_too_little_history_is_said(api: Api, mailman: Any, database: Any) -> None:
    assert (await api.post("/v1/value-runs", {})).json()["without_model"] == []
    unknown = await api.get(f"/v1/customer-values/{UUID(int=9)}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer-has-no-value")
    for bad, code in (
        ({"levels": LEVELS[1:]}, "value-levels-are-out-of-order"),
        ({"margin": "0"}, "invalid-input"),
        ({"margin": "0.0000001"}, "invalid-input"),
        ({"discount": "1.1"}, "invalid-input"),
    ):
        answer = await api.put("/v1/value-policy", POLICY | bad, version=0)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    stale = await api.put("/v1/value-policy", POLICY, version=3)
    assert stale.status_code == 412


async def test_the_clock_estimates_once_a_day(
    customers: list[str], database: Any, rows: Callable[..., Awaitable[list[tuple[Any, ...]]]]
) -> None:
    from servicekit.testing import principal

    for _ in range(2):
        async with database.app.unit_of_work(principal("acme")) as uow:
            await estimate_daily(uow)
    assert await rows("SELECT count(*) FROM customer_value_model") == [(1,)]


async def test_a_payment_that_came_back_counts_no_longer(
    api: Api, mailman: Any, database: ServiceDatabase
) -> None:
    """And the customer's page and timeline say so."""
    customer = (await api.post("/v1/customers", {"name": "Bounced"})).json()["id"]
    common = {
        "company_id": UUID(int=1),
        "account_id": UUID(customer),
        "customer_id": UUID(customer),
        "amount": MoneyV1(amount=Decimal(100), currency="EUR"),
        "method": "direct-debit",
    }
    for number in (1, 2):
        named = {"payment_id": UUID(int=number), "payment_number": f"PAY-2026-{number:06}"}
        received = date(2026, 1, number)
        nothing = MoneyV1(amount=Decimal(0), currency="EUR")
        await mailman.announce(
            PaymentReceivedV1(**common, **named, received_on=received, unallocated=nothing)
        )
    await mailman.announce(
        PaymentReturnedV1(
            **common,
            **named,
            received_on=received,
            returned_on=date(2026, 1, 4),
            reason="Account closed",
            reason_code="AC04",
        )
    )
    async with database.app.reading(Principal.of_service("crm", "acme")) as reads:
        paid = await purchases_by_day(reads.session, "EUR", TODAY)
    assert [(each.received_on, each.amount) for each in paid] == [(date(2026, 1, 1), Decimal(100))]
    page = (await api.get(f"/v1/customers/{customer}/overview")).json()
    assert [each["returned_on"] for each in page["payments"]] == ["2026-01-04", None]
    timeline = (await api.get(f"/v1/customers/{customer}/timeline")).json()["items"]
    assert timeline[0]["subject"] == "Payment PAY-2026-000002 came back: Account closed"
