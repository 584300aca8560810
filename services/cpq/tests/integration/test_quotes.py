"""Quotes over HTTP, from draft to acceptance."""

import asyncio
import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as sqlalchemy_event

from contracts.erp import OrderConfirmedV1, OrderHeldV1, OrderPlacedV1, OrderReasonV1
from contracts.erp.order import OrderEvent
from contracts.erp.stock import StockPromiseV1
from cpq.quotes import service as quotes
from cpq.quotes.rules import canonical
from servicekit.uow import Principal

from .conftest import TODAY, World, euros


async def drafted(world: World, **changes: Any) -> dict[str, Any]:
    customer_id = await world.customer()
    item_id = await world.item("BK-1")
    body = {
        "customer_id": str(customer_id),
        "lines": [{"item_id": str(item_id), "quantity": "10"}],
    } | changes
    answer = await world.api.post("/v1/quotes", body)
    assert answer.status_code == 201, answer.text
    quote: dict[str, Any] = answer.json()
    return quote


async def sent(world: World, **changes: Any) -> dict[str, Any]:
    quote = await drafted(world, **changes)
    answer = await world.api.post(f"/v1/quotes/{quote['id']}/send", {})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def signature(quote: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"content_hash": quote["content_hash"], "accepted_by": "Petra Müller"} | changes


async def test_a_quote_is_priced_from_what_cpq_has_heard(world: World) -> None:
    quote = await drafted(world)

    assert quote["number"] == "Q-2026-000001"
    assert quote["status"] == "draft"
    assert (quote["net"], quote["tax_estimate"], quote["gross_estimate"]) == (
        "8990",
        "1708.1",
        "10698.1",
    )
    (line,) = quote["lines"]
    assert line["tax_reason"] == "Usual rate of DE, standard"
    assert line["price_source"]["event_type"] == "tradewind.erp.list-price-changed.v1"
    assert [name for name, _, _ in await world.said()] == ["QuoteCreated", "QuotePriced"]


async def test_rules_entered_over_http_decide_the_waterfall(world: World) -> None:
    api = world.api
    await api.post(
        "/v1/quantity-breaks",
        {"minimum_quantity": "10", "discount": "0.05", "valid_from": "2025-01-01"},
    )
    await api.post(
        "/v1/tier-discounts",
        {"tier": "gold", "category": "bicycles", "discount": "0.05", "valid_from": "2025-01-01"},
    )
    await api.post(
        "/v1/tax-rates",
        {"country": "DE", "tax_category": "standard", "rate": "0.16", "valid_from": "2025-01-01"},
    )

    quote = await drafted(world)

    (line,) = quote["lines"]
    assert [(step["step"], step["output"]) for step in line["waterfall"]] == [
        ("list", "899"),
        ("quantity-break", "854.05"),
        ("tier", "811.3475"),
        ("manual", "811.3475"),
        ("net", "811.3475"),
    ]
    assert line["net_amount"] == "8113.475"
    assert (quote["net"], quote["tax_estimate"]) == ("8113.48", "1298.16")


async def test_an_overlapping_rule_is_refused_and_one_that_follows_is_not(world: World) -> None:
    body = {"tier": "gold", "discount": "0.05", "valid_from": "2025-01-01"}
    first = await world.api.post("/v1/tier-discounts", body)

    overlapping = await world.api.post("/v1/tier-discounts", body | {"valid_from": "2026-01-01"})
    assert overlapping.status_code == 409
    assert overlapping.json()["code"] == "price-rule-overlaps"

    ended = await world.api.patch(
        f"/v1/tier-discounts/{first.json()['id']}", {"valid_to": "2026-01-01"}, version=1
    )
    assert ended.status_code == 200, ended.text
    following = await world.api.post("/v1/tier-discounts", body | {"valid_from": "2026-01-01"})
    assert following.status_code == 201
    listed = (await world.api.get("/v1/tier-discounts", tier="gold")).json()
    assert len(listed["items"]) == 2


