"""Half an each is not quoted: the ERP would reject the order."""

from typing import Any

from .conftest import World


async def test_a_finer_quantity_than_the_items_unit_is_not_quoted(world: World) -> None:
    customer = await world.customer()
    await world.item("BIKE", unit="each", quantity_places=0)
    await world.item("BEANS", unit="kg", quantity_places=3)

    async def quote(*lines: tuple[str, str]) -> Any:
        body = {
            "customer_id": str(customer),
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        }
        return await world.api.post("/v1/quotes", body)

    answer = await quote(("BEANS", "1.125"), ("BIKE", "0.5"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "quantity-is-too-fine")
    assert problem["errors"][0]["field"] == "lines.1.quantity"
    assert (await quote(("BEANS", "1.1255"))).json()["code"] == "quantity-is-too-fine"

    made = await quote(("BEANS", "1.125"), ("BIKE", "2.0"))
    assert made.status_code == 201, made.text
    changed = await world.api.put(
        f"/v1/quotes/{made.json()['id']}/lines",
        {"lines": [{"sku": "BIKE", "quantity": "2.5"}]},
        version=1,
    )
    assert changed.json()["code"] == "quantity-is-too-fine"


async def test_an_item_whose_places_were_never_said_is_quoted_as_asked(world: World) -> None:
    customer = await world.customer()
    await world.item("BIKE")

    answer = await world.api.post(
        "/v1/quotes",
        {"customer_id": str(customer), "lines": [{"sku": "BIKE", "quantity": "0.5"}]},
    )

    assert answer.status_code == 201, answer.text


async def test_history_is_no_finer_either(world: World) -> None:
    customer = await world.customer()
    await world.item("BIKE", unit="each", quantity_places=0)
    row = {
        "customer_id": str(customer),
        "quoted_on": "2025-12-01",
        "accepted_on": "2025-12-02",
    }

    answer = await world.api.post(
        "/v1/quotes/bulk",
        {
            "rows": [
                row | {"external_reference": ref, "lines": [{"sku": "BIKE", "quantity": quantity}]}
                for ref, quantity in (("old:1", "1"), ("old:2", "1.5"))
            ]
        },
    )

    results = answer.json()["results"]
    assert [r["status"] for r in results] == ["created", "refused"]
    assert results[1]["problem"]["code"] == "quantity-is-too-fine"
