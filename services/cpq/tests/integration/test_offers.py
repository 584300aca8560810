"""The public page's API: a link opens one offer, shows it, changes its options and answers it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from contracts.crm import CustomerChangedV1, CustomerStateV1
from cpq.quotes.service import picking
from servicekit.testing.http import Api

from .conftest import World

QUOTES = "/v1/quotes"


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("BK-1", price="900")
    await world.item("PT-LOCK", price="30", category="parts")
    await world.item("CARE", price="100", category="services", stocked=False)
    await world.item("CARE-PLUS", price="180", category="services", stocked=False)
    return world


LINES = [
    {"sku": "BK-1", "quantity": "2", "key": "bike"},
    {"sku": "PT-LOCK", "quantity": "2", "key": "lock", "optional": True, "selected": False},
    {"sku": "CARE", "quantity": "1", "key": "care"},
    {
        "sku": "CARE-PLUS",
        "quantity": "1",
        "key": "plus",
        "alternative_of": "care",
        "selected": False,
    },
]


async def drafted(shop: World) -> dict[str, Any]:
    body = {"customer_id": str(await shop.customer()), "lines": LINES}
    made: dict[str, Any] = (await shop.api.post(QUOTES, body)).json()
    return made


async def sent(shop: World, **link: Any) -> tuple[dict[str, Any], Api]:
    """A sent quote, and the API as whoever holds a link to it sees it."""
    quote = await drafted(shop)
    answer = await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    made = await shop.api.post(f"{QUOTES}/{quote['id']}/links", link)
    assert made.status_code == 201, made.text
    return answer.json(), holder(shop, made.json()["path"])


class Holder:
    """Whoever holds a link: no access token."""

    def __init__(self, api: Api, token: str) -> None:
        self.api, self.headers = api.with_token(None), {"Authorization": f"Link {token}"}

    async def get(self, path: str = "") -> Any:
        return await self.api.get(f"/v1/offer{path}", headers=self.headers)

    async def post(self, path: str, body: Any) -> Any:
        return await self.api.post(f"/v1/offer{path}", body, headers=self.headers)


def holder(shop: World, path: str) -> Any:
    return Holder(shop.api, path.removeprefix("/offer#"))


async def test_a_customer_picks_options_and_accepts_exactly_what_they_saw(shop: World) -> None:
    quote, customer = await sent(shop, language="de")
    seen = (await customer.get()).json()
    assert (seen["net"], seen["can_be_answered"], seen["language"]) == ("1900", True, "de")
    assert [(o["key"], o["selected"], o["choice"]) for o in seen["options"]] == [
        ("lock", False, None),
        ("care", True, "care"),
        ("plus", False, "care"),
    ]
    assert "Angebot" in seen["article"]

    # Prices change after the offer was made; its own prices stay.
    await shop.api.post(
        "/v1/tier-discounts", {"tier": "gold", "discount": "0.5", "valid_from": "2020-01-01"}
    )
    picked = await customer.post("/selection", {"selected": {"lock": True, "plus": True}})
    assert picked.status_code == 200, picked.text
    assert picked.json()["net"] == "2040"
    assert picked.json()["content_hash"] != seen["content_hash"]

    late = await customer.post(
        "/accept", {"content_hash": seen["content_hash"], "accepted_by": "Petra"}
    )
    assert late.json()["code"] == "offer-differs"
    body = {
        "content_hash": picked.json()["content_hash"],
        "accepted_by": "Petra Müller",
        "comment": "Please ring before you deliver",
    }
    first, second = await asyncio.gather(
        customer.post("/accept", body), customer.post("/accept", body)
    )
    assert (first.json()["status"], second.json()["status"]) == ("accepted", "accepted")
    assert not first.json()["can_be_answered"]
    events = await shop.said()
    accepted = [event for name, _, event in events if name == "QuoteAccepted"]
    assert len(accepted) == 1
    assert [line["sku"] for line in accepted[0]["lines"]] == ["BK-1", "PT-LOCK", "CARE-PLUS"]
    assert accepted[0]["content_hash"] == body["content_hash"]
    assert accepted[0]["comment"] == body["comment"]
    kept = (await shop.api.get(f"{QUOTES}/{quote['id']}/versions")).json()["versions"]
    assert [version["kept_by"].partition(":")[0] for version in kept] == [
        "offer-link",
        "user",
    ] or len(kept) == 2
    again = (await shop.api.get(f"{QUOTES}/{quote['id']}/replay")).json()
    assert again["same"]


async def test_an_option_costs_what_the_total_becomes_more(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {
        "customer_id": str(await shop.customer()),
        "lines": [
            {"sku": "BK-1", "quantity": "1", "key": "bike"},
            {"sku": "BK-1", "quantity": "1", "key": "set", "optional": True, "selected": False},
            {"sku": "PT-LOCK", "quantity": "2", "key": "part", "parent": "set"},
            {"sku": "CARE", "quantity": "1", "key": "care", "parent": "set", "optional": True},
            {
                "sku": "CARE-PLUS",
                "quantity": "1",
                "key": "ramped",
                "optional": True,
                "selected": False,
                "term": {"start_on": "2027-01-01", "months": 24},
                "ramp": [{"quantity": "1"}, {"quantity": "3"}],
            },
        ],
    }
    answer = await shop.api.post(QUOTES, body)
    assert answer.status_code == 201, answer.text
    quote = answer.json()
    await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    made = await shop.api.post(f"{QUOTES}/{quote['id']}/links", {})
    customer = holder(shop, made.json()["path"])
    seen = (await customer.get()).json()
    for option in seen["options"]:
        if option["key"] == "care":
            continue
        before = Decimal(seen["net"])
        picked = await customer.post("/selection", {"selected": {option["key"]: True}})
        assert picked.status_code == 200, picked.text
        seen_then = picked.json()
        assert Decimal(seen_then["net"]) - before == Decimal(option["amount"]), option
        (await customer.post("/selection", {"selected": {option["key"]: False}})).json()
    # A part that is chosen with what it is a part of costs what it adds to that.
    amounts = {option["key"]: option["amount"] for option in seen["options"]}
    assert amounts["care"] == "100"
    assert {o["key"]: o["quantities"] for o in seen["options"]}["ramped"] == ["1", "3"]
    # Nothing depends on other lines here, so an offer too large to try them says the same.
    monkeypatch.setattr(picking, "MOST_PRICED_ANEW", 0)
    large = (await customer.get()).json()
    assert {option["key"]: option["amount"] for option in large["options"]} == amounts


async def test_a_link_opens_one_offer_and_nothing_else(shop: World) -> None:
    quote, customer = await sent(shop)
    for path in (f"/v1/quotes/{quote['id']}", "/v1/quotes", "/v1/approvals", "/v1/price-books"):
        answer = await shop.api.with_token(None).get(path, headers=customer.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission-missing")
    for bad in ("/selection", "/accept"):
        answer = await customer.post(bad, {"selected": {"bike": False}})
        assert answer.status_code == 422
    refused = await customer.post("/selection", {"selected": {"bike": False}})
    assert refused.json()["code"] == "line-is-not-optional"


async def test_a_link_that_was_tampered_with_opens_nothing(shop: World) -> None:
    _, customer = await sent(shop)
    token = customer.headers["Authorization"].removeprefix("Link ")
    tenant, link, secret = token.split(".")
    other = "0" if link[0] != "0" else "1"
    for broken in (
        "",
        "x",
        token[:-1],
        f"{tenant}.{link}.{'A' * len(secret)}",
        f"{tenant}.{other}{link[1:]}.{secret}",
        f"globex.{link}.{secret}",
        f"no such tenant.{link}.{secret}",
        f"{tenant}.{link}.{secret}.more",
    ):
        headers = {"Authorization": f"Link {broken}"}
        answer = await shop.api.with_token(None).get("/v1/offer", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "offer-link-not-found")


async def test_a_link_expires_and_can_be_taken_back(shop: World) -> None:
    quote, customer = await sent(shop, expires_at="2026-01-06T00:00:00Z")
    assert (await customer.get()).status_code == 200
    shop.database.clock.advance(hours=24)
    late = await customer.get()
    assert (late.status_code, late.json()["code"]) == (409, "offer-link-expired")
    accepted = await customer.post(
        "/accept", {"content_hash": quote["content_hash"], "accepted_by": "Petra"}
    )
    assert accepted.json()["code"] == "offer-link-expired"
    assert (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()["status"] == "sent"

    made = (await shop.api.post(f"{QUOTES}/{quote['id']}/links", {"recipient": "Petra"})).json()
    customer = holder(shop, made["path"])
    assert (await customer.get()).status_code == 200
    path = f"{QUOTES}/{quote['id']}/links"
    assert (await shop.api.post(f"{path}/{made['id']}/revoke", {})).status_code == 200
    assert (await customer.get()).json()["code"] == "offer-link-expired"
    listed = (await shop.api.get(path)).json()["links"]
    assert len(listed) == 2
    assert all("path" not in link for link in listed)
    unknown = await shop.api.get(f"{QUOTES}/{made['id']}/links")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "quote-not-found")
    past = await shop.api.post(path, {"expires_at": "2026-01-05T00:00:00Z"})
    assert (past.status_code, past.json()["code"]) == (422, "offer-link-is-past")


async def test_a_link_holds_as_long_as_an_offer_of_years_and_opens_one_that_is_over(
    shop: World,
) -> None:
    for until in ("2028-12-31", "2099-12-31"):
        quote = await drafted(shop)
        await shop.api.post(f"{QUOTES}/{quote['id']}/send", {"valid_until": until})
        made = await shop.api.post(f"{QUOTES}/{quote['id']}/links", {})
        assert made.status_code == 201, made.text
        assert made.json()["expires_at"] > until
    later = {"expires_at": "2028-01-01T00:00:00Z"}
    assert (await shop.api.post(f"{QUOTES}/{quote['id']}/links", later)).status_code == 201
    short = await drafted(shop)
    await shop.api.post(f"{QUOTES}/{short['id']}/send", {})
    refused = await shop.api.post(f"{QUOTES}/{short['id']}/links", later)
    assert (refused.status_code, refused.json()["code"]) == (422, "offer-link-is-past")
    shop.database.clock.advance(hours=24 * 90)
    assert (await shop.api.post(f"{QUOTES}/{short['id']}/links", {})).status_code == 201


async def test_nothing_is_sent_to_a_customer_that_was_deactivated(shop: World) -> None:
    quote = await drafted(shop)
    gone = CustomerStateV1(
        customer_id=quote["customer_id"], number="C-1", name="Gone", tier="gold", active=False
    )
    await shop.hear(CustomerChangedV1(customer_id=gone.customer_id, customer=gone))
    refused = await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "customer-not-active")


async def test_an_amendment_that_is_out_of_date_says_to_ask_the_seller(shop: World) -> None:
    term = {"start_on": "2026-01-01", "end_on": "2026-12-31"}
    line = {"sku": "CARE", "quantity": "10", "key": "care", "term": term}
    body = {"customer_id": str(await shop.customer()), "lines": [line]}
    first = (await shop.api.post(QUOTES, body)).json()
    await accept(shop, first["id"])
    (contract,) = (await shop.api.get("/v1/contracts", quote_id=first["id"])).json()["items"]
    more = {"effective_on": "2026-07-01", "set": [{"key": "care", "quantity": "15"}]}
    path = f"/v1/contracts/{contract['id']}/amendments"
    one, other = [(await shop.api.post(path, more)).json() for _ in range(2)]
    sent = (await shop.api.post(f"{QUOTES}/{one['quote_id']}/send", {})).json()
    link = (await shop.api.post(f"{QUOTES}/{one['quote_id']}/links", {})).json()
    customer = holder(shop, link["path"])
    seen = (await customer.get()).json()
    assert (seen["can_be_answered"], seen["outdated"]) == (True, False)
    await accept(shop, other["quote_id"])
    seen = (await customer.get()).json()
    assert (seen["status"], seen["can_be_answered"], seen["outdated"]) == ("sent", False, True)
    answer = {"content_hash": sent["content_hash"], "accepted_by": "Petra"}
    refused = await customer.post("/accept", answer)
    assert (refused.status_code, refused.json()["code"]) == (409, "offer-out-of-date")


async def accept(shop: World, quote_id: str) -> None:
    sent = (await shop.api.post(f"{QUOTES}/{quote_id}/send", {})).json()
    body = {"content_hash": sent["content_hash"], "accepted_by": "Petra"}
    answer = await shop.api.post(f"{QUOTES}/{quote_id}/accept", body)
    assert answer.status_code == 200, answer.text


async def test_only_what_was_sent_is_shown(shop: World) -> None:
    quote, customer = await sent(shop)
    revised = await shop.api.post(f"{QUOTES}/{quote['id']}/revise", {}, version=quote["version"])
    assert revised.status_code == 200
    hidden = await customer.get()
    assert (hidden.status_code, hidden.json()["code"]) == (409, "quote-is-not-sent")
    draft = await shop.api.post(f"{QUOTES}/{quote['id']}/links", {})
    assert draft.json()["code"] == "quote-is-not-sent"
    await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    assert (await customer.get()).json()["revision"] == 2


async def test_the_secret_is_kept_nowhere_but_in_the_answer(shop: World) -> None:
    _, customer = await sent(shop)
    secret = customer.headers["Authorization"].rpartition(".")[2]
    async with shop.database.superuser() as connection:
        # The answer itself is kept for a repetition of the request, and nothing else has it.
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT LIKE '%idempotency%'"
        )
        assert len(tables) > 20
        for (table,) in tables:
            rows = await connection.fetch(f'SELECT t::text AS row FROM "{table}" t')
            assert all(secret not in row["row"] for row in rows), table


async def test_the_offer_is_declined_and_printed(shop: World) -> None:
    quote, customer = await sent(shop)
    printed = await customer.get("/document")
    assert printed.content.startswith(b"%PDF")
    declined = await customer.post("/decline", {"reason": "Too dear"})
    assert (declined.json()["status"], declined.json()["decline_reason"]) == (
        "declined",
        "Too dear",
    )
    seen = (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()
    assert (seen["status"], seen["decline_reason"]) == ("declined", "Too dear")
    gone = await customer.post("/selection", {"selected": {"lock": True}})
    assert gone.json()["code"] == "quote-is-not-sent"
