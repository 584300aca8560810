"""What looks wrong in a model, whoever asks: with no choices, and facts left open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from cpq.configuration.answers import Finding, Lint, Reason
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Rule, Table, Target
from cpq.solving.domains import Left
from cpq.solving.encoding import Few, Many
from cpq.solving.explaining import Denied, minimal
from cpq.solving.machinery import Machinery
from cpq.solving.refusals import ConfigurationTakesTooLong
from cpq.solving.requests import Known, in_words
from cpq.solving.satisfying import Deadline, Solver
from cpq.solving.targets import Slot
from cpq.solving.variables import Part, literals_of, quantity_wish


@dataclass(slots=True)
class _Default:
    """A default in words, and the clauses that hold when it is kept."""

    place: str
    clauses: list[list[int]]


class Linter:
    """One look at a model, with a solver of its own."""

    def __init__(self, machinery: Machinery, solver: Solver, deadline: Deadline) -> None:
        self._machinery = machinery
        self._solver = solver
        self._deadline = deadline
        self._known: Known = machinery.requests.facts({})
        self._place = machinery.model.key

    def findings(self) -> list[Lint]:
        """Everything that is found; the last is UNFINISHED when time ran out."""
        found: list[Lint] = []
        try:
            # Those found before time runs out are kept.
            found.extend(self._all())
        except ConfigurationTakesTooLong as over:
            found.append(Lint(Finding.UNFINISHED, self._place, over.detail))
        return found

    def _all(self) -> Iterator[Lint]:
        left = self._machinery.domains.left(
            lambda: self._solver, self._known.literals, self._deadline
        )
        if not left.consistent:
            because = self._because(None)
            yield Lint(Finding.VOID, self._machinery.model.key, because)
            return
        for slot in self._machinery.requests.slots:
            self._place = place(slot.target)
            self._deadline.doing = f"the check of {self._place}"
            self._deadline.check()
            yield from self._slot(slot, left)
        yield from self._defaults()
        yield from self._redundant()

    def _slot(self, slot: Slot, left: Left) -> Iterator[Lint]:
        if slot.calculated or not left.may(slot.owner):
            return
        if isinstance(slot.target, Selected) and slot.part is not None:
            yield from self._node(slot, slot.part, left)
        elif isinstance(slot.domain, Few):
            for value, literal in zip(slot.domain.values, slot.domain.literals, strict=True):
                absent = isinstance(slot.target, Quantity) and value == 0
                if not absent and not left.may(literal) and _node_may(slot, left):
                    yield self._dead(slot, value)
        elif isinstance(slot.domain, Many):
            yield from self._ends(slot, slot.domain)

    def _node(self, slot: Slot, part: Part, left: Left) -> Iterator[Lint]:
        key = part.node.key
        if not left.may(part.selected):
            yield Lint(Finding.DEAD, key, self._because(Denied(slot, True)))
            return
        if not left.may(-part.selected):
            yield Lint(Finding.CORE, key, "Every configuration has it")
        if part.parent is None or part.group is None or part.node.required:
            return
        if part.group.minimum >= len(part.group.members):
            return
        given = [*self._known.literals, part.parent.selected]
        (may,) = self._machinery.domains.each(
            lambda: self._solver, [(given, -part.selected)], self._deadline
        )
        if not may:
            because = self._because(Denied(slot, False), (part.parent.selected,))
            yield Lint(Finding.FALSE_OPTIONAL, key, because)

    def _dead(self, slot: Slot, value: Value) -> Lint:
        return Lint(
            Finding.DEAD, f"{place(slot.target)}={value}", self._because(Denied(slot, value))
        )

    def _ends(self, slot: Slot, domain: Many) -> Iterator[Lint]:
        """Values below or above which none is ever taken."""
        ends = self._machinery.domains.ends(
            self._solver, self._known.literals, domain, self._deadline
        )
        if ends is None:
            return
        if ends[0] > 0:
            because = self._because(Denied(slot, domain.value(0)))
            yield Lint(Finding.DEAD, f"{place(slot.target)}<{domain.value(ends[0])}", because)
        if ends[1] < domain.size - 1:
            because = self._because(Denied(slot, domain.value(domain.size - 1)))
            yield Lint(Finding.DEAD, f"{place(slot.target)}>{domain.value(ends[1])}", because)

    def _because(self, denied: Denied | None, given: tuple[int, ...] = ()) -> str:
        """The rules that stand behind it, in words."""
        reason = self._machinery.explainer.reason(
            self._solver,
            self._machinery.requests,
            (),
            self._known,
            denied,
            self._deadline,
            given,
        )
        return in_sentence(reason)

    def _defaults(self) -> Iterator[Lint]:
        """Defaults that no configuration has all at once."""
        defaults: list[_Default] = []
        for slot in self._machinery.requests.slots:
            self._place = place(slot.target)
            found = _default(slot)
            if isinstance(found, Lint):
                yield found
            elif found is not None:
                defaults.append(found)
        self._deadline.doing = "the check of defaults"
        with ExitStack() as stack:
            demands = [stack.enter_context(self._solver.demand(one.clauses)) for one in defaults]
            alive = list(range(len(defaults)))
            while True:
                elements = [(demands[at],) for at in alive]
                clash = minimal(self._solver, self._known.literals, elements, self._deadline)
                if clash is None:
                    return
                clashing = [alive[at] for at in clash]
                self._place = defaults[clashing[0]].place
                others = ", ".join(defaults[at].place for at in clashing[1:])
                yield Lint(
                    Finding.CONTRADICTORY_DEFAULTS,
                    self._place,
                    f"No configuration has this default together with those of {others}"
                    if others
                    else "No configuration has this default",
                )
                alive.remove(clashing[-1])

    def _redundant(self) -> Iterator[Lint]:
        """Rules and tables without which nothing more would be allowed."""
        encoding = self._machinery.encoding
        asked = {constraint.key for constraint in encoding.named}
        model = self._machinery.model
        written: list[Rule | Table] = [*model.tables, *model.rules]
        for one in written:
            self._place = one.key
            self._deadline.doing = f"the check of {one.key}"
            if one.key not in asked:
                yield Lint(Finding.REDUNDANT, one.key, "It always holds")
                continue
            because = self._machinery.explainer.implied_by(one, self._deadline)
            if because is not None:
                yield Lint(Finding.REDUNDANT, one.key, in_sentence(because))


def place(target: Target) -> str:
    """The key of a target, as a lint names it."""
    match target:
        case AttributeOf(node, code):
            return f"{node}.{code}"
        case Quantity(node):
            return f"qty({node})"
        case Selected(node):
            return node
        case _:
            return in_words(target)


def in_sentence(reason: Reason | None) -> str:
    """The keys and words of the rules behind a finding."""
    if reason is None or not reason.rules:
        return "The model says so itself"
    return "; ".join(
        f"{key}: {message}" for key, message in zip(reason.rules, reason.messages, strict=True)
    )


def _node_may(slot: Slot, left: Left) -> bool:
    return slot.part is None or left.may(slot.part.selected)


def _default(slot: Slot) -> _Default | Lint | None:
    """A default as clauses, or what is wrong with it."""
    if slot.part is None or slot.calculated:
        return None
    where = place(slot.target)
    if slot.attribute is not None:
        value, domain, owner = slot.attribute.default, slot.domain, slot.owner
    elif isinstance(slot.target, Selected) and slot.part.node.default is not None:
        return _quantity(slot.part, where)
    else:
        return None
    if value is None or domain is None:
        return None
    literals = literals_of(domain, value)
    if not literals:
        return Lint(Finding.CONTRADICTORY_DEFAULTS, where, f"{value} is none of its values")
    return _Default(where, [[-owner, literal] for literal in literals])


def _quantity(part: Part, where: str) -> _Default | Lint:
    default = part.node.default
    if default == 0:
        return _Default(where, [[-part.selected]])
    wish = quantity_wish(part)
    if not wish:
        return Lint(Finding.CONTRADICTORY_DEFAULTS, where, f"{default} is none of its quantities")
    above = [] if part.parent is None else [-part.parent.selected]
    return _Default(where, [[*above, literal] for literal in wish])
