"""The laws of leads, one by one and at random."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.leads.rules import (
    FOLLOWS,
    Disqualification,
    DisqualificationNeedsReason,
    LeadHasNobody,
    LeadIsConverted,
    LeadStatus,
    LeadStatusDoesNotFollow,
    check_move,
    check_somebody,
)


@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(LeadStatus),
            st.none() | st.sampled_from(Disqualification),
            st.none() | st.just("They said so"),
        ),
        max_size=30,
    )
)
def test_no_way_leads_past_a_conversion_or_into_one(
    moves: list[tuple[LeadStatus, Disqualification | None, str | None]],
) -> None:
    status = LeadStatus.NEW
    for wanted, why, reason in moves:
        try:
            check_move(status, wanted, why, reason)
        except (LeadStatusDoesNotFollow, DisqualificationNeedsReason, LeadIsConverted):
            continue
        assert wanted is not LeadStatus.CONVERTED
        assert wanted in FOLLOWS[status]
        assert wanted is not LeadStatus.DISQUALIFIED or why is not None
        status = wanted


def test_a_converted_lead_stays() -> None:
    for wanted in LeadStatus:
        with pytest.raises(LeadIsConverted):
            check_move(LeadStatus.CONVERTED, wanted, Disqualification.OTHER, "No")


def test_giving_up_says_why() -> None:
    with pytest.raises(DisqualificationNeedsReason):
        check_move(LeadStatus.NEW, LeadStatus.DISQUALIFIED, None, "No money")
    with pytest.raises(DisqualificationNeedsReason):
        check_move(LeadStatus.NEW, LeadStatus.DISQUALIFIED, Disqualification.OTHER, None)
    check_move(LeadStatus.NEW, LeadStatus.DISQUALIFIED, Disqualification.NO_FIT, None)


def test_a_lead_is_somebody() -> None:
    with pytest.raises(LeadHasNobody):
        check_somebody(None, None)
    check_somebody("Ada", None)
