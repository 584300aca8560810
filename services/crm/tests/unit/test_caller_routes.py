"""Which queue a caller goes to: the first route that fits, and every call has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.caller_lookup.rules import (
    DEFAULT_ROUTES,
    Caller,
    Route,
    RoutesLeaveCallersOut,
    check_routes,
    route,
)

maybe = st.none() | st.booleans()
words = st.sampled_from(["gold", "silver", "standard"])
tongues = st.sampled_from(["en", "nl", "de"])
routes = st.lists(
    st.builds(
        Route,
        queue=st.sampled_from(["a", "b", "c"]),
        known=maybe,
        tiers=st.none() | st.lists(words, min_size=1).map(tuple),
        overdue=maybe,
        orders_in_flight=maybe,
        languages=st.none() | st.lists(tongues, min_size=1).map(tuple),
    ),
    max_size=8,
)
callers = st.builds(
    Caller,
    known=st.booleans(),
    tier=st.none() | words,
    overdue=st.booleans(),
    orders_in_flight=st.integers(0, 5),
    language=st.none() | tongues,
)


@given(caller=callers, some=routes)
def test_every_caller_has_a_queue_and_the_trace_tells_the_way(
    caller: Caller, some: list[Route]
) -> None:
    everybody = [*some, Route("last")]
    check_routes(everybody)
    found = route(caller, everybody)
    assert [tried.queue for tried in found.trace] == [
        one.queue for one in everybody[: len(found.trace)]
    ]
    assert [tried.fits for tried in found.trace] == [False] * (len(found.trace) - 1) + [True]
    assert found.queue == found.trace[-1].queue
    # Taking away what was passed over changes nothing.
    assert route(caller, everybody[len(found.trace) - 1 :]).queue == found.queue


def test_who_owes_is_asked_first_whoever_they_are() -> None:
    gold = Caller(known=True, tier="gold", overdue=True, orders_in_flight=2)
    assert route(gold, DEFAULT_ROUTES).queue == "receivables"
    assert route(Caller(known=True, tier="gold"), DEFAULT_ROUTES).queue == "key-accounts"
    assert route(Caller(known=True, orders_in_flight=1), DEFAULT_ROUTES).queue == "orders"
    assert route(Caller(known=True), DEFAULT_ROUTES).queue == "sales"
    assert route(Caller(known=False), DEFAULT_ROUTES).queue == "reception"


def test_routes_that_leave_somebody_out_are_refused() -> None:
    for some in ([], [Route("a", known=True)]):
        with pytest.raises(RoutesLeaveCallersOut):
            check_routes(some)
