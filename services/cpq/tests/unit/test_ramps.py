"""Ramps of quote lines: segments that fill the term, and prices that grow from one to the next."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.pricing.rules import (
    Adjustment,
    Band,
    Change,
    DocumentToPrice,
    Method,
    PricedOn,
    PriceRules,
    Request,
    Rule,
    RuleKind,
    Schedule,
    ScheduleTier,
    Scope,
    Within,
    price_document,
)
from cpq.quotes.rules import (
    RampIsNoRamp,
    RampPlace,
    RampSegment,
    Term,
    TermIsNoTerm,
    check_together,
    planned,
    termed,
)
from cpq.quotes.service import LineWish
from cpq.selling import uplifts
from servicekit.values import Period

DAY = date(2026, 1, 5)


def plan(segments: list[RampSegment], term: Term | None, *taken: str) -> list[tuple[str, str, str]]:
    found = planned("seat", segments, term, DAY, taken={"seat", *taken}, field="lines.2")
    return [(one.key, str(one.term.start_on), str(one.term.end_on)) for one in found]


def test_a_term_is_cut_by_its_years() -> None:
    segments = [RampSegment(Decimal(n), Decimal("0.03")) for n in (10, 20, 30)]
    assert plan(segments, Term(months=30), "seat-2") == [
        ("seat", "2026-01-05", "2027-01-04"),
        ("seat-3", "2027-01-05", "2028-01-04"),
        ("seat-4", "2028-01-05", "2028-07-04"),
    ]


def test_segments_may_say_their_months() -> None:
    segments = [RampSegment(months=3), RampSegment(months=9), RampSegment(months=12)]
    expected = [
        ("seat", "2026-02-01", "2026-04-30"),
        ("seat-2", "2026-05-01", "2027-01-31"),
        ("seat-3", "2027-02-01", "2028-01-31"),
    ]
    start = date(2026, 2, 1)
    assert plan(segments, Term(start_on=start)) == expected
    assert plan(segments, Term(start_on=start, months=24)) == expected
    assert plan(segments, Term(start_on=start, end_on=date(2028, 1, 31))) == expected


@pytest.mark.parametrize(
    ("segments", "term", "refusal", "field"),
    [
        ([RampSegment()], None, RampIsNoRamp, "lines.2.term"),
        ([RampSegment()] * 2, Term(months=36), RampIsNoRamp, "lines.2.ramp"),
        ([RampSegment(months=3), RampSegment()], Term(months=24), RampIsNoRamp, "lines.2.ramp"),
        ([RampSegment(months=3)] * 2, Term(months=7), RampIsNoRamp, "lines.2.ramp"),
        ([RampSegment()], Term(), TermIsNoTerm, "lines.2.term"),
        ([RampSegment(months=1_200)] * 7, Term(), TermIsNoTerm, "lines.2.term"),
    ],
)
def test_what_does_not_fill_the_term_is_refused(
    segments: list[RampSegment], term: Term | None, refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        plan(segments, term)
    assert caught.value.field == field  # type: ignore[attr-defined]


def test_segments_are_taken_and_left_together() -> None:
    first, second = (
        LineWish(Decimal(1), key=key, selected=False, ramp=RampPlace("seat", number, Decimal(0)))
        for number, key in enumerate(("seat", "seat-2"), start=1)
    )
    other = LineWish(Decimal(1), key="other")
    check_together([other, first, second])
    for wrong in (
        [first, replace(second, selected=True)],
        [first, replace(second, optional=True)],
        [first, replace(second, parent="other"), other],
        [second, other],
        [replace(first, key="another"), second],
        [first, replace(second, ramp=first.ramp)],
    ):
        with pytest.raises(RampIsNoRamp):
            check_together(wrong)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
)
def test_segments_cost_what_the_whole_term_does(months: list[int], start: date) -> None:
    """With the same quantity and no uplift a ramp costs what the line without one costs."""
    whole = termed(Term(start_on=start, months=sum(months)), DAY, field="")
    found = planned(
        "seat",
        [RampSegment(months=each) for each in months],
        Term(start_on=start),
        DAY,
        taken=set(),
        field="",
    )
    parts = [termed(one.term, DAY, field="") for one in found]
    assert sum(part.multiplier for part in parts) == whole.multiplier == sum(months)
    assert (parts[0].start_on, parts[-1].end_on) == (whole.start_on, whole.end_on)
    for before, after in pairwise(parts):
        assert after.start_on == before.end_on + timedelta(days=1)


def test_a_ramp_grows_a_thousandfold_and_no_more() -> None:
    tenfold = [RampSegment(months=1, uplift=Decimal(9)) for _ in range(4)]
    start = Term(start_on=date(2026, 1, 1))
    assert len(planned("seat", tenfold[:3], start, date(2026, 1, 1), taken=set(), field="l")) == 3
    with pytest.raises(RampIsNoRamp) as refused:
        planned("seat", tenfold, start, date(2026, 1, 1), taken=set(), field="lines.0")
    assert refused.value.field == "lines.0.ramp.3.uplift_fraction"
    with pytest.raises(RampIsNoRamp):
        planned(
            "seat",
            [RampSegment(months=1, uplift=Decimal(10))] * 60,
            start,
            date(2026, 1, 1),
            taken=set(),
            field="lines.0",
        )


def test_growth_is_compounded() -> None:
    assert uplifts([Decimal(0), Decimal("0.03"), Decimal("0.03"), Decimal(-1)]) == [
        Decimal(0),
        Decimal("0.03"),
        Decimal("0.0609"),
        Decimal(-1),
    ]


def request(key: str, quantity: int, uplift: str = "0", ramp: str | None = "seat") -> Request:
    return Request(
        item_id=UUID(int=1),
        sku="SEAT",
        category=None,
        quantity=Decimal(quantity),
        tier="",
        list_unit_price=Decimal(100),
        key=key,
        ramp=ramp,
        uplift=Decimal(uplift),
        term_multiplier=Decimal(12),
    )


def tiers() -> Rule:
    def off(percent: str) -> Adjustment:
        return Adjustment(Change.PERCENT, Decimal(percent))

    return Rule(
        key="seats",
        kind=RuleKind.QUANTITY,
        scope=Scope(sku="SEAT"),
        period=Period(date(2020, 1, 1), None),
        deed=Schedule(
            Method.RANGE,
            Within.LINE,
            (
                ScheduleTier(Band(Decimal(1), Decimal(50)), off("0")),
                ScheduleTier(Band(Decimal(50), None), off("0.1")),
            ),
        ),
    )


def test_quantities_of_all_segments_reach_a_tier_together_and_the_uplift_comes_after() -> None:
    lines = [request("seat", 10), request("seat-2", 20, "0.03"), request("seat-3", 30, "0.0609")]
    rules = PriceRules(DAY, rules=[tiers()])
    on = PricedOn("EUR", DAY)

    found = price_document(DocumentToPrice(on, lines), rules)

    # 60 seats reach the tier of 50: 90.00, and 3 % more each year on the year before.
    prices = [found[line.key].net_unit_price for line in lines]
    assert prices == [Decimal(90), Decimal("92.7"), Decimal("95.481")]
    assert [found[line.key].net_amount for line in lines] == [
        Decimal(10_800),
        Decimal(22248),
        Decimal("34373.16"),
    ]
    alone = price_document(DocumentToPrice(on, [request("x", 10, ramp=None)]), rules)
    assert alone["x"].net_unit_price == 100
    (step,) = [step for step in found["seat-3"].steps if step.step == "ramp"]
    assert (step.input, step.output) == (Decimal(90), Decimal("95.481"))
    assert step.reason == "6.09 % on the price of the ramp"
