"""Taking over quotes of another system."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from .conftest import World


def row(reference: str, customer_id: UUID, item_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "external_reference": reference,
        "customer_id": str(customer_id),
        "currency": "USD",
        "quoted_on": "1996-07-04",
        "accepted_on": "1996-07-04",
        "accepted_by": "Paul Henriot",
        "requested_on": "1996-08-01",
        "customer_reference": f"Order {reference}",
        "lines": [
            {
                "item_id": str(item_id),
                "quantity": "12",
                "agreed_unit_price": "14",
                "agreed_reason": "Unit price of the original order",
                "discount_fraction": "0.05",
            }
        ],
    } | changes


async def test_old_orders_become_accepted_quotes_at_their_own_dates(world: World) -> None:
    customer_id = await world.customer(active=False)
    item_id = await world.item("NW-11", status="discontinued", tax_category="zero")

    answer = await world.api.post(
        "/v1/quotes/bulk", {"rows": [row("northwind:10248", customer_id, item_id)]}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 1, answer.text
    quote_id = answer.json()["results"][0]["id"]
    quote = (await world.api.get(f"/v1/quotes/{quote_id}")).json()
    assert (quote["status"], quote["priced_on"], quote["accepted_on"]) == (
        "accepted",
        "1996-07-04",
        "1996-07-04",
    )
    assert (quote["net"], quote["tax_estimate"]) == ("159.6", "0")
    assert quote["lines"][0]["discount_reason"] == "As imported"
    said = await world.said()
    assert [name for name, _, _ in said] == [
        "QuoteCreated",
        "QuotePriced",
        "QuoteSent",
        "QuoteAccepted",
    ]
    assert said[-1][2]["external_reference"] == "northwind:10248"
    assert Decimal(said[-1][2]["lines"][0]["net_amount"]) == Decimal("159.6")


async def test_importing_again_changes_nothing(world: World) -> None:
    customer_id = await world.customer()
    item_id = await world.item("NW-11")
    rows = [row(f"nw:{number}", customer_id, item_id) for number in range(3)]

    first = (await world.api.post("/v1/quotes/bulk", {"rows": rows[:2]})).json()
    said = len(await world.said())
    again = (await world.api.post("/v1/quotes/bulk", {"rows": rows[:2]})).json()

    assert (first["created"], again["unchanged"]) == (2, 2)
    assert [each["id"] for each in first["results"]] == [each["id"] for each in again["results"]]
    assert len(await world.said()) == said
    both = (await world.api.post("/v1/quotes/bulk", {"rows": [rows[2], rows[2]]})).json()
    assert (both["created"], both["unchanged"]) == (1, 1)


async def test_a_refused_row_leaves_nothing_behind_and_the_others_stand(world: World) -> None:
    customer_id = await world.customer()
    item_id = await world.item("NW-11")
    good = row("nw:good", customer_id, item_id)
    unknown = row("nw:unknown", UUID(int=7), item_id)
    unlisted = row("nw:unlisted", customer_id, item_id)
    del unlisted["lines"][0]["agreed_unit_price"]
    future = row("nw:future", customer_id, item_id, accepted_on="2026-01-06")
    backwards = row("nw:backwards", customer_id, item_id, accepted_on="1996-07-03")
    to_come = row("nw:to-come", customer_id, item_id, quoted_on="2026-01-06", accepted_on=None)
    malformed = row("nw:malformed", customer_id, item_id, colour="blue")

    answer = await world.api.post(
        "/v1/quotes/bulk",
        {"rows": [unknown, good, unlisted, future, malformed, backwards, to_come]},
    )

    body = answer.json()
    assert (body["created"], body["refused"]) == (1, 6), answer.text
    assert [(each["problem"] or {}).get("code") for each in body["results"]] == [
        "customer-not-known",
        None,
        "item-has-no-list-price",
        "acceptance-in-the-future",
        "invalid-input",
        "validity-is-over",
        "priced-in-the-future",
    ]
    listed = (await world.api.get("/v1/quotes")).json()["items"]
    assert [each["external_reference"] for each in listed] == ["nw:good"]


async def test_a_row_without_an_answer_stays_sent_and_one_not_sent_stays_draft(
    world: World,
) -> None:
    customer_id = await world.customer()
    item_id = await world.item("NW-11")
    open_row = row("nw:open", customer_id, item_id, accepted_on=None)
    draft = row("nw:draft", customer_id, item_id, accepted_on=None, sent=False)

    await world.api.post("/v1/quotes/bulk", {"rows": [open_row, draft]})

    listed = (await world.api.get("/v1/quotes", sort="number")).json()["items"]
    assert [each["status"] for each in listed] == ["sent", "draft"]


async def test_a_reference_names_one_quote(world: World) -> None:
    customer_id = await world.customer()
    body = {"customer_id": str(customer_id), "external_reference": "x:1", "lines": []}

    assert (await world.api.post("/v1/quotes", body)).status_code == 201
    second = await world.api.post("/v1/quotes", body)

    assert (second.status_code, second.json()["code"]) == (409, "quote-reference-taken")


async def test_what_was_sold_for_a_time_is_a_contract(world: World) -> None:
    customer_id = await world.customer()
    care = await world.item("CARE", price="10", category="services", stocked=False)
    lines = [{"item_id": str(care), "quantity": "10", "term": {"months": 12}}]
    rows = [
        row(reference, customer_id, care, currency="EUR", lines=lines, **dates)
        for reference, dates in (
            ("crm:1", {"quoted_on": "2026-01-01", "accepted_on": "2026-01-01"}),
            ("crm:2", {"quoted_on": "2026-01-01", "accepted_on": None}),
        )
    ]
    answer = (await world.api.post("/v1/quotes/bulk", {"rows": rows})).json()
    assert answer["created"] == 2, answer
    again = (await world.api.post("/v1/quotes/bulk", {"rows": rows})).json()
    assert again["unchanged"] == 2, again
    (contract,) = (await world.api.get("/v1/contracts")).json()["items"]
    assert contract["start_on"] == "2026-01-01"
    assert contract["end_on"] == "2026-12-31"
