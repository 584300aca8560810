"""How many configurations there are, and some of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np

from cpq.configuration.answers import Completion
from cpq.solving.machinery import Machinery
from cpq.solving.refusals import ChoicesClash, ConfigurationTakesTooLong
from cpq.solving.requests import Known
from cpq.solving.satisfying import Deadline
from cpq.solving.totals import Truth, completed

MOST_COUNTED: Final = 20_000
"""Without a circuit configurations are counted one by one, up to so many."""


def count(
    machinery: Machinery, given: Sequence[int], known: Known, deadline: Deadline
) -> int | None:
    """How many configurations have what is given; None where they are too many to count.

    A circuit counts any number, but assignments of open facts with them; so where a rule asks for
    a fact that is left open they are counted one by one.
    """
    circuit = machinery.circuit
    if circuit is not None and known.open.isdisjoint(machinery.encoding.variables.facts):
        return circuit.count([*given, *_excluded(machinery)])
    solver = machinery.fresh_solver()
    decided = machinery.requests.decided
    number = 0
    try:
        while (found := solver.model(given, deadline)) is not None:
            number += 1
            if number > MOST_COUNTED:
                return None
            solver.forbid([-found[variable - 1] for variable in decided])
            deadline.check()
    except ConfigurationTakesTooLong:
        return None
    return number


def sample(
    machinery: Machinery, given: Sequence[int], number: int, seed: int, deadline: Deadline
) -> list[Completion]:
    """Configurations with what is given, the same for the same seed. Raises `ChoicesClash`.

    From a circuit they are drawn uniformly and independently (over configurations and open facts
    together). Without one they are what a solver finds first when it tries random values: valid
    and varied, but not uniform, because what is forced by few decisions comes up too often.
    """
    total = machinery.encoding.total
    if machinery.circuit is not None:
        drawn = machinery.circuit.sample([*given, *_excluded(machinery)], number, seed)
        found = [Truth(np.flatnonzero(flags).tolist(), total) for flags in drawn]
    else:
        found = _tried(machinery, given, number, seed, deadline)
    if number and not found:
        raise ChoicesClash("No valid configuration has these choices")
    return [
        Completion(
            completed(machinery.encoding.variables, true),
            machinery.amounting.totals(true),
            optimal=False,
        )
        for true in found
    ]


def _tried(
    machinery: Machinery, given: Sequence[int], number: int, seed: int, deadline: Deadline
) -> list[Truth]:
    chance = random.Random(seed)
    # A solver of its own: what others have asked before must not show in the sample.
    solver = machinery.fresh_solver()
    found: list[Truth] = []
    for _ in range(number):
        deadline.check()
        solver.prefer(
            [variable * chance.choice((1, -1)) for variable in machinery.requests.decided]
        )
        model = solver.model(given, deadline)
        if model is None:
            break
        found.append(Truth(model, machinery.encoding.total))
    return found


def _excluded(machinery: Machinery) -> list[int]:
    return [-excluded.literal for excluded in machinery.encoding.exclusions]
