"""The configuration that is proposed: choices, preferences, defaults, then the plainest rest.

What is wanted stands in one fixed order: preferences by weight, defaults of nodes, then node by
node whether it is selected (only as many members of a group as it needs, the first ones), its
quantity and its attributes (the default, else the first or least value). Each wish is kept when it
is consistent with the choices and all wishes kept before. So the proposal is one configuration, a
function of the model, the choices and the facts, whatever their order and whoever finds it.

Most wishes are granted by unit propagation of all of them at once; the solver decides where that
meets a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cpq.configuration.expressions import Value
from cpq.configuration.model import Group
from cpq.solving.encoding import Encoding, Few, Many
from cpq.solving.satisfying import Deadline, Solver
from cpq.solving.variables import Part


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The values of a quantity or attribute, and those that are tried first."""

    domain: Few | Many
    default: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Members:
    """A group: how many members it needs, which they are, and which have a default of their own."""

    needs: int
    selected: tuple[int, ...]
    early: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Step:
    """A node: whether it is selected, then what it is like."""

    selected: int
    parent: int
    group: _Members | None
    position: int
    wanted: tuple[_Wanted, ...]


class Proposer:
    """Knows the wishes of one model."""

    def __init__(self, encoding: Encoding) -> None:
        model = encoding.model
        order = sorted(
            range(len(model.preferences)), key=lambda at: (-model.preferences[at].weight, at)
        )
        parts = encoding.variables.parts.values()
        self._first: list[tuple[int, ...]] = [(encoding.preferences[at],) for at in order]
        self._first.extend(wish for part in parts if (wish := quantity_wish(part)))
        groups: dict[str, _Members] = {}
        self._steps = [self._step(part, groups) for part in parts]
        # Facts that are left open take their first value, last of all.
        self._facts = [_Wanted(domain, ()) for domain in encoding.variables.facts.values()]

    def _step(self, part: Part, groups: dict[str, _Members]) -> _Step:
        wanted: list[_Wanted] = []
        if part.quantity is not None:
            wanted.append(_Wanted(_positive(part.quantity), ()))
        for attribute in part.node.attributes:
            domain = part.attributes.get(attribute.code)
            if domain is not None:
                wanted.append(_Wanted(domain, literals_of(domain, attribute.default)))
        if part.parent is None or part.group is None:
            return _Step(part.selected, part.selected, None, 0, tuple(wanted))
        members = part.parent.children[part.group.key]
        first = members[0].node.key
        if first not in groups:
            groups[first] = _Members(
                _needs(part.group),
                tuple(member.selected for member in members),
                frozenset(one.selected for one in members if one.node.default is not None),
            )
        group = groups[first]
        position = group.selected.index(part.selected) if group.needs else 0
        return _Step(part.selected, part.parent.selected, group, position, tuple(wanted))

    def propose(
        self,
        solver: Solver,
        given: Sequence[int],
        forced: Iterable[int],
        deadline: Deadline,
    ) -> set[int]:
        """The true literals of the proposed configuration.

        Args:
            solver: with all constraints.
            given: what must hold, which some configuration does.
            forced: literals that hold in every configuration with what is given.
            deadline: raises `ConfigurationTakesTooLong` when it is over.
        """
        return _Walk(solver, given, forced, deadline).through(self._first, self._steps, self._facts)


