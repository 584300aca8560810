"""Half an each is nothing: quantities are no finer than their unit, at every door and below it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.erp.item import ItemReleasedV1
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase


async def test_units_have_places_and_items_have_those_of_their_unit(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    places = {row["code"]: row["places"] for row in (await shop.read("/v1/units"))["items"]}
    assert (places["each"], places["box"], places["kg"], places["h"]) == (0, 0, 3, 2)
    pallet = {"code": "pallet", "name": "Pallet", "dimension": "count", "numerator": 40}
    assert (await shop.create("/v1/units", pallet))["places"] == 0
    assert (await shop.create("/v1/units", pallet | {"code": "half", "places": 1}))["places"] == 1
    cord = {"code": "cord", "name": "Cord", "dimension": "wood"}
    assert (await shop.create("/v1/units", cord))["places"] == 3
    wrong = await shop.erp.post("/v1/units", cord | {"code": "fine", "places": 11})
    assert wrong.status_code == 422

    item = await shop.create("/v1/items", {"sku": "LOG", "name": "Log", "unit": "half"})
    assert item["quantity_places"] == 1
    assert (await shop.read(f"/v1/items/{shop.items['BEANS']['id']}"))["quantity_places"] == 3
    async with erp_database.superuser() as connection:
        body = await connection.fetchval(
            "SELECT body FROM platform_outbox WHERE aggregate_id = $1 AND event_type = $2",
            item["id"],
            ItemReleasedV1.event_type,
        )
    assert ItemReleasedV1.read(body).item.quantity_places == 1


@pytest.mark.parametrize(("sku", "quantity"), [("GRINDER", "0.5"), ("BEANS", "1.0005")])
async def test_an_order_of_a_finer_quantity_is_refused(shop: Any, sku: str, quantity: str) -> None:
    lines = [{"sku": "SETUP", "quantity": "1"}, {"sku": sku, "quantity": quantity}]

    answer = await shop.erp.post(
        "/v1/orders", {"customer_id": shop.account["customer_id"], "lines": lines}
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "quantity-is-too-fine")
    assert problem["errors"][0]["field"] == "lines.1.quantity"
    assert "GET /v1/units" in problem["hint"]


async def test_what_is_as_fine_as_the_unit_is_ordered_shipped_and_invoiced(shop: Any) -> None:
    await shop.receive("BEANS", "2.500")
    placed = await shop.order({"BEANS": "1.125"})
    path = f"/v1/orders/{placed['id']}/shipments"
    line = placed["lines"][0]["id"]

    finer = await shop.erp.post(path, {"lines": [{"line_id": line, "quantity": "0.0001"}]})
    assert (finer.status_code, finer.json()["code"]) == (422, "quantity-is-too-fine")
    assert finer.json()["errors"][0]["field"] == "lines.0.quantity"
    await shop.create(path, {"lines": [{"line_id": line, "quantity": "0.001"}]})
    await shop.create(path, {})
    invoice = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    read = await shop.read(f"/v1/invoices/{invoice['id']}")
    assert [row["quantity"] for row in read["lines"]] == ["1.125"]
    await shop.prove()


@pytest.mark.parametrize(
    ("move", "code"),
    [
        ({"kind": "receipt", "sku": "GRINDER", "quantity": "0.5"}, "quantity-is-too-fine"),
        ({"kind": "adjustment", "sku": "GRINDER", "quantity": "-0.1"}, "quantity-is-too-fine"),
        (
            {"kind": "receipt", "sku": "BEANS", "quantity": "0.5", "unit": "g"},
            "quantity-is-too-fine",
        ),
        # An exact number of kilograms, and finer than anybody weighs them.
        (
            {"kind": "receipt", "sku": "BEANS", "quantity": "1", "unit": "lb"},
            "quantity-is-too-fine",
        ),
        ({"kind": "receipt", "sku": "GRINDER", "quantity": "2.5", "unit": "dozen"}, None),
        ({"kind": "receipt", "sku": "BEANS", "quantity": "250", "unit": "g"}, None),
    ],
)
async def test_stock_moves_in_quantities_of_the_items_unit(
    shop: Any, move: dict[str, str], code: str | None
) -> None:
    answer = await shop.erp.post("/v1/stock-moves", move)

    if code is None:
        assert answer.status_code == 201, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["field"] == "quantity"


async def test_a_free_standing_invoice_counts_in_whole_pieces_and_in_words_of_its_own(
    shop: Any,
) -> None:
    line = {"description": "Advice", "quantity": "0.5", "net_unit_price": "80"}
    body = {"account_id": shop.account["id"]}

    answer = await shop.erp.post("/v1/invoices", body | {"lines": [line]})
    assert (answer.status_code, answer.json()["code"]) == (422, "quantity-is-too-fine")
    assert answer.json()["errors"][0]["field"] == "lines.0.quantity"
    for unit in ("h", "session"):
        made = await shop.create("/v1/invoices", body | {"lines": [line | {"unit": unit}]})
        assert made["net"] == "40"


ATTACKS = {
    "half a grinder on hand": "UPDATE inventory_position SET on_hand = on_hand + 0.5, value = 0",
    "half a grinder reserved": "UPDATE inventory_position SET reserved = 0.5",
    "half a grinder ordered": "UPDATE sales_orders_line SET quantity = 4.5",
    "half a grinder shipped": "UPDATE sales_orders_line SET shipped = 1.5",
    "half a grinder invoiced": "UPDATE sales_orders_line SET shipped = 1, invoiced = 0.5",
    "half a grinder cancelled": "UPDATE sales_orders_line SET cancelled = 0.5",
    "half a place": "UPDATE items_item SET quantity_places = 11",
    "half a grinder on an invoice": (
        "INSERT INTO receivables_invoice_line (tenant, invoice_id, position, description, quantity,"
        " unit, net_unit_price, net_amount, shown_amount, tax_category, quantity_places)"
        " SELECT tenant, id, 9, 'Half', 0.5, 'each', 1, 1, 1, 'zero', 0 FROM receivables_invoice"
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_the_database_refuses_finer_quantities(shop: Any, attack: str) -> None:
    await shop.receive("GRINDER", "10")
    placed = await shop.order({"GRINDER": "4"})
    await shop.create(
        f"/v1/orders/{placed['id']}/shipments",
        {"lines": [{"line_id": placed["lines"][0]["id"], "quantity": "1"}]},
    )
    await shop.create(f"/v1/orders/{placed['id']}/invoices", {})

    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="places"):
            await connection.execute(ATTACKS[attack])


async def test_what_was_counted_finer_before_can_still_leave(
    service_database: MakesDatabases,
) -> None:
    from erp.app import service
    from servicekit.migrations import runner

    database = await service_database(service, migrated=False)
    await runner.migrate(service, database.addresses.owner, "0011")
    company, warehouse = uuid4(), uuid4()
    items = {name: uuid4() for name in ("whole", "halves", "wanted", "kilos", "own")}
    units = {"kilos": "kg", "own": "sack"}
    async with database.superuser() as connection:
        # Only what the migration looks at: foreign keys are not its business.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("INSERT INTO platform_tenant (tenant) VALUES ('acme')")
        for name, item in items.items():
            await connection.execute(
                "INSERT INTO items_item (tenant, id, sku, name, unit, tax_category, stocked,"
                " sellable, status, version, created_at, updated_at)"
                " VALUES ('acme', $1, $2, $2, $3, 'zero', true, true, 'released', 1, now(), now())",
                item,
                name,
                units.get(name, "each"),
            )
            await connection.execute(
                "INSERT INTO inventory_position (tenant, warehouse_id, item_id, company_id,"
                " currency, on_hand, reserved, unit_cost, value, stale)"
                " VALUES ('acme', $1, $2, $3, 'EUR', $4, 0, 0, 0, false)",
                warehouse,
                item,
                company,
                Decimal("8.5") if name in ("halves", "own", "kilos") else Decimal(8),
            )
            await connection.execute(
                "INSERT INTO sales_orders_line (tenant, id, order_id, position, item_id, sku, name,"
                " unit, stocked, quantity, net_unit_price, net_amount, tax_category, shipped,"
                " invoiced, cancelled, invoiced_amount)"
                " VALUES ('acme', $1, $1, 1, $2, $3, $3, $4, true, $5, 1, 1,"
                " 'zero', 0, 0, 0, 0)",
                uuid4(),
                item,
                name,
                units.get(name, "each"),
                Decimal("1.5") if name == "wanted" else Decimal(1),
            )
        await connection.execute(
            "INSERT INTO inventory_reservation VALUES"
            " ('acme', gen_random_uuid(), $1, $2, 1.5, 0, '2026-01-05')",
            warehouse,
            items["wanted"],
        )

    await runner.migrate(service, database.addresses.owner)

    async with database.superuser() as connection:
        found = {
            table: {
                row["sku"]: row["quantity_places"]
                for row in await connection.fetch(
                    f"SELECT i.sku, t.quantity_places FROM {table} t"
                    f" JOIN items_item i ON i.id = {on}"
                )
            }
            for table, on in {
                "items_item": "t.id",
                "inventory_position": "t.item_id",
                "sales_orders_line": "t.item_id",
            }.items()
        }
    expected = {"whole": 0, "halves": 10, "wanted": 10, "kilos": 3, "own": 10}
    assert found == dict.fromkeys(found, expected)


def test_the_migration_knows_the_places_of_every_standard_unit() -> None:
    from importlib import import_module

    from erp.items.rules import STANDARD_UNITS

    migration = import_module("erp.migrations.versions.0012_places_of_quantities")
    told = {code: n for n, codes in migration.STANDARD.items() for code in codes.split()}
    assert told == {code: unit.places for code, unit in STANDARD_UNITS.items()}
