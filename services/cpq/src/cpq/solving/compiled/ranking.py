"""Wishes in an order: which of them the best configuration grants.

The best one grants the first wish that any can grant, then among those that grant it the second,
and so on. A set of granted wishes is a whole number with a bit for each, the first wish highest;
the best of a disjunction is the greatest of its edges' numbers, and that of a conjunction is all
bits of its parts, which share none. So one way up through the circuit finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getsizeof

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled.artefact import Arrays, Integers


class Ranking:
    """Literals that are wished for, the most important first, laid out for one circuit."""

    def __init__(self, arrays: Arrays, wishes: Sequence[int]) -> None:
        """Each variable is wished for at most once."""
        self.wishes = np.array(wishes, dtype=np.int64)
        size = arrays.variables
        self.bits = [0] * (2 * size + 1)
        """Of each position, the bit of its literal's wish."""
        for rank, literal in enumerate(wishes):
            position = literal - 1 if literal > 0 else size - literal
            self.bits[position] = 1 << (len(wishes) - 1 - rank)
        edges = arrays.child_starts.size - 1
        granted = [0] * edges
        for edge, positions in _positions(
            np.repeat(np.arange(edges), np.diff(arrays.literal_starts)),
            arrays.literal_firsts,
            arrays.literal_ends,
        ):
            for position in positions:
                granted[edge] |= self.bits[position]
        # What an edge says nothing of may be as it is wished for.
        for edge, positions in _positions(
            np.repeat(arrays.free_edges, np.diff(arrays.free_starts)),
            arrays.free_firsts,
            arrays.free_ends,
        ):
            for position in positions:
                granted[edge] |= self.bits[position] | self.bits[size + 1 + position]
        self.granted: NDArray[np.object_] = np.array(granted, dtype=object)
        """Of each edge, the wishes that it grants itself."""

    @property
    def size_bytes(self) -> int:
        """About how much memory the wishes hold."""
        return sum(getsizeof(one) for one in self.granted.tolist()) + 24 * len(self.bits)

    def read(self, best: int) -> list[int]:
        """The wishes of a number, the granted ones as they are and the opposite of the others."""
        number = len(self.wishes)
        if not number:
            return []
        whole = np.frombuffer(best.to_bytes((number + 7) // 8, "big"), dtype=np.uint8)
        flags = np.unpackbits(whole)[-number:].astype(np.bool_)
        found: list[int] = np.where(flags, self.wishes, -self.wishes).tolist()
        return found


def _positions(
    edges: NDArray[np.int64] | Integers, firsts: Integers, ends: Integers
) -> zip[tuple[int, range]]:
    ranges = map(range, firsts.tolist(), ends.tolist())
    return zip(edges.tolist(), ranges, strict=True)
