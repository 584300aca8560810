"""Down payments over HTTP: asked for, paid, settled on invoices, and given back."""

import random
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from erp.einvoices.rules import Syntax, differences
from erp.einvoices.service import read_document

SELLER = {"vat_id": "DE136695976", "iban": "DE02120300000000202051"}
BUYER = {"country": "DE", "city": "Hamburg"}


async def asked(shop: Any, order: dict[str, Any], **wanted: Any) -> Any:
    return await shop.create(f"/v1/orders/{order['id']}/down-payments", wanted)


async def paid(shop: Any, amount: str) -> Any:
    body = {"account_id": shop.account["id"], "amount": amount}
    return await shop.create("/v1/payments", body)


async def shipped_and_invoiced(shop: Any, order: dict[str, Any]) -> Any:
    await shop.create(f"/v1/orders/{order['id']}/shipments", {})
    return await shop.create(f"/v1/orders/{order['id']}/invoices", {})


async def held_of_customers(shop: Any) -> Decimal:
    """What the books owe back: down payments received, without their tax."""
    return Decimal((await shop.balances()).get("2300", "0"))


async def test_a_down_payment_is_a_liability_until_the_invoice_settles_it(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "10"})
    assert order["gross"] == "119"
    asked_for = await asked(shop, order, share="0.3")
    assert (asked_for["net"], asked_for["gross"]) == ("30", "35.7")
    assert asked_for["number"] == "DPI-2026-000001"

    now = await shop.read(f"/v1/orders/{order['id']}")
    assert (now["exposure"], now["prepaid"]) == ("83.3", "35.7")
    account = await shop.read(f"/v1/accounts/{shop.account['id']}")
    assert (account["open_items"], account["open_orders"]) == ("35.7", "83.3")
    assert (await shop.balances())["2300"] == "-30"
    assert "4000" not in await shop.balances(), "nothing is earned yet"
    await paid(shop, "35.70")

    invoice = await shipped_and_invoiced(shop, order)
    assert invoice["gross"] == "119", "the invoice is over the whole order"
    detail = await shop.read(f"/v1/invoices/{invoice['id']}")
    assert detail["open_amount"] == "83.3"
    [settled] = (await shop.read("/v1/adjustments", settles_id=invoice["id"]))["items"]
    assert (settled["kind"], settled["amount"], settled["tax"]) == (
        "down-payment-settlement",
        "35.7",
        "5.7",
    )
    balances = await shop.balances()
    assert "2300" not in balances
    assert Decimal(balances["4000"]) == -100
    assert await shop.read(f"/v1/orders/{order['id']}") | {"x": 1} != now
    await paid(shop, "83.30")
    account = await shop.read(f"/v1/accounts/{shop.account['id']}")
    assert (account["open_items"], account["open_orders"]) == ("0", "0")
    await shop.prove()


async def test_what_is_said_of_it_passes_the_official_rules(shop: Any) -> None:
    """Type 386; the invoice names it, with its net and tax, and asks for the rest (BT-113)."""
    company = shop.account["company_id"]
    for path, body in (
        (f"/v1/companies/{company}/legal-details", SELLER),
        (f"/v1/accounts/{shop.account['id']}/billing-details", BUYER),
    ):
        answer = await shop.erp.put(path, body, version=0)
        assert answer.status_code == 200, answer.text
    await shop.receive("BEANS", "3")
    order = await shop.order({"BEANS": "3", "SETUP": "1"})
    down = await asked(shop, order, share="0.333333")
    invoice = await shipped_and_invoiced(shop, order)
    for syntax in Syntax:
        answer = await shop.erp.get(f"/v1/invoices/{down['id']}/einvoice", syntax=syntax.value)
        assert answer.status_code == 200, answer.text
        said = read_document(answer.content)
        assert (said.type_code, said.totals.payable) == ("386", Decimal(down["gross"]))
        answer = await shop.erp.get(f"/v1/invoices/{invoice['id']}/einvoice", syntax=syntax.value)
        assert answer.status_code == 200, answer.text
        said = read_document(answer.content)
        assert differences(said) == []
        assert said.totals.prepaid == Decimal(down["gross"])
        assert said.totals.payable == Decimal(invoice["gross"]) - Decimal(down["gross"])
        assert any(down["number"] in note for note in said.notes)
    for one in (down, invoice):
        answer = await shop.erp.get(f"/v1/invoices/{one['id']}/document", language="de")
        assert answer.status_code == 200, answer.text


