"""What the walks through a circuit share: assumptions, levels, running sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled.artefact import Integers

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Assumed:
    """Assumptions as running sums, so that an interval is asked with one subtraction.

    Attributes:
        excluded: how many of the positions of literals before each are assumed not to hold.
        open: how many of the variables before each are not assumed.
    """

    excluded: Integers
    open: Integers


@dataclass(frozen=True, slots=True)
class Level:
    """Where a level's nodes and edges lie; starts count from the level's own first entry."""

    nodes: slice
    edges: slice
    edge_starts: Integers
    children: Integers
    child_starts: Integers
    above: Integers
    above_starts: Integers
    own_node: Integers


def running(flags: Flags) -> Integers:
    """Running sums, with a zero before the first."""
    sums = np.zeros(flags.size + 1, dtype=np.int32)
    np.cumsum(flags, out=sums[1:], dtype=np.int32)
    return sums


def covered(firsts: Integers, ends: Integers, chosen: Flags, size: int) -> Flags:
    """Positions that lie in one of the chosen intervals."""
    steps = np.bincount(firsts[chosen], minlength=size + 1)
    steps -= np.bincount(ends[chosen], minlength=size + 1)
    return np.cumsum(steps[:size]) > 0
