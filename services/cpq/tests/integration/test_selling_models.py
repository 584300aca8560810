"""Selling models over HTTP: made, given to items, and what quotes make of them."""

from typing import Any

import pytest

from .conftest import World

MODELS, WAYS, QUOTES = "/v1/selling-models", "/v1/ways-to-sell", "/v1/quotes"


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("CARE", price="120", category="services", stocked=False)
    await world.item("BK-1", price="900")
    for body in (
        {"key": "once", "name": "Once", "kind": "one-off"},
        {"key": "yearly", "name": "By the year", "kind": "termed", "unit": "year"},
        {"key": "open", "name": "Until cancelled", "kind": "evergreen", "unit": "month"},
    ):
        answer = await world.api.post(MODELS, body)
        assert answer.status_code == 201, answer.text
    for body in (
        {"sku": "CARE", "selling_model": "yearly", "is_default": True},
        {"sku": "CARE", "selling_model": "open"},
    ):
        answer = await world.api.post(WAYS, body)
        assert answer.status_code == 201, answer.text
    return world


async def quoted(shop: World, **line: Any) -> Any:
    return await shop.api.post(
        QUOTES,
        {
            "customer_id": str(await shop.customer()),
            "lines": [{"sku": "CARE", "quantity": "1", **line}],
        },
    )


async def test_a_line_is_sold_as_its_item_is(shop: World) -> None:
    # By default for one length of its model, else for as long as is said.
    one = (await quoted(shop)).json()
    assert (one["lines"][0]["selling_model"], one["net"]) == ("yearly", "120")
    assert one["lines"][0]["term_reason"] == "1 year"
    two = (await quoted(shop, term={"start_on": "2026-01-01", "months": 18})).json()
    assert (two["lines"][0]["term_reason"], two["net"]) == ("181/365 + 1 year", "179.51")
    # Until it is cancelled: the price is for a month.
    still = (await quoted(shop, selling_model="open")).json()
    assert (still["lines"][0]["end_on"], still["net"]) == (None, "120")

    # What is priced again follows the model as it is by now.
    (model,) = (await shop.api.get(MODELS, key="yearly")).json()["items"]
    changed = await shop.api.put(
        f"{MODELS}/{model['id']}",
        {"name": "By two years", "kind": "termed", "unit": "year", "count": 2},
        version=model["version"],
    )
    assert changed.status_code == 200, changed.text
    again = await shop.api.post(f"{QUOTES}/{two['id']}/price", {}, version=two["version"])
    assert again.json()["lines"][0]["term_multiplier"] == "0.7479452055"


async def test_what_contradicts_how_the_item_is_sold_is_refused(shop: World) -> None:
    for line, place in (
        ({"selling_model": "once"}, "lines.0.selling_model"),
        ({"selling_model": "open", "term": {"months": 12}}, "lines.0.term"),
        ({"term": {"months": 12, "unit": "month"}}, "lines.0.term.unit"),
    ):
        answer = await quoted(shop, **line)
        assert (answer.status_code, answer.json()["code"]) == (422, "selling-model-does-not-fit")
        assert answer.json()["errors"][0]["field"] == place


async def test_models_and_ways_are_kept_in_order(shop: World) -> None:
    again = await shop.api.post(MODELS, {"key": "once", "name": "Once", "kind": "one-off"})
    assert (again.status_code, again.json()["code"]) == (409, "selling-model-exists")
    timeless = await shop.api.post(MODELS, {"key": "t", "name": "T", "kind": "termed"})
    assert timeless.status_code == 422
    unknown = await shop.api.post(WAYS, {"sku": "CARE", "selling_model": "none"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "selling-model-not-found")
    twice = await shop.api.post(WAYS, {"sku": "CARE", "selling_model": "open"})
    assert (twice.status_code, twice.json()["code"]) == (409, "way-to-sell-exists")

    ways = (await shop.api.get(WAYS, sku="CARE")).json()["items"]
    by_model = {way["selling_model"]: way for way in ways}
    way = by_model["open"]
    second = await shop.api.put(f"{WAYS}/{way['id']}", {"is_default": True}, version=way["version"])
    assert (second.status_code, second.json()["code"]) == (409, "way-to-sell-exists")
    changed = await shop.api.put(
        f"{WAYS}/{way['id']}", {"proration": "strict-30"}, version=way["version"]
    )
    assert changed.json()["proration"] == "strict-30"

    (model,) = (await shop.api.get(MODELS, key="open")).json()["items"]
    used = await shop.api.delete(f"{MODELS}/{model['id']}", version=model["version"])
    assert (used.status_code, used.json()["code"]) == (409, "selling-model-is-used")
    gone = await shop.api.delete(f"{WAYS}/{way['id']}", version=changed.json()["version"])
    assert gone.status_code == 204
    freed = await shop.api.delete(f"{MODELS}/{model['id']}", version=model["version"])
    assert freed.status_code == 204
    assert (await shop.api.get(f"{MODELS}/{model['id']}")).status_code == 404


async def test_an_amendment_adds_what_is_sold_once_and_what_its_model_says(shop: World) -> None:
    quote = (
        await quoted(shop, key="care", term={"start_on": "2026-01-01", "end_on": "2027-12-31"})
    ).json()
    assert quote["net"] == "240"
    sent = (await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})).json()
    done = await shop.api.post(
        f"{QUOTES}/{quote['id']}/accept",
        {"content_hash": sent["content_hash"], "accepted_by": "Petra"},
    )
    assert done.status_code == 200, done.text
    (contract,) = (await shop.api.get("/v1/contracts", quote_id=quote["id"])).json()["items"]
    made = await shop.api.post(
        f"/v1/contracts/{contract['id']}/amendments",
        {
            "effective_on": "2027-01-01",
            "set": [{"key": "care", "quantity": "2"}],
            "add": [
                {"sku": "CARE", "quantity": "1", "key": "more"},
                {"sku": "BK-1", "quantity": "1", "once": True},
            ],
        },
    )
    assert made.status_code == 201, made.text
    never = await shop.api.post(
        f"/v1/contracts/{contract['id']}/amendments",
        {
            "effective_on": "2027-01-01",
            "add": [{"sku": "CARE", "quantity": "1", "key": "fee", "once": True}],
        },
    )
    assert (never.status_code, never.json()["code"]) == (422, "selling-model-does-not-fit")
    lines = (await shop.api.get(f"{QUOTES}/{made.json()['quote_id']}")).json()["lines"]
    assert [(line["sku"], line["term_reason"], line["net_amount"]) for line in lines] == [
        ("CARE", "1 year", "120"),
        ("CARE", "1 year", "120"),
        ("BK-1", None, "900"),
    ]
