"""Terms, proration, co-termination, ramps and usage: golden numbers, and what always holds."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.selling import (
    Graduated,
    Package,
    Percentage,
    Proration,
    RampStep,
    Standard,
    TermUnit,
    UsageModelMakesNoSense,
    UsagePrice,
    UsageTier,
    Volume,
    anniversaries,
    coterminated,
    months_between,
    months_later,
    prorated,
    proved,
    ramped,
    rated,
    segments,
)
from servicekit.values import Money

DAY = timedelta(days=1)
ADDS_UP = [
    Proration.PERIOD_DAYS,
    Proration.CALENDAR_DAYS,
    Proration.ACTUAL_30,
    Proration.STRICT_30,
    Proration.DAYS,
]


def dec(text: str) -> Decimal:
    return Decimal(text)


def euros(amount: Decimal) -> Decimal:
    return Money(amount, "EUR").round().amount


def test_a_subscription_between_billing_days_costs_923_23() -> None:
    """Revenue Cloud: 2025-03-28 to 2026-02-04 on the 5th, at 90.00 a month: 8/31 + 10 months."""
    found = prorated(
        date(2025, 3, 28),
        date(2026, 2, 5),
        TermUnit.MONTH,
        Proration.PERIOD_DAYS,
        anchor=date(2025, 1, 5),
    )

    assert found.exact == Fraction(8, 31) + 10
    assert found.reason == "8/31 + 10 months"
    assert round(found.multiplier, 6) == dec("10.258065")
    assert euros(found.multiplier * 90) == dec("923.23")


def test_what_is_added_and_ends_with_the_rest_costs_11158_01() -> None:
    """IBM's partial term: 6000 a term of 181 days, 10 % more, for 306 days."""
    start = date(2026, 1, 1)

    found = coterminated(start, start + 306 * DAY, 181)

    assert found.exact == Fraction(306, 181)
    assert euros(6000 * dec("1.1") * found.multiplier) == dec("11158.01")


@pytest.mark.parametrize(
    ("basis", "share"),
    [
        # 10 to 24 March: fifteen days.
        (Proration.PERIOD_DAYS, "15/31"),
        (Proration.CALENDAR_DAYS, "15/31"),
        (Proration.ACTUAL_30, "15/30"),
        (Proration.STRICT_30, "15/30"),
        (Proration.DAYS, "180/365"),
        (Proration.MONTHS_AND_DAYS, "180/365"),
        (Proration.WHOLE_MONTHS, "1"),
        (Proration.NONE, "1"),
    ],
)
def test_half_of_march_on_every_basis(basis: Proration, share: str) -> None:
    found = prorated(date(2026, 3, 10), date(2026, 3, 25), TermUnit.MONTH, basis)

    assert found.exact == Fraction(share)


def test_a_month_of_28_days_is_a_whole_one_where_months_have_30() -> None:
    february = (date(2026, 2, 1), date(2026, 3, 1))

    assert prorated(*february, TermUnit.MONTH, Proration.STRICT_30).exact == 1
    assert prorated(*february, TermUnit.MONTH, Proration.ACTUAL_30).exact == Fraction(28, 30)


def test_salesforces_examples_of_a_term_by_day_and_by_month() -> None:
    start = date(2017, 1, 1)
    by_day = prorated(start, start + 830 * DAY, TermUnit.YEAR, Proration.DAYS)
    to_10_january = prorated(start, date(2018, 1, 11), TermUnit.YEAR, Proration.WHOLE_MONTHS)

    assert round(by_day.multiplier, 4) == dec("2.2740")
    assert to_10_january.exact == Fraction(13, 12)


def test_periods_return_to_the_anchor_after_a_short_month() -> None:
    found = list(islice(anniversaries(date(2026, 1, 31), TermUnit.MONTH), 4))

    assert found == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert next(anniversaries(date(2026, 3, 2), TermUnit.MONTH, date(2027, 1, 5))) == date(
        2026, 2, 5
    )


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
lengths = st.integers(1, 1500).map(lambda count: count * DAY)


