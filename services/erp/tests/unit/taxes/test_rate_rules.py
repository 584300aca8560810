"""No day has two rates of a category, and none loses its rate unless somebody says so."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from erp.taxes.rules import (
    RatePeriod,
    TaxRateEndsBeforeItBegins,
    TaxRateExistsAlready,
    TaxRateIsMissing,
    TaxRatesOverlap,
    check_end,
    check_rates,
    plan_rate,
)
from erp.taxes.rules.standard_rates import standard_rates
from servicekit.taxation import TaxableLine

FIRST = date(2026, 1, 1)
DAYS = 40
days = st.integers(0, DAYS - 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


class Rates(RuleBasedStateMachine):
    """Rates of one category, added and ended in any order, beside a calendar that knows better."""

    def __init__(self) -> None:
        super().__init__()
        self.series: list[RatePeriod] = []
        self.calendar: dict[int, date | None] = dict.fromkeys(range(DAYS))

    @rule(begins=days)
    def add(self, begins: int) -> None:
        try:
            plan = plan_rate(self.series, day(begins))
        except TaxRateExistsAlready:
            assert day(begins) in [period.valid_from for period in self.series]
            return
        if plan.ends is not None:
            self.series.remove(plan.ends)
            self.series.append(replace(plan.ends, valid_to=day(begins)))
        following = [p.valid_from for p in self.series if p.valid_from > day(begins)]
        self.series.append(RatePeriod(day(begins), plan.valid_to))
        for number in range(begins, DAYS):
            if following and day(number) >= min(following):
                break
            self.calendar[number] = day(begins)

    @rule(which=st.integers(0, 9), ends=days)
    def end(self, which: int, ends: int) -> None:
        if not self.series:
            return
        period = self.series[which % len(self.series)]
        try:
            check_end(self.series, period, day(ends))
        except TaxRateEndsBeforeItBegins:
            assert day(ends) <= period.valid_from
            return
        except TaxRatesOverlap:
            assert any(period.valid_from < p.valid_from < day(ends) for p in self.series)
            return
        self.series.remove(period)
        self.series.append(replace(period, valid_to=day(ends)))
        for number in self.calendar:
            if period.valid_from <= day(number) < day(ends):
                self.calendar[number] = period.valid_from
            elif self.calendar[number] == period.valid_from:
                self.calendar[number] = None

    @invariant()
    def every_day_has_the_rate_that_the_calendar_says_and_no_other(self) -> None:
        for number, expected in self.calendar.items():
            holding = [p.valid_from for p in self.series if p.holds_on(day(number))]
            assert holding == ([] if expected is None else [expected])


TestRates = Rates.TestCase


def test_a_rate_holds_until_the_next_one_begins_and_ends_the_one_before() -> None:
    before, after = RatePeriod(day(0), day(30)), RatePeriod(day(30))

    plan = plan_rate([before, after], day(10))

    assert (plan.valid_to, plan.ends) == (day(30), before)
    with pytest.raises(TaxRateExistsAlready):
        plan_rate([before, after], day(30))


def test_a_rate_ends_after_it_begins_and_not_after_the_next_one_begins() -> None:
    ended, open_ended = RatePeriod(day(0), day(10)), RatePeriod(day(20))
    series = [ended, open_ended]

    check_end(series, ended, day(20))
    check_end(series, open_ended, day(21))
    with pytest.raises(TaxRatesOverlap):
        check_end(series, ended, day(21))
    with pytest.raises(TaxRateEndsBeforeItBegins):
        check_end(series, open_ended, day(20))


@pytest.mark.parametrize("country", ["CH", "DE", "NL", "US", "JP"])
def test_the_rates_of_a_new_company_follow_each_other_without_gap_or_overlap(country: str) -> None:
    by_category: dict[str, list[RatePeriod]] = {}
    for seed in standard_rates(country):
        period = RatePeriod(seed.valid_from, seed.valid_to)
        by_category.setdefault(seed.category, []).append(period)
    for series in by_category.values():
        assert [p.valid_to for p in series] == [*(p.valid_from for p in series[1:]), None]


def test_tax_without_a_rate_is_refused() -> None:
    known = {"standard": Decimal("0.19")}
    check_rates([TaxableLine(Decimal(1), "standard")], known)
    with pytest.raises(TaxRateIsMissing, match="luxury"):
        check_rates([TaxableLine(Decimal(1), "luxury")], known)


def test_a_country_starts_with_its_rates_and_an_unlisted_one_without_a_standard_rate() -> None:
    german = {(r.category, r.valid_from): r.rate for r in standard_rates("DE")}

    assert german["standard", date(2021, 1, 1)] == Decimal("0.19")
    assert {seed.category for seed in standard_rates("BR")} == {"zero", "exempt"}
