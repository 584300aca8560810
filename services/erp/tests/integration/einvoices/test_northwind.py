"""Every tenth order of Northwind invoiced and credited over HTTP: each UBL file leaves.

All of them, without the doors, are in the unit tests.
"""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.einvoices.rules import differences
from erp.einvoices.service import read_document
from servicekit.testing.http import Api

from .test_einvoices import BUYER, SELLER, created, told

pytestmark = [pytest.mark.data, pytest.mark.long, pytest.mark.timeout(900)]


def orders(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The lines of each order; discounts are in the price, as the importer has them."""
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        names = {row["ProductID"]: row["ProductName"] for row in csv.DictReader(file)}
    found: dict[str, list[dict[str, str]]] = {}
    with (folder / "order_details.csv").open(encoding="utf-8", newline="") as file:
        for at, row in enumerate(csv.DictReader(file)):
            price = Decimal(row["UnitPrice"]) * (1 - Decimal(row["Discount"]))
            line = {
                "description": names[row["ProductID"]],
                "quantity": row["Quantity"],
                "net_unit_price": f"{price:f}",
                "tax_category": ("standard", "reduced")[at % 2],
            }
            found.setdefault(row["OrderID"], []).append(line)
    return found


async def left(erp: Api, path: str, gross: str) -> None:
    """It leaves (what the official rules refuse does not), ties, and asks for what is booked."""
    answer = await erp.get(f"{path}/einvoice")
    assert answer.status_code == 200, answer.text
    document = read_document(answer.content)
    assert differences(document) == []
    assert document.totals.payable == Decimal(gross)


async def test_orders_and_a_full_and_a_partial_credit_of_each_leave(
    erp: Api,
    account: dict[str, Any],
    company: dict[str, Any],
    data_set: Callable[[str], Path],
) -> None:
    await told(erp, f"/v1/companies/{company['id']}/legal-details", SELLER)
    await told(erp, f"/v1/accounts/{account['id']}/billing-details", BUYER)
    found = orders(data_set("northwind"))
    assert len(found) == 830
    for lines in list(found.values())[::10]:
        body = {"account_id": account["id"], "issued_on": "2025-01-05", "lines": lines}
        invoice = await created(erp, "/v1/invoices", body)
        await left(erp, f"/v1/invoices/{invoice['id']}", invoice["gross"])
        part = [{"position": 1, "quantity": "1"}]
        door = f"/v1/invoices/{invoice['id']}/credit-notes"
        # The second one takes all that the first left: together they are the full credit.
        for wish in ({"lines": part}, {}):
            answer = await erp.post(door, {"reason": "Came back", **wish})
            if answer.status_code == 409 and not wish:
                assert answer.json()["code"] == "nothing-to-credit"
                continue
            note = answer.json()
            assert answer.status_code == 201, answer.text
            await left(erp, f"/v1/credit-notes/{note['id']}", note["gross"])
        # A full credit of the same invoice at once.
        again = await created(erp, "/v1/invoices", body)
        note = await created(
            erp, f"/v1/invoices/{again['id']}/credit-notes", {"reason": "Came back"}
        )
        assert note["gross"] == again["gross"]
        await left(erp, f"/v1/credit-notes/{note['id']}", note["gross"])