async def test_a_cancelled_order_gives_it_back(shop: Any) -> None:
    order = await shop.order({"SETUP": "1"})
    down = await asked(shop, order, net="20")
    await paid(shop, "10")
    await shop.erp.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Changed their mind"})
    path = f"/v1/orders/{order['id']}/down-payments/{down['id']}/credit-notes"
    note = await shop.create(path, {"reason": "The order is cancelled"})
    assert (note["gross"], note["open_amount"]) == (down["gross"], "10")
    again = await shop.erp.post(path, {"reason": "Once more"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-credit")
    await shop.create("/v1/refunds", {"document_id": note["id"], "reason": "Paid back"})
    account = await shop.read(f"/v1/accounts/{shop.account['id']}")
    assert (account["open_items"], account["open_orders"]) == ("0", "0")
    assert await held_of_customers(shop) == 0
    assert (await shop.read(f"/v1/orders/{order['id']}"))["prepaid"] == "0"
    await shop.prove()


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"share": "1.01"}, 422, "invalid-input"),
        ({}, 422, "invalid-input"),
        ({"share": "0.5", "net": "1"}, 422, "invalid-input"),
        ({"net": "50.01"}, 409, "down-payment-exceeds-order"),
        ({"net": "0.001"}, 422, "amount-has-too-many-decimals"),
        ({"share": "0.00001"}, 422, "down-payment-is-nothing"),
        ({"share": "0.1", "issued_on": "2025-12-31"}, 409, "invoiced-before-ordered"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(
    shop: Any, wanted: dict[str, Any], status: int, code: str
) -> None:
    order = await shop.order({"SETUP": "1"})
    answer = await shop.erp.post(f"/v1/orders/{order['id']}/down-payments", wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await shop.prove()


async def test_it_is_neither_written_off_nor_credited_nor_taken_back_by_itself(shop: Any) -> None:
    order = await shop.order({"SETUP": "2"})
    down = await asked(shop, order, share="0.5")
    for path in ("credit-notes", "write-offs"):
        answer = await shop.erp.post(f"/v1/invoices/{down['id']}/{path}", {"reason": "Not so"})
        assert answer.json()["code"] == "down-payment-belongs-to-its-order", answer.text
    invoice = await shipped_and_invoiced(shop, order)
    [settled] = (await shop.read("/v1/adjustments", settles_id=invoice["id"]))["items"]
    answer = await shop.erp.post(f"/v1/adjustments/{settled['id']}/reversals", {"reason": "Not so"})
    assert answer.json()["code"] == "settlement-belongs-to-its-invoice", answer.text
    async with shop.database.superuser() as connection:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        again = (
            "INSERT INTO receivables_adjustment_tax"
            " SELECT tenant, adjustment_id, 'standard-2', rate, base, tax"
            " FROM receivables_adjustment_tax"
        )
        with pytest.raises(asyncpg.CheckViolationError, match="credited than was invoiced"):
            await connection.execute(again)
    await shop.prove()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_becomes_of_an_order_nothing_of_it_is_lost(shop: Any, seed: int) -> None:
    """Parts shipped, invoiced, cancelled, asked for in advance and given back, in any order."""
    chance = random.Random(seed)
    order = await shop.order({"BEANS": "7", "SETUP": "1", "GRINDER": "5"})
    path = f"/v1/orders/{order['id']}"
    downs: list[dict[str, Any]] = []
    received = Decimal(0)
    for _ in range(14):
        act = chance.choice(("ask", "ask", "ship", "invoice", "give back", "pay", "cancel"))
        if act == "cancel" and chance.random() < 0.7:
            continue
        if act == "ask":
            net = Decimal(chance.randint(1, 6000)).scaleb(-2)
            answer = await shop.erp.post(f"{path}/down-payments", {"net": str(net)})
            if answer.status_code == 201:
                downs.append(answer.json())
        elif act == "ship":
            sku = chance.choice(("BEANS", "GRINDER"))
            await shop.receive(sku, str(chance.randint(1, 4)))
            await shop.run_jobs()
            answer = await shop.erp.post(f"{path}/shipments", {})
        elif act == "invoice":
            answer = await shop.erp.post(f"{path}/invoices", {})
        elif act == "give back" and downs:
            one = chance.choice(downs)
            body = {"reason": "Given back"}
            answer = await shop.erp.post(f"{path}/down-payments/{one['id']}/credit-notes", body)
        elif act == "pay":
            amount = Decimal(chance.randint(1, 9000)).scaleb(-2)
            received += amount
            await paid(shop, str(amount))
        else:
            answer = await shop.erp.post(f"{path}/cancel", {"reason": "No more wanted"})
        assert answer.status_code < 500, answer.text
        now = await shop.read(path)
        account = await shop.read(f"/v1/accounts/{shop.account['id']}")
        assert account["open_orders"] == now["exposure"]
        asked_for = (await shop.read("/v1/invoices", prepays_order_id=order["id"]))["items"]
        settled = (await shop.read("/v1/adjustments", kind="down-payment-settlement"))["items"]
        given = [
            note
            for one in asked_for
            for note in (await shop.read("/v1/credit-notes", invoice_id=one["id"]))["items"]
        ]
        left = sum(Decimal(one["net"]) for one in asked_for)
        left -= sum(Decimal(one["amount"]) - Decimal(one["tax"]) for one in settled)
        left -= sum(Decimal(one["net"]) for one in given)
        assert await held_of_customers(shop) == -left
        gross_left = sum(Decimal(one["gross"]) for one in asked_for)
        gross_left -= sum(Decimal(one["amount"]) for one in settled)
        gross_left -= sum(Decimal(one["gross"]) for one in given)
        assert Decimal(now["prepaid"]) == gross_left
        invoices = (await shop.read("/v1/invoices", order_id=order["id"]))["items"]
        owed = sum(Decimal(one["gross"]) for one in invoices) + gross_left - received
        assert Decimal(account["open_items"]) == owed
        await shop.prove()


async def test_in_another_currency_it_is_carried_as_it_was_received(
    shop: Any, customer_created: Any
) -> None:
    """An advance is not translated again: its liability ends at nothing in the books' currency."""
    customer = await customer_created("Yankee Inc", "USD")
    priced = await shop.bulk(
        "/v1/list-prices/bulk",
        {"sku": "GRINDER", "currency": "USD", "unit_price": "11", "valid_from": "2020-01-01"},
    )
    assert priced["created"] == 1
    rates = [
        {"base": "USD", "quote": "EUR", "rate_on": day, "rate": rate}
        for day, rate in (("2026-01-01", "0.8"), ("2026-01-03", "0.9"), ("2026-01-05", "0.7777"))
    ]
    await shop.create("/v1/exchange-rates", {"rates": rates})
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "7"}, customer_id=str(customer), ordered_on="2026-01-01")
    first = await asked(shop, order, share="0.3", issued_on="2026-01-01")
    second = await asked(shop, order, net="20.03", issued_on="2026-01-03")
    assert Decimal(first["net"]) == Decimal("23.1")
    lines = (await shop.read("/v1/trial-balance"))["lines"]
    [held] = [line for line in lines if line["code"] == "2300"]
    assert held["base_balance"] == str(
        -(Decimal("23.1") * Decimal("0.8") + Decimal("18.03")).quantize(Decimal("0.01"))
    )

    part = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": "3"}]}
    await shop.create(f"/v1/orders/{order['id']}/shipments", part)
    await shop.create(f"/v1/orders/{order['id']}/invoices", {})
    await shop.prove()
    path = f"/v1/orders/{order['id']}/down-payments/{second['id']}/credit-notes"
    await shop.create(path, {"reason": "Enough for now"})
    await shipped_and_invoiced(shop, order)
    await shop.prove()
    lines = (await shop.read("/v1/trial-balance"))["lines"]
    held = [line for line in lines if line["code"] in ("2300", "2200")]
    ends = {line["code"]: (line["balance"], line["base_balance"]) for line in held}
    assert ends.get("2300", ("0", "0")) == ("0", "0")
