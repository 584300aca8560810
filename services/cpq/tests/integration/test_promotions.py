"""Promotion budgets over HTTP: taken when a quote is frozen, given back if nothing comes of it."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from cpq.quotes import service as quotes
from servicekit.uow import Principal

from .conftest import World
from .test_offers import Holder
from .test_price_books import document, published

QUOTES = "/v1/quotes"
BUDGETS = "/v1/promotion-budgets"
SPRING = {
    "key": "spring",
    "kind": "promotion",
    "code": "SPRING",
    "change": {"percent": "0.1"},
}
LINES: list[dict[str, Any]] = [
    {"sku": "BK-1", "quantity": "1", "key": "bike"},
    {"sku": "BK-1", "quantity": "1", "key": "second", "optional": True, "selected": False},
]


@pytest.fixture
async def shop(world: World) -> World:
    """A bicycle at 899 EUR, of which the code SPRING takes a tenth."""
    await world.item("BK-1")
    await published(world, document(SPRING))
    return world


async def budget(shop: World, amount: str, **more: Any) -> dict[str, Any]:
    answer = await shop.api.post(
        BUDGETS, {"code": "SPRING", "currency": "EUR", "amount": amount, **more}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def draft(shop: World, customer: str | None = None, **more: Any) -> str:
    body = {
        "customer_id": customer or str(await shop.customer()),
        "lines": LINES,
        "promotions": ["SPRING"],
    }
    answer = await shop.api.post(QUOTES, body | more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send(shop: World, quote: str) -> Any:
    return await shop.api.post(f"{QUOTES}/{quote}/send", {})


async def left(shop: World) -> tuple[str, str, int]:
    (row,) = (await shop.api.get(BUDGETS)).json()["items"]
    entries = (await shop.api.get(f"{BUDGETS}/{row['id']}/entries?limit=200")).json()["items"]
    assert sum(Decimal(entry["amount"]) for entry in entries) == Decimal(row["taken"])
    return row["taken"], row["left"], row["uses"]


async def test_sixty_four_quotes_at_once_do_not_overdraw_a_budget(shop: World) -> None:
    await budget(shop, "899")
    customer = str(await shop.customer())
    quotes = [await draft(shop, customer) for _ in range(64)]

    answers = await asyncio.gather(*(send(shop, quote) for quote in quotes))

    assert Counter(answer.status_code for answer in answers) == {200: 10, 409: 54}
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["code"] == "promotion-budget-exhausted"
    assert refused["detail"] == "SPRING has 0 EUR left of 899; this quote takes 89.9"
    assert await left(shop) == ("899", "0", 10)
    # Nothing of those that were refused was done.
    statuses = Counter(
        row["status"] for row in (await shop.api.get(f"{QUOTES}?limit=200")).json()["items"]
    )
    assert statuses == {"sent": 10, "draft": 54}


async def test_a_budget_may_count_quotes(shop: World) -> None:
    await budget(shop, "5000", most_uses=2)
    for status in (200, 200, 409):
        assert (await send(shop, await draft(shop))).status_code == status
    assert (await left(shop))[2] == 2


@pytest.mark.parametrize("ending", ["revise", "decline", "cancel"])
async def test_a_quote_that_comes_to_nothing_gives_back(shop: World, ending: str) -> None:
    await budget(shop, "100")
    quote = await draft(shop)
    sent = (await send(shop, quote)).json()
    assert await left(shop) == ("89.9", "10.1", 1)
    headers = {} if ending == "decline" else {"version": sent["version"]}
    answer = await shop.api.post(f"{QUOTES}/{quote}/{ending}", {}, **headers)
    assert answer.status_code == 200, answer.text
    assert await left(shop) == ("0", "100", 0)


async def test_an_expired_quote_gives_back_and_an_accepted_one_does_not(shop: World) -> None:
    await budget(shop, "200")
    sent = (await send(shop, await draft(shop))).json()
    body = {"content_hash": sent["content_hash"], "accepted_by": "Petra"}
    accepted = await shop.api.post(f"{QUOTES}/{sent['id']}/accept", body)
    assert accepted.status_code == 200, accepted.text
    await send(shop, await draft(shop))
    assert await left(shop) == ("179.8", "20.2", 2)
    shop.database.clock.advance(days=31)
    async with shop.database.app.unit_of_work(Principal.of_service("cpq", "acme")) as uow:
        assert await quotes.expire_quotes(uow) == 1
    assert await left(shop) == ("89.9", "110.1", 1)


async def test_a_customer_who_picks_more_takes_more_or_is_told(shop: World) -> None:
    row = await budget(shop, "100")
    quote = await draft(shop)
    await send(shop, quote)
    link = await shop.api.post(f"{QUOTES}/{quote}/links", {})
    customer = Holder(shop.api, link.json()["path"].removeprefix("/offer#"))
    more = {"selected": {"second": True}}

    refused = await customer.post("/selection", more)
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion-budget-exhausted")
    assert "100" not in refused.text, "a customer need not know what is left"
    assert await left(shop) == ("89.9", "10.1", 1)

    body = {"amount": "179.8", "most_uses": None}
    raised = await shop.api.put(f"{BUDGETS}/{row['id']}", body, version=row["version"])
    assert raised.status_code == 200, raised.text
    picked = await customer.post("/selection", more)
    assert picked.json()["net"] == "1618.2"
    assert await left(shop) == ("179.8", "0", 1)
    less = await shop.api.put(
        f"{BUDGETS}/{row['id']}",
        body | {"amount": "179.7"},
        version=raised.json()["version"],
    )
    assert (less.status_code, less.json()["code"]) == (409, "promotion-budget-is-taken")


async def test_budgets_are_one_per_code_and_currency(shop: World) -> None:
    await budget(shop, "100")
    body = {"code": "SPRING", "currency": "EUR", "amount": "5"}
    again = await shop.api.post(BUDGETS, body)
    assert (again.status_code, again.json()["code"]) == (409, "promotion-budget-exists")
    finer = await shop.api.post(BUDGETS, body | {"currency": "JPY", "amount": "5.5"})
    assert (finer.status_code, finer.json()["code"]) == (422, "promotion-budget-too-fine")
    other = await shop.api.post(BUDGETS, body | {"currency": "JPY"})
    assert other.status_code == 201


async def test_the_database_counts_by_itself(shop: World) -> None:
    row = await budget(shop, "100")
    await send(shop, await draft(shop))
    async with shop.database.superuser() as superuser:
        await superuser.execute("SELECT set_config('app.tenant', 'acme', false)")
        for statement, refusal in (
            ("UPDATE promotions_budget SET taken = 0, uses = 0", asyncpg.RestrictViolationError),
            ("UPDATE promotions_budget SET amount = 89", asyncpg.CheckViolationError),
            ("DELETE FROM promotions_entry", asyncpg.PostgresError),
            (
                "INSERT INTO promotions_entry SELECT tenant, gen_random_uuid(), budget_id, "
                "gen_random_uuid(), quote_number, revision, 10.11, 1, recorded_at, recorded_by "
                "FROM promotions_entry",
                asyncpg.CheckViolationError,
            ),
        ):
            with pytest.raises(refusal):
                await superuser.execute(statement)
    assert await left(shop) == ("89.9", "10.1", 1)
    assert row["taken"] == "0"


async def test_a_code_that_nobody_knows_is_refused(shop: World) -> None:
    body = {"customer_id": str(await shop.customer()), "promotions": ["SPRING", "SPIRNG"]}
    refused = await shop.api.post(QUOTES, body)
    assert (refused.status_code, refused.json()["code"]) == (422, "promotion-not-known")
    assert refused.json()["errors"][0]["field"] == "promotions.1"

    quote = (await shop.api.get(f"{QUOTES}/{await draft(shop)}")).json()
    path = f"{QUOTES}/{quote['id']}"
    refused = await shop.api.patch(path, {"promotions": ["OTHER"]}, version=quote["version"])
    assert (refused.status_code, refused.json()["code"]) == (422, "promotion-not-known")
    kept = await shop.api.patch(path, {"promotions": ["SPRING"]}, version=quote["version"])
    assert kept.status_code == 200, kept.text
