"""Quantities keep to their unit; periods are half-open."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.values import Period, Quantity, UnitMismatch

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
periods = st.builds(
    lambda start, length: Period(start, None if length == 0 else start + timedelta(length)),
    days,
    st.integers(0, 400),
)


def test_quantities_in_different_units_never_mix() -> None:
    kilos, pieces = Quantity(Decimal(1), "kg"), Quantity(Decimal(1), "pcs")
    for operation in (lambda: kilos + pieces, lambda: kilos - pieces, lambda: kilos < pieces):
        with pytest.raises(UnitMismatch, match="kg and pcs"):
            operation()


def test_quantities_add_subtract_and_multiply() -> None:
    two = Quantity(Decimal("2.5"), "kg")
    assert two + two == two * 2 == Quantity(Decimal(5), "kg")
    assert (two - two).is_zero
    assert (-two).is_negative
    assert str(two * Decimal("0.4")) == "1 kg"


@pytest.mark.parametrize("amount", [1.5, "1", True])
def test_a_quantity_is_exact(amount: object) -> None:
    with pytest.raises(TypeError):
        Quantity(amount, "kg")  # type: ignore[arg-type]


def test_a_quantity_has_a_unit() -> None:
    with pytest.raises(ValueError, match="unit of measure"):
        Quantity(Decimal(1), "")


def test_a_period_holds_its_first_day_and_not_its_end() -> None:
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    assert date(2026, 1, 1) in january
    assert date(2026, 1, 31) in january
    assert date(2026, 2, 1) not in january
    assert january.days == 31
    assert Period(date(2026, 1, 1)).days is None


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


@given(periods, periods)
def test_periods_overlap_exactly_when_they_share_a_day(one: Period, other: Period) -> None:
    first = max(one.start, other.start)
    assert one.overlaps(other) == other.overlaps(one) == (first in one and first in other)
