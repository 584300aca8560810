"""Circuits for sums, products and comparisons, on every assignment of their inputs."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from cpq.solving import ModelIsTooLarge
from cpq.solving.encoding import linear
from cpq.solving.encoding.gates import FALSE, TRUE, Gates
from cpq.solving.encoding.linear import Arithmetic, Linear, add, constant, weighted

INPUTS = 5

checked = settings(max_examples=60, deadline=None)
weights = st.lists(st.integers(-9, 9), min_size=INPUTS, max_size=INPUTS)
diagrams_or_adders = pytest.mark.parametrize(
    "decisions", [linear.MOST_DECISIONS, 0], ids=["diagrams", "adders"]
)


def value(number: Linear, true: Mapping[int, bool]) -> int:
    """The number's value, in units of its last place."""
    return number.constant + sum(
        weight for variable, weight in number.terms.items() if true[variable]
    )


def on_all_inputs(
    build: Callable[[Arithmetic, list[int]], Callable[[Mapping[int, bool]], None]], decisions: int
) -> None:
    """Build a circuit over inputs; each assignment of them has one model, and is checked."""
    gates = Gates()
    inputs = [gates.new() for _ in range(INPUTS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "MOST_DECISIONS", decisions)
        patch.setattr(linear, "FEW", 2)
        check = build(Arithmetic(gates), inputs)
    with Solver(name="minisat22", bootstrap_with=list(gates.clauses)) as solver:
        solver.add_clause([gates.variables, -gates.variables])
        models = list(solver.enum_models())
    assert len(models) == 2**INPUTS
    assert len({tuple(model[1 : INPUTS + 1]) for model in models}) == 2**INPUTS
    for model in models:
        check({abs(literal): literal > 0 for literal in model})


def holds(literal: int, true: Mapping[int, bool]) -> bool:
    return true[literal] if literal > 0 else not true[-literal]


@diagrams_or_adders
@given(first=weights, bound=st.integers(-20, 20), start=st.integers(-5, 5))
@checked
def test_a_sum_is_compared_with_a_bound(
    decisions: int, first: list[int], bound: int, start: int
) -> None:
    def build(arithmetic: Arithmetic, inputs: list[int]) -> Callable[[Mapping[int, bool]], None]:
        number = weighted(zip(inputs, first, strict=True), start)
        least, same = arithmetic.at_least(number, bound), arithmetic.equals(number, bound)

        def check(true: Mapping[int, bool]) -> None:
            assert holds(least, true) == (value(number, true) >= bound)
            assert holds(same, true) == (value(number, true) == bound)

        return check

    on_all_inputs(build, decisions)


@diagrams_or_adders
@given(first=weights, second=weights, bound=st.integers(-60, 60))
@checked
def test_a_product_of_sums_is_exact(
    decisions: int, first: list[int], second: list[int], bound: int
) -> None:
    def build(arithmetic: Arithmetic, inputs: list[int]) -> Callable[[Mapping[int, bool]], None]:
        left = weighted(zip(inputs, first, strict=True), 1)
        right = weighted(zip(inputs, second, strict=True), places=1)
        number = arithmetic.product(left, right)
        compact = arithmetic.compact(add([number, number.times(-3)]))
        least = arithmetic.at_least(number, bound)

        def check(true: Mapping[int, bool]) -> None:
            expected = value(left, true) * value(right, true)
            assert number.places == 1
            assert value(number, true) == expected
            assert number.low <= expected <= number.high
            assert value(compact, true) == -2 * expected
            assert holds(least, true) == (expected >= bound)

        return check

    on_all_inputs(build, decisions)


@given(amounts=weights)
@checked
def test_of_literals_that_exclude_each_other_the_true_ones_weight_is_taken(
    amounts: list[int],
) -> None:
    gates = Gates()
    inputs = [gates.new() for _ in amounts]
    number = Arithmetic(gates).selected(list(zip(inputs, amounts, strict=True)))
    for clause in gates.exclusive(inputs):
        gates.define(clause)
    with Solver(name="minisat22", bootstrap_with=list(gates.clauses)) as solver:
        solver.add_clause([gates.variables, -gates.variables])
        models = list(solver.enum_models())
    assert len(models) == INPUTS + 1
    for model in models:
        true = {abs(literal): literal > 0 for literal in model}
        chosen = [weight for one, weight in zip(inputs, amounts, strict=True) if true[one]]
        assert value(number, true) == sum(chosen)
        assert number.low <= sum(chosen) <= number.high


@given(rows=st.lists(st.lists(st.sampled_from([2, -2, 3, -3, 4, TRUE, FALSE]), max_size=3)))
@checked
def test_gates_are_functions_of_their_inputs(rows: list[list[int]]) -> None:
    gates = Gates()
    for _ in range(3):
        gates.new()
    made: list[tuple[int, Callable[[list[bool]], bool], list[int]]] = []
    for row in rows:
        made.append((gates.both(row), all, row))
        made.append((gates.either(row), any, row))
        if len(row) == 2:
            made.append((gates.differ(*row), lambda bits: bits[0] != bits[1], row))
        if len(row) == 3:
            made.append((gates.odd(*row), lambda bits: sum(bits) % 2 == 1, row))
            made.append((gates.most(*row), lambda bits: sum(bits) >= 2, row))
            choose = gates.choose(*row)
            made.append((choose, lambda bits: bits[1] if bits[0] else bits[2], row))
    with Solver(name="minisat22", bootstrap_with=list(gates.clauses)) as solver:
        solver.add_clause([gates.variables, -gates.variables])
        models = list(solver.enum_models())
    assert len(models) == 8
    for model in models:
        true = {abs(literal): literal > 0 for literal in model}
        for literal, expected, row in made:
            assert holds(literal, true) == expected([holds(one, true) for one in row])


def test_many_literals_that_exclude_each_other_are_chained() -> None:
    gates = Gates()
    inputs = [gates.new() for _ in range(60)]
    forbidden = gates.exclusive(inputs)
    assert len(forbidden) < 60 * 59 // 2
    clauses = [*gates.clauses, *map(list, forbidden)]
    with Solver(name="minisat22", bootstrap_with=clauses) as solver:
        assert sum(1 for _ in solver.enum_models()) == 61


@pytest.mark.parametrize("text", ["1E+3", "0.10", "-0", "12.5", "1E-9"])
def test_a_constant_is_exact(text: str) -> None:
    number = constant(Decimal(text))
    assert Decimal(number.constant).scaleb(-number.places) == Decimal(text)


def test_a_number_of_too_many_digits_is_refused() -> None:
    with pytest.raises(ModelIsTooLarge):
        constant(Decimal("1E+999999"))
    wide = weighted([(2, 10**60)])
    arithmetic = Arithmetic(Gates())
    with pytest.raises(ModelIsTooLarge):
        arithmetic.bits(add([wide, weighted([(3, 1)])]))