async def test_margin_credit_and_stock_name_their_event_and_age(world: World) -> None:
    customer_id = await world.customer()
    later = [StockPromiseV1(on=date(2026, 2, 1), available=Decimal(50))]
    item_id = await world.item("BK-1", cost="512.3375", stock="4", later=later)
    await world.credit(customer_id, "12000")
    world.database.clock.advance(minutes=2)

    created = await world.api.post(
        "/v1/quotes",
        {
            "customer_id": str(customer_id),
            "lines": [{"item_id": str(item_id), "quantity": "10"}],
        },
    )
    quote = (await world.api.get(f"/v1/quotes/{created.json()['id']}")).json()

    assert quote["margin"] == {
        "net": "8990",
        "cost": "5123.38",
        "margin": "3866.62",
        "fraction": "0.4301",
        "complete": True,
    }
    assert quote["credit"]["headroom_after"] == {"amount": "1301.9", "currency": "EUR"}
    assert quote["credit"]["verdict"] == "ok"
    (line,) = quote["lines"]
    assert (line["stock"]["verdict"], line["stock"]["promised_on"]) == ("later", "2026-02-01")
    assert line["stock"]["available"] == "4"
    for fact in (quote["credit"], line["stock"], line["margin"], {"source": line["price_source"]}):
        assert fact["source"]["age_seconds"] == 120
        assert fact["source"]["as_of"].startswith("2026-01-05T09:00:00")
        assert fact["source"]["event_type"].startswith("tradewind.erp.")


async def test_what_is_not_known_is_shown_as_not_known(world: World) -> None:
    quote = await drafted(world)

    assert quote["margin"] is None
    assert quote["credit"] is None
    assert quote["order"] is None
    assert quote["lines"][0]["stock"] is None


async def test_an_agreed_price_and_a_discount_need_a_reason(world: World) -> None:
    customer_id = await world.customer()
    item_id = await world.item("BK-1")

    async def refused(**line: str) -> dict[str, Any]:
        answer = await world.api.post(
            "/v1/quotes",
            {
                "customer_id": str(customer_id),
                "lines": [{"item_id": str(item_id), "quantity": "1", **line}],
            },
        )
        assert answer.status_code == 422
        problem: dict[str, Any] = answer.json()
        return problem

    problem = await refused(agreed_unit_price="800")
    assert problem["code"] == "agreed-price-needs-reason"
    assert problem["errors"][0]["field"] == "lines.0.agreed_reason"
    assert (await refused(discount_fraction="0.1"))["code"] == "discount-needs-reason"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"customer_id": str(uuid4())}, 422, "customer-not-known"),
        ({"currency": "CHF"}, 409, "item-has-no-list-price"),
        ({"lines": [{"sku": "NOPE", "quantity": "1"}]}, 422, "item-not-known"),
        ({"lines": [{"sku": "OLD", "quantity": "1"}]}, 409, "item-not-for-sale"),
        ({"lines": [{"quantity": "1"}]}, 422, "invalid-input"),
        ({"lines": [{"sku": "BK-1", "quantity": "0"}]}, 422, "invalid-input"),
        ({"lines": [{"sku": "BK-1", "quantity": "99999999999999"}]}, 422, "price-too-large"),
        ({"lines": [{"sku": "BK-1", "quantity": "1112347053"}]}, 422, "price-too-large"),
    ],
)
async def test_a_quote_that_cannot_be_is_refused_by_name(
    world: World, changes: dict[str, Any], status: int, code: str
) -> None:
    customer_id = await world.customer()
    await world.item("BK-1")
    await world.item("OLD", status="discontinued")
    body = {
        "customer_id": str(customer_id),
        "lines": [{"sku": "BK-1", "quantity": "1"}],
    } | changes

    answer = await world.api.post("/v1/quotes", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await world.said() == []


async def test_a_draft_changes_and_is_priced_anew(world: World) -> None:
    quote = await drafted(world)
    path = f"/v1/quotes/{quote['id']}"

    changed = await world.api.put(
        f"{path}/lines",
        {
            "lines": [
                {
                    "sku": "BK-1",
                    "quantity": "2",
                    "discount_fraction": "0.5",
                    "discount_reason": "Demo",
                },
                {
                    "sku": "BK-1",
                    "quantity": "1",
                    "agreed_unit_price": "1.005",
                    "agreed_reason": "Gift",
                },
            ]
        },
        version=quote["version"],
    )
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["revision"], body["net"]) == (2, "900.01")
    assert sum(Decimal(line["shown_amount"]) for line in body["lines"]) == Decimal("900.01")

    stale = await world.api.put(f"{path}/lines", {"lines": []}, version=quote["version"])
    assert stale.status_code == 412

    patched = await world.api.patch(path, {"customer_reference": "PO 1"}, version=body["version"])
    assert patched.json()["customer_reference"] == "PO 1"
    assert patched.json()["revision"] == 3


