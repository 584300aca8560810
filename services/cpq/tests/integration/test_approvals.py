"""Approvals over HTTP: who is asked, who may decide, and what need not be asked again."""

import asyncio
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.uow import Principal

from .conftest import World

QUOTES = "/v1/quotes"
POLICY: dict[str, Any] = {
    "rules": [
        {
            "key": "discount",
            "name": "More than 20 % off",
            "conditions": [
                {"variable": "line_manual_discount", "comparison": "gt", "number": "0.2"}
            ],
            "group": "managers",
        },
        {
            "key": "large",
            "name": "More than 10,000 EUR",
            "conditions": [
                {"variable": "net", "comparison": "gt", "number": "10000", "currency": "EUR"}
            ],
            "group": "directors",
            "level": 2,
        },
        {
            "key": "credit",
            "name": "Above the credit limit",
            "conditions": [{"variable": "credit_verdict", "comparison": "eq", "text": "exceeded"}],
            "group": "finance",
            "chain": "credit",
        },
    ],
    "groups": [
        {
            "key": "managers",
            "name": "Sales managers",
            "approvers": [
                {"subject": "anna", "limit": "5000", "limit_currency": "EUR"},
                {
                    "subject": "ben",
                    "deputy": "dora",
                    "away_from": "2026-01-01",
                    "away_until": "2026-01-31",
                },
            ],
            "escalate_after_hours": 24,
            "escalate_to": "directors",
        },
        {"key": "directors", "name": "Directors", "approvers": [{"subject": "carl"}]},
        {"key": "finance", "name": "Finance", "approvers": [{"subject": "fiona"}]},
    ],
    "fact_limits": [
        {"fact": "credit", "seconds": 3600, "blocks": True},
        {"fact": "stock", "seconds": 600, "blocks": False},
    ],
}


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("BK-1", price="1000", cost="500", stock="100")
    answer = await world.api.put("/v1/approval-policy", POLICY, version=0)
    assert answer.status_code == 200, answer.text
    return world


def seller(shop: World) -> Api:
    return shop.api.signed_in(subject="sam", roles=["seller"])


def manager(shop: World, subject: str) -> Api:
    return shop.api.signed_in(subject=subject, roles=["sales_manager"])


