"""What each literal may still be: by the compiled circuit where there is one, else by SAT.

One witness proves half of all values at once, and witnesses of earlier questions prove most of
them again; only what is left is asked, a call for each literal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled import Circuit
from cpq.solving.encoding import FALSE, TRUE, Encoding, Few, Many
from cpq.solving.satisfying import Deadline, Flags, Solver
from cpq.solving.targets import Slot


@dataclass(frozen=True, slots=True)
class Left:
    """Of each variable, at its number: may it be true, may it be false, beside the assumptions.

    Only for variables that a target's domain has. Both are all false where no configuration has
    the assumptions.
    """

    consistent: bool
    true: Flags
    false: Flags

    def may(self, literal: int) -> bool:
        """Whether a literal may hold."""
        return bool(self.true[literal] if literal > 0 else self.false[-literal])

    def forced(self) -> list[int]:
        """The literals that must hold."""
        (variables,) = np.nonzero(self.true ^ self.false)
        found: list[int] = np.where(self.true[variables], variables, -variables).tolist()
        return found


class Domains:
    """Works out what is left of one encoding's variables."""

    def __init__(self, encoding: Encoding, slots: Sequence[Slot], circuit: Circuit | None) -> None:
        self._total = encoding.total
        self._core = encoding.core
        self.circuit = circuit
        self._excluded = [-one.literal for one in encoding.exclusions]
        literals = np.array(
            sorted({abs(literal) for slot in slots for literal in _literals(slot.domain)}),
            dtype=np.int64,
        )
        self._above = np.zeros(encoding.total + 1, dtype=np.int64)
        """Of each variable, the selection of the node without which it is false; 0 for none."""
        for part in encoding.variables.parts.values():
            if part.parent is not None:
                self._above[part.selected] = part.parent.selected
            for domain in (part.quantity, *part.attributes.values()):
                for literal in _literals(domain):
                    if literal not in (part.selected, -part.selected):
                        self._above[abs(literal)] = part.selected
        self._asked = literals
        """Variables of targets, in order."""
        self._grids = [slot.domain for slot in slots if isinstance(slot.domain, Many)]
        self._ever_ends: dict[tuple[int, ...], tuple[int, int]] = {}
        self._ever: Left | None = None
        """What is left without any assumption, once that is known."""

    def left(
        self, lease: Callable[[], Solver], assumptions: Sequence[int], deadline: Deadline
    ) -> Left:
        """What is left beside the assumptions. Raises `ConfigurationTakesTooLong`.

        `lease` gives a solver where one is needed.
        """
        deadline.check()
        true = np.zeros(self._total + 1, dtype=np.bool_)
        false = np.zeros(self._total + 1, dtype=np.bool_)
        if self.circuit is not None:
            within = [one for one in assumptions if -self._core <= one <= self._core]
            possible = self.circuit.possible([*within, *self._excluded])
            if not possible.consistent:
                return Left(False, true, false)
            true[: self._core + 1] = possible.true
            false[: self._core + 1] = possible.false
            return Left(True, true, false)
        solver = lease()
        ever = self._ever
        if ever is None:
            empty = np.zeros(self._total + 1, dtype=np.bool_)
            all_may = Left(True, ~empty, ~empty)
            fresh = Left(True, empty, empty.copy())
            ever = self._ever = self._prove(solver, (), fresh, all_may, deadline)
        fresh = Left(True, true, false)
        return self._prove(solver, assumptions, fresh, ever, deadline)

    def _prove(
        self,
        solver: Solver,
        assumptions: Sequence[int],
        left: Left,
        ever: Left,
        deadline: Deadline,
    ) -> Left:
        """Fill in what is left of the variables that are asked for, by SAT.

        What may not be ever, whatever is assumed, is not asked again.
        """
        asked = self._asked
        met, trail = solver.implied(assumptions)
        if not met:
            return Left(False, left.true, left.false)
        rows = solver.known(assumptions)
        if not len(rows):
            found = solver.witness(assumptions, deadline)
            if found is None:
                return Left(False, left.true, left.false)
            rows = found[np.newaxis]
        seen = rows[:, asked]
        left.true[asked] |= seen.any(axis=0)
        left.false[asked] |= ~seen.all(axis=0)
        implied = np.zeros(self._total + 1, dtype=np.bool_)
        implied[np.abs(np.array(trail, dtype=np.int64))] = True
        # A literal is open where the other one is proved and it is not, nor implied away.
        settled = (left.true[asked] & left.false[asked]) | implied[asked]
        settled |= ~(ever.true[asked] & ever.false[asked])
        waiting = asked[~settled]
        signs = np.where(left.true[waiting], -1, 1)
        given = list(assumptions)
        todo = waiting * signs
        idle: NDArray[np.int64] = todo[:0]
        while len(todo):
            # Let the next witness prove as much as it can; what is proved is left out of its way.
            solver.prefer([*(-idle).tolist(), *self._above_all(todo), *todo.tolist()])
            found = solver.witness([*given, int(todo[0])], deadline)
            if found is None:
                todo = todo[1:]
                continue
            left.true[asked] |= found[asked]
            left.false[asked] |= ~found[asked]
            proved = found[np.abs(todo)] == (todo > 0)
            idle = todo[proved]
            todo = todo[~proved]
        return left

    def _above_all(self, literals: NDArray[np.int64]) -> list[int]:
        """The nodes that must be selected for these literals to be true."""
        found: set[int] = set()
        level = self._above[literals[literals > 0]]
        while len(level):
            level = np.unique(level)
            found.update(level.tolist())
            level = self._above[level]
            level = level[level > 0]
        found.discard(0)
        return list(found)

    def each(
        self,
        lease: Callable[[], Solver],
        asked: Sequence[tuple[Sequence[int], int]],
        deadline: Deadline,
    ) -> list[bool]:
        """Of each pair, whether the literal may hold beside its assumptions.

        Literals are those of targets that are chosen, which the circuit knows all.
        """
        if self.circuit is not None:
            core = self._core
            return self.circuit.consistent_each(
                [
                    [
                        *(one for one in assumptions if -core <= one <= core),
                        *self._excluded,
                        literal,
                    ]
                    for assumptions, literal in asked
                ]
            )
        answers: list[bool] = []
        for assumptions, literal in asked:
            given = [*assumptions, literal]
            solver = lease()
            answers.append(
                bool(len(solver.known(given))) or solver.witness(given, deadline) is not None
            )
        return answers

    def reach(self, solver: Solver, assumptions: Sequence[int], deadline: Deadline) -> None:
        """Two configurations with as many numbers in binary as possible at their ends."""
        owners = [domain.owner for domain in self._grids]
        ever = [self._ends_ever(solver, domain, deadline) for domain in self._grids]
        for which in (0, 1):
            solver.prefer(
                [
                    *(
                        literal
                        for domain, ends in zip(self._grids, ever, strict=True)
                        for literal in domain.assumptions(ends[which])
                    ),
                    *owners,
                ]
            )
            solver.witness(assumptions, deadline)

    def _ends_ever(self, solver: Solver, domain: Many, deadline: Deadline) -> tuple[int, int]:
        """The ends without any assumption, worked out once."""
        known = self._ever_ends.get(domain.bits)
        if known is None:
            whole = (0, domain.size - 1)
            found = self._ends(solver, (), domain, whole, deadline)
            known = self._ever_ends[domain.bits] = found or whole
        return known

    def ends(
        self, solver: Solver, assumptions: Sequence[int], domain: Many, deadline: Deadline
    ) -> tuple[int, int] | None:
        """The first and last position of a grid that may be taken; None where there is none."""
        ever = self._ends_ever(solver, domain, deadline)
        return self._ends(solver, assumptions, domain, ever, deadline)

    def _ends(
        self,
        solver: Solver,
        assumptions: Sequence[int],
        domain: Many,
        widest: tuple[int, int],
        deadline: Deadline,
    ) -> tuple[int, int] | None:
        """The ends, none wider than the widest: those, or else by a search bit by bit."""
        given = [*assumptions, domain.owner]
        rows = solver.known(given)
        if not len(rows):
            found = solver.witness(given, deadline)
            if found is None:
                return None
            rows = found[np.newaxis]
        bits = np.array([abs(bit) for bit in domain.bits], dtype=np.int64)
        signs = np.array([bit > 0 for bit in domain.bits], dtype=np.bool_)
        known = rows[:, bits] == signs
        ends: list[int] = []
        for most, position in zip((False, True), widest, strict=True):
            wanted = np.array([bool(position >> at & 1) for at in range(len(bits))])
            taken = (known == wanted).all(axis=1).any() or solver.solve(
                [*assumptions, *domain.assumptions(position)], deadline
            )
            ends.append(
                position if taken else self._end(solver, given, domain, known, deadline, most=most)
            )
        return ends[0], ends[1]

    def _end(
        self,
        solver: Solver,
        given: Sequence[int],
        domain: Many,
        rows: Flags,
        deadline: Deadline,
        *,
        most: bool,
    ) -> int:
        """The least or greatest position; `rows` are the bits of positions that may be taken."""
        taken = list(given)
        position = 0
        solver.prefer([bit if most else -bit for bit in domain.bits])
        for at in range(len(domain.bits) - 1, -1, -1):
            literal = domain.bits[at] if most else -domain.bits[at]
            agreeing = rows[rows[:, at] == most]
            if not len(agreeing) and literal not in (TRUE, FALSE):
                found = solver.witness([*taken, literal], deadline)
                if found is not None:
                    bits = [found[abs(bit)] == (bit > 0) for bit in domain.bits]
                    agreeing = np.array([bits], dtype=np.bool_)
            if len(agreeing):
                rows = agreeing
                taken.append(literal)
                position |= most << at
            else:
                taken.append(-literal)
                position |= (not most) << at
        return position


def _literals(domain: Few | Many | None) -> Sequence[int]:
    """The literals whose possibility is asked; a grid's ends are searched for."""
    return domain.literals if isinstance(domain, Few) else ()