class _Walk:
    """One way through all wishes; goes back to where a wish could not be granted."""

    def __init__(
        self, solver: Solver, given: Sequence[int], forced: Iterable[int], deadline: Deadline
    ) -> None:
        self.solver = solver
        self.given = list(given)
        self.forced = frozenset(forced)
        self.deadline = deadline
        self.wishes: list[int] = []
        """Literals wished for, and the opposite of those that could not be granted."""
        self.places: list[int] = []
        """At which step each was wished for."""
        self.true: set[int] = set(self.forced)
        self.true.update(given)
        self.needed: dict[int, int] = {}
        self.at = 0

    def through(
        self,
        first: Sequence[tuple[int, ...]],
        steps: Sequence[_Step],
        facts: Sequence[_Wanted],
    ) -> set[int]:
        early = len(first)
        end = early + len(steps) + len(facts)
        self._look()
        while True:
            while self.at < end:
                if self.at < early:
                    for literal in first[self.at]:
                        self._want(literal)
                elif self.at < early + len(steps):
                    self._visit(steps[self.at - early])
                else:
                    self._choose(facts[self.at - early - len(steps)])
                self.at += 1
            if self._granted():
                return self.true

    def _look(self) -> None:
        """What propagation makes of the wishes that are known to be consistent."""
        met, trail = self.solver.implied(self.given + self.wishes)
        if not met:
            self._exactly()
            return
        self.true = set(trail)
        self.true |= self.forced
        self.true.update(self.given, self.wishes)
        self.needed.clear()

    def _granted(self) -> bool:
        """Whether all wishes hold together; if not, go back to the first that does not."""
        self.deadline.check()
        assumed = self.given + self.wishes
        met, trail = self.solver.implied(assumed)
        if not met:
            self._refuse(self._first_refused(set(trail)))
            return False
        # The solver adds what no trail shows: what has become certain for good.
        model = self.solver.model(assumed, self.deadline)
        if model is None:
            self._exactly()
            return False
        self.true = set(model)
        return True

    def _first_refused(self, trail: set[int]) -> int:
        """The first wish that propagation refutes, given those before it."""
        # Propagation stops at the first wish that is false by then, or at a contradiction before.
        fine, refuted = 0, len(self.wishes)
        probe = next((at for at, wish in enumerate(self.wishes) if -wish in trail), refuted - 1)
        while refuted - fine > 1:
            met, _ = self.solver.implied(self.given + self.wishes[:probe])
            if met:
                fine = probe
                probe = min(probe + 1, (fine + refuted) // 2)
            else:
                refuted = probe
                probe = (fine + refuted) // 2
        return refuted - 1

    def _refuse(self, at: int) -> None:
        """The wish at this place is refuted by those before: take it back and go on from there."""
        self.at = self.places[at]
        self.wishes[at:] = [-self.wishes[at]]
        self.places[at:] = [self.at]
        self._look()

    def _exactly(self) -> None:
        """Propagation believed wishes that contradict each other: ask the solver which."""
        low, high = 0, len(self.wishes)
        # The shortest beginning that is inconsistent.
        while low < high:
            middle = (low + high) // 2
            if self.solver.solve(self.given + self.wishes[: middle + 1], self.deadline):
                low = middle + 1
            else:
                high = middle
        assert low < len(self.wishes), "the given literals are inconsistent"
        self._refuse(low)

    def _want(self, literal: int) -> bool:
        """Wish for a literal, unless it is settled; whether it is true now."""
        if literal in self.true:
            return True
        if -literal in self.true:
            return False
        self.true.add(literal)
        self.wishes.append(literal)
        self.places.append(self.at)
        return True

    def _visit(self, step: _Step) -> None:
        true, selected, group = self.true, step.selected, step.group
        if step.parent not in true:
            true.add(-selected)
            return
        if group is not None and group.needs:
            needed = self._needed(group, step.position)
            taken = self._want(selected) if needed > 0 else not self._want(-selected)
            counted = selected in self.forced or selected in group.early
            self.needed[group.selected[0]] = needed - (taken and not counted)
        elif selected not in true:
            self._want(-selected)
        if selected in true:
            for wanted in step.wanted:
                self._choose(wanted)

    def _needed(self, group: _Members, position: int) -> int:
        """How many more members to wish for, from this one on.

        Of those to come only the ones count that are certain whatever is wished for, or had a wish
        of their own: what propagation happens to know must not matter.
        """
        known = self.needed.get(group.selected[0])
        if known is not None:
            return known
        before = sum(one in self.true for one in group.selected[:position])
        certain = sum(
            one in self.forced or (one in group.early and one in self.true)
            for one in group.selected[position:]
        )
        return group.needs - before - certain

    def _choose(self, wanted: _Wanted) -> None:
        """The default, else the first value that is possible."""
        domain = wanted.domain
        if isinstance(domain, Many):
            for literal in wanted.default or [-bit for bit in reversed(domain.bits)]:
                self._want(literal)
            return
        for literal in (*wanted.default, *domain.literals):
            if self._want(literal):
                return


def _needs(group: Group) -> int:
    """How many members are wished for: those that the group needs, one where it counts units."""
    return max(group.minimum, 1 if group.least_units else 0)


def quantity_wish(part: Part) -> tuple[int, ...]:
    """The literals of a node's default quantity; none where it has none or another than it may."""
    default = part.node.default
    if default is None:
        return ()
    if default == 0:
        return (-part.selected,)
    if part.quantity is None:
        return (part.selected,) if default == 1 else ()
    return literals_of(part.quantity, Decimal(default))


def literals_of(domain: Few | Many, value: Value | None) -> tuple[int, ...]:
    """What is wished for a value, the highest bit first: what is near it comes next."""
    if value is None:
        return ()
    if isinstance(domain, Few):
        literal = domain.literal(value)
        return () if literal is None else (literal,)
    position = domain.position(value)
    if position is None:
        return ()
    owner, *bits = domain.assumptions(position)
    return (owner, *reversed(bits))


def _positive(quantity: Few | Many) -> Few | Many:
    """The quantities of a node that is selected."""
    if isinstance(quantity, Many):
        return quantity
    return Few(quantity.values[1:], quantity.literals[1:])
