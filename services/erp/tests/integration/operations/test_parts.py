"""Orders invoiced in parts, over HTTP, on a real database."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest


async def thirds(shop: Any) -> Any:
    """An order of three for 10.00 together, shipped one by one, each invoiced."""
    await shop.receive("GRINDER", "3")
    line = {
        "sku": "GRINDER",
        "quantity": "3",
        "net_unit_price": "3.3333333333",
        "price_reason": "Three for ten",
    }
    placed = await shop.create(
        "/v1/orders", {"customer_id": shop.account["customer_id"], "lines": [line]}
    )
    part = {"lines": [{"line_id": placed["lines"][0]["id"], "quantity": "1"}]}
    for _ in range(3):
        await shop.create(f"/v1/orders/{placed['id']}/shipments", part)
        await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    return placed


async def test_the_last_of_three_invoices_takes_the_cent_that_the_others_left(shop: Any) -> None:
    placed = await thirds(shop)

    invoices = (await shop.read("/v1/invoices", order_id=placed["id"], sort="number"))["items"]
    assert [(x["net"], x["tax"], x["gross"]) for x in invoices] == [
        ("3.33", "0.63", "3.96"),
        ("3.33", "0.63", "3.96"),
        ("3.34", "0.64", "3.98"),
    ]
    assert sum(Decimal(invoice["gross"]) for invoice in invoices) == Decimal(placed["gross"])
    last = await shop.read(f"/v1/invoices/{invoices[-1]['id']}")
    assert [line["shown_amount"] for line in last["lines"]] == ["3.34"]
    assert [(tax["base"], tax["tax"]) for tax in last["taxes"]] == [("3.34", "0.64")]
    order = await shop.read(f"/v1/orders/{placed['id']}")
    assert (order["status"], order["invoiced_net"], order["exposure"]) == ("invoiced", "10", "0")
    await shop.prove()


async def test_the_database_ends_no_order_with_a_cent_missing(shop: Any) -> None:
    placed = await thirds(shop)

    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="invoiced_net"):
            await connection.execute(
                "UPDATE sales_orders_order SET invoiced_net = 9.99 WHERE id = $1", placed["id"]
            )


async def test_an_order_that_was_invoiced_in_part_before_is_invoiced_to_its_end(shop: Any) -> None:
    await shop.receive("GRINDER", "4")
    placed = await shop.order({"GRINDER": "4"})
    part = {"lines": [{"line_id": placed["lines"][0]["id"], "quantity": "2"}]}
    await shop.create(f"/v1/orders/{placed['id']}/shipments", part)
    await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    async with shop.database.superuser() as connection:
        await connection.execute("UPDATE sales_orders_order SET invoiced_net = NULL")

    await shop.create(f"/v1/orders/{placed['id']}/shipments", {})
    rest = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})

    assert (rest["net"], rest["order_status"]) == ("20", "invoiced")
    assert (await shop.read(f"/v1/orders/{placed['id']}"))["invoiced_net"] is None
