"""All orders of Northwind, and what is credited of them, against the official rules."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from erp.einvoices.rules import Syntax, compose, differences
from erp.einvoices.service.leaving import passed
from erp.receivables.rules import CreditWish
from servicekit.taxation import document_totals

from .documents import BANK, BUYER, SELLER
from .test_einvoice_rules import RATES, credit_of, invoice_of, taxable

pytestmark = [pytest.mark.data, pytest.mark.long, pytest.mark.timeout(1_800)]


def test_all_830_orders_and_their_credits_pass_as_ubl(data_set: Callable[[str], Path]) -> None:
    orders: dict[str, list[tuple[Decimal, Decimal, str, str]]] = {}
    path = data_set("northwind") / "order_details.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for at, row in enumerate(csv.DictReader(file)):
            price = Decimal(row["UnitPrice"]) * (1 - Decimal(row["Discount"]))
            line = (Decimal(row["Quantity"]), price, "pcs", ("standard", "reduced")[at % 2])
            orders.setdefault(row["OrderID"], []).append(line)
    assert len(orders) == 830
    for lines in orders.values():
        totals = document_totals(taxable(lines), RATES, "USD")
        invoice = invoice_of(lines, totals, "USD")
        part = [CreditWish(1, quantity=Decimal(1))]
        for said in (invoice, credit_of(invoice, None), credit_of(invoice, part)):
            document = compose(said, SELLER, BUYER, bank=BANK, terms="Terms")
            passed(document, Syntax.UBL)
            assert differences(document) == []
            assert document.totals.payable == said.gross
