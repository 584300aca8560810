"""What of which delivery stands on a collective invoice."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from erp.sales_orders.rules import (
    Delivered,
    LineProgress,
    in_bunches,
    plan_collection,
    plan_invoice,
)

LINE, ITEM = UUID(int=7), UUID(int=1)
FIRST = date(2026, 1, 1)


def line(quantity: str, net: str, **more: Decimal) -> LineProgress:
    return LineProgress(LINE, ITEM, False, Decimal(quantity), Decimal(net), **more)


def came(number: str, day: int, quantity: str) -> Delivered:
    return Delivered(LINE, number, FIRST + timedelta(days=day), Decimal(quantity))


@given(
    net=st.decimals("0.0001", "9999", places=4),
    quantities=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    rest=st.integers(0, 3),
)
def test_deliveries_sum_to_what_left_however_they_are_collected(
    net: Decimal, quantities: list[int], cuts: list[int], rest: int
) -> None:
    ordered = Decimal(sum(quantities) + rest)
    deliveries = {LINE: [came(f"SH-{at}", at, str(q)) for at, q in enumerate(quantities)]}
    now = LineProgress(LINE, ITEM, False, ordered, net, shipped=Decimal(sum(quantities)))
    [whole] = plan_invoice([now])
    found = []
    for cut in (*sorted(cuts), len(quantities)):
        parts = plan_collection([now], deliveries, FIRST + timedelta(days=cut))
        assert all(part.delivered_on <= FIRST + timedelta(days=cut) for part in parts)
        found += parts
        now = replace(
            now,
            invoiced=now.invoiced + sum(part.quantity for part in parts),
            invoiced_amount=now.invoiced_amount + sum(part.net_amount for part in parts),
        )
    assert sum(part.net_amount for part in found) == whole.net_amount
    by_delivery = {part.delivery_number: part.quantity for part in found}
    assert by_delivery == {f"SH-{at}": Decimal(q) for at, q in enumerate(quantities)}
    assert len(found) == len(quantities), "no delivery is invoiced twice"
    assert plan_collection([now], deliveries, FIRST + timedelta(days=99)) == []


def test_a_delivery_that_was_invoiced_in_part_is_invoiced_for_its_rest() -> None:
    deliveries = {LINE: [came("SH-1", 0, "4"), came("SH-2", 1, "6")]}
    now = line("10", "100", shipped=Decimal(10), invoiced=Decimal(5), invoiced_amount=Decimal(50))
    [part] = plan_collection([now], deliveries, FIRST + timedelta(days=1))
    assert (part.delivery_number, part.quantity, part.net_amount) == ("SH-2", 5, 50)


def test_a_later_delivery_keeps_back_what_was_recorded_after_it() -> None:
    deliveries = {LINE: [came("SH-1", 9, "4"), came("SH-2", 1, "6")]}
    now = line("10", "100", shipped=Decimal(10))
    assert plan_collection([now], deliveries, FIRST + timedelta(days=2)) == []


@given(
    st.lists(st.integers(1, 40), max_size=30),
    st.integers(1, 50),
)
def test_bunches_keep_orders_whole_and_in_order(lines: list[int], most: int) -> None:
    orders = list(enumerate(lines))
    bunches = in_bunches(orders, most)
    assert [order for bunch in bunches for order in bunch] == [at for at, _ in orders]
    for bunch in bunches:
        assert len(bunch) == 1 or sum(lines[at] for at in bunch) <= most
