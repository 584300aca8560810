"""Formulas to compile, and what brute force and SAT say of them."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

from hypothesis import strategies as st

from cpq.configuration.model import Supply
from cpq.solving.compiled import Circuit
from cpq.solving.compiled.artefact import formula_bytes
from cpq.solving.compiled.child import compiled
from cpq.solving.encoding import encode
from cpq.solving.generation import generate

Clauses = list[list[int]]


@st.composite
def formulas(draw: st.DrawFn, *, most: int = 8) -> tuple[int, Clauses]:
    """How many variables, and clauses over them."""
    variables = draw(st.integers(1, most))
    literals = st.integers(1, variables).flatmap(lambda one: st.sampled_from((one, -one)))
    clause = st.lists(literals, min_size=1, max_size=4)
    return variables, draw(st.lists(clause, max_size=3 * variables))


def assumptions(variables: int) -> st.SearchStrategy[list[int]]:
    """Some literals, now and then a variable both ways."""
    literals = st.integers(1, variables).flatmap(lambda one: st.sampled_from((one, -one)))
    return st.lists(literals, max_size=4)


def circuit_of(variables: int, clauses: Clauses) -> Circuit:
    """Compiled in this process: what the child does, without starting one."""
    return Circuit.load(compiled(formula_bytes(variables, clauses)))


def solutions(
    variables: int, clauses: Clauses, assumed: Sequence[int]
) -> Iterator[tuple[bool, ...]]:
    """By trying all assignments; entry 0 belongs to no variable."""
    units = [[one] for one in assumed]
    for values in product((False, True), repeat=variables):
        flags = (False, *values)
        if all(any(flags[abs(one)] is (one > 0) for one in clause) for clause in clauses + units):
            yield flags


@cache
def generated(features: int, clauses: int, seed: int) -> tuple[int, Clauses]:
    """The clauses of a generated model."""
    encoding = encode(generate(features, clauses, seed=seed), Supply({}))
    return encoding.core, list(encoding.clauses())
