"""Why: minimal sets of choices and rules that leave nothing else.

A set is made minimal by leaving out one element after the other, in a fixed order, wherever the
others contradict each other without it. So the answer depends on what the model means and not on
what a solver has learnt before. The cores that a solver gives spare most of the tries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from cpq.configuration.answers import Reason
from cpq.configuration.expressions import AttributeOf, Expression, FactOf, Value, walk
from cpq.configuration.model import Choice, Group, Rule, Table
from cpq.solving.encoding import Constraint, Encoding, Exclusion
from cpq.solving.requests import Assumed, Known, Requests
from cpq.solving.satisfying import Deadline, Pool, Solver
from cpq.solving.targets import Slot

MOST_REMEMBERED: Final = 20_000
"""Answers of the model itself, whoever asks: which rules stand behind which choices."""


def minimal(
    solver: Solver,
    always: Sequence[int],
    elements: Sequence[Sequence[int]],
    deadline: Deadline,
    places: Mapping[int, Sequence[int]] | None = None,
) -> list[int] | None:
    """The places of elements that contradict what always holds, none of them dispensable.

    Those at the end are left out first. None where all elements together do not contradict it.
    `places` tells where literals stand, if that is known already.
    """
    if solver.solve([*always, *(one for element in elements for one in element)], deadline):
        return None
    places = places or _places(elements)
    needed: list[int] = []
    end = len(elements)
    while True:
        # What is not in the core is left out without asking.
        suspects = [at for literal in solver.core() for at in places.get(literal, ()) if at < end]
        while True:
            if not suspects:
                return needed[::-1]
            end = max(suspects)
            rest = [one for element in elements[:end] for one in element]
            rest.extend(one for at in needed for one in elements[at])
            if not solver.solve([*always, *rest], deadline):
                break
            needed.append(end)
            suspects = [at for at in suspects if at < end]


def _places(elements: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for at, element in enumerate(elements):
        for literal in element:
            places.setdefault(literal, []).append(at)
    return places


@dataclass(frozen=True, slots=True)
class Denied:
    """What is to be explained: a target's value, or, `negated`, any other one."""

    slot: Slot
    value: Value
    negated: bool = False

    @contextmanager
    def assumed(self, requests: Requests, solver: Solver) -> Iterator[tuple[int, ...]]:
        """Assumptions that demand it of a solver."""
        literals = requests.literals(requests.slots[self.slot.index], self.value)
        if not self.negated:
            yield literals
        elif len(literals) == 1:
            yield (-literals[0],)
        else:
            with solver.demand([[-literal for literal in literals]]) as demand:
                yield (demand,)


