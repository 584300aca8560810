"""Usage prices over HTTP: from a price book onto a quote, signed, shown, and rated again."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from .conftest import World
from .test_price_books import document, published

QUOTES, BOOKS = "/v1/quotes", "/v1/price-books"
CALLS: dict[str, Any] = {
    "key": "calls",
    "kind": "usage",
    "sku": "API",
    "currency": "EUR",
    "resource": "api-calls",
    "unit": "call",
    "price": {
        "model": "graduated",
        "tiers": [
            {"up_to": "1000", "unit_price": "0.01", "flat": "5"},
            {"unit_price": "0.004"},
        ],
    },
}
FEES: dict[str, Any] = {
    "key": "fees",
    "kind": "usage",
    "category": "services",
    "currency": "EUR",
    "resource": "payments",
    "unit": "payment",
    "price": {"model": "percentage", "rate": "0.029", "fee": "0.3", "minimum": "0.5"},
}
ASKED: dict[str, Any] = {
    "sku": "API",
    "quantity": "1",
    "key": "api",
    "usage_samples": {"api-calls": ["1500", "1000"], "payments": ["100", "1"]},
}


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("API", price="20", category="services", stocked=False)
    await world.item("BK-1", price="900")
    await published(world, document(CALLS, FEES, key="usage"))
    return world


async def quoted(shop: World, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await shop.api.post(
        QUOTES, {"customer_id": str(await shop.customer()), "lines": list(lines or [ASKED])}
    )
    assert answer.status_code == 201, answer.text
    quote: dict[str, Any] = answer.json()
    return quote


def samples(line: dict[str, Any]) -> dict[str, list[tuple[list[str], str]]]:
    return {
        one["resource"]: [(sample["events"], sample["amount"]) for sample in one["samples"]]
        for one in line["usage"]
    }


SAMPLES = {
    # 1000 at 0.01 and the flat fee, 1500 at 0.004.
    "api-calls": [(["1500", "1000"], "21")],
    # 2.9 % of 100 and 0.3; of 1 that is 0.329, below the minimum.
    "payments": [(["100", "1"], "3.7")],
}


async def test_a_line_shows_usage_prices_beside_its_own_and_what_samples_cost(shop: World) -> None:
    quote = await quoted(shop, ASKED, {"sku": "BK-1", "quantity": "1"})

    line, other = quote["lines"]
    assert quote["net"] == "920"
    assert samples(line) == SAMPLES
    calls = line["usage"][0]
    assert (calls["rule"], calls["version"], calls["unit"]) == ("usage:calls", "usage:1", "call")
    assert [tier["unit_price"] for tier in calls["price"]["tiers"]] == ["0.01", "0.004"]
    assert other["usage"] == []


async def test_samples_stay_with_the_line_whatever_is_done_with_it(shop: World) -> None:
    quote = await quoted(shop)
    path = f"{QUOTES}/{quote['id']}"

    again = await shop.api.post(f"{path}/price", {}, version=quote["version"])
    assert again.status_code == 200, again.text
    assert samples(again.json()["lines"][0]) == SAMPLES
    copied = await shop.api.post(f"{path}/clone", {})
    assert samples(copied.json()["lines"][0]) == SAMPLES
    other = {"of": {"keys": ["api"]}, "set": {"quantity": "3"}}
    edited = await shop.api.patch(
        f"{path}/lines", {"change": [other]}, version=again.json()["version"]
    )
    assert samples(edited.json()["lines"][0]) == SAMPLES
    fewer = {"of": {"keys": ["api"]}, "set": {"usage_samples": {"api-calls": ["1"]}}}
    edited = await shop.api.patch(
        f"{path}/lines", {"change": [fewer]}, version=edited.json()["version"]
    )
    assert edited.status_code == 200, edited.text
    assert samples(edited.json()["lines"][0]) == {
        "api-calls": [(["1"], "5.01")],
        "payments": [],
    }
    none = {"of": {"keys": ["api"]}, "set": {"usage_samples": None}}
    edited = await shop.api.patch(
        f"{path}/lines", {"change": [none]}, version=edited.json()["version"]
    )
    assert samples(edited.json()["lines"][0]) == {"api-calls": [], "payments": []}


async def test_what_cannot_be_rated_is_refused_with_its_place(shop: World) -> None:
    async def refused(**asked: list[str]) -> tuple[int, str, str]:
        lines = [{"sku": "BK-1", "quantity": "1"}, ASKED | {"usage_samples": asked}]
        body = {"customer_id": str(await shop.customer()), "lines": lines}
        problem = (await shop.api.post(QUOTES, body)).json()
        return problem["status"], problem["code"], problem["errors"][0]["field"]

    assert await refused(storage=["1"]) == (
        409,
        "usage-has-no-price",
        "lines.1.usage_samples.storage",
    )
    assert await refused(payments=["99999999999999"] * 2) == (
        422,
        "usage-too-large",
        "lines.1.usage_samples.payments",
    )
    status, code, _ = await refused(payments=["1"] * 101)
    assert (status, code) == (422, "invalid-input")


async def test_usage_is_rated_by_the_kept_price_step_by_step_whatever_became_of_it(
    shop: World,
) -> None:
    quote = await quoted(shop)
    path = f"{QUOTES}/{quote['id']}/usage-rating"
    question = {"line": "api", "resource": "api-calls", "events": ["1250.5"], "share": "0.5"}
    first = await shop.api.post(path, question)
    assert first.status_code == 200, first.text
    # 500 at 0.01, half the flat fee, 750.5 at 0.004
    assert first.json() == {
        "resource": "api-calls",
        "unit": "call",
        "rule": "usage:calls",
        "version": "usage:1",
        "currency": "EUR",
        "amount": "10.502",
        "rounded_amount": "10.5",
        "steps": [
            {"said": "500 up to 500 at 0.01", "amount": "5"},
            {"said": "flat fee of the tier, 0.5 of 5", "amount": "2.5"},
            {"said": "750.5 above 500 at 0.004", "amount": "3.002"},
        ],
    }

    (book,) = (await shop.api.get(BOOKS)).json()["items"]
    await shop.api.post(f"{BOOKS}/{book['id']}/retire", {})
    sent = await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    assert sent.status_code == 200, sent.text
    await shop.api.post(f"{QUOTES}/{quote['id']}/decline", {})

    assert (await shop.api.post(path, question)).json() == first.json()
    assert (await shop.api.post(path, question)).status_code == 200
    for wrong, code in (
        ({"line": "none"}, "line-is-not-there"),
        ({"resource": "storage"}, "line-has-no-such-usage"),
        ({"events": ["99999999999999"] * 1000}, "usage-too-large"),
        ({"share": "0"}, "invalid-input"),
        ({"line": "api\0"}, "invalid-input"),
    ):
        answer = await shop.api.post(path, question | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_replay_proves_the_samples_of_each_revision(shop: World) -> None:
    quote = await quoted(shop)
    path = f"{QUOTES}/{quote['id']}"
    kept = await shop.api.post(f"{path}/versions", {"label": "one"}, version=quote["version"])
    assert kept.status_code == 200, kept.text
    dearer = CALLS | {"price": {"model": "standard", "unit_price": "1"}}
    (book,) = (await shop.api.get(BOOKS)).json()["items"]
    await shop.api.post(f"{BOOKS}/{book['id']}/retire", {})
    await published(shop, document(dearer, FEES, key="dearer"))
    # Another quote has the new price; this one is replayed with its own.
    assert samples((await quoted(shop))["lines"][0])["api-calls"] == [(["1500", "1000"], "2500")]

    replay = (await shop.api.get(f"{path}/replay")).json()

    assert replay["same"]
    proofs = [
        (one["line"], one["resource"], one["kept_amount"], one["amount"], one["proved"])
        for one in replay["usage"]
    ]
    assert proofs == [
        ("api", "api-calls", "21", "21", True),
        ("api", "payments", "3.7", "3.7", True),
    ]
    old = (await shop.api.get(f"{path}/replay", revision="1")).json()
    assert old["usage"] == replay["usage"]


async def test_the_offer_and_its_documents_show_usage_and_lines_without_keep_their_form(
    shop: World,
) -> None:
    quote = await quoted(shop, ASKED, {"sku": "BK-1", "quantity": "1"})
    path = f"{QUOTES}/{quote['id']}"
    await shop.api.post(f"{path}/send", {})

    offer = (await shop.api.get(f"{path}/offer")).json()
    line, other = offer["lines"]
    assert "usage" not in other
    assert [set(one) for one in line["usage"]] == [{"resource", "unit", "price", "samples"}] * 2
    assert line["usage"][0]["samples"] == [{"events": ["1500", "1000"], "amount": "21"}]
    for language, said in (
        ("en", ["api-calls", "0.004", "up to 1,000", "1,500 + 1,000", "21.00"]),
        ("de", ["api-calls", "0,004", "bis 1.000", "1.500 + 1.000", "21,00"]),
        ("zh-Hans", ["api-calls", "0.004", "不超过 1,000", "1,500 + 1,000", "21.00"]),
    ):
        html = await shop.api.get(f"{path}/document", format="html", language=language)
        assert html.status_code == 200, html.text
        for each in said:
            assert each in html.text
    pdf = await shop.api.get(f"{path}/document", language="en")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    assert "api-calls" in text
    assert "0.004" in text
    link = (await shop.api.post(f"{path}/links", {})).json()
    customer = shop.api.with_token(None)
    headers = {"Authorization": f"Link {link['path'].removeprefix('/offer#')}"}
    shown = await customer.get("/v1/offer", headers=headers)
    assert "api-calls" in shown.text


async def test_two_usage_prices_for_one_case_are_refused_with_their_place(shop: World) -> None:
    twice = document(CALLS, CALLS | {"key": "again"})
    answer = await shop.api.post(BOOKS, twice)
    assert (answer.status_code, answer.json()["code"]) == (422, "price-book-makes-no-sense")
    assert answer.json()["errors"][0]["field"] == "rules.1"

    tiers = [{"up_to": "10", "unit_price": "1"}, {"up_to": "5", "unit_price": "1"}]
    bent = CALLS | {"price": {"model": "volume", "tiers": [*tiers, {"unit_price": "1"}]}}
    answer = await shop.api.post(BOOKS, document(bent))
    assert answer.json()["errors"][0]["field"] == "rules.0.price.tiers.1.up_to"

    draft = (await shop.api.post(BOOKS, document(CALLS, key="other"))).json()
    answer = await shop.api.post(f"{BOOKS}/{draft['id']}/publish", {}, version=draft["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "price-book-is-ambiguous")
