"""Items, prices and costs over HTTP, on a real database."""

from typing import Any

from contracts.erp.item import ItemDiscontinuedV1
from contracts.erp.price import ListPriceChangedV1
from servicekit.testing.postgres import ServiceDatabase


async def test_items_are_released_once_per_sku_and_reference(shop: Any) -> None:
    rows = [
        {"sku": "A", "name": "A", "external_reference": "x:1"},
        {"sku": "B", "name": "B", "unit": "kg", "category": "Beans"},
        {"sku": "A", "name": "Twice"},
        {"sku": "C", "name": "C", "external_reference": "x:1"},
        {"sku": "D", "name": "D", "unit": "parsec"},
        {"sku": "GRINDER", "name": "Taken"},
    ]

    first = await shop.bulk("/v1/items/bulk", *rows)

    assert [
        result["status"] if result["problem"] is None else result["problem"]["code"]
        for result in first["results"]
    ] == ["created", "created", "sku-is-taken", "unchanged", "unit-not-found", "sku-is-taken"]
    again = await shop.bulk("/v1/items/bulk", rows[0])
    assert again["results"][0]["id"] == first["results"][0]["id"]
    taken = await shop.erp.post("/v1/items", rows[1])
    assert (taken.status_code, taken.json()["code"]) == (409, "sku-is-taken")
    taken = await shop.erp.post("/v1/items", rows[0] | {"sku": "E"})
    assert taken.json()["code"] == "item-reference-is-taken"
    found = await shop.read("/v1/items", category="Beans")
    assert [item["sku"] for item in found["items"]] == ["B"]


async def test_an_item_changes_under_its_version_and_not_once_discontinued(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    item = shop.items["GRINDER"]
    path = f"/v1/items/{item['id']}"

    changed = await shop.erp.patch(path, {"name": "Burr grinder"}, version=1)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await shop.erp.patch(path, {"name": "Late"}, version=1)).status_code == 412
    assert (await shop.erp.patch(path, {"name": None}, version=2)).status_code == 422

    ended = await shop.erp.post(f"{path}/discontinue", {"reason": "Replaced"}, version=2)
    assert ended.json()["status"] == "discontinued"
    refused = await shop.erp.patch(path, {"name": "Again"}, version=3)
    assert refused.json()["code"] == "item-is-discontinued"
    back = await shop.erp.post(f"{path}/release", {"reason": "In demand"}, version=3)
    assert back.json()["status"] == "released"
    async with erp_database.superuser() as connection:
        body = await connection.fetchval(
            "SELECT body FROM platform_outbox WHERE event_type = $1",
            ItemDiscontinuedV1.event_type,
        )
    assert ItemDiscontinuedV1.read(body).item.name == "Burr grinder"


async def test_items_are_discontinued_in_bulk_and_again_changes_nothing(shop: Any) -> None:
    rows = [
        {"item_id": shop.items["BEANS"]["id"], "reason": "Season over"},
        {"external_reference": "never", "reason": "Season over"},
    ]

    first = await shop.bulk("/v1/items/discontinue/bulk", *rows)
    again = await shop.bulk("/v1/items/discontinue/bulk", *rows)

    assert (first["created"], first["refused"]) == (1, 1)
    assert (again["unchanged"], again["refused"]) == (1, 1)
    found = await shop.read("/v1/items", status="discontinued")
    assert [item["sku"] for item in found["items"]] == ["BEANS"]


async def test_a_later_list_price_ends_the_earlier_one(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    later = {
        "sku": "GRINDER",
        "currency": "EUR",
        "unit_price": "11",
        "valid_from": "2026-06-01",
        "valid_to": "2026-09-01",
    }
    assert (await shop.bulk("/v1/list-prices/bulk", later))["created"] == 1
    assert (await shop.bulk("/v1/list-prices/bulk", later))["unchanged"] == 1
    wrong = await shop.bulk("/v1/list-prices/bulk", later | {"valid_to": "2026-06-01"})
    assert wrong["results"][0]["problem"]["code"] == "period-is-empty"

    shown = await shop.read(f"/v1/items/{shop.items['GRINDER']['id']}/list-prices")

    assert shown["items"] == [
        {
            "currency": "EUR",
            "unit_price": "10",
            "valid_from": "2020-01-01",
            "valid_to": "2026-06-01",
        },
        {
            "currency": "EUR",
            "unit_price": "11",
            "valid_from": "2026-06-01",
            "valid_to": "2026-09-01",
        },
    ]
    async with erp_database.superuser() as connection:
        body = await connection.fetchval(
            "SELECT body FROM platform_outbox WHERE topic = 'erp.price' ORDER BY id DESC LIMIT 1"
        )
    event = ListPriceChangedV1.read(body)
    assert [(price.unit_price, str(price.valid_to)) for price in event.prices] == [
        (10, "2026-06-01"),
        (11, "2026-09-01"),
    ]


async def test_an_order_takes_the_list_price_of_its_day(shop: Any) -> None:
    await shop.bulk(
        "/v1/list-prices/bulk",
        {"sku": "SETUP", "currency": "EUR", "unit_price": "60", "valid_from": "2026-01-05"},
    )

    before = await shop.order({"SETUP": "1"}, ordered_on="2026-01-04")
    after = await shop.order({"SETUP": "1"})

    assert (before["net"], after["net"]) == ("50", "60")


async def test_a_cost_is_in_the_companys_currency(shop: Any) -> None:
    done = await shop.bulk(
        "/v1/standard-costs/bulk",
        {"sku": "BEANS", "unit_cost": "3", "valid_from": "2026-02-01"},
        {"sku": "BEANS", "unit_cost": "3", "valid_from": "2026-02-01", "currency": "USD"},
        {
            "sku": "BEANS",
            "unit_cost": "3",
            "valid_from": "2026-02-01",
            "company_id": shop.items["BEANS"]["id"],
        },
    )

    assert [
        result["status"] if result["problem"] is None else result["problem"]["code"]
        for result in done["results"]
    ] == ["created", "cost-is-in-another-currency", "company-not-found"]
    shown = await shop.read(f"/v1/items/{shop.items['BEANS']['id']}/standard-costs")
    assert [row["unit_cost"] for row in shown["items"]] == ["2.345", "3"]