async def drafted(shop: World, quantity: str = "2", discount: str = "0.25") -> dict[str, Any]:
    customer = await shop.customer()
    await shop.credit(customer, "8000")
    answer = await seller(shop).post(
        QUOTES,
        {
            "customer_id": str(customer),
            "lines": [line(quantity, discount)],
        },
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def line(quantity: str, discount: str, key: str = "bike") -> dict[str, Any]:
    return {
        "sku": "BK-1",
        "quantity": quantity,
        "key": key,
        "discount_fraction": discount,
        "discount_reason": "Asked for",
    }


async def submitted(shop: World, quote: dict[str, Any]) -> dict[str, Any]:
    answer = await seller(shop).post(
        f"{QUOTES}/{quote['id']}/submit", {"comment": "Please"}, version=quote["version"]
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def steps(shop: World, quote: dict[str, Any], status: str = "open") -> list[dict[str, Any]]:
    found = (await shop.api.get(f"{QUOTES}/{quote['id']}/approvals")).json()
    return [step for step in found["requests"][0]["steps"] if step["status"] == status]


async def decided(
    shop: World, who: str, step: dict[str, Any], quote: dict[str, Any], deed: str = "approve"
) -> Any:
    return await manager(shop, who).post(
        f"/v1/approvals/{step['id']}/{deed}", {"content_hash": quote["content_hash"]}
    )


async def test_what_nobody_need_approve_is_sent_at_once(shop: World) -> None:
    quote = await drafted(shop, discount="0.2")
    sent = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert sent.json()["status"] == "sent"
    other = await submitted(shop, await drafted(shop, discount="0.1"))
    assert other["status"] == "approved", "nobody is asked"


async def test_a_deal_is_approved_by_others_and_sent_as_it_was_approved(shop: World) -> None:
    quote = await drafted(shop)
    early = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert (early.status_code, early.json()["code"]) == (409, "quote-needs-approval")
    pending = await submitted(shop, quote)
    assert (pending["status"], pending["tmf_state"]) == ("pending", "pending")
    changed = await seller(shop).put(
        f"{QUOTES}/{quote['id']}/lines", {"lines": []}, version=pending["version"]
    )
    assert changed.json()["code"] == "quote-is-not-draft"

    (step,) = await steps(shop, pending)
    assert step["group"] == "managers"
    assert step["reasons"][0]["measured"] == [
        {"variable": "line_manual_discount", "value": "0.25", "line": "bike"}
    ]
    for who, code in (("eve", "not-an-approver"), ("carl", "not-an-approver")):
        assert (await decided(shop, who, step, pending)).json()["code"] == code
    own = await shop.api.signed_in(subject="sam", roles=["sales_manager"]).post(
        f"/v1/approvals/{step['id']}/approve", {"content_hash": pending["content_hash"]}
    )
    assert (own.status_code, own.json()["code"]) == (409, "maker-is-not-checker")
    other = await manager(shop, "anna").post(
        f"/v1/approvals/{step['id']}/approve", {"content_hash": "0" * 64}
    )
    assert other.json()["code"] == "approved-content-differs"
    forbidden = await seller(shop).post(
        f"/v1/approvals/{step['id']}/approve", {"content_hash": pending["content_hash"]}
    )
    assert forbidden.status_code == 403

    approved = await decided(shop, "anna", step, pending)
    assert approved.json()["status"] == "approved"
    again = await decided(shop, "anna", step, pending)
    assert again.json()["version"] == approved.json()["version"], "twice is once"
    fixed = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {"valid_until": "2026-12-31"})
    assert fixed.json()["code"] == "approved-offer-is-fixed"
    sent = (await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})).json()
    assert (sent["status"], sent["content_hash"]) == ("sent", pending["content_hash"])

    trail = (await shop.api.get(f"{QUOTES}/{quote['id']}/approvals")).json()["trail"]
    assert [(entry["actor"], entry["action"]) for entry in trail] == [
        ("sam", "submitted"),
        ("sam", "opened"),
        ("anna", "approved"),
    ]
    assert {entry["content_hash"] for entry in trail} == {pending["content_hash"]}
    assert [name for name, _, _ in await shop.said()] == [
        "QuoteCreated", "QuotePriced", "QuoteSubmitted", "QuoteApproved", "QuoteSent",
    ]  # fmt: skip


async def test_chains_run_side_by_side_and_levels_one_after_the_other(shop: World) -> None:
    pending = await submitted(shop, await drafted(shop, "20"))
    first = {step["group"]: step for step in await steps(shop, pending)}
    assert set(first) == {"managers", "finance"}
    (waiting,) = await steps(shop, pending, "waiting")
    early = await decided(shop, "carl", waiting, pending)
    assert early.json()["code"] == "approval-step-not-open"
    limit = await decided(shop, "anna", first["managers"], pending)
    assert limit.json()["code"] == "above-approvers-limit"
    deputy = await decided(shop, "dora", first["managers"], pending)
    assert deputy.json()["status"] == "pending"
    (done,) = await steps(shop, pending, "approved")
    assert (done["decided_by"], done["decided_for"]) == ("dora", "ben")

    left = {step["group"]: step for step in await steps(shop, pending)}
    assert set(left) == {"directors", "finance"}
    await decided(shop, "carl", left["directors"], pending)
    last = await decided(shop, "fiona", left["finance"], pending)
    assert last.json()["status"] == "approved"


async def test_a_change_asks_again_only_those_whose_condition_got_worse(shop: World) -> None:
    pending = await submitted(shop, await drafted(shop, "20"))
    while open_steps := await steps(shop, pending):
        for step in open_steps:
            who = {"managers": "dora", "directors": "carl", "finance": "fiona"}[step["group"]]
            last = await decided(shop, who, step, pending)
    revised = await seller(shop).post(
        f"{QUOTES}/{pending['id']}/revise", {}, version=last.json()["version"]
    )
    changed = await seller(shop).put(
        f"{QUOTES}/{pending['id']}/lines",
        {"lines": [line("19", "0.3")]},
        version=revised.json()["version"],
    )
    second = await submitted(shop, changed.json())

    # More discount, but less money and the same verdict on credit.
    assert [step["group"] for step in await steps(shop, second)] == ["managers"]
    carried = await steps(shop, second, "carried")
    assert {(step["group"], step["decided_by"]) for step in carried} == {
        ("directors", "carl"),
        ("finance", "fiona"),
    }
    (step,) = await steps(shop, second)
    assert (await decided(shop, "dora", step, second)).json()["status"] == "approved"


