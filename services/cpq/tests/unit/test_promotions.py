"""Budgets of promotions: what a quote takes, gives back, and what is refused."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.promotions.rules import (
    Budget,
    PromotionBudgetIsExhausted,
    PromotionBudgetIsTaken,
    check_resized,
    takings,
)

BUDGET = UUID(int=1)


def budget(
    amount: int, taken: int = 0, *, uses: int = 0, most: int | None = None, code: str = "SPRING"
) -> Budget:
    return Budget(BUDGET, code, "EUR", Decimal(amount), most, Decimal(taken), uses)


def test_a_quote_takes_what_it_gives_away_and_gives_back_the_rest() -> None:
    (first,) = takings([budget(100)], {}, {"SPRING": Decimal(60)})
    assert (first.amount, first.uses) == (60, 1)
    (less,) = takings([budget(100, 60, uses=1)], {BUDGET: Decimal(60)}, {"SPRING": Decimal(25)})
    assert (less.amount, less.uses) == (-35, 0)
    (all_of_it,) = takings([budget(100, 60, uses=1)], {BUDGET: Decimal(60)}, {})
    assert (all_of_it.amount, all_of_it.uses) == (-60, -1)
    assert takings([budget(100)], {}, {"AUTUMN": Decimal(900)}) == []


def test_what_is_not_there_is_not_taken() -> None:
    with pytest.raises(PromotionBudgetIsExhausted, match="has 40 EUR left of 100"):
        takings([budget(100, 60)], {}, {"SPRING": Decimal("40.01")})
    with pytest.raises(PromotionBudgetIsExhausted, match="given to 3 quotes at most"):
        takings([budget(100, 60, uses=3, most=3)], {}, {"SPRING": Decimal(1)})
    # Who has it already may take more of what is left.
    (more,) = takings(
        [budget(100, 60, uses=3, most=3)], {BUDGET: Decimal(10)}, {"SPRING": Decimal(20)}
    )
    assert (more.amount, more.uses) == (10, 0)


def test_a_budget_keeps_what_is_taken() -> None:
    check_resized(budget(100, 60, uses=2), Decimal(60), 2)
    for amount, most in ((Decimal(59), None), (Decimal(100), 1)):
        with pytest.raises(PromotionBudgetIsTaken):
            check_resized(budget(100, 60, uses=2), amount, most)


@settings(max_examples=200)
@given(
    amount=st.integers(1, 100),
    most=st.none() | st.integers(1, 4),
    wishes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=30),
)
def test_whatever_quotes_want_no_budget_is_overdrawn(
    amount: int, most: int | None, wishes: list[tuple[int, int]]
) -> None:
    """A wish of nothing gives back; in the end what is taken is what quotes hold."""
    held: dict[int, Decimal] = {}
    taken, uses = Decimal(0), 0
    for quote, wish in wishes:
        state = Budget(BUDGET, "SPRING", "EUR", Decimal(amount), most, taken, uses)
        holds = {BUDGET: held[quote]} if held.get(quote) else {}
        try:
            found = takings([state], holds, {"SPRING": Decimal(wish)})
        except PromotionBudgetIsExhausted:
            continue
        for taking in found:
            taken, uses = taken + taking.amount, uses + taking.uses
        held[quote] = Decimal(wish)
        assert 0 <= taken <= amount
        assert most is None or uses <= most
    assert taken == sum(held.values())
    assert uses == sum(1 for each in held.values() if each)
