"""An order says of each line what is open, invoiced and credited."""

from typing import Any


async def test_a_line_says_what_is_open_invoiced_and_credited(shop: Any) -> None:
    await shop.receive("GRINDER", "10")
    order = await shop.order({"GRINDER": "6"})
    line = order["lines"][0]["id"]
    part = {"lines": [{"line_id": line, "quantity": "4"}]}
    await shop.create(f"/v1/orders/{order['id']}/shipments", part)
    invoice = await shop.create(f"/v1/orders/{order['id']}/invoices", {})
    wishes = ([{"position": 1, "quantity": "1"}], [{"position": 1, "amount": "2.5"}])
    for lines in wishes:
        body = {"reason": "Came back, and was too dear", "lines": lines}
        await shop.create(f"/v1/invoices/{invoice['id']}/credit-notes", body)
    part = {"lines": [{"line_id": line, "quantity": "1"}]}
    await shop.create(f"/v1/orders/{order['id']}/shipments", part)

    [now] = (await shop.read(f"/v1/orders/{order['id']}"))["lines"]
    told = ("open", "to_invoice", "invoiced", "invoiced_amount", "credited", "credited_amount")
    assert [now[name] for name in told] == ["1", "1", "4", "40", "1", "12.5"]
    answer = await shop.erp.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Enough"})
    [now] = answer.json()["lines"]
    assert [now[name] for name in told] == ["0", "1", "4", "40", "1", "12.5"]
