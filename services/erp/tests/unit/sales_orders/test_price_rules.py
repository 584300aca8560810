"""A line that is not sold at the list price says why, and only some may say it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.sales_orders.rules import (
    ItemHasNoListPrice,
    PriceNeedsReason,
    PriceOverrideIsNotPermitted,
    price_of_line,
)

prices = st.decimals("0", "100000", places=10)


def price(
    listed: str | None, stated: str | None, reason: str | None = None, *, may: bool = True
) -> tuple[Decimal, str | None]:
    return price_of_line(
        None if listed is None else Decimal(listed),
        None if stated is None else Decimal(stated),
        reason,
        may_override=may,
        field="lines.0",
    )


def test_a_line_without_a_price_takes_the_list_price() -> None:
    assert price("10", None, may=False) == (Decimal(10), None)
    with pytest.raises(ItemHasNoListPrice) as refused:
        price(None, None)
    assert refused.value.field == "lines.0.net_unit_price"


def test_the_list_price_may_be_stated_by_everybody_and_needs_no_reason() -> None:
    assert price("10", "10.00", may=False) == (Decimal(10), None)
    assert price("10", "10.00", "Because") == (Decimal(10), None)


def test_another_price_needs_the_permission_and_the_reason() -> None:
    assert price("10", "0.01", "Broken box") == (Decimal("0.01"), "Broken box")
    with pytest.raises(PriceOverrideIsNotPermitted) as refused:
        price("10", "0.01", "Broken box", may=False)
    assert refused.value.field == "lines.0.net_unit_price"
    with pytest.raises(PriceNeedsReason, match="it is 10") as silent:
        price("10", "0.01")
    assert silent.value.field == "lines.0.price_reason"


def test_a_price_where_there_is_no_list_price_needs_both_as_well() -> None:
    assert price(None, "5", "Agreed by phone") == (Decimal(5), "Agreed by phone")
    with pytest.raises(PriceNeedsReason, match="there is none"):
        price(None, "5")
    with pytest.raises(PriceOverrideIsNotPermitted):
        price(None, "5", "Agreed by phone", may=False)


@given(
    listed=st.none() | prices,
    stated=st.none() | prices,
    reason=st.none() | st.text(min_size=3, max_size=9),
    may=st.booleans(),
)
def test_no_line_differs_from_the_list_price_without_reason_and_permission(
    listed: Decimal | None, stated: Decimal | None, reason: str | None, may: bool
) -> None:
    try:
        got, why = price_of_line(listed, stated, reason, may_override=may, field="lines.0")
    except (ItemHasNoListPrice, PriceNeedsReason, PriceOverrideIsNotPermitted):
        assert stated is None or stated != listed
        assert listed is None or stated is not None
        return
    assert got == (listed if stated is None else stated)
    assert (got == listed) == (why is None)
    assert why is None or (may and why == reason)
