"""Price books over HTTP: drafted, published for good, and what they do to a quote."""

from typing import Any

import asyncpg
import pytest

from .conftest import World

TIER = {"key": "gold", "kind": "tier", "tier": "gold", "change": {"percent": "0.1"}}
PRICE = {"key": "bk", "kind": "list", "sku": "BK-1", "currency": "EUR", "unit_price": "500"}


def document(*rules: dict[str, Any], key: str = "spring", **more: Any) -> dict[str, Any]:
    return {"key": key, "name": "Spring", "rules": list(rules), **more}


async def published(world: World, body: dict[str, Any], **days: str) -> dict[str, Any]:
    draft = await world.api.post("/v1/price-books", body)
    assert draft.status_code == 201, draft.text
    book = draft.json()
    answer = await world.api.post(
        f"/v1/price-books/{book['id']}/publish", days, version=book["version"]
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def quoted(world: World, quantity: str = "10") -> dict[str, Any]:
    customer = await world.customer(tier="gold")
    answer = await world.api.post(
        "/v1/quotes",
        {"customer_id": str(customer), "lines": [{"sku": "BK-1", "quantity": quantity}]},
    )
    assert answer.status_code == 201, answer.text
    (line,) = answer.json()["lines"]
    return dict(line)


@pytest.fixture
async def bicycle_item(world: World) -> None:
    await world.item("BK-1")


@pytest.mark.usefixtures("bicycle_item")
async def test_a_published_book_prices_quotes_and_says_its_version(world: World) -> None:
    assert (await quoted(world))["net_unit_price"] == "899"
    await published(world, document(PRICE, TIER))

    line = await quoted(world)

    assert line["net_unit_price"] == "450"
    steps = {step["step"]: step for step in line["waterfall"]}
    assert (steps["list"]["rule"], steps["list"]["version"]) == ("list:bk", "spring:1")
    assert steps["tier"]["output"] == "450"


@pytest.mark.usefixtures("bicycle_item")
async def test_the_next_version_ends_the_one_before_and_retiring_ends_both(world: World) -> None:
    first = await published(world, document(PRICE), valid_from="2026-01-01")
    cheaper = PRICE | {"unit_price": "400"}
    second = await published(world, document(cheaper))

    assert (second["book_version"], (await quoted(world))["net_unit_price"]) == (2, "400")
    ended = (await world.api.get(f"/v1/price-books/{first['id']}")).json()
    assert ended["valid_to"] == second["valid_from"]
    answer = await world.api.post(f"/v1/price-books/{second['id']}/retire", {"reason": "Typo"})
    assert answer.json()["status"] == "retired"
    assert (await quoted(world))["net_unit_price"] == "899"


async def test_what_is_wrong_is_named_by_place_and_nothing_is_kept(world: World) -> None:
    twice = document(PRICE, PRICE | {"key": "again"})

    answer = await world.api.post("/v1/price-books", twice)

    assert (answer.status_code, answer.json()["code"]) == (422, "price-book-makes-no-sense")
    assert answer.json()["errors"][0]["field"] == "rules.1"
    seen = (await world.api.post("/v1/price-books/validate", twice)).json()
    assert (seen["valid"], seen["faults"][0]["field"]) == (False, "rules.1")
    formless = await world.api.post("/v1/price-books", document(PRICE | {"unit_price": "x"}))
    assert formless.json()["errors"][0]["field"] == "rules.0.list.unit_price"
    assert (await world.api.get("/v1/price-books")).json()["items"] == []


async def test_two_books_for_the_same_case_and_day_are_not_both_published(world: World) -> None:
    await published(world, document(PRICE))
    other = (await world.api.post("/v1/price-books", document(PRICE, key="summer"))).json()

    answer = await world.api.post(
        f"/v1/price-books/{other['id']}/publish", {}, version=other["version"]
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "price-book-is-ambiguous")
    assert (await world.api.get(f"/v1/price-books/{other['id']}")).json()["status"] == "draft"


async def test_a_draft_changes_and_goes_and_a_published_version_does_neither(
    world: World,
) -> None:
    draft = (await world.api.post("/v1/price-books", document(PRICE))).json()
    path = f"/v1/price-books/{draft['id']}"
    changed = await world.api.put(
        f"{path}/document", document(PRICE, TIER), version=draft["version"]
    )
    assert (changed.status_code, changed.json()["rule_count"]) == (200, 2)
    assert (await world.api.get(f"{path}/document")).json()["rules"] == [PRICE, TIER]
    elsewhere = await world.api.put(
        f"{path}/document", document(PRICE, key="other"), version=changed.json()["version"]
    )
    assert elsewhere.json()["code"] == "price-book-keeps-its-key"
    assert (await world.api.delete(path)).status_code == 204
    assert (await world.api.get(path)).status_code == 404

    book = await published(world, document(PRICE))
    for answer in (
        await world.api.delete(f"/v1/price-books/{book['id']}"),
        await world.api.put(
            f"/v1/price-books/{book['id']}/document", document(TIER), version=book["version"]
        ),
    ):
        assert answer.json()["code"] == "price-book-is-not-draft"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pricing_book SET name = 'Other'",
        "UPDATE pricing_book SET document = '{}', content_hash = encode(sha256('{}'), 'hex')",
        "UPDATE pricing_book SET status = 'draft', valid_from = NULL",
        "UPDATE pricing_book SET valid_to = '2100-01-01'",
        "DELETE FROM pricing_book",
    ],
)
async def test_the_database_keeps_a_published_book_as_it_is(world: World, statement: str) -> None:
    await published(world, document(PRICE), valid_from="2026-01-01", valid_to="2027-01-01")

    async with world.database.superuser() as everybody:
        with pytest.raises(asyncpg.RestrictViolationError, match="never changes"):
            await everybody.execute(statement)


async def test_whoever_only_sells_publishes_nothing(world: World) -> None:
    draft = (await world.api.post("/v1/price-books", document(PRICE))).json()
    seller = world.api.signed_in(roles=["seller"])

    answer = await seller.post(
        f"/v1/price-books/{draft['id']}/publish", {}, version=draft["version"]
    )

    assert answer.status_code == 403
