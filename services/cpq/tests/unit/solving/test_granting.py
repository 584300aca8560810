"""Wishes in an order: the best configuration, whatever is guessed on the way to it."""

from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cpq.solving.granting import best
from cpq.solving.satisfying import Deadline, Solver

from .formulas import Clauses, formulas

PATIENCE = 60.0


def granted_by_hand(variables: int, clauses: Clauses, wishes: list[int]) -> list[bool] | None:
    """Of all solutions the one with the first wish, then the second, and so on."""
    found = [
        [(signs[abs(wish) - 1] if wish > 0 else not signs[abs(wish) - 1]) for wish in wishes]
        for signs in product((False, True), repeat=variables)
        if all(any(signs[abs(one) - 1] == (one > 0) for one in clause) for clause in clauses)
    ]
    return max(found, default=None)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), formula=formulas(most=7))
def test_the_first_wish_that_any_can_grant_is_granted_then_the_second(
    data: st.DataObject, formula: tuple[int, Clauses]
) -> None:
    variables, clauses = formula
    order = data.draw(st.permutations(range(1, variables + 1)))
    wishes = [data.draw(st.sampled_from((one, -one))) for one in order]
    left_out = data.draw(st.sets(st.sampled_from(wishes)))
    expected = granted_by_hand(variables, clauses, wishes)
    assume(expected is not None)

    model = best(
        Solver(clauses, variables), [], wishes, lambda known: left_out - known, Deadline(PATIENCE)
    )

    assert [wish in model for wish in wishes] == expected


def test_wishes_that_propagation_lets_pass_but_that_cannot_stand_together() -> None:
    # Neither 1 nor 2 says anything of 3 and 4, and with both nothing is left for these.
    clauses = [[-1, -2, 3, 4], [-1, -2, 3, -4], [-1, -2, -3, 4], [-1, -2, -3, -4]]

    model = best(Solver(clauses, 4), [], [1, 2, 3, 4], lambda _: set(), Deadline(PATIENCE))

    assert [wish in model for wish in (1, 2, 3, 4)] == [True, False, True, True]
