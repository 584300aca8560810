"""Northwind's orders through the waterfall: the known net total, to the last digit."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from cpq.pricing.rules import PriceRules, QuantityBreak, Request, TierDiscount, price_line
from servicekit.taxation import TaxableLine, document_totals
from servicekit.values import Period

NO_DAY = date(1996, 7, 4)
ALWAYS = Period(date(1990, 1, 1))


@pytest.fixture(scope="module")
def orders(data_set: Callable[[str], Path]) -> dict[str, list[Request]]:
    path = data_set("northwind") / "order_details.csv"
    found = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            found[line["OrderID"]].append(
                Request(
                    item_id=UUID(int=int(line["ProductID"])),
                    sku=f"NW-{line['ProductID']}",
                    category=None,
                    quantity=Decimal(line["Quantity"]),
                    tier="standard",
                    list_unit_price=None,
                    agreed_unit_price=Decimal(line["UnitPrice"]),
                    agreed_reason="Unit price of the original order",
                    discount=Decimal(line["Discount"]),
                    discount_reason="As imported",
                )
            )
    return found


@pytest.mark.data
def test_830_orders_come_to_the_known_total(orders: dict[str, list[Request]]) -> None:
    # Rules that would change every price, were it not agreed.
    rules = PriceRules(
        NO_DAY,
        [QuantityBreak(UUID(int=1), Decimal(1), Decimal("0.5"), ALWAYS)],
        [TierDiscount(UUID(int=2), "standard", Decimal("0.5"), ALWAYS)],
    )
    exact, rounded = Decimal(0), Decimal(0)
    for requests in orders.values():
        lines = [price_line(request, rules, "USD") for request in requests]
        exact += sum((line.net_amount for line in lines), start=Decimal(0))
        totals = document_totals(
            [TaxableLine(line.net_amount, "zero") for line in lines], {"zero": Decimal(0)}, "USD"
        )
        rounded += totals.net.amount
        assert sum(line.amount for line in totals.shown) == totals.net.amount

    assert len(orders) == 830
    assert exact == Decimal("1265793.0395")
    assert rounded == ROUNDED_ORDER_BY_ORDER


ROUNDED_ORDER_BY_ORDER = Decimal("1265793.22")
"""Each order's net is rounded once, so the invoices sum to a few cents more than the lines."""
