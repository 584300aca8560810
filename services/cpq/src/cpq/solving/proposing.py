"""The configuration that is proposed: choices, preferences, defaults, then the plainest rest.

What is wished for stands in one fixed order: preferences by weight; defaults in the model's order,
an attribute's for as long as its node is selected; then as few nodes as possible, of a group the
first ones; then the first or least values. Each wish is granted when it is consistent with the
choices and all wishes granted before. So the proposal is one configuration, a function of the
model, the choices and the facts, whatever their order and whoever finds it: the circuit in one way
up, or the solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from cpq.configuration.model import Group, Node
from cpq.solving.compiled import Circuit
from cpq.solving.domains import Left
from cpq.solving.encoding import FALSE, TRUE, Encoding, Few, Many
from cpq.solving.granting import best
from cpq.solving.satisfying import Deadline, Solver
from cpq.solving.variables import Part, literals_of, quantity_wish


class Proposer:
    """Knows the wishes of one model."""

    def __init__(self, encoding: Encoding, circuit: Circuit | None) -> None:
        wishes: dict[int, int] = {}
        for literal in _wishes(encoding):
            # Of a literal and its opposite, the one that is wished for first counts.
            if literal not in (TRUE, FALSE):
                wishes.setdefault(abs(literal), literal)
        self.wishes = list(wishes.values())
        self._parts = list(encoding.variables.parts.values())
        self._domains = [_domains(part) for part in self._parts]
        self._core = encoding.core
        self._excluded = [-one.literal for one in encoding.exclusions]
        self._circuit = circuit
        self._ranking = None
        # The circuit does not know what only preferences ask for.
        if circuit is not None and max(wishes, default=0) <= encoding.core:
            self._ranking = circuit.ranking(self.wishes)

    @property
    def size_bytes(self) -> int:
        """About how much memory the wishes hold."""
        return 0 if self._ranking is None else self._ranking.size_bytes

    def granted(self, given: Sequence[int]) -> list[int] | None:
        """The proposal's literals by the circuit; None where that cannot tell."""
        if self._circuit is None or self._ranking is None:
            return None
        within = [literal for literal in given if -self._core <= literal <= self._core]
        return self._circuit.best(self._ranking, [*within, *self._excluded])

    def propose(
        self, solver: Solver, given: Sequence[int], left: Left, deadline: Deadline
    ) -> list[int]:
        """The true literals of the proposal for what is given, which is consistent.

        Args:
            solver: with all constraints.
            given: what must hold.
            left: what may be beside it.
            deadline: raises `ConfigurationTakesTooLong` when it is over.
        """
        certain = set(left.forced())
        open_ones = [wish for wish in self.wishes if wish not in certain and -wish not in certain]
        return best(solver, given, open_ones, lambda known: self._guess(known | certain), deadline)

    def _guess(self, known: Set[int]) -> set[int]:
        """Wishes that will not be granted, where literals are known to be true.

        As few nodes as possible are wished for; of a group the first ones that it needs will be
        there all the same.
        """
        refused: set[int] = set()
        needed: set[int] = set()
        for part in self._parts:
            selected = part.selected
            if part.parent is not None and -part.parent.selected not in refused:
                continue
            if -selected in known or not (selected in known or _needed(part, needed)):
                continue
            refused.add(-selected)
            for group in part.node.groups:
                needed.update(_first_members(group, part.children.get(group.key, ()), known))
            for domain, default in self._domains[part.index]:
                refused.update(-literal for literal in _first_left(domain, default, known))
        return refused


def _wishes(encoding: Encoding) -> Iterator[int]:
    model = encoding.model
    order = sorted(
        range(len(model.preferences)), key=lambda at: (-model.preferences[at].weight, at)
    )
    yield from (encoding.preferences[at] for at in order)
    yield from encoding.defaults
    parts = _plainest(encoding)
    yield from (-part.selected for part in parts)
    for part in parts:
        if part.quantity is not None:
            yield from _first(part.quantity)
        for domain in part.attributes.values():
            yield from _first(domain)
    # Facts that are left open take their first value, last of all.
    for domain in encoding.variables.facts.values():
        yield from _first(domain)


def _plainest(encoding: Encoding) -> list[Part]:
    """Nodes before their children, in a group the last first: what is left are the first ones."""
    found: list[Part] = []
    parts = encoding.variables.parts
    waiting: list[Node] = [encoding.model.root]
    while waiting:
        node = waiting.pop()
        found.append(parts[node.key])
        waiting.extend(member for group in node.groups for member in group.members)
    return found


def _first(domain: Few | Many) -> Iterator[int]:
    """Wishes that leave the first value: none of the values, from the last on."""
    literals = domain.bits if isinstance(domain, Many) else domain.literals
    yield from (-literal for literal in reversed(literals))


def _domains(part: Part) -> list[tuple[Few | Many, tuple[int, ...]]]:
    """The domains of a node, each with what holds for its default."""
    found: list[tuple[Few | Many, tuple[int, ...]]] = []
    if isinstance(part.quantity, Few):
        positive = Few(part.quantity.values[1:], part.quantity.literals[1:])
        found.append((positive, () if part.node.default == 0 else quantity_wish(part)))
    elif part.quantity is not None:
        found.append((part.quantity, () if part.node.default == 0 else quantity_wish(part)))
    for attribute in part.node.attributes:
        domain = part.attributes.get(attribute.code)
        if domain is not None:
            found.append((domain, literals_of(domain, attribute.default)))
    return found


def _first_left(domain: Few | Many, default: tuple[int, ...], known: Set[int]) -> Sequence[int]:
    """What is true of the default, else of the first value that is not known to be impossible."""
    if default and not any(-literal in known for literal in default):
        return [literal for literal in default if literal > 0]
    if isinstance(domain, Many):
        return ()
    return [literal for literal in domain.literals if -literal not in known][:1]


def _needed(part: Part, needed: Set[int]) -> bool:
    return part.node.required or bool(part.node.default) or part.index in needed


def _first_members(group: Group, members: Sequence[Part], known: Set[int]) -> list[int]:
    """The first members that a group needs beside those that are there anyhow."""
    needs = max(group.minimum, 1 if group.least_units else 0)
    certain = [one for one in members if one.selected in known or _needed(one, frozenset())]
    others = [one.index for one in members if one not in certain and -one.selected not in known]
    return others[: max(needs - len(certain), 0)]
