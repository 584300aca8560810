"""Numbers worked out elsewhere, and troubles of other systems, met over HTTP to the last cent."""

import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from .conftest import World, listed
from .test_contracts import accepted

QUOTES = "/v1/quotes"


async def taxed(world: World, rate: str) -> None:
    answer = await world.api.post(
        "/v1/tax-rates",
        {
            "country": "DE",
            "tax_category": "standard",
            "rate": rate,
            "valid_from": "2020-01-01",
        },
    )
    assert answer.status_code == 201, answer.text


async def quoted(world: World, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"customer_id": str(await world.customer(tier="none")), "lines": list(lines)}
    answer = await world.api.post(QUOTES, body | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_subscription_between_billing_days_costs_923_23(world: World) -> None:
    """2025-03-28 to 2026-02-04, billed on the 5th, 90.00 a month: 8/31 + 10 months (Salesforce)."""
    await world.item("SUB", price="90", category="services", stocked=False)
    term = {"start_on": "2025-03-28", "end_on": "2026-02-04", "anchor": "2025-04-05"}

    quote = await quoted(world, {"sku": "SUB", "quantity": "1", "term": term})

    (line,) = quote["lines"]
    assert (line["term_multiplier"], line["term_reason"]) == ("10.2580645161", "8/31 + 10 months")
    assert (line["shown_amount"], quote["net"]) == ("923.23", "923.23")


@pytest.mark.parametrize(
    ("lines", "net", "gross"),
    [
        # 348.35 x 16 less 4 %, and 22 %: 6527.80 where the line is not rounded before the tax.
        ([("348.35", "16", "0.04")], "5350.66", "6527.8"),
        # The same as sixteen lines: the parts sum to the whole, and so does the tax.
        ([("348.35", "1", "0.04")] * 16, "5350.66", "6527.8"),
    ],
)
async def test_the_line_is_not_rounded_before_its_tax(
    world: World, lines: list[tuple[str, str, str]], net: str, gross: str
) -> None:
    await taxed(world, "0.22")
    await world.item("PUMP", price="348.35")

    quote = await quoted(
        world,
        *(
            {
                "sku": "PUMP",
                "quantity": quantity,
                "discount_fraction": off,
                "discount_reason": "Golden",
            }
            for _, quantity, off in lines
        ),
    )

    assert (quote["net"], quote["gross_estimate"]) == (net, gross)
    shown = sum(Decimal(line["shown_amount"]) for line in quote["lines"])
    assert shown == Decimal(quote["net"])


@pytest.mark.parametrize(
    ("currency", "price", "places"),
    [("EUR", "348.35", 2), ("JPY", "12345", 0), ("KWD", "1.2345", 3)],
)
async def test_every_rendering_of_a_quote_says_the_same_money(
    world: World, currency: str, price: str, places: int
) -> None:
    """List, page, PDF, XML, offer, event and order agree, whatever places the currency has.

    Other systems disagree by how each rendering rounds (odoo/odoo 37896, 177192, 265433).
    """
    await taxed(world, "0.077")
    item = await world.item("PUMP", price=None)
    await world.hear(listed(item, "PUMP", price, currency=currency))
    await world.api.put(
        "/v1/quote-presentation",
        {"seller_name": "Halyard", "seller_address": ["Kai 1"], "seller_country": "DE"},
        version=0,
    )
    lines = [
        {
            "sku": "PUMP",
            "quantity": quantity,
            "discount_fraction": off,
            "discount_reason": "Large order",
        }
        for quantity, off in (("1", "0.035"), ("7", "0.0333"), ("3", "0.125"), ("11", "0.07"))
    ]
    quote = await quoted(world, *lines, currency=currency)
    money = [quote[name] for name in ("net", "tax_estimate", "gross_estimate")]
    for amount in money:
        assert -Decimal(amount).as_tuple().exponent <= places  # type: ignore[operator]
    net, tax, gross = map(Decimal, money)
    assert net + tax == gross
    assert sum(Decimal(line["shown_amount"]) for line in quote["lines"]) == net

    signed = await accepted(world, quote["id"])
    assert [signed[name] for name in ("net", "tax_estimate", "gross_estimate")] == money
    (row,) = (await world.api.get(QUOTES, currency=currency)).json()["items"]
    assert [row[name] for name in ("net", "tax_estimate", "gross_estimate")] == money
    offer = json.loads((await world.api.get(f"{QUOTES}/{quote['id']}/offer")).content)
    offered = offer.get("offer", offer)
    assert [offered[name] for name in ("net", "tax_estimate", "gross_estimate")] == money
    (event,) = [event for name, _, event in await world.said() if name == "QuoteAccepted"]
    assert Decimal(event["net"]["amount"]) == net

    path = f"{QUOTES}/{quote['id']}/document"
    shown = [f"{amount:,.{places}f}" for amount in (net, tax, gross)]
    html = (await world.api.get(path, format="html", language="en")).text
    pdf = (await world.api.get(path, language="en")).content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    for amount in shown:
        assert amount in html
        assert amount in text
    ubl = (await world.api.get(path, format="ubl")).text
    said = re.findall(r"<cbc:(?:TaxAmount|TaxExclusiveAmount|PayableAmount)[^>]*>([^<]+)<", ubl)
    assert {net, tax, gross} <= {Decimal(amount) for amount in said}


async def test_a_price_is_a_function_of_what_is_quoted_and_not_of_how_it_came_about(
    world: World,
) -> None:
    """Whatever the order of the edits (medusajs/medusa 11819, 15994; odoo/odoo 56770)."""
    await world.item("PUMP", price="348.35")
    await world.api.post(
        "/v1/tier-discounts", {"tier": "gold", "discount": "0.05", "valid_from": "2020-01-01"}
    )
    await world.api.post(
        "/v1/quantity-breaks",
        {"category": "bicycles", "minimum_quantity": "10", "discount": "0.1",
         "valid_from": "2020-01-01"},
    )  # fmt: skip
    customer = str(await world.customer(tier="gold"))
    wanted = {"sku": "PUMP", "quantity": "10", "key": "pump"}
    direct = (await world.api.post(QUOTES, {"customer_id": customer, "lines": [wanted]})).json()

    detour = (
        await world.api.post(
            QUOTES, {"customer_id": customer, "lines": [wanted | {"quantity": "3"}]}
        )
    ).json()
    steps: list[dict[str, Any]] = [
        {"add": [{"sku": "PUMP", "quantity": "99", "key": "more"}]},
        {"change": [{"of": {"keys": ["pump"]}, "set": {"quantity": "9"}}]},
        {"remove": {"keys": ["more"]}},
        {"change": [{"of": {"keys": ["pump"]}, "set": {"quantity": "10"}}]},
    ]
    for step in steps:
        answer = await world.api.patch(
            f"{QUOTES}/{detour['id']}/lines", step, version=detour["version"]
        )
        assert answer.status_code == 200, answer.text
        detour = answer.json()

    for name in ("net", "tax_estimate", "gross_estimate"):
        assert detour[name] == direct[name]
    assert detour["lines"][0]["waterfall"] == direct["lines"][0]["waterfall"]
