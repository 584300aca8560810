"""A second way to the same figures, which shares nothing with `cpq.solving`.

A boolean model becomes clauses in the plainest way, without any helper variable. A question about
one feature is put to a SAT solver as it is. Counting, the lowest and the highest price all come out
of one search that branches on a feature, splits what is left into parts that share no feature, and
remembers each part (the idea of sharpSAT), with sums and products or least sums and greatest ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import combinations, product
from operator import add
from pathlib import Path
from typing import Generic, TypeVar

from pysat.solvers import Cadical153

from cpq.configuration.expressions import And, Expression, Implies, Not, Or, Selected
from cpq.configuration.model import Group, Model, Node

Clause = frozenset[int]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Clauses:
    """Clauses over named variables, which count from 1."""

    names: tuple[str, ...]
    clauses: tuple[Clause, ...]

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names, 1)}

    @cached_property
    def _solver(self) -> Cadical153:
        return Cadical153(bootstrap_with=[list(clause) for clause in self.clauses])

    def possible(self, with_: Iterable[str] = (), without: Iterable[str] = ()) -> bool:
        """Whether some configuration has these features and lacks those."""
        wanted = [self.numbers[name] for name in with_]
        unwanted = [-self.numbers[name] for name in without]
        return bool(self._solver.solve(assumptions=[*wanted, *unwanted]))

    def core(self) -> set[str]:
        """Features that every configuration has."""
        return {name for name in self.names if not self.possible(without=[name])}

    def dead(self) -> set[str]:
        """Features that no configuration has."""
        return {name for name in self.names if not self.possible(with_=[name])}

    def count(self) -> int:
        """How many configurations there are."""
        return _Search(_COUNT).over(self.clauses, range(1, len(self.names) + 1)) or 0

    def best(
        self, amounts: Mapping[str, Decimal], better: Callable[[Decimal, Decimal], Decimal]
    ) -> Decimal:
        """The least or greatest sum of amounts that a configuration has, for `min` and `max`."""

        def chosen(literal: int) -> Decimal:
            name = self.names[abs(literal) - 1]
            return amounts.get(name, Decimal(0)) if literal > 0 else Decimal(0)

        algebra = _Algebra(chosen, add, better, Decimal(0))
        found = _Search(algebra).over(self.clauses, range(1, len(self.names) + 1))
        assert found is not None
        return found


def clauses_of(model: Model) -> Clauses:
    """The clauses of a model of features: no quantities, no attributes in its rules."""
    nodes = list(model.nodes())
    numbers = {node.key: number for number, node in enumerate(nodes, 1)}
    found = [frozenset({1})]
    for node in nodes:
        for group in node.groups:
            found.extend(_tree(numbers[node.key], group, numbers))
    for rule in model.rules:
        found.extend(_formula(rule.condition, numbers, positive=True))
    return Clauses(tuple(numbers), tuple(found))


def _tree(parent: int, group: Group, numbers: Mapping[str, int]) -> Iterable[Clause]:
    members = [numbers[member.key] for member in group.members]
    most = len(members) if group.maximum is None else group.maximum
    for member, number in zip(group.members, members, strict=True):
        yield frozenset({-number, parent})
        if member.required:
            yield frozenset({-parent, number})
    if group.minimum:
        for some in combinations(members, len(members) - group.minimum + 1):
            yield frozenset({-parent, *some})
    for some in combinations(members, most + 1):
        yield frozenset(-member for member in some)


def _formula(expression: Expression, numbers: Mapping[str, int], *, positive: bool) -> list[Clause]:
    match expression:
        case Selected(node):
            return [frozenset({numbers[node] if positive else -numbers[node]})]
        case Not(operand):
            return _formula(operand, numbers, positive=not positive)
        case Implies(condition, consequence):
            return _formula(Or((Not(condition), consequence)), numbers, positive=positive)
        case And(operands) | Or(operands):
            parts = [_formula(operand, numbers, positive=positive) for operand in operands]
            if isinstance(expression, And) is positive:
                return [clause for part in parts for clause in part]
            return [frozenset().union(*choice) for choice in product(*parts)]
        case _:
            raise AssertionError(f"{type(expression).__name__} is no formula over features")


def dimacs(path: Path) -> Clauses:
    """The clauses of a DIMACS file whose comments name the variables."""
    names: list[str] = []
    found: list[Clause] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("c "):
            names.append(line.split(" ", 2)[2])
        elif not line.startswith("p") and line.strip():
            found.append(frozenset(int(word) for word in line.split()[:-1]))
    return Clauses(tuple(names), tuple(found))


def parents_of(model: Model) -> dict[str, tuple[Node, Group, Node]]:
    """Parent, group and node by the key of each node below the root."""
    return {
        member.key: (node, group, member)
        for node in model.nodes()
        for group in node.groups
        for member in group.members
    }


def false_optional(model: Model, clauses: Clauses) -> set[str]:
    """Features that their parent could lack, as the tree has it, and never does."""
    return {
        key
        for key, (parent, group, node) in parents_of(model).items()
        if not node.required
        and group.minimum < len(group.members)
        and clauses.possible(with_=[key])
        and not clauses.possible(with_=[parent.key], without=[key])
    }


@dataclass(frozen=True)
class _Algebra(Generic[Value]):
    """What the search adds up: the value of a literal, of what holds together, of a choice."""

    literal: Callable[[int], Value]
    together: Callable[[Value, Value], Value]
    either: Callable[[Value, Value], Value]
    nothing: Value


_COUNT = _Algebra[int](
    lambda _: 1, lambda one, other: one * other, lambda one, other: one + other, 1
)


@dataclass
class _Search(Generic[Value]):
    algebra: _Algebra[Value]
    _known: dict[frozenset[Clause], Value | None] = field(default_factory=dict)

    def over(self, clauses: Iterable[Clause], variables: Iterable[int]) -> Value | None:
        """The value of all configurations of these variables; None when there are none."""
        algebra, value = self.algebra, self.algebra.nothing
        left, free = list(clauses), set(variables)
        while (unit := next((one for one in left if len(one) == 1), None)) is not None:
            (literal,) = unit
            reduced = _assigned(left, literal)
            if reduced is None:
                return None
            left = reduced
            free.discard(abs(literal))
            value = algebra.together(value, algebra.literal(literal))
        for variable in free - {abs(literal) for clause in left for literal in clause}:
            both = algebra.either(algebra.literal(variable), algebra.literal(-variable))
            value = algebra.together(value, both)
        for part in _parts(left):
            found = self._part(part)
            if found is None:
                return None
            value = algebra.together(value, found)
        return value

    def _part(self, part: frozenset[Clause]) -> Value | None:
        if part not in self._known:
            self._known[part] = self._branched(part)
        return self._known[part]

    def _branched(self, part: frozenset[Clause]) -> Value | None:
        times: dict[int, int] = {}
        for clause in part:
            for literal in clause:
                times[abs(literal)] = times.get(abs(literal), 0) + 1
        most = max(times, key=lambda variable: (times[variable], variable))
        value: Value | None = None
        for literal in (most, -most):
            reduced = _assigned(part, literal)
            rest = None if reduced is None else self.over(reduced, times.keys() - {most})
            if rest is not None:
                found = self.algebra.together(self.algebra.literal(literal), rest)
                value = found if value is None else self.algebra.either(value, found)
        return value


def _assigned(clauses: Iterable[Clause], literal: int) -> list[Clause] | None:
    """The clauses once a literal is true; None when one of them can hold no more."""
    left = []
    for clause in clauses:
        if literal in clause:
            continue
        rest = clause - {-literal}
        if not rest:
            return None
        left.append(rest)
    return left


def _parts(clauses: list[Clause]) -> Iterable[frozenset[Clause]]:
    """The clauses in parts that share no variable."""
    leader = list(range(len(clauses)))

    def find(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    first: dict[int, int] = {}
    for number, clause in enumerate(clauses):
        for literal in clause:
            leader[find(number)] = find(first.setdefault(abs(literal), number))
    parts: dict[int, list[Clause]] = {}
    for number, clause in enumerate(clauses):
        parts.setdefault(find(number), []).append(clause)
    return [frozenset(part) for part in parts.values()]