async def test_pricing_again_takes_the_prices_of_the_day(world: World) -> None:
    from .conftest import listed

    quote = await drafted(world)
    item_id = UUID(quote["lines"][0]["item_id"])
    await world.hear(listed(item_id, "BK-1", "1000"))

    kept = (await world.api.get(f"/v1/quotes/{quote['id']}")).json()
    assert kept["net"] == "8990"
    priced = await world.api.post(f"/v1/quotes/{quote['id']}/price", {}, version=quote["version"])
    assert priced.json()["net"] == "10000"
    assert priced.json()["lines"][0]["price_source"]["sequence"] == 2


async def test_what_was_sent_no_longer_changes_and_its_hash_can_be_recomputed(
    world: World,
) -> None:
    quote = await sent(world)

    assert quote["valid_until"] == (TODAY + timedelta(days=30)).isoformat()
    offer = (await world.api.get(f"/v1/quotes/{quote['id']}/offer")).json()
    assert hashlib.sha256(canonical(offer)).hexdigest() == quote["content_hash"]
    assert offer["gross_estimate"] == quote["gross_estimate"]
    changed = await world.api.patch(
        f"/v1/quotes/{quote['id']}", {"customer_reference": "PO 1"}, version=quote["version"]
    )
    assert (changed.status_code, changed.json()["code"]) == (409, "quote-is-not-draft")
    async with world.database.superuser() as connection:
        with pytest.raises(Exception, match="only grows"):
            await connection.execute("UPDATE quotes_offer SET content = ''::bytea")


async def test_accepting_twice_is_accepting_once(world: World) -> None:
    quote = await sent(world)
    path = f"/v1/quotes/{quote['id']}/accept"

    first = await world.api.post(path, signature(quote))
    second = await world.api.post(path, signature(quote, accepted_by="Somebody else"))

    assert first.status_code == second.status_code == 200, first.text
    assert first.json() == second.json()
    assert first.json()["accepted_on"] == TODAY.isoformat()
    names = [name for name, _, _ in await world.said()]
    assert names == ["QuoteCreated", "QuotePriced", "QuoteSent", "QuoteAccepted"]


async def test_forty_customers_clicking_at_once_accept_once(world: World) -> None:
    quote = await sent(world)
    path = f"/v1/quotes/{quote['id']}/accept"

    answers = await asyncio.gather(*(world.api.post(path, signature(quote)) for _ in range(40)))

    assert {answer.status_code for answer in answers} == {200}
    assert sum(name == "QuoteAccepted" for name, _, _ in await world.said()) == 1


