"""Ramps over HTTP: quoted, accepted, amended mid-term, ended together."""

from typing import Any

import pytest

from .conftest import World
from .test_contracts import accepted, held, read

QUOTES, CONTRACTS = "/v1/quotes", "/v1/contracts"
RAMP: dict[str, Any] = {
    "sku": "SEAT",
    "quantity": "10",
    "key": "seat",
    "term": {"start_on": "2026-01-01", "months": 36},
    "ramp": [
        {},
        {"quantity": "20", "uplift_fraction": "0.05"},
        {"quantity": "30", "uplift_fraction": "0.05"},
    ],
}


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("SEAT", price="10", category="services", stocked=False)
    await world.item("BK-1", price="900")
    return world


async def quoted(shop: World, *lines: dict[str, Any]) -> Any:
    return await shop.api.post(
        QUOTES, {"customer_id": str(await shop.customer()), "lines": list(lines)}
    )


def place(line: dict[str, Any]) -> tuple[str | None, int | None]:
    found = line["segment"] or {}
    return found.get("ramp"), found.get("number")


async def test_a_ramp_becomes_a_line_for_each_segment(shop: World) -> None:
    answer = await quoted(shop, RAMP, {"sku": "BK-1", "quantity": "1"})
    assert answer.status_code == 201, answer.text
    quote = answer.json()
    assert [
        (
            line["key"],
            line["segment"] and line["segment"]["ramp"],
            line["segment"] and line["segment"]["number"],
            line["quantity"],
            line["net_unit_price"],
        )
        for line in quote["lines"]
    ] == [
        ("seat", "seat", 1, "10", "10"),
        ("seat-2", "seat", 2, "20", "10.5"),
        ("seat-3", "seat", 3, "30", "11.025"),
        ("2", None, None, "1", "900"),
    ]
    assert [line["net_amount"] for line in quote["lines"]] == ["1200", "2520", "3969", "900"]
    assert (quote["lines"][1]["start_on"], quote["lines"][1]["end_on"]) == (
        "2027-01-01",
        "2027-12-31",
    )
    # Priced again, edited and copied it stays what it is.
    edited = await shop.api.patch(
        f"{QUOTES}/{quote['id']}/lines",
        {"change": [{"of": {"keys": ["seat-3"]}, "set": {"quantity": "40"}}]},
        version=quote["version"],
    )
    assert edited.status_code == 200, edited.text
    assert edited.json()["lines"][2]["net_amount"] == "5292"
    copied = await shop.api.post(f"{QUOTES}/{quote['id']}/clone", {})
    assert [line["net_amount"] for line in copied.json()["lines"]] == [
        "1200",
        "2520",
        "5292",
        "900",
    ]


async def test_what_is_wrong_is_named_where_it_was_asked_for(shop: World) -> None:
    short = RAMP | {"term": {"months": 24}}
    answer = await quoted(shop, RAMP, short)
    assert (answer.status_code, answer.json()["code"]) == (422, "line-key-is-taken")
    answer = await quoted(shop, RAMP, short | {"key": "more"})
    assert (answer.status_code, answer.json()["code"]) == (422, "ramp-is-no-ramp")
    assert answer.json()["errors"][0]["field"] == "lines.1.ramp"
    # The segments before it do not move the place of what is wrong.
    for wrong, field in (
        ({"sku": "NONE", "quantity": "1"}, "lines.1.sku"),
        (
            {"sku": "BK-1", "quantity": "1", "discount_fraction": "0.1"},
            "lines.1.discount_reason",
        ),
        ({"sku": "BK-1", "quantity": "1", "group": "none"}, "lines.1.group"),
    ):
        answer = await quoted(shop, RAMP, wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field
    steep = RAMP | {"ramp": [{"uplift_fraction": "-1.01"}]}
    answer = await quoted(shop, steep)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "lines.0.ramp.0.uplift_fraction"


async def test_segments_are_taken_together(shop: World) -> None:
    quote = (
        await quoted(
            shop, RAMP | {"optional": True, "selected": False}, {"sku": "BK-1", "quantity": "1"}
        )
    ).json()
    assert quote["net"] == "900"
    one = await shop.api.patch(
        f"{QUOTES}/{quote['id']}/lines",
        {"change": [{"of": {"keys": ["seat-2"]}, "set": {"selected": True}}]},
        version=quote["version"],
    )
    assert (one.status_code, one.json()["code"]) == (422, "ramp-is-no-ramp")
    sent = await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})
    assert sent.status_code == 200, sent.text
    link = (await shop.api.post(f"{QUOTES}/{quote['id']}/links", {})).json()
    token = link["path"].removeprefix("/offer#")
    customer = shop.api.with_token(None)
    headers = {"Authorization": f"Link {token}"}
    (option,) = (await customer.get("/v1/offer", headers=headers)).json()["options"]
    assert (option["key"], option["amount"]) == ("seat", "7689")
    picked = await customer.post(
        "/v1/offer/selection", {"selected": {"seat": True}}, headers=headers
    )
    assert picked.json()["net"] == "8589"


