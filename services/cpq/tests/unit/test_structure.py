"""How the lines of a quote hang together, what versions say differently, and what a sheet says."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.quotes.rules import (
    AlternativesNeedOne,
    GroupIsNotThere,
    LineIsNotOptional,
    LineIsNotThere,
    LineKeyIsTaken,
    LinesGoInCircles,
    Term,
    TermIsNoTerm,
    check_selection,
    check_structure,
    compare,
    counting,
    keys_for,
    termed,
)
from cpq.selling import Proration


@dataclass(frozen=True)
class Line:
    key: str
    parent: str | None = None
    group: str | None = None
    optional: bool = False
    selected: bool = True
    alternative_of: str | None = None


@given(st.lists(st.one_of(st.none(), st.sampled_from(["1", "2", "3", "a"])), max_size=12))
def test_every_line_gets_a_key_of_its_own(given_keys: list[str | None]) -> None:
    said = [key for key in given_keys if key is not None]
    if len(set(said)) < len(said):
        with pytest.raises(LineKeyIsTaken):
            keys_for(given_keys)
        return
    keys = keys_for(given_keys)
    assert len(set(keys)) == len(keys)
    assert all(key == asked for key, asked in zip(keys, given_keys, strict=True) if asked)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([Line("a", parent="b")], LineIsNotThere),
        ([Line("a", parent="a")], LineIsNotThere),
        ([Line("a", parent="b"), Line("b", parent="a")], LinesGoInCircles),
        ([Line("a", group="g")], GroupIsNotThere),
        ([Line("a"), Line("b", alternative_of="a")], AlternativesNeedOne),
        (
            [Line("a", selected=False), Line("b", alternative_of="a", selected=False)],
            AlternativesNeedOne,
        ),
        (
            [
                Line("a"),
                Line("b", alternative_of="a", selected=False),
                Line("c", alternative_of="b", selected=False),
            ],
            LineIsNotThere,
        ),
    ],
)
def test_what_does_not_hang_together_is_refused(lines: list[Line], refusal: type) -> None:
    with pytest.raises(refusal):
        check_structure(lines, {"h"})


def test_what_is_part_of_something_left_out_does_not_count() -> None:
    lines = [
        Line("a", optional=True, selected=False),
        Line("b", parent="a"),
        Line("c", parent="b"),
        Line("d"),
    ]
    check_structure(lines, ())
    assert counting(lines) == {"d"}


def test_only_options_and_alternatives_are_picked() -> None:
    lines = [
        Line("a"),
        Line("b", alternative_of="a", selected=False),
        Line("c", optional=True),
        Line("d"),
    ]
    check_selection(lines, {"a": False, "b": True, "c": False})
    with pytest.raises(LineIsNotOptional):
        check_selection(lines, {"d": False})
    with pytest.raises(LineIsNotThere):
        check_selection(lines, {"e": True})


def offer(*lines: dict[str, Any], net: str = "0") -> dict[str, Any]:
    return {"lines": list(lines), "net": net, "currency": "EUR"}


def line(key: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "position": 1, "net_amount": amount, **more}


def test_the_growth_of_lines_sums_to_the_growth_of_the_net() -> None:
    before = offer(line("a", "10"), line("b", "5"), line("c", "1", selected=False), net="15")
    after = offer(line("a", "12.5"), line("c", "1"), line("d", "3"), net="16.5")
    found = compare(before, after)

    assert [(each.key, each.change, each.amount) for each in found.lines] == [
        ("a", "changed", "2.5"),
        ("c", "changed", "1"),
        ("d", "added", "3"),
        ("b", "removed", "-5"),
    ]
    assert found.net == "1.5"
    assert sum(Decimal(each.amount) for each in found.lines) == Decimal(found.net)
    assert not compare(after, after).lines


def test_a_term_says_how_often_its_price_is_due() -> None:
    """Salesforce's example: 11 months and some days of a monthly price."""
    found = termed(
        Term(start_on=date(2026, 1, 24), end_on=date(2026, 12, 31), anchor=date(2026, 1, 1)),
        date(2026, 1, 1),
        field="term",
    )
    assert found.reason == "8/31 + 11 months"
    assert found.multiplier == Decimal("11.2580645161")

    year = termed(Term(months=12), date(2026, 3, 1), field="term")
    assert (year.start_on, year.end_on, year.multiplier) == (
        date(2026, 3, 1),
        date(2027, 2, 28),
        Decimal(12),
    )


@pytest.mark.parametrize(
    "term",
    [
        Term(),
        Term(months=1, end_on=date(2027, 1, 1)),
        Term(end_on=date(2025, 12, 30)),
        Term(start_on=date(9999, 12, 1), months=2),
        Term(start_on=date(9999, 12, 1), end_on=date(9999, 12, 31)),
        Term(end_on=date(2500, 1, 1), basis=Proration.DAYS),
    ],
)
def test_what_is_no_term_is_refused(term: Term) -> None:
    with pytest.raises(TermIsNoTerm):
        termed(term, date(2026, 1, 1), field="term")
