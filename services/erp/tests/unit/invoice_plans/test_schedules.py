"""When plans invoice, and that parts are the whole."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.invoice_plans.rules import (
    Milestone,
    MilestonesAreNotTheWhole,
    Schedule,
    ScheduleMakesNoSense,
    check_schedule,
    first_from,
    part_of,
)
from servicekit.values.money import Money

TODAY = date(2026, 1, 5)


def milestones(*shares: Decimal) -> list[Milestone]:
    return [Milestone(TODAY + timedelta(at), share, "Part") for at, share in enumerate(shares)]


@given(
    amount=st.decimals(0, 10**6, places=4),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    cuts=st.sets(st.integers(1, 999), max_size=20),
)
def test_parts_sum_to_the_whole_and_none_is_negative(
    amount: Decimal, currency: str, cuts: set[int]
) -> None:
    edges = [0, *sorted(cuts), 1000]
    agreed = milestones(*(Decimal(b - a) / 1000 for a, b in pairwise(edges)))
    whole = Money(amount, currency)
    check_schedule(Schedule(milestones=agreed), TODAY)

    parts = [part_of(whole, agreed, number) for number in range(len(agreed))]

    assert sum(parts, start=Money.zero(currency)) == whole.round()
    assert all(not part.is_negative and part == part.round() for part in parts)


def test_the_last_part_takes_the_residue() -> None:
    agreed = milestones(Decimal("0.333"), Decimal("0.333"), Decimal("0.334"))
    parts = [part_of(Money(Decimal("0.10"), "EUR"), agreed, number).amount for number in range(3)]
    assert parts == [Decimal("0.03"), Decimal("0.04"), Decimal("0.03")]


def test_a_recurring_plan_keeps_its_day_and_ends() -> None:
    plan = Schedule(date(2026, 1, 31), 1, date(2026, 3, 31))
    days = [plan.day(number) for number in range(4)]
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), None]
    assert [first_from(plan, 0, date(2026, *day)) for day in ((1, 31), (2, 1), (3, 1))] == [0, 1, 2]
    assert plan.day(first_from(plan, 1, date(2026, 4, 1))) is None


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Schedule(), "first_on"),
        (Schedule(TODAY), "first_on"),
        (Schedule(TODAY, 1, milestones=milestones(Decimal(1))), "first_on"),
        (Schedule(TODAY - timedelta(1), 1), "first_on"),
        (Schedule(TODAY, 1, TODAY - timedelta(1)), "ends_on"),
        (Schedule(milestones=milestones(Decimal(1))[:1] * 2), "milestones"),
        (Schedule(ends_on=TODAY, milestones=milestones(Decimal(1))), "milestones"),
        (
            Schedule(milestones=[Milestone(TODAY - timedelta(1), Decimal(1), "Part")]),
            "milestones.0.due_on",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(schedule: Schedule, field: str) -> None:
    with pytest.raises(ScheduleMakesNoSense) as refused:
        check_schedule(schedule, TODAY)
    assert refused.value.field == field


def test_shares_are_the_whole() -> None:
    with pytest.raises(MilestonesAreNotTheWhole):
        check_schedule(Schedule(milestones=milestones(Decimal("0.5"), Decimal("0.4"))), TODAY)