async def test_the_acceptance_announces_everything_the_order_needs(world: World) -> None:
    quote = await sent(world, requested_on="2026-02-01", customer_reference="PO 7")

    await world.api.post(f"/v1/quotes/{quote['id']}/accept", signature(quote))

    name, sequence, body = (await world.said())[-1]
    assert (name, sequence) == ("QuoteAccepted", 4)
    assert body["content_hash"] == quote["content_hash"]
    assert body["requested_on"] == "2026-02-01"
    assert body["customer_reference"] == "PO 7"
    assert body["net"] == {"amount": "8990", "currency": "EUR"}
    (line,) = body["lines"]
    assert (line["quantity"], line["net_unit_price"], line["net_amount"]) == (
        "10",
        "899",
        "8990",
    )
    assert (line["tax_category"], line["tax_rate"]) == ("standard", "0.19")


async def test_another_hash_or_a_late_day_is_refused(world: World) -> None:
    quote = await sent(world)
    path = f"/v1/quotes/{quote['id']}/accept"

    wrong = await world.api.post(path, signature(quote, content_hash="0" * 64))
    assert (wrong.status_code, wrong.json()["code"]) == (409, "offer-differs")
    future = await world.api.post(path, signature(quote, accepted_on="2026-01-06"))
    assert future.json()["code"] == "acceptance-in-the-future"
    world.database.clock.advance(days=31)
    late = await world.api.post(path, signature(quote))
    assert (late.status_code, late.json()["code"]) == (409, "quote-has-expired")
    in_time = await world.api.post(path, signature(quote, accepted_on="2026-02-04"))
    assert in_time.status_code == 200
    other = await world.api.post(path, signature(quote, content_hash="0" * 64))
    assert other.json()["code"] == "offer-differs"


async def test_an_acceptance_before_the_offer_is_refused(world: World) -> None:
    """The order would be dated and taxed on that day."""
    quote = await drafted(world, priced_on="2026-01-01")
    world.database.clock.advance(days=2)
    answer = await world.api.post(f"/v1/quotes/{quote['id']}/send", {})
    path = f"/v1/quotes/{quote['id']}/accept"
    world.database.clock.advance(days=3)

    for day in ("1990-01-01", "2026-01-01", "2026-01-06"):
        early = await world.api.post(path, signature(answer.json(), accepted_on=day))
        assert (early.status_code, early.json()["code"]) == (409, "acceptance-before-offer")
        assert early.json()["errors"][0]["field"] == "accepted_on"
    on_the_day = await world.api.post(path, signature(answer.json(), accepted_on="2026-01-07"))
    assert (on_the_day.status_code, on_the_day.json()["accepted_on"]) == (200, "2026-01-07")


async def test_prices_of_a_day_to_come_are_not_offered(world: World) -> None:
    customer_id = await world.customer()
    body = {"customer_id": str(customer_id), "lines": []}

    future = await world.api.post("/v1/quotes", body | {"priced_on": "2026-01-06"})
    assert (future.status_code, future.json()["code"]) == (422, "priced-in-the-future")
    assert future.json()["errors"][0]["field"] == "priced_on"

    quote = (await world.api.post("/v1/quotes", body | {"priced_on": "2026-01-05"})).json()
    path = f"/v1/quotes/{quote['id']}/price"
    again = await world.api.post(path, {"priced_on": "2026-01-06"}, version=quote["version"])
    assert (again.status_code, again.json()["code"]) == (422, "priced-in-the-future")


async def test_a_quote_is_in_the_currency_of_the_account_that_the_erp_keeps(world: World) -> None:
    """The CRM may name another one; the ERP would reject the order."""
    elsewhere = uuid4()
    customer_id = await world.customer(currency="CHF")
    body = {"customer_id": str(customer_id), "lines": []}

    async def currency(**changes: Any) -> str:
        answer = await world.api.post("/v1/quotes", body | changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["currency"])

    assert await currency() == "CHF"
    await world.credit(customer_id, None, currency="EUR")
    assert await currency() == "EUR"
    assert await currency(currency="USD") == "USD"
    await world.credit(customer_id, None, currency="GBP", company_id=elsewhere)
    assert await currency(selling_company_id=str(elsewhere)) == "GBP"
    assert await currency(selling_company_id=str(world.company_id)) == "EUR"
    assert await currency(selling_company_id=str(uuid4())) == "CHF"


