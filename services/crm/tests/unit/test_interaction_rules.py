"""What may stand on a timeline, and where."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.interactions.rules import (
    DirectionIsMissing,
    InteractionLiesInTheFuture,
    Place,
    StreamPositionIsUnreadable,
    check_interaction,
    happened_at,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
places = st.builds(Place, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))


@given(places)
def test_a_place_survives_being_written_down(place: Place) -> None:
    assert Place.parse(str(place)) == place


@given(st.text(max_size=50))
def test_whatever_a_client_sends_as_a_place_is_read_or_refused(text: str) -> None:
    try:
        place = Place.parse(text)
    except StreamPositionIsUnreadable:
        return
    assert 0 <= place.transaction < 2**63


@pytest.mark.parametrize(
    "text", ["", "-", "1-", "-1", "1", "a-b", "1-2-3", f"{2**63}-1", "१-२", " 1-2", "1-2\n"]
)
def test_no_place_is_guessed(text: str) -> None:
    with pytest.raises(StreamPositionIsUnreadable):
        Place.parse(text)


@given(places, places)
def test_the_transaction_decides_before_the_number(one: Place, other: Place) -> None:
    assert (one < other) == ((one.transaction, one.position) < (other.transaction, other.position))


def test_a_call_has_a_direction_and_a_note_has_none() -> None:
    check_interaction(kind="note", direction=None, occurred_at=NOON, now=NOON)
    check_interaction(kind="call", direction="inbound", occurred_at=NOON, now=NOON)

    with pytest.raises(DirectionIsMissing):
        check_interaction(kind="call", direction=None, occurred_at=NOON, now=NOON)


def test_what_has_not_happened_yet_is_not_on_the_timeline() -> None:
    with pytest.raises(InteractionLiesInTheFuture):
        check_interaction(
            kind="note", direction=None, occurred_at=NOON + timedelta(minutes=6), now=NOON
        )


def test_a_document_of_last_year_stands_where_people_look_for_it() -> None:
    assert happened_at(date(1996, 7, 4), NOON) == datetime(1996, 7, 4, tzinfo=UTC)
    assert happened_at(NOON.date(), NOON) == NOON
    assert happened_at(date(2027, 1, 1), NOON) == NOON
    assert happened_at(None, NOON) == NOON
