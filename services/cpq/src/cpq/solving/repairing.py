"""What mends a conflict: the least sets of choices that have to go.

They are the minimal sets that hit every contradiction among the choices (Reiter, "A theory of
diagnosis from first principles", 1987). `pysat`'s Hitman finds them, smallest first, while the
solver brings the contradictions that a proposed set does not hit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pysat.examples.hitman import Hitman

from cpq.solving.requests import Assumed
from cpq.solving.satisfying import Deadline, Solver

MOST_REPAIRS: Final = 12
"""So many are shown; all of the same number of changes are found before they are ranked."""

MOST_FOUND: Final = 100


def corrections(
    solver: Solver, always: Sequence[int], choices: Sequence[Assumed], deadline: Deadline
) -> list[tuple[int, ...]]:
    """The least sets of places in `choices` without which the rest is consistent, smallest first.

    No set contains another. Empty where no set does, because what always holds is inconsistent.
    Raises `ConfigurationTakesTooLong`.
    """
    if not solver.solve(always, deadline):
        return []
    found: list[tuple[int, ...]] = []
    with Hitman(htype="sorted") as hitman:
        while True:
            deadline.check()
            hitting = hitman.get()
            if hitting is None:
                break
            if len(found) >= MOST_REPAIRS and len(hitting) > len(found[-1]):
                break
            gone = set(hitting)
            kept = [
                literal
                for at, one in enumerate(choices)
                if at not in gone
                for literal in one.literals
            ]
            if solver.solve([*always, *kept], deadline):
                found.append(tuple(sorted(hitting)))
                if not hitting or len(found) >= MOST_FOUND:
                    break
                hitman.block(hitting)
                continue
            core = set(solver.core())
            hitman.hit(
                [
                    at
                    for at, one in enumerate(choices)
                    if at not in gone and not core.isdisjoint(one.literals)
                ]
            )
    return sorted(found, key=lambda places: (len(places), places))
