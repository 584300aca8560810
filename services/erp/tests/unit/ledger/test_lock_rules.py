"""Which days are closed for whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.ledger.rules import (
    ExceptionForOneself,
    ExceptionIsTooLong,
    Journal,
    LedgerClosesLast,
    LockException,
    LockIsFinal,
    LockMove,
    LockReachesToday,
    LockScope,
    check_exception,
    check_locks,
    first_open_day,
    reported_at,
)

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
days = st.dates(date(2026, 1, 1), date(2026, 11, 24))
locks = st.dictionaries(st.sampled_from(list(LockScope)), days)


@given(locks, st.sampled_from(list(Journal)), days)
def test_the_first_open_day_is_open_and_no_earlier_one_is(
    closed: dict[LockScope, date], journal: Journal, day: date
) -> None:
    found = first_open_day(closed, (), journal, "ann", day, NOW)
    assert day <= found <= TODAY
    relevant = (LockScope(journal.value), LockScope.ALL, LockScope.FINAL)
    assert all(closed.get(scope, date.min) < found for scope in relevant)
    if found > day:
        before = found - timedelta(days=1)
        assert any(closed.get(scope, date.min) >= before for scope in relevant)


def test_an_exception_opens_one_journal_to_one_person_for_a_while() -> None:
    closed = {LockScope.SALES: date(2026, 10, 31), LockScope.ALL: date(2026, 9, 30)}
    ann = LockException(LockScope.SALES, "ann", date(2026, 9, 1), NOW + timedelta(hours=1))

    def day(who: str, asked: date, journal: Journal = Journal.SALES, later: int = 0) -> date:
        now = NOW + timedelta(hours=later)
        return first_open_day(closed, (ann,), journal, who, asked, now)

    assert day("ann", date(2026, 10, 5)) == date(2026, 10, 5)
    assert day("bob", date(2026, 10, 5)) == date(2026, 11, 1)
    assert day("ann", date(2026, 10, 5), later=1) == date(2026, 11, 1)
    assert day("ann", date(2026, 9, 15)) == date(2026, 10, 1)
    assert day("ann", date(2026, 8, 15)) == date(2026, 11, 1)
    assert day("ann", date(2026, 9, 15), Journal.CASH) == date(2026, 10, 1)


def test_locks_that_cannot_be() -> None:
    final = {LockScope.FINAL: date(2026, 6, 30)}
    for before, after, refusal in (
        ({}, {LockScope.SALES: TODAY}, LockReachesToday),
        (final, {}, LockIsFinal),
        (final, {LockScope.FINAL: date(2026, 6, 29)}, LockIsFinal),
        ({}, {LockScope.GENERAL: date(2026, 6, 30)}, LedgerClosesLast),
        (
            {},
            {LockScope.GENERAL: date(2026, 6, 30), LockScope.ALL: date(2026, 6, 29)},
            LedgerClosesLast,
        ),
    ):
        with pytest.raises(refusal):
            check_locks(before, after, TODAY)
    check_locks(final, {LockScope.FINAL: date(2026, 7, 31)}, TODAY)
    check_locks({}, {LockScope.GENERAL: date(2026, 6, 30), LockScope.ALL: date(2026, 6, 30)}, TODAY)


def test_an_exception_is_for_somebody_else_and_ends() -> None:
    soon = LockException(LockScope.CASH, "ann", date(2026, 9, 1), NOW + timedelta(days=31))
    check_exception("bob", soon, NOW)
    with pytest.raises(ExceptionForOneself):
        check_exception("ann", soon, NOW)
    for days_ahead in (0, 32):
        late = LockException(
            LockScope.CASH, "ann", date(2026, 9, 1), NOW + timedelta(days=days_ahead)
        )
        with pytest.raises(ExceptionIsTooLong):
            check_exception("bob", late, NOW)


def test_days_are_reported_when_they_were_last_closed_as_a_whole() -> None:
    january, february = date(2026, 1, 31), date(2026, 2, 28)
    moves = [
        LockMove(scope, until, NOW + timedelta(hours=hour))
        for hour, (scope, until) in enumerate(
            [
                (LockScope.SALES, february),
                (LockScope.ALL, january),
                (LockScope.FINAL, january),
                (LockScope.ALL, february),
                (LockScope.ALL, None),
                (LockScope.GENERAL, february),
            ]
        )
    ]
    assert reported_at(moves, january) == NOW + timedelta(hours=1)
    assert reported_at(moves[:4], february) == NOW + timedelta(hours=3)
    assert reported_at(moves[:5], february) == NOW + timedelta(hours=3)
    assert reported_at(moves, february) == NOW + timedelta(hours=5)
    assert reported_at(moves, date(2026, 3, 1)) is None