async def test_an_offer_in_another_currency_than_the_account_is_not_sent(world: World) -> None:
    quote = await drafted(world)
    await world.credit(UUID(quote["customer_id"]), None, currency="USD")

    shown = (await world.api.get(f"/v1/quotes/{quote['id']}")).json()
    assert (shown["credit"]["verdict"], shown["credit"]["headroom_after"]) == (
        "other-currency",
        None,
    )
    refused = await world.api.post(f"/v1/quotes/{quote['id']}/send", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "quote-currency-differs")
    assert "quote in USD" in refused.json()["detail"]

    # An account at the selling company that the quote names is the one that counts.
    await world.credit(UUID(quote["customer_id"]), None, company_id=(other := uuid4()))
    await world.api.patch(
        f"/v1/quotes/{quote['id']}", {"selling_company_id": str(other)}, version=shown["version"]
    )
    assert (await world.api.post(f"/v1/quotes/{quote['id']}/send", {})).status_code == 200


async def test_a_declined_quote_stays_declined(world: World) -> None:
    quote = await sent(world)

    declined = await world.api.post(
        f"/v1/quotes/{quote['id']}/decline", {"reason": "Too expensive"}
    )
    accepted = await world.api.post(f"/v1/quotes/{quote['id']}/accept", signature(quote))

    assert declined.json()["status"] == "declined"
    again = await world.api.post(f"/v1/quotes/{quote['id']}/decline", {"reason": "Still is"})
    assert (again.status_code, again.json()["decline_reason"]) == (200, "Too expensive")
    assert (accepted.status_code, accepted.json()["code"]) == (409, "quote-is-not-sent")
    assert (await world.said())[-1][2]["reason"] == "Too expensive"


async def test_a_quote_without_lines_cannot_be_sent(world: World) -> None:
    quote = await drafted(world, lines=[])

    answer = await world.api.post(f"/v1/quotes/{quote['id']}/send", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "quote-needs-lines")


async def test_quotes_expire_the_day_after_their_last_day(world: World) -> None:
    quote = await sent(world)
    principal = Principal.of_service("cpq", "acme")

    async def expire() -> int:
        async with world.database.app.unit_of_work(principal) as uow:
            return await quotes.expire_quotes(uow)

    world.database.clock.advance(days=30)
    assert await expire() == 0
    world.database.clock.advance(days=1)
    assert await expire() == 1
    assert await expire() == 0
    shown = (await world.api.get(f"/v1/quotes/{quote['id']}")).json()
    assert (shown["status"], shown["expired_on"]) == ("expired", "2026-02-05")
    assert (await world.said())[-1][0] == "QuoteExpired"


async def test_the_orders_answer_is_shown_on_the_quote(world: World) -> None:
    quote = await sent(world)
    await world.api.post(f"/v1/quotes/{quote['id']}/accept", signature(quote))
    order_id = uuid4()

    def order(kind: type[OrderEvent], status: str, **changes: Any) -> OrderEvent:
        return kind(
            order_id=order_id,
            order_number="SO-1",
            company_id=world.company_id,
            customer_id=UUID(quote["customer_id"]),
            quote_id=UUID(quote["id"]),
            status=status,
            **changes,
        )

    async def shown() -> dict[str, Any]:
        body: dict[str, Any] = (await world.api.get(f"/v1/quotes/{quote['id']}")).json()
        return body["order"]  # type: ignore[no-any-return]

    placed = order(
        OrderPlacedV1,
        "placed",
        currency="EUR",
        ordered_on=TODAY,
        lines=[],
        net=euros("8990"),
        tax=euros("1708.1"),
        gross=euros("10698.1"),
    )
    reason = OrderReasonV1(code="credit-limit-exceeded", message="Too much")
    held = world.received(order(OrderHeldV1, "held", reasons=[reason]), sequence=2)
    await world.hear_received([world.received(placed, sequence=1), held])
    on_hold = await shown()
    assert (on_hold["status"], on_hold["reasons"]) == ("held", [reason.model_dump()])

    confirmed = order(OrderConfirmedV1, "confirmed", promised_on=date(2026, 1, 20))
    await world.hear_received([world.received(confirmed, sequence=3), held])
    after = await shown()
    assert (after["status"], after["reasons"]) == ("confirmed", [])
    assert after["promised_on"] == "2026-01-20"
    assert after["source"]["event_type"] == "tradewind.erp.order-confirmed.v1"


