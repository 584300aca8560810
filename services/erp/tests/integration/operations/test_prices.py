"""What an order says about its prices, over HTTP, on a real database."""

import json
from typing import Any

import asyncpg
import pytest


async def test_a_line_at_another_price_keeps_list_price_and_reason(shop: Any) -> None:
    reason = "Scratched on the side"
    cheap = {"sku": "GRINDER", "quantity": "1", "net_unit_price": "0.01", "price_reason": reason}
    dear = {"sku": "SETUP", "quantity": "1", "net_unit_price": "50"}

    lines = [cheap, dear, {"sku": "BEANS", "quantity": "1"}]
    customer = shop.account["customer_id"]
    placed = await shop.create("/v1/orders", {"customer_id": customer, "lines": lines})

    read = await shop.read(f"/v1/orders/{placed['id']}")
    assert read["lines"] == placed["lines"]
    assert [
        (line["net_unit_price"], line["list_unit_price"], line["price_reason"])
        for line in read["lines"]
    ] == [("0.01", "10", reason), ("50", "50", None), ("7.5", "7.5", None)]
    async with shop.database.superuser() as connection:
        details = await connection.fetchval(
            "SELECT details::text FROM platform_audit_entry"
            " WHERE action = 'order-prices-overridden' AND subject_id = $1",
            placed["id"],
        )
    assert json.loads(details) == {
        "currency": "EUR",
        "lines": [
            {
                "sku": "GRINDER",
                "list_unit_price": "10",
                "net_unit_price": "0.01",
                "reason": reason,
            }
        ],
    }


@pytest.mark.parametrize("price", ["0.01", "9.9999999999", "10.01"])
async def test_another_price_without_a_reason_is_refused(shop: Any, price: str) -> None:
    line = {"sku": "GRINDER", "quantity": "1", "net_unit_price": price}

    answer = await shop.erp.post(
        "/v1/orders", {"customer_id": shop.account["customer_id"], "lines": [line]}
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "price-needs-reason")
    assert problem["errors"][0]["field"] == "lines.0.price_reason"
    assert (await shop.read("/v1/orders"))["items"] == []


async def test_a_seller_orders_at_the_list_price_only(shop: Any) -> None:
    seller = shop.erp.signed_in(roles=["seller"], subject="demo-sales")
    line = {"sku": "GRINDER", "quantity": "1"}
    body = {"customer_id": shop.account["customer_id"], "lines": [line]}
    own = line | {"net_unit_price": "9", "price_reason": "A good friend"}

    refused = await seller.post("/v1/orders", body | {"lines": [own]})
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "price-override-is-not-permitted",
    )
    assert refused.json()["errors"][0]["field"] == "lines.0.net_unit_price"
    at_list = await seller.post("/v1/orders", body | {"lines": [line | {"net_unit_price": "10"}]})
    assert at_list.status_code == 201, at_list.text
    both = shop.erp.signed_in(roles=["seller", "accountant"], subject="demo-finance")
    overridden = await both.post("/v1/orders", body | {"lines": [own]})
    assert overridden.status_code == 201, overridden.text


async def test_a_reason_without_a_price_is_refused(shop: Any) -> None:
    line = {"sku": "GRINDER", "quantity": "1", "price_reason": "For no reason"}

    answer = await shop.erp.post(
        "/v1/orders", {"customer_id": shop.account["customer_id"], "lines": [line]}
    )

    assert answer.status_code == 422
    assert "price_reason goes with net_unit_price" in answer.text


async def test_the_database_keeps_the_reason_beside_the_price(shop: Any) -> None:
    await shop.order({"GRINDER": "1"})

    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="price_reason"):
            await connection.execute("UPDATE sales_orders_line SET net_unit_price = 0.01")