async def test_a_ramp_is_amended_in_the_middle_and_ends_with_the_rest(shop: World) -> None:
    """Ten, twenty, thirty seats in three years; five more from the middle of the second on."""
    quote = (await quoted(shop, RAMP)).json()
    assert quote["net"] == "7689"
    await accepted(shop, quote["id"])
    (contract,) = (await shop.api.get(CONTRACTS, quote_id=quote["id"])).json()["items"]
    assert (contract["start_on"], contract["end_on"]) == ("2026-01-01", "2028-12-31")
    assert held(await read(shop, contract, "2026-06-30")) == {"seat": ("SEAT", "10")}
    assert held(await read(shop, contract, "2027-06-30")) == {"seat": ("SEAT", "20")}

    change = {
        "effective_on": "2027-07-01",
        "set": [{"key": "seat", "quantity": "25", "until_on": "2027-12-31"}],
    }
    made = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments", change)
    assert made.status_code == 201, made.text
    # Five seats at the locked 10.50 for the six months that the segment has left.
    assert made.json()["net"] == "315"
    await accepted(shop, made.json()["quote_id"])
    assert held(await read(shop, contract, "2027-07-01")) == {"seat": ("SEAT", "25")}
    assert held(await read(shop, contract, "2028-07-01")) == {"seat": ("SEAT", "30")}

    # Something new ends with the contract: eighteen months of nine.
    new = {
        "effective_on": "2027-07-01",
        "add": [{"sku": "SEAT", "quantity": "1", "key": "guest"}],
    }
    more = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments", new)
    assert more.status_code == 201, more.text
    assert more.json()["net"] == "180"
    await accepted(shop, more.json()["quote_id"])
    both = await read(shop, contract, "2028-12-31")
    assert held(both) == {"seat": ("SEAT", "30"), "guest": ("SEAT", "1")}
    assert both["amount"] == "8184"

    # Cancelled on the day on which nothing is left to use, all of the rest is given back.
    now = await read(shop, contract, "2028-01-01")
    ended = await shop.api.post(
        f"{CONTRACTS}/{contract['id']}/cancel",
        {"effective_on": "2028-01-01"},
        version=now["version"],
    )
    assert ended.status_code == 200, ended.text
    after = await read(shop, contract, "2028-01-01")
    assert held(after) == {}
    # 1200 + 2520 + 315 + 60: two years of the ramp, the five more, and the guest's six months.
    assert after["amount"] == "4095"


