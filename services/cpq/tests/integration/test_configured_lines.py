"""A line of a quote that was configured: checked, priced, remembered, offered, accepted."""

import hashlib
from typing import Any

import pytest

from cpq.quotes.rules import canonical

MODELS = "/v1/configuration-models"
QUOTES = "/v1/quotes"


@pytest.fixture
async def shop(world: Any, bicycle: dict[str, Any]) -> Any:
    for sku, price, cost, stock in (
        ("BK-1", "899", "500", "10"),
        ("PT-CHAIN", "30", "12", "100"),
        ("PT-BELT", "120", "60", "4"),
        ("AC-RACK", "45", "20", "50"),
        ("AC-BOTTLE", "9.50", "3", "500"),
    ):
        await world.item(sku, price=price, cost=cost, stock=stock)
    await publish(world, bicycle)
    return world


async def publish(world: Any, document: dict[str, Any], **days: str) -> dict[str, Any]:
    draft = (await world.api.post(MODELS, {"document": document})).json()
    answer = await world.api.post(f"{MODELS}/{draft['id']}/publish", days, version=1)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def configured(*choices: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    decided = [{"target": target, "value": value} for target, value in choices]
    return {"quantity": "3", "configuration": {"model": "bicycle", "choices": decided, **more}}


async def quoted(shop: Any, *lines: dict[str, Any], tier: str = "gold") -> Any:
    customer = await shop.customer(tier=tier)
    answer = await shop.api.post(QUOTES, {"customer_id": str(customer), "lines": lines})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def refused(shop: Any, *lines: dict[str, Any], tier: str = "gold") -> tuple[int, str, str]:
    customer = await shop.customer(tier=tier)
    answer = await shop.api.post(QUOTES, {"customer_id": str(customer), "lines": lines})
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["field"]


BELT = configured(("belt", True), ("qty(bottle)", 2), ({"question": "use"}, "racing"))


async def test_a_configured_line_costs_what_it_consists_of(shop: Any) -> None:
    quote = await quoted(shop, {"sku": "AC-RACK", "quantity": "1"}, BELT)
    plain, line = quote["lines"]
    assert plain["configuration"] is None
    # 899 for the bicycle, 120 for the belt, two bottles at 9.50.
    assert (line["sku"], line["list_unit_price"], line["net_amount"]) == ("BK-1", "1038", "3114")
    assert line["waterfall"][0]["rule"] == "configuration"
    assert "bicycle version 1" in line["waterfall"][0]["reason"]
    assert quote["net"] == "3159"
    remembered = line["configuration"]
    assert (remembered["model"], remembered["model_version"]) == ("bicycle", 1)
    held = {str(one["target"]): one["value"] for one in remembered["values"]}
    assert (held["qty(bottle)"], held["bicycle.colour"]) == ("2", "black")
    assert "rack" not in held
    parts = {part["sku"]: part["quantity"] for part in remembered["parts"]}
    assert parts == {"BK-1": "1", "PT-BELT": "1", "AC-BOTTLE": "2"}
    # Three at 500 + 60 + 6; the belt is short of none, the bicycle's stock is promised.
    assert (line["margin"]["cost"], line["margin"]["complete"]) == ("1698", True)
    assert line["stock"]["verdict"] == "available"
    assert line["price_source"]["event_type"] == "tradewind.erp.list-price-changed.v1"
    again = (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()
    assert again["lines"][1]["configuration"] == remembered


async def test_discounts_and_agreed_prices_go_on_top(shop: Any) -> None:
    discount = {"tier": "gold", "discount": "0.1", "valid_from": "2026-01-01"}
    await shop.api.post("/v1/tier-discounts", discount)
    agreed = {**BELT, "agreed_unit_price": "1000", "agreed_reason": "Frame contract"}
    quote = await quoted(shop, BELT, agreed)
    assert [line["net_unit_price"] for line in quote["lines"]] == ["934.2", "1000"]


async def test_a_line_stock_is_as_short_as_its_shortest_part(shop: Any) -> None:
    quote = await quoted(shop, {**BELT, "quantity": "5"})
    assert quote["lines"][0]["stock"]["verdict"] == "short"
    assert quote["lines"][0]["stock"]["available"] is None


async def test_what_clashes_cannot_be_quoted_and_changes_nothing(shop: Any) -> None:
    clash = configured(("rack", True), ("qty(bottle)", 2))
    assert await refused(shop, {"sku": "AC-RACK", "quantity": "1"}, clash) == (
        409, "configuration-in-conflict", "lines.1.configuration.choices",
    )  # fmt: skip
    belt = configured(("belt", True))
    assert (await refused(shop, belt, tier="standard"))[1] == "configuration-in-conflict"
    wings = configured(("belt", True), ("wings", True))
    assert await refused(shop, wings) == (
        422, "unknown-target", "lines.0.configuration.choices.1.target",
    )  # fmt: skip
    other = {**BELT, "sku": "AC-RACK"}
    assert await refused(shop, other) == (422, "configuration-sells-another-item", "lines.0.sku")
    gone = configured(model_version=7)
    assert (await refused(shop, gone))[:2] == (404, "configuration-model-not-found")
    assert (await refused(shop, {"quantity": "1"}))[1] == "invalid-input"
    assert (await shop.api.get(QUOTES)).json()["items"] == []
    assert {name for name, _, _ in await shop.said()} == {"ConfigurationModelPublished"}


async def test_a_model_that_sells_nothing_makes_no_line(shop: Any, bicycle: dict[str, Any]) -> None:
    del bicycle["root"]["item"]
    await publish(shop, {**bicycle, "key": "idea"})
    line = configured()
    line["configuration"]["model"] = "idea"
    assert (await refused(shop, line))[:2] == (409, "configuration-sells-nothing")


async def test_a_line_goes_on_with_the_version_it_was_made_with(
    shop: Any, bicycle: dict[str, Any]
) -> None:
    quote = await quoted(shop, BELT)
    path = f"{QUOTES}/{quote['id']}"
    for rule in bicycle["rules"]:
        if rule["key"] == "gold-belts":
            rule["condition"] = "not belt"
    await publish(shop, bicycle, valid_from="2026-01-06")
    shop.database.clock.advance(days=2)
    await shop.item("AC-PUMP")
    priced = await shop.api.post(f"{path}/price", {}, version=quote["version"])
    assert priced.status_code == 200, priced.text
    assert priced.json()["lines"][0]["configuration"] == quote["lines"][0]["configuration"]
    assert (await refused(shop, BELT))[1] == "configuration-in-conflict"
    first = quote["lines"][0]["configuration"]["model_id"]
    await shop.api.post(f"{MODELS}/{first}/retire", {})
    over = await shop.api.post(f"{path}/price", {}, version=priced.json()["version"])
    assert (over.status_code, over.json()["code"]) == (409, "configuration-model-is-not-published")


async def test_the_offer_and_the_acceptance_say_how_it_was_configured(shop: Any) -> None:
    quote = await quoted(shop, BELT, {"sku": "AC-RACK", "quantity": "1"})
    path = f"{QUOTES}/{quote['id']}"
    sent = (await shop.api.post(f"{path}/send", {})).json()
    offer = (await shop.api.get(f"{path}/offer")).json()
    assert hashlib.sha256(canonical(offer)).hexdigest() == sent["content_hash"]
    assert offer["form"] == "tradewind.cpq.offer.v3"
    shown = offer["lines"][0]["configuration"]
    assert shown["choices"][2] == {"target": {"question": "use"}, "value": "racing"}
    assert "parts" not in shown
    assert "configuration" not in offer["lines"][1]
    accepted = await shop.api.post(
        f"{path}/accept", {"content_hash": sent["content_hash"], "accepted_by": "Ann"}
    )
    assert accepted.status_code == 200, accepted.text
    _, _, body = (await shop.said())[-1]
    said = body["lines"][0]["configuration"]
    assert said["choices"] == [
        {"target": "belt", "kind": "part", "value": "true"},
        {"target": "qty(bottle)", "kind": "part", "value": "2"},
        {"target": "use", "kind": "answer", "value": "racing"},
    ]
    assert {part["sku"]: part["quantity"] for part in said["parts"]} == {
        "PT-BELT": "1", "AC-BOTTLE": "2",
    }  # fmt: skip
    assert body["lines"][1]["configuration"] is None
