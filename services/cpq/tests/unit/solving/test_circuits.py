"""Circuits against brute force on small formulas, and against SAT on the way through large ones."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from .formulas import (
    Clauses,
    assumptions,
    circuit_of,
    formulas,
    generated,
    solutions,
)

Formula = tuple[int, Clauses]


@given(formula=formulas(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_circuit_says_what_brute_force_says(formula: Formula, data: st.DataObject) -> None:
    variables, clauses = formula
    circuit = circuit_of(variables, clauses)
    assumed = data.draw(assumptions(variables))
    expected = list(solutions(variables, clauses, assumed))
    assert circuit.count(assumed) == len(expected)
    assert circuit.consistent(assumed) is bool(expected)
    possible = circuit.possible(assumed)
    assert possible.consistent is bool(expected)
    for variable in range(1, variables + 1):
        assert possible.true[variable] == any(one[variable] for one in expected)
        assert possible.false[variable] == any(not one[variable] for one in expected)
    drawn = circuit.sample(assumed, 3, seed=1)
    assert len(drawn) == (3 if expected else 0)
    assert {tuple(one.tolist()) for one in drawn} <= set(expected)


@given(formula=formulas(most=14), data=st.data())
@settings(max_examples=30, deadline=None)
def test_counts_add_up_over_both_values_of_a_variable(
    formula: Formula, data: st.DataObject
) -> None:
    variables, clauses = formula
    circuit = circuit_of(variables, clauses)
    assumed = data.draw(assumptions(variables))
    variable = data.draw(st.integers(1, variables))
    assert circuit.count(assumed) == (
        circuit.count([*assumed, variable]) + circuit.count([*assumed, -variable])
    )


def test_samples_are_uniform() -> None:
    # Shared variables, forced ones, free ones and a variable that no clause names.
    variables, clauses = 7, [[1, 2], [-2, 3], [-3, -4, 5], [6]]
    expected = {tuple(one) for one in solutions(variables, clauses, [-4])}
    circuit = circuit_of(variables, clauses)
    draws = 400 * len(expected)
    seen = Counter(tuple(one.tolist()) for one in circuit.sample([-4], draws, seed=7))
    assert set(seen) == expected
    # Chi-square with less than one chance in a thousand to be exceeded.
    deviation = sum((count - 400) ** 2 / 400 for count in seen.values())
    freedom = len(expected) - 1
    assert deviation < freedom + 3.3 * (2 * freedom) ** 0.5 + 4


def test_equal_seeds_draw_equal_samples() -> None:
    circuit = circuit_of(6, [[1, 2, 3], [-4, 5]])
    first, again, other = (
        [one.tolist() for one in circuit.sample([], 20, seed)] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("features", "clauses"), [(60, 200), (300, 1_200)])
def test_circuit_and_sat_agree_on_every_step_of_random_walks(
    features: int, clauses: int, seed: int
) -> None:
    variables, formula = generated(features, clauses, seed)
    circuit = circuit_of(variables, formula)
    chance = random.Random(seed)
    with Solver("minisat22", bootstrap_with=formula) as solver:
        for _ in range(3):
            chosen: list[int] = []
            for _ in range(8):
                possible = circuit.possible(chosen)
                assert possible.consistent
                for variable in range(1, variables + 1):
                    assert possible.true[variable] == solver.solve([*chosen, variable])
                    assert possible.false[variable] == solver.solve([*chosen, -variable])
                open_ones = np.flatnonzero(possible.true & possible.false)
                if not open_ones.size:
                    break
                variable = int(chance.choice(open_ones))
                chosen.append(chance.choice((variable, -variable)))
            closed = [v for v in range(1, variables + 1) if not possible.true[v]]
            if closed:
                assert not circuit.consistent([*chosen, closed[0]])


def test_the_order_of_assumptions_does_not_matter() -> None:
    variables, formula = generated(300, 1_200, 1)
    circuit = circuit_of(variables, formula)
    drawn = circuit.sample([], 1, seed=3)[0]
    assumed = [v if drawn[v] else -v for v in range(1, variables + 1, 29)]
    first, turned = circuit.possible(assumed), circuit.possible(assumed[::-1])
    assert first.true.tolist() == turned.true.tolist()
    assert first.false.tolist() == turned.false.tolist()
    assert circuit.count(assumed) == circuit.count(assumed[::-1]) > 0


def test_large_alternative_groups_and_many_free_variables_stay_exact() -> None:
    size = 150
    members = range(1, size + 1)
    clauses = [[*members], *([-a, -b] for a in members for b in range(a + 1, size + 1))]
    circuit = circuit_of(size + 200, clauses)
    assert circuit.count() == size * 2**200
    assert circuit.count([-1, -2, size + 1]) == (size - 2) * 2**199
    possible = circuit.possible([3])
    assert np.flatnonzero(possible.true[: size + 1]).tolist() == [3]
    assert possible.true[size + 1 :].all()
    assert possible.false[size + 1 :].all()


def test_a_formula_without_configurations_allows_nothing() -> None:
    circuit = circuit_of(2, [[1], [-1]])
    assert circuit.count() == 0
    assert not circuit.consistent()
    assert not circuit.possible().consistent
    assert circuit.sample([], 5, seed=1) == []


def test_a_formula_without_clauses_allows_everything() -> None:
    circuit = circuit_of(3, [])
    assert circuit.count() == 8
    assert circuit.count([1, -1]) == 0
    assert circuit.possible([2]).false.tolist() == [False, True, False, True]


@pytest.mark.parametrize("literal", [0, 3, -3])
def test_unknown_variables_are_an_error(literal: int) -> None:
    with pytest.raises(ValueError, match="variables from 1 to 2"):
        circuit_of(2, [[1, 2]]).possible([literal])
