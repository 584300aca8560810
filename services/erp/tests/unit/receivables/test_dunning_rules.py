"""Levels are climbed one at a time, and interest is simple, capped and rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.receivables.rules import (
    DunningLevel,
    LevelsAreOutOfOrder,
    check_levels,
    late_interest,
    next_level,
)
from servicekit.values.money import Money

LEVELS = [DunningLevel(3), DunningLevel(10, Decimal(5)), DunningLevel(20, interest=True)]


@pytest.mark.parametrize(
    ("reached", "days", "level"),
    [(0, 2, None), (0, 3, 1), (0, 99, 1), (1, 9, None), (1, 10, 2), (2, 20, 3), (3, 999, None)],
)
def test_one_level_at_a_time(reached: int, days: int, level: int | None) -> None:
    assert next_level(LEVELS, reached, days) == level


def test_levels_rise() -> None:
    check_levels(LEVELS)
    with pytest.raises(LevelsAreOutOfOrder):
        check_levels([DunningLevel(3), DunningLevel(3)])


def test_interest_is_amount_times_rate_times_days_over_the_basis() -> None:
    amount = Money(Decimal("1000.00"), "EUR")
    assert late_interest(amount, Decimal("0.09"), 30, 360).amount == Decimal("7.50")
    assert late_interest(amount, Decimal("0.09"), 30, 365).amount == Decimal("7.40")
    capped = late_interest(amount, Decimal("0.20"), 30, 360, Decimal("0.09"))
    assert capped.amount == Decimal("7.50")


@given(
    cents=st.integers(0, 10_000_000),
    days=st.integers(0, 1000),
    rate=st.decimals(0, 1, places=4),
    cap=st.decimals(0, 1, places=4),
)
def test_interest_never_exceeds_what_the_law_allows(
    cents: int, days: int, rate: Decimal, cap: Decimal
) -> None:
    amount = Money(Decimal(cents).scaleb(-2), "EUR")
    charged = late_interest(amount, rate, days, 365, cap)
    assert not charged.is_negative
    assert charged <= late_interest(amount, cap, days, 365)