async def test_a_ramp_that_is_removed_or_cancelled_takes_its_later_years_with_it(
    shop: World,
) -> None:
    quote = (await quoted(shop, RAMP)).json()
    await accepted(shop, quote["id"])
    (contract,) = (await shop.api.get(CONTRACTS, quote_id=quote["id"])).json()["items"]
    # Ten in every year from now on: the later years had twenty and thirty.
    flat = {"effective_on": "2026-07-01", "set": [{"key": "seat", "quantity": "10"}]}
    preview = await shop.api.post(f"{CONTRACTS}/{contract['id']}/amendments/preview", flat)
    assert [
        (line["quantity"], line["from_on"], line["until_on"], line["amount"])
        for line in preview.json()["given_back"]
    ] == [
        ("10", "2027-01-01", "2027-12-31", "1260"),
        ("20", "2028-01-01", "2028-12-31", "2646"),
    ]
    ended = await shop.api.post(
        f"{CONTRACTS}/{contract['id']}/cancel",
        {"effective_on": "2026-01-01"},
        version=contract["version"],
    )
    assert (ended.status_code, ended.json()["amount"]) == (200, "0"), ended.text
    for day in ("2026-06-01", "2027-06-01", "2028-06-01"):
        assert held(await read(shop, contract, day)) == {}


async def test_a_ramp_that_grows_without_bound_is_refused_alone(shop: World) -> None:
    grown = {
        "sku": "SEAT",
        "quantity": "1",
        "term": {"months": 60},
        "ramp": [{"months": 1, "uplift_fraction": "10"}] * 60,
    }
    customer = str(await shop.customer())
    refused = await shop.api.post("/v1/quotes", {"customer_id": customer, "lines": [grown]})
    assert (refused.status_code, refused.json()["code"]) == (422, "ramp-is-no-ramp")
    assert refused.json()["errors"][0]["field"] == "lines.0.ramp.2.uplift_fraction"

    row = {"customer_id": customer, "quoted_on": "2026-01-01", "sent": False}
    fine = {"sku": "SEAT", "quantity": "1"}
    answer = await shop.api.post(
        "/v1/quotes/bulk",
        {
            "rows": [
                row | {"external_reference": "one", "lines": [grown]},
                row | {"external_reference": "two", "lines": [fine]},
            ]
        },
    )
    assert answer.status_code == 200, answer.text
    assert [result["status"] for result in answer.json()["results"]] == ["refused", "created"]


async def test_segments_count_as_the_lines_that_they_are(shop: World) -> None:
    long = {
        "sku": "SEAT",
        "quantity": "1",
        "term": {"months": 60},
        "ramp": [{"months": 1}] * 60,
    }
    customer = str(await shop.customer())
    body = {"customer_id": customer, "lines": [long] * 84}
    refused = await shop.api.post("/v1/quotes", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "too-many-lines")
    assert refused.json()["errors"][0]["field"] == "lines"

    quote = (await shop.api.post("/v1/quotes", {"customer_id": customer})).json()
    path = f"/v1/quotes/{quote['id']}/lines"
    for send, of, field in (
        (shop.api.put, {"lines": [long] * 84}, "lines"),
        (shop.api.patch, {"add": [long] * 84}, "add"),
    ):
        refused = await send(path, of, version=quote["version"])
        assert (refused.status_code, refused.json()["code"]) == (422, "too-many-lines")
        assert refused.json()["errors"][0]["field"] == field


async def test_a_price_may_grow_far_above_the_one_it_began_with(shop: World) -> None:
    grown = {
        "sku": "SEAT",
        "quantity": "1",
        "agreed_unit_price": "500",
        "agreed_reason": "Only one left",
        "term": {"months": 36},
        "ramp": [{}, {"uplift_fraction": "10"}, {"uplift_fraction": "10"}],
    }
    made = await quoted(shop, grown)
    assert made.status_code == 201, made.text
    assert [
        (line["net_unit_price"], line["total_discount_fraction"]) for line in made.json()["lines"]
    ] == [("500", "0"), ("5500", "-10"), ("60500", "-120")]


async def test_a_segment_stands_once_and_has_a_term(shop: World) -> None:
    term = {"months": 12}
    first = {"sku": "SEAT", "quantity": "1", "key": "seat", "term": term}
    first["segment"] = {"ramp": "seat", "number": 1}
    refused = await quoted(shop, first, first | {"key": "other"})
    assert (refused.status_code, refused.json()["code"]) == (422, "ramp-is-no-ramp")
    assert refused.json()["errors"][0]["field"] == "lines.1.segment.number"
    for wrong in ({"term": None}, {"ramp": [{}]}):
        refused = await quoted(shop, first | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
