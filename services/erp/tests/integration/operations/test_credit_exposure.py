"""What orders count as credit exposure: open, delivered, within a horizon, released for a while."""

import random
import runpy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.migrations import versions
from erp.sales_orders import service
from servicekit.uow import Principal

TODAY = date(2026, 1, 5)
CLERK = Principal.of_service("erp", "acme")


async def policy(shop: Any, **changes: Any) -> None:
    path = f"/v1/receivables-policies/{shop.account['company_id']}"
    version = (await shop.read(path))["version"]
    answer = await shop.erp.patch(path, changes, version=version)
    assert answer.status_code == 200, answer.text


async def limited_to(shop: Any, limit: str) -> None:
    path = f"/v1/accounts/{shop.account['id']}"
    version = (await shop.read(path))["version"]
    answer = await shop.erp.patch(path, {"credit_limit": limit}, version=version)
    assert answer.status_code == 200, answer.text


async def credit(shop: Any) -> tuple[str, str, str]:
    """Open items, open orders, and what of these has left."""
    found = await shop.read(f"/v1/accounts/{shop.account['id']}")
    assert Decimal(found["exposure"]) == Decimal(found["open_items"]) + Decimal(
        found["open_orders"]
    )
    return found["open_items"], found["open_orders"], found["delivered"]


async def on_the_day(shop: Any, today: date) -> int:
    async with shop.database.app.unit_of_work(CLERK) as uow:
        return await service.move_the_horizon(uow, today)


async def test_what_has_left_and_is_not_invoiced_is_told_apart(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "4"})
    assert await credit(shop) == ("0", "47.6", "0")
    line = order["lines"][0]["id"]
    part = {"lines": [{"line_id": line, "quantity": "1"}]}
    await shop.create(f"/v1/orders/{order['id']}/shipments", part)
    assert await credit(shop) == ("0", "47.6", "11.9")
    said = await shop.events("erp.credit")
    await shop.create(f"/v1/orders/{order['id']}/invoices", {})
    assert await credit(shop) == ("11.9", "35.7", "0")
    assert len(await shop.events("erp.credit")) == len(said) + 1
    await shop.prove()


async def test_orders_beyond_the_horizon_count_when_they_come_within_it(shop: Any) -> None:
    await policy(shop, horizon_days=30)
    await shop.receive("GRINDER", "10")
    later = str(TODAY + timedelta(days=40))
    soon = await shop.order({"GRINDER": "1"}, requested_on=str(TODAY + timedelta(days=30)))
    order = await shop.order({"GRINDER": "2"}, requested_on=later)
    assert (soon["in_horizon"], order["in_horizon"]) == (True, False)
    assert await credit(shop) == ("0", "11.9", "0")

    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": "1"}]}
    await shop.create(f"/v1/orders/{order['id']}/shipments", part)
    assert await credit(shop) == ("0", "23.8", "11.9"), "what has left counts whenever it is due"
    await shop.prove()

    assert await on_the_day(shop, TODAY + timedelta(days=9)) == 0
    said = await shop.events("erp.credit")
    assert await on_the_day(shop, TODAY + timedelta(days=10)) == 1
    assert await credit(shop) == ("0", "35.7", "11.9")
    assert len(await shop.events("erp.credit")) == len(said) + 1
    assert await on_the_day(shop, TODAY + timedelta(days=10)) == 0
    await shop.prove()

    await policy(shop, horizon_days=5)
    assert await on_the_day(shop, TODAY) == 2
    assert await credit(shop) == ("0", "11.9", "11.9"), "a shorter horizon leaves both out again"
    await policy(shop, horizon_days=None)
    assert await on_the_day(shop, TODAY) == 2
    assert await credit(shop) == ("0", "35.7", "11.9")
    await shop.prove()


