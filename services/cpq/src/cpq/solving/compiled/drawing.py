"""Configurations drawn from a circuit."""

from __future__ import annotations

import random

import numpy as np

from cpq.solving.compiled.artefact import Arrays, Integers
from cpq.solving.compiled.walking import Assumed, Flags, covered


class Drawing:
    """Draws configurations: each edge with the share of configurations that go through it."""

    def __init__(
        self, arrays: Arrays, assumed: Assumed, shares: list[int], chance: random.Random
    ) -> None:
        self._arrays = arrays
        self._shares = shares
        self._chance = chance
        size = arrays.variables
        excluded = np.diff(assumed.excluded) != 0
        self._assumed_true = excluded[size + 1 :]
        self._open = ~(excluded[:size] | excluded[size + 1 :])
        self._edge_starts = arrays.edge_starts.tolist()
        self._child_starts = arrays.child_starts.tolist()
        self._children = arrays.children.tolist()

    def draw(self, literal_edge: Integers, free_edge: Integers) -> Flags:
        """One configuration; `literal_edge` and `free_edge` name the edge of each interval."""
        arrays, size = self._arrays, self._arrays.variables
        taken = np.zeros(arrays.child_starts.size - 1, dtype=np.bool_)
        waiting = [arrays.edge_starts.size - 1]
        while waiting:
            node = waiting.pop()
            if node:
                edge = self._edge(node)
                taken[edge] = True
                waiting += self._children[self._child_starts[edge] : self._child_starts[edge + 1]]
        holds = covered(
            arrays.literal_firsts, arrays.literal_ends, taken[literal_edge], 2 * size + 1
        )[:size]
        free = covered(arrays.free_firsts, arrays.free_ends, taken[free_edge], size)
        # A variable that is free and not assumed is as often true as false.
        tossed = np.frombuffer(self._chance.randbytes(size // 8 + 1), dtype=np.uint8)
        drawn = np.zeros(size + 1, dtype=np.bool_)
        drawn[1:] = holds | self._assumed_true
        drawn[1:] |= free & self._open & np.unpackbits(tossed)[:size].astype(np.bool_)
        return drawn

    def _edge(self, node: int) -> int:
        """One of the node's edges, by its share."""
        first, end = self._edge_starts[node - 1], self._edge_starts[node]
        left = self._chance.randrange(sum(self._shares[first:end]))
        for edge in range(first, end):
            left -= self._shares[edge]
            if left < 0:
                return edge
        raise AssertionError("shares add up to their total")
