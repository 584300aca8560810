"""The cheapest configuration: the sum over a conjunction, the least of a disjunction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled.artefact import Arrays
from cpq.solving.compiled.walking import Assumed, Flags, Level, covered

_LARGEST: Final = 2**60
"""Sums up to this are added up in the processor's own numbers, larger ones in Python's."""

Amounts = NDArray[Any]
"""64-bit numbers, or Python's."""


class Costs:
    """What each literal costs where it holds, laid out for one circuit. Whole numbers, exact."""

    def __init__(self, arrays: Arrays, costs: Mapping[int, int]) -> None:
        """Literals that are not named cost nothing."""
        size = arrays.variables
        most = sum(map(abs, costs.values()))
        self.kind: Final[type] = np.int64 if most < _LARGEST else object
        self.beyond: Final = most + 1
        """More than any configuration costs."""
        of_position = np.zeros(2 * size + 1, dtype=self.kind)
        for literal, cost in costs.items():
            of_position[literal - 1 if literal > 0 else size - literal] = cost
        self.true: Amounts = of_position[:size]
        self.false: Amounts = of_position[size + 1 :]
        self.edges: Amounts = np.add.reduceat(
            _within(_sums(of_position), arrays.literal_firsts, arrays.literal_ends),
            arrays.literal_starts[:-1],
        )
        """Of each edge, what its own literals cost."""

    @property
    def size_bytes(self) -> int:
        """About how much memory the costs hold."""
        each = 8 if self.kind is np.int64 else 40
        return each * int(self.true.size + self.false.size + self.edges.size)


def cheapest(
    arrays: Arrays, levels: Sequence[Level], costs: Costs, assumed: Assumed, dead: Flags
) -> tuple[int, Flags]:
    """The least cost and a configuration that has it; the root is not dead."""
    size = arrays.variables
    excluded = np.diff(assumed.excluded) != 0
    never, always = excluded[:size], excluded[size + 1 :]
    # What is free takes the cheaper of its values, what is assumed its own; false where equal.
    chosen = always | (~never & (costs.true < costs.false).astype(np.bool_))
    edges = costs.edges.copy()
    if arrays.free_edges.size:
        free = _sums(np.where(chosen, costs.true, costs.false).astype(costs.kind))
        within = _within(free, arrays.free_firsts, arrays.free_ends)
        edges[arrays.free_edges] += np.add.reduceat(within, arrays.free_starts[:-1])
    nodes: Amounts = np.zeros(arrays.edge_starts.size, dtype=costs.kind)
    for level in levels:
        own = edges[level.edges]
        own += np.add.reduceat(nodes[level.children], level.child_starts)
        # Sums of dead parts mean nothing, and may not come out least.
        own[dead[level.edges]] = costs.beyond
        nodes[level.nodes] = np.minimum.reduceat(own, level.edge_starts)
    taken = _taken(arrays, edges)
    holds = covered(
        arrays.literal_firsts,
        arrays.literal_ends,
        np.repeat(taken, np.diff(arrays.literal_starts)),
        2 * size + 1,
    )[:size]
    free_taken = np.repeat(taken[arrays.free_edges], np.diff(arrays.free_starts))
    free_ones = covered(arrays.free_firsts, arrays.free_ends, free_taken, size)
    found = np.zeros(size + 1, dtype=np.bool_)
    found[1:] = holds | (free_ones & chosen)
    return int(nodes[-1]), found


def _taken(arrays: Arrays, costs: Amounts) -> Flags:
    """The edges that the cheapest configuration goes through: of each node the first least one."""
    taken = np.zeros(costs.size, dtype=np.bool_)
    edge_starts, child_starts = arrays.edge_starts.tolist(), arrays.child_starts.tolist()
    children = arrays.children.tolist()
    waiting = [arrays.edge_starts.size - 1]
    while waiting:
        node = waiting.pop()
        if node:
            first, end = edge_starts[node - 1], edge_starts[node]
            edge = first + int(np.argmin(costs[first:end]))
            taken[edge] = True
            waiting += children[child_starts[edge] : child_starts[edge + 1]]
    return taken


def _sums(values: Amounts) -> Amounts:
    """Running sums, with a zero before the first."""
    sums = np.zeros(values.size + 1, dtype=values.dtype)
    np.cumsum(values, out=sums[1:])
    return sums


def _within(sums: Amounts, firsts: NDArray[np.int32], ends: NDArray[np.int32]) -> Amounts:
    """The sum over each interval."""
    found: Amounts = sums[ends] - sums[firsts]
    return found