async def test_what_is_rejected_or_withdrawn_is_a_draft_again(shop: World) -> None:
    pending = await submitted(shop, await drafted(shop))
    (step,) = await steps(shop, pending)
    rejected = (await decided(shop, "anna", step, pending, "reject")).json()
    assert (rejected["status"], rejected["revision"]) == ("draft", 2)
    assert rejected["content_hash"] is None

    second = await submitted(shop, rejected)
    taken = await seller(shop).post(
        f"{QUOTES}/{pending['id']}/withdraw", {}, version=second["version"]
    )
    assert taken.json()["status"] == "draft"
    (dropped,) = await steps(shop, pending, "dropped")
    late = await decided(shop, "anna", dropped, second)
    assert late.json()["code"] == "approval-step-not-open"


async def test_nobody_decides_in_time_so_others_may_as_well(shop: World) -> None:
    pending = await submitted(shop, await drafted(shop))
    (step,) = await steps(shop, pending)
    clock = Principal.of_service("cpq", "acme")
    from cpq.approvals.service import escalate_overdue

    async with shop.database.app.unit_of_work(clock) as uow:
        assert await escalate_overdue(uow) == 0
    shop.database.clock.advance(hours=25)
    async with shop.database.app.unit_of_work(clock) as uow:
        assert await escalate_overdue(uow) == 1
    async with shop.database.app.unit_of_work(clock) as uow:
        assert await escalate_overdue(uow) == 0
    (step,) = await steps(shop, pending)
    assert step["escalated_to"] == "directors"
    assert (await decided(shop, "carl", step, pending)).json()["status"] == "approved"


async def test_old_facts_are_flagged_and_keep_the_offer_from_being_sent(shop: World) -> None:
    quote = await drafted(shop, discount="0")
    shop.database.clock.advance(minutes=11)
    seen = (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()
    assert [(flag["fact"], flag["line"], flag["blocks"]) for flag in seen["fact_flags"]] == [
        ("stock", "bike", False)
    ]
    shop.database.clock.advance(minutes=60)
    stale = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert (stale.status_code, stale.json()["code"]) == (409, "facts-are-stale")
    assert (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()["status"] == "draft"
    await shop.credit(quote["customer_id"], "9000", account_id=quote["credit"]["account_id"])
    assert (await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})).status_code == 200


async def test_two_who_decide_at_once_close_the_request_once(shop: World) -> None:
    pending = await submitted(shop, await drafted(shop, "20"))
    first = {step["group"]: step for step in await steps(shop, pending)}
    await decided(shop, "dora", first["managers"], pending)
    left = {step["group"]: step for step in await steps(shop, pending)}
    both = await asyncio.gather(
        decided(shop, "carl", left["directors"], pending),
        decided(shop, "fiona", left["finance"], pending),
    )
    assert sorted(answer.json()["status"] for answer in both) == ["approved", "pending"]
    names = [name for name, _, _ in await shop.said()]
    assert names.count("QuoteApproved") == 1


async def test_the_database_itself_keeps_maker_and_checker_apart(shop: World) -> None:
    await submitted(shop, await drafted(shop))
    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="maker_is_not_checker"):
            await connection.execute(
                "UPDATE approvals_step SET status = 'approved', decided_by = 'sam'"
            )
        with pytest.raises(asyncpg.PostgresError, match="only grows"):
            await connection.execute("DELETE FROM approvals_entry")


