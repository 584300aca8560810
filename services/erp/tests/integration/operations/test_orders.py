"""From an order to its invoice, over HTTP, on a real database."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4


async def test_an_order_is_confirmed_shipped_and_invoiced(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.receive("BEANS", "3")

    placed = await shop.order({"GRINDER": "4", "BEANS": "3", "SETUP": "1"})

    assert (placed["number"], placed["status"], placed["net"]) == (
        "SO-000001",
        "confirmed",
        "112.5",
    )
    assert [row["reserved"] for row in placed["lines"]] == ["4", "3", "0"]

    shipment = await shop.create(f"/v1/orders/{placed['id']}/shipments", {})
    assert (shipment["number"], shipment["order_status"]) == ("SH-000001", "shipped")

    invoice = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    assert (invoice["net"], invoice["gross"]) == ("112.5", placed["gross"])
    assert invoice["order_status"] == "invoiced"

    after = await shop.read(f"/v1/orders/{placed['id']}")
    assert (after["exposure"], after["version"]) == ("0", 3)
    # 4 x 6.00, and 3 x 2.345 = 7.035, which is 7.04: the last bean takes the last penny along.
    assert (await shop.balances())["5000"] == "31.04"
    assert (await shop.balances())["1200"] == "36"
    assert await shop.events("erp.order") == [
        "order-placed",
        "order-confirmed",
        "order-shipped",
        "order-invoiced",
    ]
    await shop.prove()


async def test_what_is_short_is_backordered_and_released_when_stock_comes_in(shop: Any) -> None:
    await shop.receive("GRINDER", "3")

    placed = await shop.order({"GRINDER": "5"})
    assert placed["status"] == "held"
    assert placed["holds"] == [{"code": "stock-short", "message": "Stock is short: GRINDER by 2."}]
    assert placed["lines"][0]["reserved"] == "3"
    assert placed["lines"][0]["backordered"] == "2"

    refused = await shop.erp.post(f"/v1/orders/{placed['id']}/shipments", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "order-is-on-hold")

    await shop.receive("GRINDER", "10")
    await shop.run_jobs()

    after = await shop.read(f"/v1/orders/{placed['id']}")
    assert (after["status"], after["released_by"]) == ("confirmed", "service:erp")
    assert after["lines"][0]["reserved"] == "5"
    await shop.prove()


async def test_the_oldest_order_gets_the_stock_that_comes_in(shop: Any) -> None:
    first = await shop.order({"GRINDER": "5"})
    second = await shop.order({"GRINDER": "5"})
    await shop.receive("GRINDER", "7")
    await shop.run_jobs()

    first, second = [await shop.read(f"/v1/orders/{o['id']}") for o in (first, second)]
    assert (first["status"], first["lines"][0]["reserved"]) == ("confirmed", "5")
    assert (second["status"], second["lines"][0]["reserved"]) == ("held", "2")


async def test_a_released_order_ships_what_is_there_and_the_rest_later(shop: Any) -> None:
    await shop.receive("GRINDER", "3")
    placed = await shop.order({"GRINDER": "5"})

    released = await shop.erp.post(
        f"/v1/orders/{placed['id']}/release", {"reason": "The customer takes part now."}
    )
    assert released.json()["status"] == "confirmed"

    first = await shop.create(f"/v1/orders/{placed['id']}/shipments", {})
    assert (first["lines"][0]["quantity"], first["order_status"]) == ("3", "shipping")
    part = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    assert (part["net"], part["order_status"]) == ("30", "shipping")
    open_orders = (await shop.read(f"/v1/orders/{placed['id']}"))["exposure"]
    assert open_orders == (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"]

    await shop.receive("GRINDER", "2")
    await shop.run_jobs()
    rest = await shop.create(f"/v1/orders/{placed['id']}/shipments", {})
    assert rest["lines"][0]["quantity"] == "2"
    final = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    assert (final["net"], final["order_status"]) == ("20", "invoiced")
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == "0"
    await shop.prove()


async def test_named_quantities_ship_and_no_more_than_is_reserved(shop: Any) -> None:
    await shop.receive("BEANS", "10")
    placed = await shop.order({"BEANS": "4"})
    line = placed["lines"][0]["id"]
    path = f"/v1/orders/{placed['id']}/shipments"

    too_much = await shop.erp.post(path, {"lines": [{"line_id": line, "quantity": "5"}]})
    assert too_much.json()["code"] == "quantity-is-not-reserved"
    foreign = await shop.erp.post(path, {"lines": [{"line_id": placed["id"], "quantity": "1"}]})
    assert foreign.json()["code"] == "line-is-not-on-order"
    part = await shop.create(path, {"lines": [{"line_id": line, "quantity": "1.5"}]})
    assert part["order_status"] == "shipping"
    assert await shop.stock("BEANS") == ("8.5", "2.5")

    cancelled = await shop.erp.post(
        f"/v1/orders/{placed['id']}/cancel", {"reason": "The rest is not wanted."}
    )
    assert cancelled.json()["status"] == "shipped"
    assert cancelled.json()["lines"][0]["cancelled"] == "2.5"
    assert await shop.stock("BEANS") == ("8.5", "0")
    invoice = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
    assert (invoice["net"], invoice["order_status"]) == ("11.25", "invoiced")
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == "0"
    assert [len((await shop.read(path))["items"])] == [1]


async def test_an_order_beyond_the_credit_limit_is_held_and_counts_as_exposure(shop: Any) -> None:
    await shop.receive("GRINDER", "100")
    account = shop.account
    changed = await shop.erp.patch(
        f"/v1/accounts/{account['id']}", {"credit_limit": "100"}, version=account["version"]
    )
    assert changed.status_code == 200, changed.text

    placed = await shop.order({"GRINDER": "50"})

    assert placed["status"] == "held"
    assert [hold["code"] for hold in placed["holds"]] == ["credit-limit-exceeded"]
    shown = await shop.read(f"/v1/accounts/{account['id']}")
    assert shown["open_orders"] == placed["gross"]

    cancelled = await shop.erp.post(
        f"/v1/orders/{placed['id']}/cancel", {"reason": "Too expensive"}
    )
    assert cancelled.json()["status"] == "cancelled"
    assert (await shop.read(f"/v1/accounts/{account['id']}"))["open_orders"] == "0"
    assert await shop.stock("GRINDER") == ("100", "0")
    assert await shop.events("erp.order") == ["order-placed", "order-held", "order-cancelled"]


async def test_refused_orders_leave_no_trace(shop: Any) -> None:
    await shop.receive("GRINDER", "5")
    customer = shop.account["customer_id"]
    line = {"sku": "GRINDER", "quantity": "1"}
    for code, body in {
        "ordered-item-is-unknown": {"lines": [line, {"sku": "NONE", "quantity": "1"}]},
        "item-cannot-be-ordered": {"lines": [line | {"unit": "kg"}]},
        "order-is-in-another-currency": {"lines": [line], "currency": "USD"},
        "selling-company-is-unknown": {"lines": [line], "company_id": customer},
        "selling-warehouse-is-unknown": {"lines": [line], "warehouse_id": customer},
        "line-amount-is-too-large": {
            "lines": [
                line
                | {
                    "quantity": "99999999",
                    "net_unit_price": "99999999",
                    "price_reason": "As large as can be",
                }
            ]
        },
    }.items():
        answer = await shop.erp.post("/v1/orders", {"customer_id": customer} | body)
        assert answer.json()["code"] == code, answer.text
        assert answer.status_code in (409, 422)
    unknown = await shop.erp.post(
        "/v1/orders", {"customer_id": shop.items["GRINDER"]["id"], "lines": [line]}
    )
    assert unknown.json()["code"] == "customer-has-no-account"

    assert await shop.stock("GRINDER") == ("5", "0")
    assert (await shop.read("/v1/orders"))["items"] == []
    assert await shop.events("erp.order") == []


async def test_a_discontinued_item_is_no_longer_ordered(shop: Any) -> None:
    item = shop.items["GRINDER"]
    ended = await shop.erp.post(
        f"/v1/items/{item['id']}/discontinue", {"reason": "Replaced"}, version=item["version"]
    )
    assert ended.json()["status"] == "discontinued"

    answer = await shop.erp.post(
        "/v1/orders",
        {
            "customer_id": shop.account["customer_id"],
            "lines": [{"sku": "GRINDER", "quantity": "1"}],
        },
    )
    assert answer.json()["code"] == "item-cannot-be-ordered"


async def test_an_inactive_customer_orders_nothing_until_it_is_active_again(
    shop: Any, customer_created: Any
) -> None:
    customer = UUID(shop.account["customer_id"])
    body = {"customer_id": str(customer), "lines": [{"sku": "SETUP", "quantity": "1"}]}

    await customer_created(known=customer, active=False)
    answer = await shop.erp.post("/v1/orders", body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "customer-is-inactive")
    assert problem["errors"][0]["field"] == "customer_id"
    assert (await shop.read("/v1/orders"))["items"] == []
    await customer_created(known=customer, active=True)
    assert (await shop.erp.post("/v1/orders", body)).status_code == 201


async def test_an_external_reference_names_one_order(shop: Any) -> None:
    await shop.order({"SETUP": "1"}, external_reference="shop:1")

    answer = await shop.erp.post(
        "/v1/orders",
        {
            "customer_id": shop.account["customer_id"],
            "lines": [{"sku": "SETUP", "quantity": "1"}],
            "external_reference": "shop:1",
        },
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "order-reference-is-taken")
    found = await shop.read("/v1/orders", external_reference="shop:1")
    assert len(found["items"]) == 1
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == found["items"][
        0
    ]["gross"]


async def test_days_of_shipments_and_invoices_lie_between_the_order_and_today(shop: Any) -> None:
    placed = await shop.order({"SETUP": "1"})
    for path, field, before in (
        ("shipments", "shipped_on", "shipped-before-ordered"),
        ("invoices", "issued_on", "invoiced-before-ordered"),
    ):
        path = f"/v1/orders/{placed['id']}/{path}"
        assert (await shop.erp.post(path, {field: "2020-01-01"})).json()["code"] == before
        late = await shop.erp.post(path, {field: "2199-01-01"})
        assert (late.status_code, late.json()["code"]) == (409, "day-is-in-the-future")


async def test_many_orders_ship_and_invoice_at_their_own_dates_and_again_changes_nothing(
    shop: Any,
) -> None:
    await shop.receive("GRINDER", "100", effective_on="2025-06-01")
    for number in range(3):
        await shop.order(
            {"GRINDER": "2"}, ordered_on="2025-07-01", external_reference=f"old:{number}"
        )
    rows = [
        {
            "external_reference": f"old:{number}",
            "shipped_on": str(date(2025, 7, 2) + timedelta(days=number)),
        }
        for number in range(3)
    ]

    first = await shop.bulk("/v1/orders/shipments/bulk", *rows, {"external_reference": "no"})
    assert (first["created"], first["refused"]) == (3, 1)
    assert first["results"][3]["problem"]["code"] == "order-not-found"
    again = await shop.bulk("/v1/orders/shipments/bulk", *rows)
    assert again["unchanged"] == 3
    assert [r["id"] for r in again["results"]] == [r["id"] for r in first["results"][:3]]

    rows = [{"external_reference": f"old:{n}", "issued_on": "2025-07-09"} for n in range(3)]
    first = await shop.bulk("/v1/orders/invoices/bulk", *rows)
    assert first["created"] == 3, first
    again = await shop.bulk("/v1/orders/invoices/bulk", *rows)
    assert again["unchanged"] == 3
    await shop.prove()


async def test_the_proofs_are_there_for_everybody_who_may_read_orders(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.order({"GRINDER": "4"})

    found = await shop.read("/v1/order-proofs")

    assert found["holds"] is True
    assert [proof["name"] for proof in found["proofs"]] == [
        "stock-equals-its-moves",
        "reserved-equals-the-reservations",
        "stock-value-equals-the-control-account",
        "reservations-equal-what-orders-want",
        "exposure-equals-the-open-orders",
    ]
    assert found["proofs"][2]["detail"] == "Stock 60 EUR, control account 60 EUR."


async def test_the_shipments_of_an_order_that_is_not_there_say_so(shop: Any) -> None:
    answer = await shop.erp.get(f"/v1/orders/{uuid4()}/shipments")

    assert answer.json()["code"] == "order-not-found"
    assert answer.json()["detail"].startswith("There is no order ")


async def test_a_proof_that_is_broken_says_so(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    async with shop.database.superuser() as connection:
        await connection.execute("UPDATE inventory_position SET on_hand = 11, value = 66")

    found = await shop.read("/v1/order-proofs")

    assert [proof["name"] for proof in found["proofs"] if not proof["holds"]] == [
        "stock-equals-its-moves",
        "stock-value-equals-the-control-account",
    ]
