"""The promise for a whole is the worst of its parts'."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from cpq.facts.deals import NOT_STOCKED, StockView, oldest, worst_of


@dataclass(frozen=True)
class Fact:
    name: str
    as_of: datetime


def fact(name: str, hours: int = 0) -> Fact:
    return Fact(name, datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hours))


HERE = StockView("available", date(2026, 1, 5), None)
LATER = StockView("later", date(2026, 1, 9), None)
LATEST = StockView("later", date(2026, 2, 1), None)
SHORT = StockView("short", None, None)


@pytest.mark.parametrize(
    ("parts", "verdict", "source"),
    [
        ([HERE, LATER, NOT_STOCKED], LATER, 1),
        ([LATER, LATEST], LATEST, 1),
        ([LATEST, SHORT], SHORT, 1),
        ([NOT_STOCKED, HERE], HERE, 1),
        ([HERE, None], None, None),
        ([SHORT, None], SHORT, 0),
        ([None, None], None, None),
        ([None], None, 0),
    ],
)
def test_the_worst_counts(
    parts: list[StockView | None], verdict: StockView | None, source: int | None
) -> None:
    facts = [fact(str(at)) for at in range(len(parts))]
    found, said = worst_of(list(zip(parts, facts, strict=True)))
    assert (found and found.verdict) == (verdict and verdict.verdict)
    assert (found and found.promised_on) == (verdict and verdict.promised_on)
    assert said == (None if source is None else facts[source])


def test_one_part_is_its_own_promise() -> None:
    view = StockView("short", None, None)
    assert worst_of([(view, fact("a"))]) == (view, fact("a"))


def test_the_oldest_source_stands_for_all() -> None:
    assert oldest([fact("b", 2), fact("a", 1)]) == fact("a", 1)
    assert oldest([]) is None
