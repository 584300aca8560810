"""The best valid configuration for a goal, by CP-SAT, from the model itself.

A model becomes an integer program once (`Optimiser`); each request clones it, fixes its choices and
facts and minimises. Amounts and grids are integers, scaled exactly: a program never rounds. It is
built from the model and shares nothing with the clauses of `cpq.solving.encoding`, so each checks
the other in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpq.configuration.model import Model, Supply

if TYPE_CHECKING:
    from cpq.solving.optimal.optimiser import Optimiser


def optimiser(model: Model, supply: Supply) -> Optimiser:
    """An optimiser of the model at this moment of supply.

    Raises `ModelIsTooLarge`, `ModelMakesNoSense`. The first call of a process loads ortools, which
    takes seconds.
    """
    from cpq.solving.optimal.optimiser import Optimiser

    return Optimiser(model, supply)


__all__ = ["optimiser"]
