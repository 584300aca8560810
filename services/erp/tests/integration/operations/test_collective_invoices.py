"""Collective invoices over HTTP: many deliveries of many orders on one invoice."""

import random
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from erp.einvoices.rules import differences
from erp.einvoices.service import read_document

SELLER = {"vat_id": "DE136695976", "iban": "DE02120300000000202051"}
BUYER = {"country": "DE", "city": "Hamburg", "language": "en"}
PATH = "/v1/collective-invoices"


async def collected(shop: Any, **wanted: Any) -> Any:
    answer = await shop.erp.post(PATH, wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shipped(shop: Any, order: dict[str, Any], **quantities: str) -> Any:
    lines = {line["sku"]: line["id"] for line in order["lines"]}
    wanted = [{"line_id": lines[sku], "quantity": q} for sku, q in quantities.items()]
    body = {"lines": wanted} if wanted else {}
    return await shop.create(f"/v1/orders/{order['id']}/shipments", body)


async def test_deliveries_of_many_orders_stand_on_one_invoice(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    await shop.receive("BEANS", "10")
    first = await shop.order({"GRINDER": "3", "BEANS": "1.333"}, customer_reference="PO-1")
    second = await shop.order({"BEANS": "2.1"})
    sent = [
        await shipped(shop, first, GRINDER="1"),
        await shipped(shop, first, GRINDER="2", BEANS="1.333"),
        await shipped(shop, second),
    ]

    preview = await collected(shop, dry_run=True)
    assert (await shop.read("/v1/invoices"))["items"] == []
    made = await collected(shop)
    [would], [invoice] = preview["invoices"], made["invoices"]
    assert would["invoice_id"] is None
    assert (would["net"], would["tax"]) == (invoice["net"], invoice["tax"])
    assert made["left_out"] == []
    assert sum(Decimal(one["gross"]) for one in invoice["orders"]) == Decimal(invoice["gross"])
    assert [one["deliveries"] for one in invoice["orders"]] == [
        [sent[0]["number"], sent[1]["number"]],
        [sent[2]["number"]],
    ]

    detail = await shop.read(f"/v1/invoices/{invoice['invoice_id']}")
    assert detail["gross"] == str(
        (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_items"]
    )
    assert {(line["order_number"], line["delivery_number"]) for line in detail["lines"]} == {
        ("PO-1", sent[0]["number"]),
        ("PO-1", sent[1]["number"]),
        (second["number"], sent[2]["number"]),
    }
    for order in (first, second):
        now = await shop.read(f"/v1/orders/{order['id']}")
        assert (now["status"], now["exposure"]) == ("invoiced", "0")
        found = (await shop.read("/v1/invoices", order_id=order["id"]))["items"]
        assert [one["id"] for one in found] == [invoice["invoice_id"]], "each order finds it"
    assert (await collected(shop))["invoices"] == [], "nothing is invoiced twice"
    assert (await shop.events("erp.order")).count("order-invoiced") == 2
    await shop.prove()


async def test_what_is_left_out_says_why(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    prepaid = await shop.order({"GRINDER": "1"})
    await shop.create(f"/v1/orders/{prepaid['id']}/down-payments", {"share": "0.5"})
    late = await shop.order({"GRINDER": "2"}, ordered_on="2026-01-05")
    for order in (prepaid, late):
        await shipped(shop, order)
    await shop.order({"GRINDER": "1"})

    made = await collected(shop, delivered_until="2026-01-04")
    assert made["invoices"] == []
    assert {(one["order_number"], one["code"]) for one in made["left_out"]} == {
        (prepaid["number"], "order-has-down-payments"),
        (late["number"], "delivered-later"),
    }
    refused = await shop.erp.post(
        PATH, {"issued_on": "2026-01-04", "delivered_until": "2026-01-05"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "collected-before-delivered")
    [invoice] = (await collected(shop))["invoices"]
    assert [one["order_number"] for one in invoice["orders"]] == [late["number"]]


async def test_orders_are_grouped_by_reference(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    for reference in ("PO-1", "PO-2", "PO-1"):
        order = await shop.order({"GRINDER": "1"}, customer_reference=reference)
        await shipped(shop, order)

    made = await collected(shop, by="reference")
    assert {(one["reference"], one["net"]) for one in made["invoices"]} == {
        ("PO-1", "20"),
        ("PO-2", "10"),
    }
    assert {one["reference"] for one in (await shop.read("/v1/invoices"))["items"]} == {
        "PO-1",
        "PO-2",
    }


@pytest.mark.parametrize("seed", range(3))
async def test_however_deliveries_are_collected_orders_are_invoiced_to_the_cent(
    shop: Any, seed: int
) -> None:
    chance = random.Random(seed)
    for sku in ("GRINDER", "BEANS"):
        await shop.receive(sku, "1000")
    orders = [
        await shop.order(
            {
                "GRINDER": str(chance.randrange(2, 6)),
                "BEANS": str(Decimal(chance.randrange(1, 9999)).scaleb(-3)),
            }
        )
        for _ in range(3)
    ]
    for _ in range(3):
        for order in orders:
            now = await shop.read(f"/v1/orders/{order['id']}")
            line = chance.choice(now["lines"])
            open_now = Decimal(line["quantity"]) - Decimal(line["shipped"])
            part = (open_now * chance.randrange(1, 4) / 3).quantize(
                Decimal("1" if line["sku"] == "GRINDER" else "0.001"), "ROUND_DOWN"
            )
            if part > 0:
                await shipped(shop, order, **{line["sku"]: str(part)})
        if chance.random() < 0.3:
            order = chance.choice(orders)
            await shop.erp.post(f"/v1/orders/{order['id']}/invoices", {})
        else:
            await collected(shop)
        await shop.prove()
    for order in orders:
        await shop.erp.post(f"/v1/orders/{order['id']}/shipments", {})
    await collected(shop)
    await shop.prove()
    now = [await shop.read(f"/v1/orders/{order['id']}") for order in orders]
    assert {order["status"] for order in now} == {"invoiced"}
    invoices = (await shop.read("/v1/invoices"))["items"]
    for figure in ("net", "tax", "gross"):
        assert sum(Decimal(one[figure]) for one in invoices) == sum(
            Decimal(order[figure]) for order in now
        ), figure


async def test_the_official_rules_pass_it_and_its_credit_note(shop: Any) -> None:
    company = shop.account["company_id"]
    told = await shop.erp.put(f"/v1/companies/{company}/legal-details", SELLER, version=0)
    assert told.status_code == 200, told.text
    path = f"/v1/accounts/{shop.account['id']}/billing-details"
    assert (await shop.erp.put(path, BUYER, version=0)).status_code == 200
    await shop.receive("BEANS", "10")
    orders = [await shop.order({"BEANS": quantity}) for quantity in ("1.333", "2.667")]
    sent = [await shipped(shop, order) for order in orders]
    [invoice] = (await collected(shop))["invoices"]

    for syntax in ("ubl", "cii"):
        answer = await shop.erp.get(f"/v1/invoices/{invoice['invoice_id']}/einvoice", syntax=syntax)
        assert answer.status_code == 200, answer.text
        document = read_document(answer.content)
        assert differences(document) == []
        for line, one, order in zip(document.lines, sent, orders, strict=True):
            said = f"Order {order['number']}, delivery {one['number']} of "
            assert (line.note or "").startswith(said)
    whole = await shop.create(
        f"/v1/invoices/{invoice['invoice_id']}/credit-notes", {"reason": "All came back"}
    )
    assert whole["gross"] == invoice["gross"]
    answer = await shop.erp.get(f"/v1/credit-notes/{whole['id']}/einvoice")
    assert answer.status_code == 200, answer.text
    await shop.prove()


async def test_one_delivery_is_named_by_the_document(shop: Any) -> None:
    company = shop.account["company_id"]
    await shop.erp.put(f"/v1/companies/{company}/legal-details", SELLER, version=0)
    path = f"/v1/accounts/{shop.account['id']}/billing-details"
    await shop.erp.put(path, BUYER, version=0)
    await shop.receive("BEANS", "10")
    sent = await shipped(shop, await shop.order({"BEANS": "1"}, customer_reference="PO-9"))
    [invoice] = (await collected(shop, by="reference"))["invoices"]
    for syntax in ("ubl", "cii"):
        answer = await shop.erp.get(f"/v1/invoices/{invoice['invoice_id']}/einvoice", syntax=syntax)
        assert answer.status_code == 200, answer.text
        document = read_document(answer.content)
        assert (document.despatch_advice, document.order_reference) == (sent["number"], "PO-9")
        assert str(document.delivered_on) == sent["shipped_on"]


async def test_the_database_keeps_the_orders_the_invoice(shop: Any) -> None:
    await shop.receive("GRINDER", "2")
    await shipped(shop, await shop.order({"GRINDER": "1"}))
    await collected(shop)
    async with shop.database.superuser() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="do not sum to it"):
            await connection.execute(
                "INSERT INTO receivables_invoice_order SELECT tenant, invoice_id,"
                " gen_random_uuid(), category, rate, net, base, tax"
                " FROM receivables_invoice_order"
            )
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE receivables_invoice_order SET tax = 0")