async def test_quotes_are_listed_by_what_sellers_look_for(world: World) -> None:
    first = await drafted(world, external_reference="old:1")
    second = await sent(world)

    async def numbers(**query: str) -> list[str]:
        answer = await world.api.get("/v1/quotes", **query)
        assert answer.status_code == 200, answer.text
        return [each["number"] for each in answer.json()["items"]]

    assert await numbers(sort="number") == [first["number"], second["number"]]
    assert await numbers(status="sent") == [second["number"]]
    assert await numbers(external_reference="old:1") == [first["number"]]
    assert await numbers(customer_id=second["customer_id"]) == [second["number"]]
    assert await numbers(**{"net[gte]": "100000"}) == []


async def test_pricing_a_long_quote_takes_no_more_statements_than_a_short_one(
    world: World,
) -> None:
    customer_id = await world.customer()
    skus = [f"BK-{number}" for number in range(40)]
    for sku in skus:
        await world.item(sku, cost="5", stock="5")
    statements: list[str] = []
    sqlalchemy_event.listen(
        world.database.app.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: statements.append(statement),
    )

    async def count(lines: int) -> int:
        statements.clear()
        answer = await world.api.post(
            "/v1/quotes",
            {
                "customer_id": str(customer_id),
                "lines": [{"sku": sku, "quantity": "1"} for sku in skus[:lines]],
            },
        )
        assert answer.status_code == 201, answer.text
        return len(statements)

    await count(1)
    assert await count(40) == await count(2)


async def test_tenants_never_see_each_others_quotes_or_facts(world: World) -> None:
    quote = await drafted(world)
    other = world.api.signed_in(tenant="other")

    assert (await other.get(f"/v1/quotes/{quote['id']}")).status_code == 404
    assert (await other.get("/v1/quotes")).json()["items"] == []
    answer = await other.post("/v1/quotes", {"customer_id": quote["customer_id"], "lines": []})
    assert answer.json()["code"] == "customer-not-known"


async def test_a_reader_cannot_write_and_a_seller_cannot_import(world: World) -> None:
    reader = world.api.signed_in(roles=("reader",))
    seller = world.api.signed_in(roles=("seller",))

    assert (await reader.post("/v1/quotes", {})).status_code == 403
    assert (await seller.post("/v1/quotes/bulk", {})).status_code == 403
    assert (await seller.post("/v1/tier-discounts", {})).status_code == 403
    assert (await reader.get("/v1/quotes")).status_code == 200


async def test_a_client_that_prefers_a_minimal_answer_gets_no_lines(world: World) -> None:
    await world.item("BK-1", price="900")
    body = {
        "customer_id": str(await world.customer()),
        "lines": [{"sku": "BK-1", "quantity": "2"}],
    }
    made = await world.api.post("/v1/quotes", body, key="k-1", headers={"Prefer": "return=minimal"})
    assert (made.status_code, made.headers["Preference-Applied"]) == (201, "return=minimal")
    assert "lines" not in made.json()
    assert (made.json()["line_count"], made.headers["ETag"]) == (1, '"1"')
    again = await world.api.post(
        "/v1/quotes", body, key="k-1", headers={"Prefer": "return=minimal"}
    )
    assert again.json() == made.json()
    whole = await world.api.post("/v1/quotes", body, headers={"Prefer": "return=representation"})
    assert len(whole.json()["lines"]) == 1
    assert "Preference-Applied" not in whole.headers
