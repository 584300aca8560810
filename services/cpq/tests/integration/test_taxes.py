"""Quotes are taxed by the company that sells, as the ERP says it and its invoices will."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts.erp import CompanyTaxChangedV1, TaxRateV1

from .conftest import World

QUOTES = "/v1/quotes"
ALWAYS = date(1990, 1, 1)


def taxes(
    company_id: UUID, country: str, *rates: tuple[str, str, date, date | None], default: bool = True
) -> CompanyTaxChangedV1:
    return CompanyTaxChangedV1(
        company_id=company_id,
        country=country,
        is_default=default,
        rates=[
            TaxRateV1(category=category, rate=Decimal(rate), valid_from=first, valid_to=end)
            for category, rate, first, end in rates
        ],
    )


async def quoted(world: World, **more: Any) -> dict[str, Any]:
    customer = await world.customer()
    body = {
        "customer_id": str(customer),
        "currency": "EUR",
        "lines": [{"sku": "BK-1", "quantity": "1"}],
    }
    answer = await world.api.post(QUOTES, body | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_quote_is_taxed_by_the_company_that_sells(world: World) -> None:
    """The customer is in Germany, whose usual rate is taken until the ERP has said something."""
    await world.item("BK-1", price="1000")
    assert (await quoted(world))["tax_estimate"] == "190"
    home, other = uuid4(), uuid4()
    await world.hear(
        taxes(other, "AT", ("standard", "0.20", ALWAYS, None), default=False),
        taxes(
            home,
            "NL",
            ("standard", "0.19", ALWAYS, date(2025, 7, 1)),
            ("standard", "0.21", date(2025, 7, 1), None),
        ),
    )
    quote = await quoted(world)
    assert (quote["tax_estimate"], quote["gross_estimate"]) == ("210", "1210")
    assert quote["lines"][0]["tax_reason"] == "Rate of the selling company in NL, standard"
    assert (await quoted(world, selling_company_id=str(other)))["tax_estimate"] == "200"
    assert (await quoted(world, priced_on="2025-06-30"))["tax_estimate"] == "190"
    # Entered rates are for those of whom the ERP has said nothing.
    await world.api.post(
        "/v1/tax-rates",
        {"country": "DE", "tax_category": "standard", "rate": "0.5", "valid_from": "2000-01-01"},
    )
    assert (await quoted(world))["tax_estimate"] == "210"
    unknown = await quoted(world, selling_company_id=str(uuid4()))
    assert unknown["tax_estimate"] == "500"


async def test_what_the_company_cannot_invoice_says_so(world: World) -> None:
    await world.item("BK-1", price="1000", tax_category="luxury")
    home = uuid4()
    await world.hear(taxes(home, "NL", ("standard", "0.21", ALWAYS, None)))
    (line,) = (await quoted(world))["lines"]
    assert line["tax_rate"] == "0"
    assert line["tax_reason"] == "The selling company has no rate for luxury on 2026-01-05"
    # What comes later holds, and a quote that was made keeps its tax.
    before = await quoted(world)
    await world.hear(taxes(home, "NL", ("luxury", "0.33", ALWAYS, None)))
    assert (await quoted(world))["tax_estimate"] == "330"
    assert (await world.api.get(f"{QUOTES}/{before['id']}")).json()["tax_estimate"] == "0"
    replay = (await world.api.get(f"{QUOTES}/{before['id']}/replay")).json()
    assert replay["same"]
