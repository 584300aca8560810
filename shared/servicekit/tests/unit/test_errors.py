"""Refusals have codes of their own."""

import pytest

from servicekit.errors import Kind, NotFound, Refusal, RuleBroken, refusals


def test_a_refusal_needs_a_code_of_its_own() -> None:
    with pytest.raises(TypeError, match="needs a code"):

        class Nameless(RuleBroken):
            pass


def test_two_refusals_cannot_share_a_code() -> None:
    class ShipIsFull(RuleBroken):
        code = "test-ship-is-full"

    with pytest.raises(TypeError, match="already means"):

        class BoatIsFull(RuleBroken):
            code = "test-ship-is-full"

    assert refusals()["test-ship-is-full"] is ShipIsFull


def test_a_refusal_says_what_happened_where_and_with_what() -> None:
    refusal = NotFound("there is no customer 7", field="customer_id", id=7)
    assert str(refusal) == refusal.detail == "there is no customer 7"
    assert (refusal.field, refusal.context, refusal.kind) == (
        "customer_id",
        {"id": 7},
        Kind.NOT_FOUND,
    )
    assert isinstance(refusal, Refusal)


def test_two_services_may_use_the_same_code_and_are_told_apart() -> None:
    ours = type("PortIsClosed", (RuleBroken,), {"code": "test-port", "__module__": "first.rules"})
    theirs = type("PortIsShut", (RuleBroken,), {"code": "test-port", "__module__": "second.rules"})
    assert refusals("first")["test-port"] is ours
    assert refusals("second")["test-port"] is theirs
    assert "not-found" in refusals("first")


def test_a_service_cannot_take_a_code_of_the_kit() -> None:
    with pytest.raises(TypeError, match=r"already means servicekit\.errors\.NotFound"):
        type("Gone", (RuleBroken,), {"code": "not-found", "__module__": "first.rules"})
