"""Wishes in an order, granted by a SAT solver: the way of models that are not compiled.

The best configuration grants the first wish that any can grant, then among those that grant it the
second, and so on. Unit propagation of all wishes at once shows nearly all of it, if those are left
out that will not be granted: so these are guessed, and markers among the assumptions tell which
guesses follow from the wishes before them. Where propagation is not enough, the solver decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from cpq.solving.satisfying import Deadline, Solver

Guess = Callable[[set[int]], Set[int]]
"""From literals that are known to be true to wishes that will probably not be granted."""


@dataclass(frozen=True, slots=True)
class _Assumed:
    """Settled literals, then the wishes that wait, with a marker in place of one that is left out.

    `settled` counts the settled ones; `left_out` has the place and marker of wishes left out.
    """

    literals: list[int]
    settled: int
    wishes: Sequence[int]
    left_out: list[tuple[int, int]]

    @property
    def assumed(self) -> list[int]:
        """The wishes and markers."""
        return self.literals[self.settled :]

    def before(self, at: int) -> list[int]:
        """What is settled once all wishes before this one are: granted or refuted."""
        refused = {place for place, _ in self.left_out}
        return [
            *self.literals[: self.settled],
            *(-wish if place in refused else wish for place, wish in enumerate(self.wishes[:at])),
        ]


def best(
    solver: Solver,
    given: Sequence[int],
    wishes: Sequence[int],
    guess: Guess,
    deadline: Deadline,
) -> list[int]:
    """The true literals of the best configuration with what is given, which is consistent."""
    settled = list(given)
    waiting = list(wishes)
    while True:
        deadline.check()
        met, trail = solver.implied(settled)
        if not met:
            # What propagation let pass one by one was more than can stand together after all.
            return _exactly(solver, given, wishes, deadline)
        known = {*trail, *settled}
        assumed = _assume(solver, settled, waiting, guess(known))
        end, trail = _until_refuted(solver, assumed)
        doubtful = _first_doubtful(assumed, end, trail)
        if doubtful is None and end == len(waiting):
            model = solver.model(assumed.literals, deadline)
            return _exactly(solver, given, wishes, deadline) if model is None else model
        at = end if doubtful is None else doubtful
        settled = assumed.before(at)
        wish = waiting[at]
        grant = doubtful is not None and solver.solve([*settled, wish], deadline)
        settled.append(wish if grant else -wish)
        waiting = waiting[at + 1 :]


def _assume(
    solver: Solver, settled: Sequence[int], waiting: Sequence[int], left_out: Set[int]
) -> _Assumed:
    literals = list(settled)
    marked: list[tuple[int, int]] = []
    for at, wish in enumerate(waiting):
        if wish in left_out:
            marker = solver.marker(len(marked))
            marked.append((at, marker))
            literals.append(marker)
        else:
            literals.append(wish)
    return _Assumed(literals, len(settled), waiting, marked)


def _until_refuted(solver: Solver, assumed: _Assumed) -> tuple[int, list[int]]:
    """How many of the wishes propagation holds together, and what follows from those.

    The next one, if there is any, contradicts them.
    """
    met, trail = solver.implied(assumed.literals)
    if met:
        return len(assumed.wishes), trail
    # Propagation stops at the first wish that is false by then, or at a contradiction before.
    true = set(trail)
    fine, refuted = 0, len(assumed.wishes)
    probe = next((at for at, wish in enumerate(assumed.assumed) if -wish in true), None)
    while refuted - fine > 1 or probe is not None:
        middle = (fine + refuted) // 2 if probe is None else probe
        met, trail = solver.implied(assumed.literals[: assumed.settled + middle])
        if met and probe is not None and -assumed.assumed[probe] in trail:
            return probe, trail
        fine, refuted = (max(middle, fine), refuted) if met else (fine, min(middle, refuted))
        probe = None
    return refuted - 1, solver.implied(assumed.literals[: assumed.settled + refuted - 1])[1]


def _first_doubtful(assumed: _Assumed, end: int, trail: Sequence[int]) -> int | None:
    """The first of these wishes that is left out though the opposite does not follow."""
    place = {literal: at for at, literal in enumerate(trail)}
    beyond = len(trail)
    return next(
        (
            at
            for at, marker in assumed.left_out
            if at < end and place.get(-assumed.wishes[at], beyond) > place[marker]
        ),
        None,
    )


def _exactly(
    solver: Solver, given: Sequence[int], wishes: Sequence[int], deadline: Deadline
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