async def test_an_order_that_enters_without_credit_is_held_unless_it_was_released(
    shop: Any,
) -> None:
    await policy(shop, horizon_days=10)
    await limited_to(shop, "20")
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "5"}, requested_on=str(TODAY + timedelta(days=20)))
    assert order["status"] == "confirmed", "it does not count yet"

    assert await on_the_day(shop, TODAY + timedelta(days=10)) == 1
    held = await shop.read(f"/v1/orders/{order['id']}")
    assert (held["status"], [hold["code"] for hold in held["holds"]]) == (
        "held",
        ["credit-limit-exceeded"],
    )
    assert (await shop.events("erp.order"))[-1] == "order-held"

    path = f"/v1/orders/{order['id']}/release"
    refused = await shop.erp.post(path, {"reason": "Paid by card", "until": "2026-01-04"})
    assert (refused.status_code, refused.json()["code"]) == (409, "release-has-passed")
    answer = await shop.erp.post(path, {"reason": "Paid by card", "until": "2026-01-20"})
    released = answer.json()
    assert (released["released_amount"], released["released_until"]) == ("59.5", "2026-01-20")
    assert released["released_by"]
    assert [
        one["id"] for one in (await shop.read("/v1/orders", released_until="2026-01-20"))["items"]
    ] == [order["id"]]
    # It leaves the horizon and enters again: somebody has decided already.
    assert await on_the_day(shop, TODAY) == 1
    assert await on_the_day(shop, TODAY + timedelta(days=11)) == 1
    assert (await shop.read(f"/v1/orders/{order['id']}"))["status"] == "confirmed"
    await shop.prove()

    async with shop.database.app.unit_of_work(CLERK) as uow:
        assert await service.end_order_releases(uow, date(2026, 1, 20)) == 0
        assert await service.end_order_releases(uow, date(2026, 1, 21)) == 1
    again = await shop.read(f"/v1/orders/{order['id']}")
    assert (again["status"], again["holds"][0]["code"]) == ("held", "release-ended")
    assert (again["released_by"], again["released_amount"]) == (None, None)
    await shop.prove()


def counted(order: dict[str, Any], rate: Decimal = Decimal("1.19")) -> tuple[Decimal, Decimal]:
    """What an order counts, and what of it has left, from its lines alone: two of one price."""
    left = gone = Decimal(0)
    for line in order["lines"]:
        net = Decimal(line["net_unit_price"])
        shipped, invoiced = Decimal(line["shipped"]), Decimal(line["invoiced"])
        left += net * (Decimal(line["quantity"]) - Decimal(line["cancelled"]) - invoiced)
        gone += net * (shipped - invoiced)
    exposure = left * rate - Decimal(order["prepaid"])
    if left <= 0 or order["status"] == "cancelled":
        return Decimal(0), Decimal(0)
    share = (exposure * gone / left).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    delivered = min(exposure, share)
    return (exposure if order["in_horizon"] else delivered), delivered