async def test_a_policy_is_written_in_versions_and_must_make_sense(shop: World) -> None:
    read = (await shop.api.get("/v1/approval-policy")).json()
    assert (read["version"], len(read["rules"])) == (1, 3)
    stale = await shop.api.put("/v1/approval-policy", POLICY, version=0)
    assert stale.json()["code"] == "approval-policy-has-changed"
    broken = POLICY | {"groups": POLICY["groups"][1:]}
    answer = await shop.api.put("/v1/approval-policy", broken, version=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "approval-policy-makes-no-sense")
    assert answer.json()["errors"][0]["field"] == "rules.0.group"
    forbidden = await seller(shop).put("/v1/approval-policy", POLICY, version=1)
    assert forbidden.status_code == 403


async def test_what_the_customer_may_pick_is_approved_as_well(shop: World) -> None:
    """An option that is not selected yet could be taken later by the customer alone."""
    customer = await shop.customer()
    option = line("11", "0", "more") | {"optional": True, "selected": False}
    quote = (
        await seller(shop).post(
            QUOTES, {"customer_id": str(customer), "lines": [line("1", "0"), option]}
        )
    ).json()
    assert quote["net"] == "1000"
    refused = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "quote-needs-approval")


async def test_a_limit_is_for_the_most_that_the_customer_may_pick(shop: World) -> None:
    customer = await shop.customer()
    await shop.credit(customer, "8000")
    option = line("4", "0", "more") | {"optional": True, "selected": False}
    made = await seller(shop).post(
        QUOTES, {"customer_id": str(customer), "lines": [line("2", "0.25"), option]}
    )
    pending = await submitted(shop, made.json())
    (step,) = await steps(shop, pending)
    # 1,500 as it stands, 5,500 with the option: anna's limit is 5,000.
    late = await decided(shop, "anna", step, pending)
    assert (late.json()["code"], "5500" in late.json()["detail"]) == ("above-approvers-limit", True)


async def test_what_was_approved_covers_neither_another_item_nor_more_than_its_limit(
    shop: World,
) -> None:
    await shop.item("BK-2", price="1000", cost="500", stock="100")
    pending = await submitted(shop, await drafted(shop))
    (step,) = await steps(shop, pending)
    approved = (await decided(shop, "anna", step, pending)).json()
    for changed, asked in (
        ([line("2", "0.25")], []),
        ([line("2", "0.25") | {"sku": "BK-2"}], ["managers"]),
        ([line("2", "0.25"), line("4", "0", "others")], ["managers"]),
    ):
        revised = await seller(shop).post(
            f"{QUOTES}/{pending['id']}/revise", {}, version=approved["version"]
        )
        other = await seller(shop).put(
            f"{QUOTES}/{pending['id']}/lines",
            {"lines": changed},
            version=revised.json()["version"],
        )
        approved = await submitted(shop, other.json())
        assert [step["group"] for step in await steps(shop, approved)] == asked


async def test_whoever_changed_it_does_not_approve_it_nor_a_deputy_for_them(shop: World) -> None:
    quote = await drafted(shop)
    changed = await manager(shop, "ben").put(
        f"{QUOTES}/{quote['id']}/lines", {"lines": [line("3", "0.3")]}, version=quote["version"]
    )
    pending = await submitted(shop, changed.json())
    (step,) = await steps(shop, pending)
    for who in ("ben", "dora"):
        refused = await decided(shop, who, step, pending)
        assert (refused.status_code, refused.json()["code"]) == (409, "maker-is-not-checker")
    assert (await decided(shop, "anna", step, pending)).json()["status"] == "approved"
    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="no_maker_decides"):
            await connection.execute("UPDATE approvals_step SET decided_by = 'ben'")


