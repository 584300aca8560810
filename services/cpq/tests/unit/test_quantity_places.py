"""A quantity is quoted if it fits the places of the item's unit, or if those are not known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.quotes.rules import QuantityIsTooFine, check_quantity


def check(quantity: str | Decimal, places: int | None) -> None:
    check_quantity(Decimal(quantity), places, sku="BIKE", unit="each", field="lines.2.quantity")


@given(quantity=st.decimals("0", "1000000", places=10), places=st.integers(0, 10))
def test_a_quantity_passes_if_rounding_it_changes_nothing(quantity: Decimal, places: int) -> None:
    rounded = quantity.quantize(Decimal(1).scaleb(-places))

    check(rounded, places)
    check(quantity, None)
    if quantity != rounded:
        with pytest.raises(QuantityIsTooFine) as refused:
            check(quantity, places)
        assert refused.value.field == "lines.2.quantity"


def test_the_refusal_says_what_was_asked_for_and_how_fine_it_may_be() -> None:
    with pytest.raises(QuantityIsTooFine, match=r"0\.5 each of BIKE has more than 0 decimal"):
        check("0.500", 0)
    check("2.000", 0)