@given(days, lengths, lengths, st.sampled_from(ADDS_UP), st.sampled_from(TermUnit), days)
def test_the_parts_of_a_split_term_sum_to_the_whole(
    start: date, length: timedelta, at: timedelta, basis: Proration, unit: TermUnit, anchor: date
) -> None:
    end = start + length
    cut = min(start + at, end)
    pieces = [(a, b) for a, b in ((start, cut), (cut, end)) if a < b]

    parts = [prorated(a, b, unit, basis, anchor=anchor).exact for a, b in pieces]

    assert sum(parts) == prorated(start, end, unit, basis, anchor=anchor).exact


@given(days, lengths, st.sampled_from(Proration), st.sampled_from(TermUnit))
def test_a_longer_term_never_has_fewer_periods(
    start: date, length: timedelta, basis: Proration, unit: TermUnit
) -> None:
    end = start + length

    shorter, longer = (prorated(start, e, unit, basis).exact for e in (end, end + DAY))
    # Twenty-eight days and a last of February: strict 30 jumps, and never back.
    assert 0 <= shorter <= longer


@given(days, st.integers(1, 60), st.sampled_from(TermUnit))
def test_whole_periods_are_whole_on_every_basis_that_knows_them(
    start: date, count: int, unit: TermUnit
) -> None:
    start = start.replace(day=min(start.day, 28))
    end = months_later(start, unit.months * count)

    for basis in (
        Proration.PERIOD_DAYS,
        Proration.MONTHS_AND_DAYS,
        Proration.WHOLE_MONTHS,
        Proration.NONE,
    ):
        assert prorated(start, end, unit, basis).exact == count
    assert months_between(start, end) == (unit.months * count, 0)


def test_a_stretch_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="is not after"):
        prorated(date(2026, 1, 1), date(2026, 1, 1), TermUnit.MONTH, Proration.DAYS)


def test_a_ramp_grows_on_the_price_before() -> None:
    spans = segments(date(2026, 1, 1), date(2028, 7, 1))
    steps = [
        RampStep(dec("10")),
        RampStep(dec("20"), dec("0.05")),
        RampStep(dec("30"), dec("0.05")),
    ]

    found = ramped(dec("100"), spans, steps)

    assert [(one.start, one.end) for one in found] == [
        (date(2026, 1, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2028, 1, 1)),
        (date(2028, 1, 1), date(2028, 7, 1)),
    ]
    assert [one.unit_price for one in found] == [dec("100"), dec("105"), dec("110.25")]


@given(days, lengths, st.sampled_from(TermUnit), st.integers(1, 3))
def test_segments_cover_the_term_and_cost_what_it_costs(
    start: date, length: timedelta, unit: TermUnit, count: int
) -> None:
    end = start + length
    spans = segments(start, end, unit, count=count)

    assert (spans[0][0], spans[-1][1]) == (start, end)
    assert all(before[1] == after[0] and before[0] < before[1] for before, after in pairwise(spans))
    basis = Proration.PERIOD_DAYS
    parts = [prorated(a, b, TermUnit.MONTH, basis, anchor=start).exact for a, b in spans]
    assert sum(parts) == prorated(start, end, TermUnit.MONTH, basis).exact


TIERS = (
    UsageTier(dec("100"), dec("1"), dec("5")),
    UsageTier(dec("200"), dec("0.5"), dec("3")),
    UsageTier(None, dec("0.1")),
)


@pytest.mark.parametrize(
    ("price", "usage", "amount"),
    [
        (Standard(dec("0.25")), ["100", "20"], "30"),
        # 100 at 1 and 50 at 0.5, and both flat fees.
        (Graduated(TIERS), ["150"], "133"),
        (Graduated(TIERS), ["100"], "105"),
        (Graduated(TIERS), ["0"], "0"),
        (Volume(TIERS), ["150"], "78"),
        (Volume(TIERS), ["100"], "105"),
        (Volume(TIERS), ["1000"], "100"),
        (Package(dec("100"), dec("5")), ["201"], "15"),
        (Package(dec("100"), dec("5"), dec("50")), ["250"], "10"),
        (Package(dec("100"), dec("5"), dec("50")), ["50"], "0"),
        (Percentage(dec("0.029"), dec("0.30")), ["100", "10"], "3.79"),
        (Percentage(dec("0.01"), least=dec("0.5"), most=dec("2")), ["10", "100", "1000"], "3.5"),
    ],
)
def test_usage_is_rated_as_its_model_says(price: UsagePrice, usage: list[str], amount: str) -> None:
    assert rated(price, [dec(one) for one in usage]) == dec(amount)