async def test_the_day_that_is_sent_is_the_day_that_rules_see(shop: World) -> None:
    long = {
        "key": "validity",
        "name": "Valid for more than two months",
        "conditions": [{"variable": "validity_days", "comparison": "gt", "number": "60"}],
        "group": "directors",
    }
    rules = {**POLICY, "rules": [*POLICY["rules"], long]}
    assert (await shop.api.put("/v1/approval-policy", rules, version=1)).status_code == 200
    quote = await drafted(shop, discount="0")
    path = f"{QUOTES}/{quote['id']}/send"
    late = await seller(shop).post(path, {"valid_until": "2026-12-31"})
    assert (late.status_code, late.json()["code"]) == (409, "quote-needs-approval")
    assert (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()["valid_until"] is None
    assert (await seller(shop).post(path, {"valid_until": "2026-02-01"})).status_code == 200


async def test_a_selection_that_makes_prices_worse_is_the_sellers_to_approve(shop: World) -> None:
    """Two for one more: with the option taken, a schedule gives a discount to all of it."""
    book = {
        "key": "more",
        "name": "More for less",
        "rules": [
            {
                "key": "tiers",
                "kind": "quantity",
                "sku": "BK-1",
                "method": "range",
                "within": "quote",
                "tiers": [
                    {"lower": "1", "upper": "4", "change": {"percent": "0"}},
                    {"lower": "4", "upper": None, "change": {"percent": "0.4"}},
                ],
            }
        ],
    }
    made = await shop.api.post("/v1/price-books", book)
    assert made.status_code == 201, made.text
    done = await shop.api.post(
        f"/v1/price-books/{made.json()['id']}/publish",
        {"valid_from": "2026-01-01"},
        version=made.json()["version"],
    )
    assert done.status_code == 200, done.text
    rule = {
        "key": "half",
        "name": "More than 30 % off",
        "conditions": [{"variable": "discount_fraction", "comparison": "gt", "number": "0.3"}],
        "group": "managers",
    }
    rules = {**POLICY, "rules": [rule]}
    assert (await shop.api.put("/v1/approval-policy", rules, version=1)).status_code == 200
    customer = await shop.customer()
    option = line("3", "0", "more") | {"optional": True, "selected": False}
    quote = (
        await seller(shop).post(
            QUOTES, {"customer_id": str(customer), "lines": [line("2", "0"), option]}
        )
    ).json()
    sent = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert sent.status_code == 200, sent.text
    link = (await seller(shop).post(f"{QUOTES}/{quote['id']}/links", {})).json()
    headers = {"Authorization": f"Link {link['path'].removeprefix('/offer#')}"}
    picked = await shop.api.with_token(None).post(
        "/v1/offer/selection", {"selected": {"more": True}}, headers=headers
    )
    assert (picked.status_code, picked.json()["code"]) == (409, "selection-needs-approval")
    assert (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()["net"] == quote["net"]


async def test_of_two_who_decide_on_one_step_at_once_the_second_is_told(shop: World) -> None:
    for _ in range(5):
        pending = await submitted(shop, await drafted(shop))
        (step,) = await steps(shop, pending)
        both = await asyncio.gather(
            decided(shop, "anna", step, pending), decided(shop, "dora", step, pending)
        )
        first, second = sorted(both, key=lambda answer: answer.status_code)
        assert (first.status_code, first.json()["status"]) == (200, "approved")
        told = (second.status_code, second.json()["code"])
        assert told == (409, "approval-step-not-open"), second.text


async def test_what_the_policy_sees_cannot_be_hidden(shop: World) -> None:
    customer = str(await shop.customer())
    option = line("1", "0", "tiny") | {"optional": True}
    ghost = line("20", "0.25") | {
        "term": {"months": 1},
        "segment": {"ramp": "ghost", "number": 2},
    }
    hidden = await seller(shop).post(QUOTES, {"customer_id": customer, "lines": [ghost, option]})
    assert (hidden.status_code, hidden.json()["code"]) == (422, "ramp-is-no-ramp")
    elsewhere = line("1", "0.25", "other") | {
        "alternative_of": "bike",
        "parent": "tiny",
        "selected": False,
    }
    apart = await seller(shop).post(
        QUOTES, {"customer_id": customer, "lines": [line("1", "0"), option, elsewhere]}
    )
    assert (apart.status_code, apart.json()["code"]) == (422, "alternatives-need-one")
    # A ramp that lets the price fall is a discount that somebody gives by hand.
    falling = {
        "sku": "BK-1",
        "quantity": "1",
        "key": "fallen",
        "term": {"months": 12},
        "ramp": [{"uplift_fraction": "-0.5"}],
    }
    quote = (await seller(shop).post(QUOTES, {"customer_id": customer, "lines": [falling]})).json()
    sent = await seller(shop).post(f"{QUOTES}/{quote['id']}/send", {})
    assert (sent.status_code, sent.json()["code"]) == (409, "quote-needs-approval")
