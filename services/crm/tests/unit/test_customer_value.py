"""BG/NBD and Gamma-Gamma against what is published, and tiers that do not swing."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customer_value.rules import (
    Buying,
    BuyingCannotBeFitted,
    Histories,
    Level,
    LevelsAreOutOfOrder,
    Outlook,
    Purchase,
    Spending,
    SpendingCannotBeFitted,
    check_levels,
    decide,
    estimates_of,
    fit,
    fit_buying,
    fit_spending,
    histories_of,
    in_weeks,
    log_likelihood,
)

PUBLISHED = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)


def one(repeats: float, last: float, known: float) -> Histories:
    return Histories(np.array([repeats]), np.array([last]), np.array([known]))


def test_the_golden_customer() -> None:
    customer = one(2, 30.43, 38.86)
    assert PUBLISHED.expected(customer, 39)[0] == pytest.approx(1.226, abs=0.0005)
    assert PUBLISHED.alive(customer)[0] == pytest.approx(0.727, abs=0.0005)


def test_who_never_came_again_is_taken_for_alive() -> None:
    assert PUBLISHED.alive(one(0, 0, 38.86))[0] == 1


@pytest.mark.data
def test_cdnow_gives_the_published_parameters(data_set: Callable[[str], Path]) -> None:
    path = data_set("clv-cdnow") / "cdnow_customers_summary_with_transactions.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    repeats, last, known, mean = (
        np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")
    )
    histories = Histories(repeats, last, known)
    buying = fit_buying(histories)
    assert (buying.r, buying.alpha, buying.a, buying.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), rel=0.005
    )
    assert log_likelihood(buying, histories) == pytest.approx(-9582.4, abs=0.1)
    spending = fit_spending(repeats, mean)
    assert (spending.p, spending.q, spending.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.005)


def cdnow(data_set: Callable[[str], Path]) -> list[Purchase]:
    """The sample's own transactions: customer, day and amount."""
    found = []
    for line in (data_set("clv-cdnow") / "CDNOW_sample.txt").read_text().splitlines():
        _, customer, day, _, amount = line.split()
        found.append(
            Purchase(
                UUID(int=int(customer)),
                date(int(day[:4]), int(day[4:6]), int(day[6:])),
                Decimal(amount),
            )
        )
    return sorted(found, key=lambda each: (each.customer_id, each.day))


@pytest.mark.data
def test_cdnow_from_its_transactions_gives_nearly_the_same(data_set: Callable[[str], Path]) -> None:
    purchases = cdnow(data_set)
    histories = histories_of(purchases, date(1997, 9, 30))
    assert len(histories) == 2357
    buying = fit_buying(in_weeks(histories))
    assert (buying.r, buying.alpha, buying.a, buying.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), rel=0.02
    )


@pytest.mark.data
def test_the_value_of_customers_and_how_well_they_were_foretold(
    data_set: Callable[[str], Path],
) -> None:
    purchases = cdnow(data_set)
    until = date(1998, 6, 30)
    made = fit(purchases, until)
    assert made is not None
    assert made.hold_out is not None
    assert made.hold_out.customers == 2357
    # All purchases of the held-back half a year together are foretold within a fifth.
    assert abs(made.hold_out.foretold / made.hold_out.actual - 1) < Decimal("0.2")
    outlook = Outlook(years=1, discount=Decimal(0))
    estimates = estimates_of(made, purchases, until, outlook, 2)
    for each in estimates:
        # Undiscounted, a year's value is a year's purchases at their mean.
        assert abs(each.value - each.purchases_a_year * each.mean_purchase) < Decimal("0.1")
        assert each.ranked is (each.history.repeats > 0)
    discounted = estimates_of(made, purchases, until, Outlook(years=1), 2)
    assert sum(each.value for each in discounted) < sum(each.value for each in estimates)


def test_too_little_history_gives_no_model() -> None:
    first = date(2026, 1, 1)
    few = [Purchase(UUID(int=1), first + timedelta(days=at), Decimal(10)) for at in range(5)]
    assert fit(few, date(2026, 12, 31)) is None
    with pytest.raises(BuyingCannotBeFitted):
        fit_buying(one(0, 0, 10))
    with pytest.raises(SpendingCannotBeFitted):
        fit_spending(np.array([1.0]), np.array([5.0]))


def test_purchases_of_one_day_are_one() -> None:
    day = date(2026, 1, 1)
    [found] = histories_of(
        [
            Purchase(UUID(int=1), day, Decimal(5)),
            Purchase(UUID(int=1), day + timedelta(days=10), Decimal(1)),
            Purchase(UUID(int=1), day + timedelta(days=10), Decimal(2)),
            Purchase(UUID(int=1), day + timedelta(days=30), Decimal(9)),
        ],
        day + timedelta(days=20),
    )
    assert (found.repeats, found.last_days, found.known_days) == (1, 10, 20)
    assert found.mean_repeat == 3


def test_spending_leans_on_everybody_where_little_is_known() -> None:
    spending = Spending(6.25, 3.74, 15.44)
    [little, much] = spending.expected(np.array([1.0, 50.0]), np.array([100.0, 100.0]))
    everybody = spending.p * spending.v / (spending.q - 1)
    assert everybody < little < much < 100


LEVELS = [
    Level("bronze", Decimal(0), Decimal(0)),
    Level("silver", Decimal(1000), Decimal(800)),
    Level("gold", Decimal(5000), Decimal(4000)),
]


@pytest.mark.parametrize(
    ("current", "value", "tier"),
    [
        ("bronze", "999.99", "bronze"),
        ("bronze", "1000", "silver"),
        ("silver", "800", "silver"),
        ("silver", "799.99", "bronze"),
        ("gold", "4000", "gold"),
        ("gold", "3999.99", "silver"),
        ("gold", "100", "bronze"),
        ("platinum", "4500", "silver"),
        ("bronze", "7000", "gold"),
    ],
)
def test_a_tier_is_entered_above_and_left_below(current: str, value: str, tier: str) -> None:
    assert decide(LEVELS, current, Decimal(value), "EUR").tier == tier


@given(st.sampled_from([level.tier for level in LEVELS]), st.decimals(0, 10_000, places=2))
def test_deciding_again_changes_nothing(current: str, value: Decimal) -> None:
    once = decide(LEVELS, current, value, "EUR")
    assert decide(LEVELS, once.tier, value, "EUR").tier == once.tier


@pytest.mark.parametrize(
    "levels",
    [
        [Level("a", Decimal(1), Decimal(0))],
        [Level("a", Decimal(0), Decimal(0)), Level("b", Decimal(5), Decimal(6))],
        [Level("a", Decimal(0), Decimal(0)), Level("b", Decimal(0), Decimal(0))],
        [Level("a", Decimal(0), Decimal(0)), Level("a", Decimal(5), Decimal(4))],
    ],
)
def test_levels_that_do_not_rise_are_refused(levels: list[Level]) -> None:
    with pytest.raises(LevelsAreOutOfOrder):
        check_levels(levels)
