"""Nobody buys what is sold already, however many ask at once."""

import asyncio
import random
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from erp.inventory import queries, service
from erp.inventory.rules import grant
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

SELLER = Principal.of_service("erp", "acme")


async def test_200_parallel_claims_on_100_units_sell_exactly_100(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    await shop.receive("GRINDER", "100")
    item_id = UUID(shop.items["GRINDER"]["id"])
    company_id = UUID(shop.account["company_id"])

    async def claim() -> Decimal:
        async with erp_database.app.unit_of_work(SELLER) as uow:
            warehouse_id = await queries.warehouse_of(uow.connection, "acme", company_id, None)
            assert warehouse_id is not None
            line_id = uuid4()
            got = await service.claim(
                uow,
                warehouse_id=warehouse_id,
                wants=[service.Want(line_id, item_id, Decimal(1), date(2026, 1, 5))],
            )
            return got[line_id]

    granted = await asyncio.gather(*(claim() for _ in range(200)))

    assert sorted(granted) == [Decimal(0)] * 100 + [Decimal(1)] * 100
    assert await shop.stock("GRINDER") == ("100", "100")
    await shop.prove()


async def test_promises_wait_for_nobody_and_are_told_of_when_the_position_is_free(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    await shop.receive("GRINDER", "10")
    await shop.receive("BEANS", "10")
    held = UUID(shop.items["GRINDER"]["id"])

    async with erp_database.app.unit_of_work(SELLER) as seller:
        await seller.connection.execute(
            "SELECT FROM inventory_position WHERE item_id = $1 FOR UPDATE", held
        )
        async with asyncio.timeout(5), erp_database.app.unit_of_work(SELLER) as job:
            assert await service.announce_promises(job) == 1

    async with erp_database.app.unit_of_work(SELLER) as job:
        assert await service.announce_promises(job) == 1
        assert await service.announce_promises(job) == 0


class Undone(Exception):
    """Ends a unit of work without a trace."""


async def test_the_claim_statement_grants_what_the_rule_grants(
    shop: Any, erp_database: ServiceDatabase
) -> None:
    free = {"GRINDER": Decimal(10), "BEANS": Decimal("7.25"), "SETUP": Decimal(0)}
    for sku in ("GRINDER", "BEANS"):
        await shop.receive(sku, str(free[sku]))
    ids = {sku: UUID(item["id"]) for sku, item in shop.items.items()}
    company_id = UUID(shop.account["company_id"])
    dice = random.Random(7)
    for _ in range(40):
        wants = []
        for _ in range(dice.randint(1, 6)):
            sku = dice.choice(list(ids))
            # Grinders are whole; beans are weighed.
            quantity = Decimal(dice.randint(1, 900)) / (100 if sku == "BEANS" else 1)
            wants.append(service.Want(uuid4(), ids[sku], quantity, date(2026, 1, 5)))
        with pytest.raises(Undone):
            async with erp_database.app.unit_of_work(SELLER) as uow:
                warehouse = await queries.warehouse_of(uow.connection, "acme", company_id, None)
                assert warehouse is not None
                got = await service.claim(uow, warehouse_id=warehouse, wants=wants)
                assert got == grant({ids[sku]: left for sku, left in free.items()}, wants)
                raise Undone
    assert await shop.stock("GRINDER") == ("10", "0")


async def test_200_parallel_orders_on_100_units_confirm_exactly_100(shop: Any) -> None:
    await shop.receive("GRINDER", "100")

    body = {
        "customer_id": shop.account["customer_id"],
        "lines": [{"sku": "GRINDER", "quantity": "1"}],
    }

    async def order() -> Any:
        # A slow machine answers some of 200 at once with 503: a client repeats its request.
        key = str(uuid4())
        for _ in range(20):
            answer = await shop.erp.post("/v1/orders", body, key=key)
            if answer.status_code != 503:
                break
        assert answer.status_code == 201, answer.text
        return answer.json()

    placed = await asyncio.gather(*(order() for _ in range(200)))

    statuses = [order["status"] for order in placed]
    assert (statuses.count("confirmed"), statuses.count("held")) == (100, 100)
    assert len({order["number"] for order in placed}) == 200
    assert await shop.stock("GRINDER") == ("100", "100")
    open_orders = sum(Decimal(order["gross"]) for order in placed)
    shown = await shop.read(f"/v1/accounts/{shop.account['id']}")
    assert Decimal(shown["open_orders"]) == open_orders
    await shop.prove()


async def test_orders_over_the_same_items_in_any_order_never_deadlock(shop: Any) -> None:
    for sku in ("GRINDER", "BEANS"):
        await shop.receive(sku, "1000")

    async def sell(first: str, second: str) -> str:
        placed = await shop.order({first: "3", second: "2"})
        await shop.create(f"/v1/orders/{placed['id']}/shipments", {})
        invoice = await shop.create(f"/v1/orders/{placed['id']}/invoices", {})
        return str(invoice["order_status"])

    done = await asyncio.gather(
        *(sell(*pair) for _ in range(12) for pair in (("GRINDER", "BEANS"), ("BEANS", "GRINDER")))
    )

    assert done == ["invoiced"] * 24
    assert await shop.stock("GRINDER") == ("940", "0")
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == "0"
    await shop.prove()


async def test_an_order_ships_once_however_often_it_is_asked_for_at_once(shop: Any) -> None:
    await shop.receive("GRINDER", "50")
    placed = await shop.order({"GRINDER": "5"})

    answers = await asyncio.gather(
        *(shop.erp.post(f"/v1/orders/{placed['id']}/shipments", {}) for _ in range(10))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert await shop.stock("GRINDER") == ("45", "0")
    invoices = await asyncio.gather(
        *(shop.erp.post(f"/v1/orders/{placed['id']}/invoices", {}) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in invoices) == [201] + [409] * 9
    await shop.prove()
