"""The sample company's exchange rates reach to the day on which it is loaded."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from operations.importer.command import sample_rates


@given(today=st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_no_day_of_the_last_year_is_further_than_a_week_from_a_rate(today: date) -> None:
    rates = sample_rates(today)
    days = [date.fromisoformat(rate["rate_on"]) for rate in rates]
    assert days[-1] == today
    assert len(set(days)) == len(days)
    assert today - days[0] >= timedelta(days=364)
    assert max(b - a for a, b in pairwise(days)) <= timedelta(days=7)
    assert {rate["rate_on"]: rate for rate in sample_rates(today)} == {
        rate["rate_on"]: rate for rate in rates
    }
    assert all(Decimal("0.90") < Decimal(rate["rate"]) < Decimal("0.94") for rate in rates)
