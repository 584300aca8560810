"""What people allowed, as pure rules."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.people.rules import Decision, Reach, ReachIsRepeated, allowed, check_reaches

START = datetime(2026, 1, 1, tzinfo=UTC)
DECISIONS = st.lists(
    st.builds(
        lambda hour, purpose, channel, granted: Decision(
            UUID(int=0), purpose, channel, granted, START + timedelta(hours=hour)
        ),
        st.integers(0, 9),
        st.sampled_from(["news", "study"]),
        st.sampled_from(["email", "phone", "any"]),
        st.booleans(),
    ),
    max_size=8,
)


@given(DECISIONS, st.randoms())
def test_what_a_withdrawal_stops_stays_stopped(decisions: list[Decision], chance: Random) -> None:
    withdrawn = Decision(UUID(int=1), "news", "any", False, START + timedelta(hours=10))

    stopped = [*decisions, withdrawn]
    chance.shuffle(stopped)

    assert not allowed(stopped, "news", "email")
    assert allowed(stopped, "study", "email") == allowed(decisions, "study", "email")


def test_of_two_decisions_at_one_moment_the_one_that_forbids_holds() -> None:
    yes = Decision(UUID(int=1), "news", "email", True, START)
    no = Decision(UUID(int=2), "news", "any", False, START)

    assert allowed([yes], "news", "email")
    assert not allowed([yes, no], "news", "email")
    assert not allowed([], "news", "email")


def test_one_reach_is_primary() -> None:
    assert [each.is_primary for each in check_reaches([Reach("a"), Reach("b", True)], "mails")] == [
        False,
        True,
    ]
    assert check_reaches([Reach("a"), Reach("b")], "mails")[0].is_primary
    with pytest.raises(ReachIsRepeated):
        check_reaches([Reach("a", True), Reach("b", True)], "mails")
