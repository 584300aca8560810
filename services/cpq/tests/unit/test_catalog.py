"""On which days which version of a configuration model holds."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.catalog.rules import (
    ConfigurationModelsOverlap,
    Validity,
    ValidityIsEmpty,
    predecessor_to_end,
)

FIRST = date(2026, 1, 1)


def days(start: int, end: int | None, version: int = 9) -> Validity:
    return Validity(
        version, FIRST + timedelta(start), None if end is None else FIRST + timedelta(end)
    )


def test_the_version_without_an_end_gives_way() -> None:
    before = days(0, None, 1)
    assert predecessor_to_end(days(10, None), [before]) == before


def test_a_version_with_an_end_of_its_own_is_not_cut_short() -> None:
    with pytest.raises(ConfigurationModelsOverlap, match="version 1 is published"):
        predecessor_to_end(days(10, None), [days(0, 20, 1)])
    assert predecessor_to_end(days(20, None), [days(0, 20, 1)]) is None


def test_a_version_that_begins_later_stands_in_the_way() -> None:
    with pytest.raises(ConfigurationModelsOverlap):
        predecessor_to_end(days(10, None), [days(30, None, 1)])
    assert predecessor_to_end(days(10, 30), [days(30, None, 1)]) is None


def test_a_version_holds_on_some_day() -> None:
    with pytest.raises(ValidityIsEmpty):
        predecessor_to_end(days(10, 10), [])


@st.composite
def published(draw: st.DrawFn) -> list[Validity]:
    """Versions that share no day, as the database keeps them."""
    edges = draw(st.lists(st.integers(0, 60), unique=True, max_size=8).map(sorted))
    found = [
        days(start, end, at)
        for at, (start, end) in enumerate(pairwise(edges), start=1)
        if draw(st.booleans())
    ]
    if edges and draw(st.booleans()):
        found.append(days(edges[-1], None, len(edges)))
    return found


def holds(validity: Validity, day: date) -> bool:
    return validity.start <= day and (validity.end is None or day < validity.end)


@given(published(), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_afterwards_no_day_has_two_versions(
    others: list[Validity], start: int, end: int | None
) -> None:
    new = days(start, end, 99)
    try:
        before = predecessor_to_end(new, others)
    except ValidityIsEmpty:
        assert end is not None
        assert end <= start
        return
    except ConfigurationModelsOverlap:
        # Something that is not simply the version before really shares a day with the new one.
        assert any(
            holds(other, FIRST + timedelta(day)) and holds(new, FIRST + timedelta(day))
            for other in others
            for day in range(130)
        )
        return
    after = [
        Validity(one.model_version, one.start, new.start) if one is before else one
        for one in others
    ]
    for day in range(130):
        at = FIRST + timedelta(day)
        assert sum(holds(one, at) for one in (new, *after)) <= 1
