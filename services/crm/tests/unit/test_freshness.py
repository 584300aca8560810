"""When a fact of another service is too old to be shown as current."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm.customer_overview.rules import freshness

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ages = st.timedeltas(timedelta(days=-1), timedelta(days=400))


@given(ages)
def test_an_open_fact_is_stale_exactly_when_it_is_older_than_its_budget(age: timedelta) -> None:
    fresh = freshness(NOON - age, NOON, DAY, settled=False)

    assert fresh.stale == (age > DAY)
    assert fresh.age_seconds == max(0, int(age.total_seconds()))


@given(ages)
def test_what_cannot_change_any_more_never_goes_stale(age: timedelta) -> None:
    assert not freshness(NOON - age, NOON, DAY, settled=True).stale