@pytest.mark.parametrize("seed", range(4))
async def test_exposure_equals_the_sum_over_documents_after_every_transition(
    shop: Any, seed: int
) -> None:
    """Pieces of 10.00 and a tax of 19 %: only what a down payment leaves of a share is rounded."""
    chance = random.Random(seed)
    await policy(shop, horizon_days=20)
    await shop.receive("GRINDER", "1000")
    ids = list[str]()
    days = 0
    for _ in range(30):
        said = len(await shop.events("erp.credit"))
        before = await credit(shop)
        deed = chance.choice(
            [
                "order",
                "ship",
                "ship",
                "invoice",
                "cancel",
                "pay",
                "day",
                "collect",
                "ahead",
                "horizon",
                "credit",
            ]
        )
        order_id = chance.choice(ids) if ids else None
        if deed == "order" or order_id is None:
            wanted = str(TODAY + timedelta(days=chance.randrange(0, 60)))
            made = await shop.order({"GRINDER": str(chance.randrange(1, 9))}, requested_on=wanted)
            ids.append(made["id"])
        elif deed == "ship":
            now = await shop.read(f"/v1/orders/{order_id}")
            quantity = str(chance.randrange(1, 4))
            lines = [{"line_id": now["lines"][0]["id"], "quantity": quantity}]
            await shop.erp.post(f"/v1/orders/{order_id}/shipments", {"lines": lines})
        elif deed == "invoice":
            await shop.erp.post(f"/v1/orders/{order_id}/invoices", {})
        elif deed == "cancel":
            await shop.erp.post(f"/v1/orders/{order_id}/cancel", {"reason": "No more"})
        elif deed == "pay":
            amount = str(chance.randrange(1, 40))
            body = {"account_id": shop.account["id"], "amount": amount}
            await shop.erp.post("/v1/payments", body)
        elif deed == "collect":
            await shop.erp.post("/v1/collective-invoices", {})
        elif deed == "ahead":
            # A whole number of pieces, so that its tax is exact as well.
            body = {"net": str(10 * chance.randrange(1, 4))}
            await shop.erp.post(f"/v1/orders/{order_id}/down-payments", body)
        elif deed == "credit":
            found = (await shop.read("/v1/invoices"))["items"]
            if found:
                path = f"/v1/invoices/{chance.choice(found)['id']}/credit-notes"
                await shop.erp.post(path, {"reason": "Came back"})
        elif deed == "day":
            days += chance.randrange(1, 10)
            await on_the_day(shop, TODAY + timedelta(days=days))
        else:
            await policy(shop, horizon_days=chance.choice([None, 0, 10, 30]))
            await on_the_day(shop, TODAY + timedelta(days=days))
        now = [await shop.read(f"/v1/orders/{one}") for one in ids]
        items = (await shop.read(f"/v1/open-items?account_id={shop.account['id']}&limit=200"))[
            "items"
        ]
        owed = sum(
            Decimal(item["open_amount"]) * (1 if item["side"] == "debit" else -1) for item in items
        )
        parts = [counted(order) for order in now]
        after = await credit(shop)
        assert (Decimal(after[0]), Decimal(after[1]), Decimal(after[2])) == (
            owed,
            sum(part[0] for part in parts),
            sum(part[1] for part in parts),
        ), (deed, now)
        if after != before:
            assert len(await shop.events("erp.credit")) > said, deed
        await shop.prove()


async def test_orders_from_before_say_what_of_them_has_left(shop: Any) -> None:
    """The migration works out what every shipment and invoice writes since."""
    await shop.receive("GRINDER", "100")
    await shop.receive("BEANS", "100")
    for shipped, invoiced in (("1", False), ("2", True), ("3", False)):
        order = await shop.order({"GRINDER": "3", "BEANS": "1.337"})
        lines = {line["sku"]: line["id"] for line in order["lines"]}
        path = f"/v1/orders/{order['id']}/shipments"
        await shop.create(path, {"lines": [{"line_id": lines["GRINDER"], "quantity": shipped}]})
        if invoiced:
            await shop.create(f"/v1/orders/{order['id']}/invoices", {})
            await shop.create(path, {"lines": [{"line_id": lines["BEANS"], "quantity": "0.5"}]})
    told = "SELECT id, delivered FROM sales_orders_order ORDER BY id"
    version = Path(versions.__path__[0]) / "0059_credit_horizon.py"
    migration = runpy.run_path(str(version))
    async with shop.database.superuser() as connection:
        kept = [tuple(row) for row in await connection.fetch(told)]
        assert all(delivered > 0 for _, delivered in kept)
        await connection.execute("UPDATE receivables_exposure SET delivered = 0")
        await connection.execute("UPDATE sales_orders_order SET delivered = 0")
        await connection.execute(migration["DELIVERED"])
        await connection.execute(migration["ACCOUNTS"])
        assert [tuple(row) for row in await connection.fetch(told)] == kept
    await shop.prove()
