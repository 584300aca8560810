"""Stock moves and their value, over HTTP, on a real database."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.erp.stock import StockPromiseChangedV1
from erp.inventory import service
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal


async def test_every_company_starts_with_a_main_warehouse(shop: Any) -> None:
    [found] = (await shop.read("/v1/warehouses"))["items"]
    assert (found["code"], found["company_id"]) == ("MAIN", shop.account["company_id"])


async def test_receipts_issues_and_counts_move_quantity_and_value(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.receive("GRINDER", "5", reason="purchase")
    await shop.create(
        "/v1/stock-moves",
        {"kind": "issue", "reason": "scrap", "sku": "GRINDER", "quantity": "2"},
    )
    await shop.create("/v1/stock-moves", {"kind": "adjustment", "sku": "GRINDER", "quantity": "-1"})

    assert await shop.stock("GRINDER") == ("12", "0")
    balances = await shop.balances()
    assert balances["1200"] == "72"
    assert balances["3100"] == "-60"
    assert balances["2100"] == "-30"
    assert balances["5100"] == "18"
    await shop.prove()


async def test_a_dozen_is_twelve_and_no_third_of_a_kilogram_is_kept(shop: Any) -> None:
    await shop.receive("GRINDER", "2", unit="dozen")
    assert await shop.stock("GRINDER") == ("24", "0")

    wrong = await shop.erp.post(
        "/v1/stock-moves",
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "unit": "kg"},
    )
    assert wrong.json()["code"] == "units-do-not-convert"
    await shop.create(
        "/v1/units",
        {"code": "third", "name": "A third", "dimension": "count", "denominator": 3},
    )
    wrong = await shop.erp.post(
        "/v1/stock-moves",
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "unit": "third"},
    )
    assert wrong.json()["code"] == "quantity-is-not-exact"
    await shop.receive("GRINDER", "3", unit="third")
    assert await shop.stock("GRINDER") == ("25", "0")


async def test_what_is_reserved_cannot_be_issued(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.order({"GRINDER": "8"})

    answer = await shop.erp.post(
        "/v1/stock-moves", {"kind": "issue", "sku": "GRINDER", "quantity": "3"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "stock-is-not-there")
    assert await shop.stock("GRINDER") == ("10", "8")


async def test_a_transfer_moves_stock_between_warehouses_and_no_value(shop: Any) -> None:
    await shop.receive("BEANS", "10")
    shop_floor = await shop.create("/v1/warehouses", {"code": "SHOP", "name": "Shop floor"})
    before = await shop.balances()

    await shop.create(
        "/v1/stock-moves",
        {"kind": "transfer", "sku": "BEANS", "quantity": "4", "to_warehouse": "SHOP"},
    )

    rows = (await shop.read("/v1/stock", item_id=shop.items["BEANS"]["id"]))["items"]
    assert {row["warehouse_id"] == shop_floor["id"]: row["on_hand"] for row in rows} == {
        True: "4",
        False: "6",
    }
    assert await shop.balances() == before
    await shop.prove()


async def test_a_bulk_keeps_good_rows_and_refuses_bad_ones_and_again_changes_nothing(
    shop: Any,
) -> None:
    rows = [
        {
            "kind": "receipt",
            "sku": "GRINDER",
            "quantity": "10",
            "external_reference": "in:1",
            "effective_on": "2025-01-01",
        },
        {"kind": "receipt", "sku": "NONE", "quantity": "10"},
        {"kind": "receipt", "sku": "SETUP", "quantity": "10"},
        {"kind": "issue", "sku": "BEANS", "quantity": "1"},
        {"kind": "receipt", "sku": "GRINDER", "quantity": "-1"},
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "warehouse": "NOWHERE"},
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "reason": "scrap"},
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "effective_on": "2199-01-01"},
        {"kind": "transfer", "sku": "GRINDER", "quantity": "1", "to_warehouse": "MAIN"},
        {"kind": "receipt", "quantity": "1"},
        {"kind": "receipt", "sku": "GRINDER", "quantity": "1", "to_warehouse": "SHOP"},
        {
            "kind": "transfer",
            "sku": "GRINDER",
            "quantity": "1",
            "to_warehouse": "SHOP",
            "to_warehouse_id": str(uuid4()),
        },
    ]

    first = await shop.bulk("/v1/stock-moves/bulk", *rows)

    assert [
        result["status"] if result["problem"] is None else result["problem"]["code"]
        for result in first["results"]
    ] == [
        "created",
        "stock-item-is-unknown",
        "item-is-not-stocked",
        "stock-is-not-there",
        "quantity-has-wrong-sign",
        "warehouse-not-found",
        "reason-does-not-fit",
        "move-is-in-the-future",
        "transfer-stays-in-place",
        "invalid-input",
        "invalid-input",
        "invalid-input",
    ]
    again = await shop.bulk("/v1/stock-moves/bulk", rows[0])
    assert (again["unchanged"], again["results"][0]["id"]) == (1, first["results"][0]["id"])
    assert await shop.stock("GRINDER") == ("10", "0")
    await shop.prove()


async def test_five_hundred_receipts_take_a_constant_number_of_statements(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    async def moves(count: int) -> list[str]:
        new = [
            service.NewMove(service.MoveKind.RECEIPT, Decimal(1), date(2026, 1, 5), sku=sku)
            for _ in range(count // 2)
            for sku in ("GRINDER", "BEANS")
        ]
        sent = list[str]()
        async with erp_database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
            with uow.connection.query_logger(lambda record: sent.append(record.query)):
                results = await service.record_moves(uow, new)
                # asyncpg hands its records out on the next turn of the loop.
                await asyncio.sleep(0.05)
        assert len(results) == count
        return sent

    assert await moves(2)
    assert await moves(2) == await moves(500)
    assert await shop.stock("BEANS") == ("252", "0")
    await shop.prove()


async def test_a_new_standard_cost_revalues_what_lies_in_stock(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.bulk(
        "/v1/standard-costs/bulk",
        {"sku": "GRINDER", "unit_cost": "7.5", "valid_from": "2026-01-05"},
    )

    await shop.run_jobs()

    balances = await shop.balances()
    assert (balances["1200"], balances["5100"]) == ("75", "-15")
    await shop.run_jobs()
    assert await shop.balances() == balances
    await shop.prove()


async def test_promises_are_announced_once_with_the_newest_state(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    await shop.receive("GRINDER", "10")
    await shop.order({"GRINDER": "4"}, requested_on="2026-03-01")
    await shop.run_jobs()
    await shop.run_jobs()

    assert await shop.events("erp.stock") == ["stock-promise-changed"]
    async with erp_database.superuser() as connection:
        body = await connection.fetchval(
            "SELECT body FROM platform_outbox WHERE topic = 'erp.stock'"
        )
    event = StockPromiseChangedV1.read(body)
    assert (event.on_hand, event.reserved, event.available) == (10, 4, 6)
    assert [(promise.on.isoformat(), promise.available) for promise in event.promises] == [
        ("2026-01-05", Decimal(6))
    ]
    assert [row.code for row in event.warehouses] == ["MAIN"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_position SET reserved = on_hand + 1",
        "UPDATE inventory_position SET on_hand = -1",
        "UPDATE inventory_move SET quantity = 1000",
        "DELETE FROM inventory_move",
    ],
)
async def test_the_database_itself_refuses_to_bend_stock(
    shop: Any, erp_database: ServiceDatabase, statement: str
) -> None:
    await shop.receive("GRINDER", "10")

    async with erp_database.superuser() as connection:
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement)


async def test_another_tenant_sees_none_of_it(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "1"})
    stranger = shop.erp.signed_in(tenant="other")

    for path in ("items", "stock", "stock-moves", "warehouses", "orders"):
        assert (await stranger.get(f"/v1/{path}")).json()["items"] == []
    item = shop.items["GRINDER"]["id"]
    for path in (f"items/{item}", f"stock/{item}", f"orders/{order['id']}"):
        assert (await stranger.get(f"/v1/{path}")).status_code == 404
    answer = await stranger.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Not mine"})
    assert answer.status_code == 404
    assert UUID(order["id"])
