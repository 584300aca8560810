"""Milestones of orders over HTTP and by the clock: shares asked for in advance on agreed days."""

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from erp.sales_orders import service
from servicekit.uow import Principal


async def agreed(shop: Any, order: dict[str, Any], *parts: tuple[str, str]) -> Any:
    milestones = [
        {"due_on": day, "share": share, "name": f"Part {at}"}
        for at, (day, share) in enumerate(parts, 1)
    ]
    return await shop.erp.post(f"/v1/orders/{order['id']}/milestones", {"milestones": milestones})


async def on_the_day(shop: Any, today: str) -> int:
    async with shop.database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        return await service.ask_milestones(uow, date.fromisoformat(today))


async def test_milestones_ask_for_shares_of_the_order_and_its_invoice_settles_them(
    shop: Any,
) -> None:
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "7"})
    answer = await agreed(
        shop, order, ("2026-01-05", "0.333"), ("2026-01-06", "0.333"), ("2026-02-01", "0.2")
    )
    assert answer.status_code == 201, answer.text
    plan = answer.json()
    again = await agreed(shop, order, ("2026-01-05", "0.1"))
    assert (again.status_code, again.json()["code"]) == (409, "invoice-plan-exists")

    assert await on_the_day(shop, "2026-01-05") == 1
    assert await on_the_day(shop, "2026-01-05") == 0, "a milestone is asked for once"
    assert await on_the_day(shop, "2026-01-06") == 1
    found = (await shop.read("/v1/invoices", prepays_order_id=order["id"], sort="number"))["items"]
    assert [(one["kind"], one["net"]) for one in found] == [
        ("down-payment", "23.31"),
        ("down-payment", "23.31"),
    ]
    told = await shop.read(f"/v1/invoice-plans/{plan['id']}")
    assert (told["order_id"], told["issued"], told["next_on"]) == (order["id"], 2, "2026-02-01")
    issued = (await shop.read(f"/v1/invoice-plans/{plan['id']}/invoices"))["items"]
    assert {one["invoice_id"] for one in issued} == {one["id"] for one in found}

    await shop.create(f"/v1/orders/{order['id']}/shipments", {})
    invoice = await shop.create(f"/v1/orders/{order['id']}/invoices", {})
    asked = sum(Decimal(one["gross"]) for one in found)
    detail = await shop.read(f"/v1/invoices/{invoice['id']}")
    assert Decimal(detail["open_amount"]) == Decimal(invoice["gross"]) - asked
    await shop.prove()

    assert await on_the_day(shop, "2026-02-01") == 1
    over = await shop.read(f"/v1/invoice-plans/{plan['id']}")
    assert (over["active"], over["issued"]) == (False, 2)
    assert "invoiced" in over["problem"], "nothing is asked for of an order that is closed"
    assert await on_the_day(shop, "2026-02-02") == 0


async def test_parts_of_the_whole_order_sum_to_it(shop: Any) -> None:
    """Half a cent of tax is rounded up on both parts: the second takes what is left."""
    order = await shop.order({"SETUP": "1"})
    answer = await agreed(shop, order, ("2026-01-05", "0.01"), ("2026-01-06", "0.99"))
    assert answer.status_code == 201, answer.text
    for day in ("2026-01-05", "2026-01-06"):
        assert await on_the_day(shop, day) == 1
        told = await shop.read(f"/v1/invoice-plans/{answer.json()['id']}")
        assert told["problem"] is None
    found = (await shop.read("/v1/invoices", prepays_order_id=order["id"], sort="number"))["items"]
    assert [(one["net"], one["tax"]) for one in found] == [("0.5", "0.1"), ("49.5", "9.4")]
    assert (await shop.read(f"/v1/orders/{order['id']}"))["exposure"] == "0"
    await shop.prove()


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ((("2026-01-05", "0.6"), ("2026-01-06", "0.5")), 422, "milestones-exceed-the-order"),
        ((("2026-01-04", "0.6"),), 422, "schedule-makes-no-sense"),
        ((("2026-01-06", "0.1"), ("2026-01-06", "0.1")), 422, "schedule-makes-no-sense"),
    ],
)
async def test_milestones_that_make_no_sense_are_refused(
    shop: Any, parts: tuple[tuple[str, str], ...], status: int, code: str
) -> None:
    answer = await agreed(shop, await shop.order({"SETUP": "1"}), *parts)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_order_of_a_plan_stays(shop: Any) -> None:
    await agreed(shop, await shop.order({"SETUP": "1"}), ("2026-01-06", "0.1"))
    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE invoice_plans_plan SET order_id = NULL")