class Explainer:
    """A formula whose constraints are left out one by one, and what explains what in it."""

    def __init__(self, encoding: Encoding) -> None:
        """The encoding's sums must not rely on groups' limits."""
        self.encoding = encoding
        self._requests = Requests(encoding)
        # The tree is left out first, then groups, tables, rules: where several explanations are
        # possible, they name what somebody wrote rather than the tree.
        self._sources: list[Constraint | Exclusion] = [
            *encoding.exclusions,
            *sorted(encoding.named, key=_rank),
        ]
        self._guards = [(self._guard(at),) for at in range(len(self._sources))]
        self._places = _places(self._guards)
        self._messages: dict[int, str] = {}
        self._facts: dict[int, frozenset[str]] = {}
        self._calculated = {
            AttributeOf(node.key, attribute.code): attribute.expression
            for node in encoding.model.nodes()
            for attribute in node.attributes
            if attribute.expression is not None
        }
        self._pool = Pool(self._solver)
        self._remembered: dict[tuple[object, ...], tuple[int, ...]] = {}

    @property
    def size_bytes(self) -> int:
        """About how much memory its solvers hold."""
        literals = len(self.encoding.definitions.flat) + len(self.encoding.constraints.flat)
        return sum(solver.size_bytes + 16 * literals for solver in self._pool.made)

    def _guard(self, at: int) -> int:
        return self.encoding.total + 1 + at

    def _solver(self) -> Solver:
        """All constraints, each while its guard is assumed."""
        encoding = self.encoding
        clauses = [*encoding.definitions, *encoding.extras]
        for at, source in enumerate(self._sources):
            idle = -self._guard(at)
            if isinstance(source, Exclusion):
                clauses.append([idle, -source.literal])
                continue
            clauses.extend([idle, *clause] for clause in self._clauses(source))
        return Solver(clauses, encoding.total + len(self._sources))

    def reason(
        self,
        solver: Solver,
        requests: Requests,
        choices: Sequence[Assumed],
        known: Known,
        denied: Denied | None,
        deadline: Deadline,
        given: tuple[int, ...] = (),
    ) -> Reason | None:
        """The choices, then the rules, that exclude what is denied; None where nothing does.

        Without anything denied, why the choices themselves are impossible. `solver` has all
        constraints unguarded: choices are minimised with it, which is faster. `given` are further
        literals of nodes that are taken for granted. Raises `ConfigurationTakesTooLong`.
        """
        with ExitStack() as stack:
            always = [*known.literals, *given]
            if denied is not None:
                always.extend(stack.enter_context(denied.assumed(requests, solver)))
            found = minimal(solver, always, [one.literals for one in choices], deadline)
        if found is None:
            return None
        needed = [choices[at] for at in found]
        rules = self._rules(needed, known, denied, given, deadline)
        root = self.encoding.model.root
        if not rules and not needed and denied is not None and denied.slot.shared == 0:
            # The root is there without any rule.
            return Reason((), (f"node:{root.key}",), (f"{root.name} is what is configured",))
        return self._named(rules, tuple(one.choice for one in needed), known)

    def _named(
        self,
        places: Iterable[int],
        choices: tuple[Choice, ...] = (),
        known: Known | None = None,
    ) -> Reason:
        places = tuple(places)
        keys: list[str] = []
        messages: list[str] = []
        for at in places:
            keys.append(self._sources[at].key)
            if at not in self._messages:
                self._messages[at] = self._sources[at].message
            messages.append(self._messages[at])
        facts: tuple[tuple[str, Value], ...] = ()
        if known is not None and known.values:
            asked = frozenset[str]().union(*(self._asked(at) for at in places))
            facts = tuple(
                (name, known.values[name]) for name in sorted(asked & known.values.keys())
            )
        return Reason(choices, tuple(keys), tuple(messages), facts)

    def _asked(self, at: int) -> frozenset[str]:
        """The facts that a rule asks for, itself or by what is calculated."""
        found = self._facts.get(at)
        if found is None:
            source = self._sources[at]
            rule = source.source if isinstance(source, Constraint) else None
            asked = rule.condition if isinstance(rule, Rule) else None
            found = frozenset() if asked is None else self._facts_in(asked, frozenset())
            self._facts[at] = found
        return found

    def _facts_in(self, expression: Expression, above: frozenset[AttributeOf]) -> frozenset[str]:
        names: set[str] = set()
        for part in walk(expression):
            if isinstance(part, FactOf):
                names.add(part.name)
            elif isinstance(part, AttributeOf) and part in self._calculated and part not in above:
                names |= self._facts_in(self._calculated[part], above | {part})
        return frozenset(names)

    def _rules(
        self,
        choices: Sequence[Assumed],
        known: Known,
        denied: Denied | None,
        given: tuple[int, ...],
        deadline: Deadline,
    ) -> tuple[int, ...]:
        """The places of the rules that, with all these choices, exclude what is denied."""
        what = None if denied is None else (denied.slot.index, denied.value, denied.negated)
        key = (known.literals, what, given, *(one.literals for one in choices))
        remembered = self._remembered.get(key)
        if remembered is not None:
            return remembered
        always = [*self._requests.facts(known.values).literals, *given]
        for one in choices:
            always.extend(self._requests.assume(one.choice.target, one.choice.value, "")[1])
        with ExitStack() as stack:
            solver = stack.enter_context(self._pool.borrowed(deadline))
            if denied is not None:
                always.extend(stack.enter_context(denied.assumed(self._requests, solver)))
            found = minimal(solver, always, self._guards, deadline, self._places)
        assert found is not None, "the guarded formula is not the formula"
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = tuple(found)
        return tuple(found)

    def implied_by(self, one: Rule | Table, deadline: Deadline) -> Reason | None:
        """The other constraints that leave nothing for this one to forbid; None if it forbids.

        Items that are not sold just now are left out of it.
        """
        (own,) = (
            at
            for at, source in enumerate(self._sources)
            if isinstance(source, Constraint) and source.source is one
        )
        source = self._sources[own]
        assert isinstance(source, Constraint)
        others = [
            at
            for at, source in enumerate(self._sources)
            if at != own and isinstance(source, Constraint)
        ]
        guards = [(self._guard(at),) for at in others]
        needed: set[int] = set()
        with self._pool.borrowed(deadline) as solver:
            # It is implied when each of its clauses is: when none can be false beside the others.
            for clause in self._clauses(source):
                found = minimal(solver, [-literal for literal in clause], guards, deadline)
                if found is None:
                    return None
                needed.update(others[at] for at in found)
        return self._named(sorted(needed))

    def _clauses(self, constraint: Constraint) -> Iterator[list[int]]:
        clause: list[int] = []
        for literal in self.encoding.constraints.flat[constraint.start : constraint.end]:
            if literal:
                clause.append(literal)
            else:
                yield clause
                clause = []


def _rank(constraint: Constraint) -> int:
    match constraint.source:
        case Rule():
            return 0
        case Table():
            return 1
        case Group():
            return 2
        case _:
            return 3
