"""When a recurring entry is due, and how drafts keep their lines."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.ledger.rules import (
    RecurrenceMakesNoSense,
    check_recurrence,
    kept,
    occurrence,
    unkept,
)

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.integers(1, 120), st.integers(0, 200))
def test_occurrences_keep_their_day_of_the_month_or_the_last_one(
    first: date, every: int, number: int
) -> None:
    found = occurrence(first, every, number)
    following = occurrence(first, every, number + 1)
    assert occurrence(first, every, 0) == first
    assert (found.year - first.year) * 12 + found.month - first.month == every * number
    assert found.day == first.day or (
        found.day < first.day and (date.fromordinal(found.toordinal() + 1)).day == 1
    )
    assert found < following


def test_the_end_of_january() -> None:
    assert [occurrence(date(2026, 1, 31), 1, number) for number in range(4)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_what_recurs_has_a_first_day_an_interval_and_no_earlier_end() -> None:
    day = date(2026, 1, 31)
    check_recurrence(None, None, None)
    check_recurrence(day, 1, day)
    for wrong in (
        (day, None, None),
        (None, 1, None),
        (None, None, day),
        (day, 1, date(2026, 1, 1)),
    ):
        with pytest.raises(RecurrenceMakesNoSense):
            check_recurrence(*wrong)


def test_lines_come_back_as_they_were() -> None:
    line = {"account_id": UUID(int=7), "currency": "EUR", "debit": Decimal("12.50"), "text": "rent"}
    assert kept([line | {"credit": None}]) == [
        {
            "account_id": str(UUID(int=7)),
            "currency": "EUR",
            "debit": "12.5",
            "text": "rent",
        }
    ]
    assert unkept(kept([line])) == [line]
