"""The configuration that is proposed: choices, preferences, defaults, then the plainest rest.

What is wished for stands in one fixed order: preferences by weight; defaults in the model's order,
an attribute's for as long as its node is selected; then as few nodes as possible, of a group the
first ones; then the first or least values. Each wish is granted when it is consistent with the
choices and all wishes granted before. So the proposal is one configuration, a function of the
model, the choices and the facts, whatever their order and whoever finds it: the circuit in one way
up, or the solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpq.configuration.model import Node
from cpq.solving.compiled import Circuit
from cpq.solving.domains import Left
from cpq.solving.encoding import FALSE, TRUE, Encoding, Few, Many
from cpq.solving.satisfying import Deadline, Solver
from cpq.solving.variables import Part


class Proposer:
    """Knows the wishes of one model."""

    def __init__(self, encoding: Encoding, circuit: Circuit | None) -> None:
        wishes: dict[int, int] = {}
        for literal in _wishes(encoding):
            # Of a literal and its opposite, the one that is wished for first counts.
            if literal not in (TRUE, FALSE):
                wishes.setdefault(abs(literal), literal)
        self.wishes = list(wishes.values())
        self._core = encoding.core
        self._excluded = [-one.literal for one in encoding.exclusions]
        self._circuit = circuit
        self._ranking = None
        # The circuit does not know what only preferences and calculated values ask for.
        if circuit is not None and max(wishes, default=0) <= encoding.core:
            self._ranking = circuit.ranking(self.wishes)
        self.follows = bool(encoding.calculated)
        """Whether values follow from the wishes that are none of them."""

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
        return best(solver, list(given), open_ones, deadline)


def best(solver: Solver, given: list[int], wishes: Sequence[int], deadline: Deadline) -> list[int]:
    """The configuration that grants the first wish if any does, among those the second, and so on.

    All wishes are propagated at once, as far as that meets no contradiction; what it refutes is not
    granted. Propagation may believe what is impossible: then the solver decides wish by wish.
    """
    settled = list(given)
    waiting = list(wishes)
    while True:
        deadline.check()
        met, trail = solver.implied(settled + waiting)
        if met:
            model = solver.model(settled + waiting, deadline)
            return _exactly(solver, given, wishes, deadline) if model is None else model
        true = set(trail)
        refuted = next((at for at, wish in enumerate(waiting) if -wish in true), None)
        if refuted is not None:
            met, trail = solver.implied(settled + waiting[:refuted])
        if refuted is None or not met:
            refuted = _first_refuted(solver, settled, waiting)
            met, trail = solver.implied(settled + waiting[:refuted])
        if not met:
            return _exactly(solver, given, wishes, deadline)
        true = set(trail)
        settled += waiting[:refuted]
        settled.append(-waiting[refuted])
        waiting = [
            wish for wish in waiting[refuted + 1 :] if wish not in true and -wish not in true
        ]


def _first_refuted(solver: Solver, settled: list[int], waiting: list[int]) -> int:
    """The first wish after which propagation meets a contradiction; all together meet one."""
    fine, refuted = 0, len(waiting)
    while refuted - fine > 1:
        middle = (fine + refuted) // 2
        met, _ = solver.implied(settled + waiting[:middle])
        fine, refuted = (middle, refuted) if met else (fine, middle)
    return refuted - 1


def _exactly(
    solver: Solver, given: list[int], wishes: Sequence[int], deadline: Deadline
) -> list[int]:
    """Wish by wish: granted where the configuration at hand or another one has it."""
    settled = list(given)
    model = solver.model(settled, deadline)
    assert model is not None, "what is given is inconsistent"
    for wish in wishes:
        if model[abs(wish) - 1] == wish:
            settled.append(wish)
            continue
        other = solver.model([*settled, wish], deadline)
        settled.append(-wish if other is None else wish)
        model = model if other is None else other
    return model


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
    """Wishes that leave the first value: none of the later ones, from the last on."""
    if isinstance(domain, Many):
        yield from (-bit for bit in reversed(domain.bits))
    else:
        yield from (-literal for literal in reversed(domain.literals[1:]))
        yield domain.literals[0]
