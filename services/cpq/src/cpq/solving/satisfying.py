"""Incremental SAT solvers with their witnesses, shared by requests and bounded by deadlines."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from queue import Empty, LifoQueue
from typing import Final, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pysat.solvers import Minisat22

from cpq.solving.refusals import ConfigurationTakesTooLong

Flags = NDArray[np.bool_]

SLICE: Final = 500
"""Conflicts between two looks at the clock: some milliseconds."""

WITNESS_BYTES: Final = 4 * 2**20
MOST_WITNESSES: Final = 400


class Deadline:
    """Until when a question must be answered, and what it is about, for the refusal."""

    __slots__ = ("_end", "doing", "seconds")

    def __init__(self, seconds: float, doing: str = "the choices") -> None:
        self.seconds = seconds
        self.doing = doing
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def share(self, part: float) -> Deadline:
        """A deadline after a part of what is left."""
        return Deadline(self.left * part, self.doing)

    def check(self) -> None:
        """Raises `ConfigurationTakesTooLong` once the time is over."""
        if time.monotonic() >= self._end:
            raise self.refusal()

    def refusal(self) -> ConfigurationTakesTooLong:
        """What is raised when the time is over."""
        return ConfigurationTakesTooLong(
            f"{self.seconds:g} s were not enough for {self.doing}", doing=self.doing
        )


class Solver:
    """One incremental solver of a formula. Only one thread may use it at a time.

    It keeps configurations that it has found: they are valid whatever is asked next. What it has
    learnt of the formula stays too; nothing of a request does.
    """

    def __init__(self, clauses: Iterable[Sequence[int]], variables: int) -> None:
        self._solver = Minisat22(bootstrap_with=clauses)
        # Variables that no clause has are variables all the same.
        self._solver.add_clause([variables, -variables])
        self.variables = variables
        self._beyond = variables
        self._markers: list[int] = []
        rows = max(16, min(MOST_WITNESSES, WITNESS_BYTES // (variables + 1)))
        self._witnesses: Flags = np.zeros((rows, variables + 1), dtype=np.bool_)
        self._found = 0

    @property
    def size_bytes(self) -> int:
        """About how much memory the witnesses hold."""
        return self._witnesses.nbytes

    def solve(self, assumptions: Sequence[int], deadline: Deadline) -> bool:
        """Whether some configuration has the assumptions. Raises `ConfigurationTakesTooLong`."""
        solver = self._solver
        while True:
            solver.conf_budget(SLICE)
            answer = solver.solve_limited(assumptions=assumptions)
            if answer is not None:
                return bool(answer)
            deadline.check()

    def witness(self, assumptions: Sequence[int], deadline: Deadline) -> Flags | None:
        """A configuration with the assumptions, by variable; None where there is none."""
        model = self.model(assumptions, deadline)
        if model is None:
            return None
        found: Flags = self._witnesses[(self._found - 1) % len(self._witnesses)].copy()
        return found

    def model(self, assumptions: Sequence[int], deadline: Deadline) -> list[int] | None:
        """A configuration with the assumptions, as its true literals; None where there is none."""
        if not self.solve(assumptions, deadline):
            return None
        model: list[int] = self._solver.get_model()[: self.variables]
        row = self._witnesses[self._found % len(self._witnesses)]
        row[1:] = np.frombuffer(array("i", model), dtype=np.int32) > 0
        self._found += 1
        return model

    def known(self, assumptions: Sequence[int]) -> Flags:
        """Configurations found earlier that have the assumptions, a row each."""
        rows = self._witnesses[: min(self._found, len(self._witnesses))]
        if not len(assumptions):
            return rows
        literals = np.array(assumptions, dtype=np.int32)
        matches: Flags = (rows[:, np.abs(literals)] == (literals > 0)).all(axis=1)
        return rows[matches]

    def core(self) -> list[int]:
        """The assumptions that the last call, which found nothing, needed."""
        return self._solver.get_core() or []

    def implied(self, assumptions: Sequence[int]) -> tuple[bool, list[int]]:
        """What unit propagation makes of the assumptions: no conflict met, and the trail."""
        met, trail = self._solver.propagate(assumptions=assumptions)
        return met, trail

    def prefer(self, literals: Sequence[int]) -> None:
        """Try these literals first where nothing is known of their variables."""
        self._solver.set_phases(literals)

    def marker(self, number: int) -> int:
        """One of as many variables as are asked for that no clause has, beyond the formula's."""
        while number >= len(self._markers):
            self._beyond += 1
            self._solver.add_clause([self._beyond, -self._beyond])
            self._markers.append(self._beyond)
        return self._markers[number]

    def forbid(self, clause: Sequence[int]) -> None:
        """A further clause, for good: only for a solver of one's own."""
        self._solver.add_clause(clause)

    @contextmanager
    def demand(self, clauses: Iterable[Sequence[int]]) -> Iterator[int]:
        """A literal that demands the clauses while it is assumed; they are forgotten afterwards."""
        self._beyond += 1
        demand = self._beyond
        for clause in clauses:
            self._solver.add_clause([-demand, *clause])
        try:
            yield demand
        finally:
            self._solver.add_clause([-demand])


Pooled = TypeVar("Pooled")


class Lease(Generic[Pooled]):
    """A solver from a pool, borrowed when it is asked for first, and kept until the end."""

    def __init__(self, pool: Pool[Pooled], deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline
        self._stack = ExitStack()
        self._borrowed: list[Pooled] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def __call__(self) -> Pooled:
        """The solver. Raises `ConfigurationTakesTooLong`."""
        if not self._borrowed:
            borrowed = self._pool.borrowed(self._deadline)
            self._borrowed.append(self._stack.enter_context(borrowed))
        return self._borrowed[0]


class Pool(Generic[Pooled]):
    """Solvers for one thread each, made when they are needed, up to a number.

    A thread waits until another gives one back, no longer than its deadline.
    """

    def __init__(self, make: Callable[[], Pooled], most: int = 2) -> None:
        self._make = make
        self._free: LifoQueue[Pooled | None] = LifoQueue()
        for _ in range(most):
            self._free.put(None)
        self.made: list[Pooled] = []

    @contextmanager
    def borrowed(self, deadline: Deadline) -> Iterator[Pooled]:
        """A solver of one's own for a while. Raises `ConfigurationTakesTooLong`."""
        try:
            one = self._free.get(timeout=max(deadline.left, 0.001))
        except Empty:
            raise deadline.refusal() from None
        try:
            if one is None:
                one = self._make()
                self.made.append(one)
            yield one
        finally:
            self._free.put(one)