def test_a_part_of_a_period_has_a_part_of_the_tiers() -> None:
    # Half a period: 50 at 1, 25 at 0.5, and half the flat fees.
    assert rated(Graduated(TIERS), [dec("75")], dec("0.5")) == dec("66.5")


@pytest.mark.parametrize(
    "ends", [[], ["10"], [None, None], ["10", "10", None], ["0", None], ["20", "10", None]]
)
def test_tiers_with_gaps_or_overlaps_are_refused(ends: list[str | None]) -> None:
    tiers = tuple(UsageTier(None if end is None else dec(end), dec("1")) for end in ends)

    with pytest.raises(UsageModelMakesNoSense):
        rated(Graduated(tiers), [dec("1")])


def test_a_quoted_usage_price_is_proved_by_rating_samples_again() -> None:
    samples = [([dec("150")], dec("133")), ([dec("100")], dec("104"))]

    assert [proof.holds for proof in proved(Graduated(TIERS), samples)] == [True, False]


units = st.decimals(0, 10_000, places=2)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[UsageTier, ...]:
    ends = sorted(draw(st.sets(st.integers(1, 500), max_size=4)))
    prices = st.decimals(0, 100, places=4)
    return tuple(
        UsageTier(None if end is None else Decimal(end), draw(prices), draw(prices))
        for end in (*ends, None)
    )


@given(tiers(), units, units)
def test_more_usage_never_costs_less_where_each_unit_has_its_own_price(
    found: tuple[UsageTier, ...], one: Decimal, other: Decimal
) -> None:
    few, many = sorted((one, other))

    assert rated(Graduated(found), [few]) <= rated(Graduated(found), [many])


@given(tiers(), st.lists(units, max_size=5))
def test_one_tier_is_one_price_and_the_order_of_events_does_not_matter(
    found: tuple[UsageTier, ...], usage: list[Decimal]
) -> None:
    single = (UsageTier(None, found[0].unit_price),)

    assert rated(Graduated(single), usage) == rated(Standard(found[0].unit_price), usage)
    assert rated(Volume(single), usage) == rated(Standard(found[0].unit_price), usage)
    assert rated(Graduated(found), usage) == rated(Graduated(found), usage[::-1])


@given(
    st.dates(date(2020, 1, 1), date(2032, 1, 1)),
    st.integers(1, 2_000),
    st.sampled_from(TermUnit),
    st.integers(1, 5),
    st.none() | st.dates(date(2019, 1, 1), date(2033, 1, 1)),
)
def test_periods_are_those_that_are_counted_one_by_one(
    start: date, days: int, unit: TermUnit, count: int, anchor: date | None
) -> None:
    end = start + timedelta(days=days)
    for basis, step, first in (
        (Proration.PERIOD_DAYS, unit, anchor),
        (Proration.CALENDAR_DAYS, TermUnit.MONTH, date(2020, 1, 1)),
    ):
        times = count if basis is Proration.PERIOD_DAYS else 1
        share = Fraction(0)
        for begin, after in pairwise(anniversaries(start, step, first, times)):
            if begin >= end:
                break
            share += Fraction((min(end, after) - max(start, begin)).days, (after - begin).days)
        per = 1 if basis is Proration.PERIOD_DAYS else unit.months * count
        found = prorated(start, end, unit, basis, count=count, anchor=anchor)
        assert found.exact == share / per


def test_a_hundred_years_take_no_longer_than_one() -> None:
    begun = perf_counter()
    for basis in Proration:
        for _ in range(1_000):
            prorated(date(2026, 1, 31), date(2126, 1, 31), TermUnit.MONTH, basis)
    assert perf_counter() - begun < 2, "counted month by month it takes five times as long"
