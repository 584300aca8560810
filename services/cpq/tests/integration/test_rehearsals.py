"""Dry runs of draft price books over past quotes, over HTTP and with real PostgreSQL."""

from datetime import date, timedelta
from typing import Any

import pytest

from cpq.rehearsals.service import rehearsing
from cpq.settings import CpqSettings

from .conftest import TODAY, World, listed
from .test_price_books import PRICE, TIER, document, published

LONG_AGO = TODAY - timedelta(days=30)


async def drafted(world: World, *rules: dict[str, Any], key: str = "spring") -> str:
    answer = await world.api.post("/v1/price-books", document(*rules, key=key))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def quoted(world: World, customer: Any, *lines: tuple[str, str], **more: Any) -> Any:
    body = {
        "customer_id": str(customer),
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        **more,
    }
    answer = await world.api.post("/v1/quotes", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def rehearsed(world: World, *books: str, **more: Any) -> Any:
    answer = await world.api.post("/v1/price-books/rehearsals", {"books": list(books), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("BK-1")
    await world.item("AC-1", price="20")
    return world


async def test_a_draft_takes_the_place_of_its_book_in_the_quotes_of_then(shop: World) -> None:
    await published(shop, document(PRICE, TIER), valid_from="2025-01-01")
    gold, other = await shop.customer(tier="gold"), await shop.customer(tier="none")
    first = await quoted(shop, gold, ("BK-1", "2"), ("AC-1", "5"))
    second = await quoted(shop, other, ("AC-1", "3"))
    dearer = PRICE | {"unit_price": "600"}
    draft = await drafted(shop, dearer, TIER)

    found = await rehearsed(shop, draft)

    (total,) = found["totals"]
    assert {name: total[name] for name in ("quotes", "changed", "dearer", "cheaper")} == {
        "quotes": 2, "changed": 1, "dearer": 1, "cheaper": 0,
    }  # fmt: skip
    assert total["net"] == {
        "before": "1050", "after": "1230", "difference": "180", "share": "0.1714285714",
    }  # fmt: skip
    assert total["gross"]["difference"] == "214.2"
    changed, same = found["quotes"]
    assert (changed["quote_id"], changed["net"]["before"]) == (first["id"], first["net"])
    assert changed["reason"] == {
        "step": "list", "rule": "list:bk", "book": "spring:2", "difference": "200",
    }  # fmt: skip
    assert (same["quote_id"], same["changed"], same["reason"]) == (second["id"], False, None)
    assert [one["net"]["difference"] for one in found["customers"]] == ["180", "0"]
    assert [(one["sku"], one["net"]["difference"], one["quotes"]) for one in found["items"]] == [
        ("BK-1", "180", 1), ("AC-1", "0", 2),
    ]  # fmt: skip
    assert [(one["rule"], one["difference"]) for one in found["rules"]] == [
        ("list:bk", "200"), ("tier:gold", "-20"),
    ]  # fmt: skip
    assert [(one["key"], one["book_version"], one["status"]) for one in found["books"]] == [
        ("spring", 2, "draft")
    ]


async def test_the_published_version_itself_changes_nothing(shop: World) -> None:
    book = await published(shop, document(PRICE, TIER), valid_from="2025-01-01")
    await quoted(shop, await shop.customer(), ("BK-1", "2"))

    found = await rehearsed(shop, book["id"])

    assert [one["changed"] for one in found["totals"]] == [0]
    assert found["totals"][0]["net"]["difference"] == "0"
    assert found["rules"] == []


async def test_facts_and_rules_of_today_are_not_looked_at_and_nothing_is_written(
    shop: World,
) -> None:
    customer = await shop.customer()
    quote = await quoted(shop, customer, ("BK-1", "1"), ("AC-1", "1"))
    tables = (
        "quotes_quote",
        "quotes_offer",
        "pricing_book",
        "platform_outbox",
        "platform_audit_entry",
    )
    draft = await drafted(shop, {**TIER, "category": "bicycles"})
    # What came later: another list price, and another book with a rule for everything.
    await shop.hear(listed(await shop.item("XX-1"), "XX-1", "5"))
    line = quote["lines"][0]
    await shop.hear(listed(line["item_id"], "BK-1", "5000"))
    halved = {"key": "all", "kind": "promotion", "code": "X", "change": {"percent": "0.5"}}
    await published(shop, document(halved, PRICE, key="later"))
    before = [await count(shop, table) for table in tables]

    found = await rehearsed(shop, draft)

    assert found["totals"][0]["net"]["before"] == quote["net"]
    assert found["totals"][0]["net"]["after"] == "827.1"
    assert [await count(shop, table) for table in tables] == before
    again = (await shop.api.get(f"/v1/quotes/{quote['id']}")).json()
    assert (again["version"], again["net"]) == (quote["version"], quote["net"])


async def count(world: World, table: str) -> int:
    async with world.database.superuser() as everybody:
        found = await everybody.fetchval(f"SELECT count(*) FROM {table}")
    return int(found)


async def test_drafts_are_tried_together_and_pages_follow_each_other(shop: World) -> None:
    customers = [await shop.customer() for _ in range(3)]
    for at, customer in enumerate(customers, start=1):
        await quoted(shop, customer, ("BK-1", str(at)))
    cheap = await drafted(shop, PRICE)
    gold = await drafted(shop, TIER, key="tiers")

    whole = await rehearsed(shop, cheap, gold, sort="cheaper")
    pages = [await rehearsed(shop, cheap, gold, sort="cheaper", page=n, limit=2) for n in (1, 2, 3)]

    assert [one["net"]["after"] for one in whole["quotes"]] == ["1350", "900", "450"]
    assert [one for page in pages for one in page["quotes"]] == whole["quotes"]
    assert [one for page in pages for one in page["customers"]] == whole["customers"]
    assert all(page["totals"] == whole["totals"] for page in pages)
    assert whole["counts"] == {
        "quotes": 3, "customers": 3, "items": 1, "rules": 2, "unpriced": 0,
    }  # fmt: skip
    dearest_first = await rehearsed(shop, cheap, gold, sort="dearer")
    assert dearest_first["quotes"] == whole["quotes"][::-1]


async def test_a_kept_answer_is_not_given_when_something_has_changed(shop: World) -> None:
    customer = await shop.customer()
    quote = await quoted(shop, customer, ("BK-1", "1"))
    draft = await drafted(shop, PRICE)
    assert (await rehearsed(shop, draft))["totals"][0]["net"]["after"] == "500"

    body = document(PRICE | {"unit_price": "700"})
    await shop.api.put(f"/v1/price-books/{draft}/document", body, version=1)
    assert (await rehearsed(shop, draft))["totals"][0]["net"]["after"] == "700"
    lines = {"lines": [{"sku": "BK-1", "quantity": "3"}]}
    changed = await shop.api.put(f"/v1/quotes/{quote['id']}/lines", lines, version=quote["version"])
    assert changed.status_code == 200, changed.text
    assert (await rehearsed(shop, draft))["totals"][0]["net"]["after"] == "2100"


async def test_quotes_are_chosen_by_days_customer_currency_and_state(shop: World) -> None:
    one, two = await shop.customer(), await shop.customer()
    await quoted(shop, one, ("BK-1", "1"))
    sent = await quoted(shop, two, ("BK-1", "2"))
    answer = await shop.api.post(f"/v1/quotes/{sent['id']}/send", {}, version=sent["version"])
    assert answer.status_code == 200, answer.text
    old = await quoted(shop, two, ("BK-1", "3"))
    answer = await shop.api.post(
        f"/v1/quotes/{old['id']}/price",
        {"priced_on": LONG_AGO.isoformat()},
        version=old["version"],
    )
    assert answer.status_code == 200, answer.text
    draft = await drafted(shop, PRICE)

    async def found(**asked: Any) -> list[str]:
        rows = (await rehearsed(shop, draft, **asked))["quotes"]
        return sorted(row["net"]["after"] for row in rows)

    assert await found() == ["1000", "1500", "500"]
    assert await found(days=30) == ["1000", "500"]
    assert await found(days=5, until=LONG_AGO.isoformat()) == ["1500"]
    assert await found(customer_id=str(two)) == ["1000", "1500"]
    assert await found(statuses=["sent"]) == ["1000"]
    assert await found(currency="USD") == []
    assert await found(revisions="kept") == ["1000"]


async def test_the_newest_kept_version_is_priced_by_its_own_record(shop: World) -> None:
    quote = await quoted(shop, await shop.customer(), ("BK-1", "2"))
    kept = await shop.api.post(
        f"/v1/quotes/{quote['id']}/versions", {"label": "First"}, version=quote["version"]
    )
    assert kept.status_code == 200, kept.text
    lines = {"lines": [{"sku": "BK-1", "quantity": "7"}]}
    await shop.api.put(f"/v1/quotes/{quote['id']}/lines", lines, version=kept.json()["version"])
    draft = await drafted(shop, PRICE)

    (row,) = (await rehearsed(shop, draft, revisions="kept"))["quotes"]

    assert (row["revision"], row["net"]["before"], row["net"]["after"]) == (1, "1798", "1000")
    (standing,) = (await rehearsed(shop, draft))["quotes"]
    assert standing["net"]["after"] == "3500"


async def test_what_the_new_rules_refuse_is_said_quote_by_quote(shop: World) -> None:
    await shop.item("NEW-1", price=None)
    price = PRICE | {"key": "new", "sku": "NEW-1"}
    await published(shop, document(price), valid_from="2025-01-01")
    customer = await shop.customer()
    refused = await quoted(shop, customer, ("AC-1", "1"), ("NEW-1", "1"))
    await quoted(shop, customer, ("AC-1", "1"))
    old = await quoted(shop, customer, ("AC-1", "2"))
    async with shop.database.superuser() as everybody:
        await everybody.execute("UPDATE quotes_quote SET pricing = NULL WHERE id = $1", old["id"])

    found = await rehearsed(shop, await drafted(shop, TIER))

    (total,) = found["totals"]
    assert (total["quotes"], total["unpriced"], total["unpriced_quoted"]) == (1, 2, "560")
    assert total["net"]["before"] == "20"
    first, second = found["unpriced"]
    assert (first["quote_id"], first["code"]) == (refused["id"], "item-has-no-list-price")
    assert first["field"].startswith("lines.1.")
    assert (second["quote_id"], second["code"]) == (old["id"], "pricing-has-no-record")


async def test_what_cannot_be_asked_is_refused_with_its_place(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, again = await drafted(shop, PRICE), await drafted(shop, TIER)
    unknown = "00000000-0000-0000-0000-000000000009"
    path = "/v1/price-books/rehearsals"

    async def refused(status: int, code: str, **body: Any) -> dict[str, Any]:
        answer = await shop.api.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        found: dict[str, Any] = answer.json()
        return found

    await refused(404, "price-book-not-found", books=[draft, unknown])
    await refused(422, "price-book-is-tried-twice", books=[draft, again])
    await refused(422, "invalid-input", books=[])
    for _ in range(3):
        await quoted(shop, await shop.customer(), ("BK-1", "1"), ("AC-1", "1"))
    small = CpqSettings(rehearsal_quotes=2)
    monkeypatch.setattr(rehearsing, "cpq_settings", lambda: small)
    problem = await refused(422, "rehearsal-is-too-large", books=[draft])
    assert "more than 2 quotes" in problem["detail"]
    short = CpqSettings(rehearsal_lines=5)
    monkeypatch.setattr(rehearsing, "cpq_settings", lambda: short)
    problem = await refused(422, "rehearsal-is-too-large", books=[draft])
    assert "6 lines" in problem["detail"]
    hasty = CpqSettings(rehearsal_seconds=1e-9)
    monkeypatch.setattr(rehearsing, "cpq_settings", lambda: hasty)
    await refused(503, "rehearsal-takes-too-long", books=[draft])


async def test_quotes_are_read_in_batches_whatever_their_number(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await shop.customer()
    for at in range(5):
        await quoted(shop, customer, ("BK-1", str(at + 1)))
    monkeypatch.setattr(rehearsing, "BATCH_QUOTES", 2)
    sizes: list[int] = []
    read = rehearsing.records_of

    async def watched(session: Any, quotes: Any, **more: Any) -> Any:
        sizes.append(len(quotes))
        return await read(session, quotes, **more)

    monkeypatch.setattr(rehearsing, "records_of", watched)

    found = await rehearsed(shop, await drafted(shop, PRICE))

    assert sizes == [2, 2, 1]
    assert found["totals"][0]["net"]["after"] == "7500"


async def test_a_quote_that_changes_meanwhile_is_not_priced_as_another(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = await quoted(shop, await shop.customer(), ("BK-1", "1"))
    look = rehearsing.past_quotes

    async def meanwhile(*asked: Any) -> Any:
        found = await look(*asked)
        async with shop.database.superuser() as everybody:
            await everybody.execute("UPDATE quotes_quote SET version = version + 1")
        return found

    monkeypatch.setattr(rehearsing, "past_quotes", meanwhile)

    found = await rehearsed(shop, await drafted(shop, PRICE))

    assert [(one["quote_id"], one["code"]) for one in found["unpriced"]] == [
        (quote["id"], "quote-changed-meanwhile")
    ]


async def test_rules_with_days_to_come_are_tried_on_one_of_them(shop: World) -> None:
    await quoted(shop, await shop.customer(), ("BK-1", "1"))
    coming = date(2027, 1, 1).isoformat()
    draft = await drafted(shop, PRICE | {"valid_from": coming})

    assert (await rehearsed(shop, draft))["totals"][0]["changed"] == 0
    found = await rehearsed(shop, draft, rules_on=coming)
    assert found["totals"][0]["net"]["after"] == "500"


async def test_whoever_only_sells_or_is_of_another_tenant_sees_nothing(shop: World) -> None:
    await quoted(shop, await shop.customer(), ("BK-1", "1"))
    draft = await drafted(shop, PRICE)
    asked = {"books": [draft]}
    path = "/v1/price-books/rehearsals"

    for role, status in (("seller", 403), ("sales_manager", 200), ("product_manager", 200)):
        answer = await shop.api.signed_in(roles=[role]).post(path, asked)
        assert answer.status_code == status, role
    others = await shop.api.signed_in(tenant="globex").post(path, asked)
    assert others.json()["code"] == "price-book-not-found"
