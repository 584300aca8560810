"""What a compiled formula answers. One pass up and one down, level by level, on whole arrays."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled.artefact import Arrays, unpack
from cpq.solving.compiled.costing import Costs, cheapest
from cpq.solving.compiled.drawing import Drawing
from cpq.solving.compiled.ranking import Ranking
from cpq.solving.compiled.walking import Assumed, Flags, Level, covered, running

_AT_ONCE: Final = 64
"""Sets of assumptions that go up together."""


@dataclass(frozen=True, slots=True)
class Possible:
    """For each variable, at its number: may it be true, may it be false. Entry 0 means nothing.

    Where no configuration has the assumptions, `consistent` is false and nothing is possible.
    """

    consistent: bool
    true: Flags
    false: Flags


class Circuit:
    """A compiled formula in memory. Immutable, so threads may share it.

    Assumptions are literals; naming an unknown variable raises ValueError, and contradicting
    oneself is merely inconsistent. Time does not depend on how many there are.
    """

    def __init__(self, arrays: Arrays, fingerprint: bytes) -> None:
        """Lay out a validated circuit for its walks."""
        self.variables = arrays.variables
        self.fingerprint = fingerprint
        """Of the formula that was compiled, see `fingerprint`."""
        self._arrays = arrays
        if not arrays.satisfiable:
            return
        edges = arrays.child_starts.size - 1
        numbers = np.arange(edges, dtype=np.int32)
        self._literal_edge = np.repeat(numbers, np.diff(arrays.literal_starts))
        self._free_edge = np.repeat(arrays.free_edges, np.diff(arrays.free_starts))
        nodes = arrays.edge_starts.size
        self._edge_node = np.repeat(
            np.arange(1, nodes, dtype=np.int32), np.diff(arrays.edge_starts)
        )
        # For the way down: the edges that lead to each node, in the order of the nodes.
        above = np.repeat(numbers, np.diff(arrays.child_starts))
        order = np.argsort(arrays.children, kind="stable").astype(np.int32)
        counts = np.bincount(arrays.children, minlength=nodes)
        self._above_starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self._above = above[order]
        self._levels = list(self._bounds(arrays))
        # The intervals of literals that each position lies in.
        lengths = arrays.literal_ends - arrays.literal_firsts
        intervals = np.repeat(np.arange(lengths.size, dtype=np.int32), lengths)
        offsets = np.arange(intervals.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        positions = arrays.literal_firsts[intervals] + offsets
        self._within = intervals[np.argsort(positions, kind="stable")]
        counts = np.bincount(positions, minlength=2 * arrays.variables + 1)
        self._within_starts = np.concatenate(([0], np.cumsum(counts)))

    def _bounds(self, arrays: Arrays) -> Iterable[Level]:
        for first, end in zip(
            arrays.level_starts[:-1].tolist(), arrays.level_starts[1:].tolist(), strict=True
        ):
            edge_starts = arrays.edge_starts[first - 1 : end]
            first_edge, end_edge = int(edge_starts[0]), int(edge_starts[-1])
            child_starts = arrays.child_starts[first_edge : end_edge + 1]
            above_starts = self._above_starts[first : end + 1]
            yield Level(
                nodes=slice(first, end),
                edges=slice(first_edge, end_edge),
                edge_starts=edge_starts[:-1] - first_edge,
                children=arrays.children[int(child_starts[0]) : int(child_starts[-1])],
                child_starts=child_starts[:-1] - child_starts[0],
                above=self._above[int(above_starts[0]) : int(above_starts[-1])],
                above_starts=above_starts[:-1] - above_starts[0],
                own_node=self._edge_node[first_edge:end_edge],
            )

    @classmethod
    def load(cls, artefact: bytes) -> Self:
        """The circuit in these bytes. Raises `ArtefactUnreadable`."""
        return cls(*unpack(artefact))

    @property
    def size_bytes(self) -> int:
        """About how much memory the circuit holds."""
        arrays = self._arrays
        held = [getattr(arrays, field.name) for field in fields(Arrays)]
        total = sum(one.nbytes for one in held if isinstance(one, np.ndarray))
        if not arrays.satisfiable:
            return total
        total += self._literal_edge.nbytes + self._free_edge.nbytes + self._edge_node.nbytes
        total += self._above_starts.nbytes + self._above.nbytes
        total += self._within_starts.nbytes + self._within.nbytes
        # Each level holds three short arrays of its own and five views and slices.
        return total + sum(
            1000 + level.edge_starts.nbytes + level.child_starts.nbytes + level.above_starts.nbytes
            for level in self._levels
        )

    def consistent(self, assumptions: Iterable[int] = ()) -> bool:
        """Some configuration has all the assumptions."""
        assumed = self._assume(assumptions)
        return assumed is not None and not self._dead(assumed)[0][-1]

    def possible(self, assumptions: Iterable[int] = ()) -> Possible:
        """What each variable may still be beside the assumptions: exactly, not an estimate."""
        nothing = np.zeros(self.variables + 1, dtype=np.bool_)
        assumed = self._assume(assumptions)
        if assumed is None:
            return Possible(False, nothing, nothing)
        dead_nodes, dead_edges = self._dead(assumed)
        if dead_nodes[-1]:
            return Possible(False, nothing, nothing)
        used = self._used(dead_edges)
        arrays, size = self._arrays, self.variables
        holds = covered(
            arrays.literal_firsts, arrays.literal_ends, used[self._literal_edge], 2 * size + 1
        )
        free = covered(arrays.free_firsts, arrays.free_ends, used[self._free_edge], size)
        excluded = np.diff(assumed.excluded) != 0
        true, false = nothing, nothing.copy()
        true[1:] = (holds[:size] | free) & ~excluded[:size]
        false[1:] = (holds[size + 1 :] | free) & ~excluded[size + 1 :]
        return Possible(True, true, false)

    def consistent_each(self, assumptions: Sequence[Sequence[int]]) -> list[bool]:
        """Whether some configuration has the assumptions, of each of several sets of them."""
        answers: list[bool] = []
        for first in range(0, len(assumptions), _AT_ONCE):
            some = assumptions[first : first + _AT_ONCE]
            impossible = self._impossible(some) if self._arrays.satisfiable else -1
            answers.extend(not impossible >> at & 1 for at in range(len(some)))
        return answers

    def _impossible(self, assumptions: Sequence[Sequence[int]]) -> int:
        """A bit for each of up to 64 sets of assumptions: no configuration has it.

        All go up together, a bit each in whole numbers.
        """
        arrays, size = self._arrays, self.variables
        excluded: dict[int, int] = {}
        impossible = 0
        for at, literals in enumerate(assumptions):
            given = set(literals)
            impossible |= any(-literal in given for literal in given) << at
            for literal in given:
                position = size + literal if literal > 0 else -literal - 1
                excluded[position] = excluded.get(position, 0) | 1 << at
        broken = np.zeros(arrays.literal_firsts.size, dtype=np.uint64)
        starts = self._within_starts
        for position, sets in excluded.items():
            broken[self._within[starts[position] : starts[position + 1]]] |= np.uint64(sets)
        edges = np.bitwise_or.reduceat(broken, arrays.literal_starts[:-1])
        nodes = np.zeros(arrays.edge_starts.size, dtype=np.uint64)
        for number, level in enumerate(self._levels):
            own = edges[level.edges]
            if number:
                own |= np.bitwise_or.reduceat(nodes[level.children], level.child_starts)
            nodes[level.nodes] = np.bitwise_and.reduceat(own, level.edge_starts)
        return impossible | int(nodes[-1])

    def ranking(self, wishes: Sequence[int]) -> Ranking:
        """Wishes, the most important first, to be asked with `best`."""
        return Ranking(self._arrays, wishes)

    def best(self, ranking: Ranking, assumptions: Sequence[int] = ()) -> list[int] | None:
        """The best configuration with the assumptions, as `Ranking.read` tells it; None: none has.

        It grants the first wish if any does, among those the second, and so on.
        """
        assumed = self._assume(assumptions)
        if assumed is None:
            return None
        arrays, size = self._arrays, self.variables
        _, dead = self._dead(assumed)
        granted = ranking.granted.copy()
        # Where an edge says nothing of a variable that is assumed, the wish is not free to grant.
        refused = 0
        for literal in assumptions:
            refused |= ranking.bits[size + literal if literal > 0 else -literal - 1]
        if refused:
            taken = assumed.open[arrays.free_ends] - assumed.open[arrays.free_firsts]
            bound = np.unique(self._free_edge[taken < arrays.free_ends - arrays.free_firsts])
            granted[bound] &= ~refused
        # Minus one has every bit, whatever is added, and is less than every set of wishes.
        granted[dead] = -1
        best = np.zeros(arrays.edge_starts.size, dtype=object)
        for level in self._levels:
            granted[level.edges] |= np.bitwise_or.reduceat(best[level.children], level.child_starts)
            best[level.nodes] = np.maximum.reduceat(granted[level.edges], level.edge_starts)
        return None if best[-1] < 0 else ranking.read(int(best[-1]))

    def costs(self, costs: Mapping[int, int]) -> Costs:
        """What literals cost, to be asked with `cheapest`."""
        return Costs(self._arrays, costs)

    def cheapest(self, costs: Costs, assumptions: Sequence[int] = ()) -> tuple[int, Flags] | None:
        """The least that a configuration with the assumptions costs, and one that costs it.

        The sum of the costs of its literals; the configuration is a flag for each variable, at its
        number. None where no configuration has the assumptions.
        """
        assumed = self._assume(assumptions)
        if assumed is None:
            return None
        nodes, edges = self._dead(assumed)
        if nodes[-1]:
            return None
        return cheapest(self._arrays, self._levels, costs, assumed, edges)

    def count(self, assumptions: Iterable[int] = ()) -> int:
        """How many configurations have the assumptions, exactly."""
        assumed = self._assume(assumptions)
        if assumed is None:
            return 0
        return self._counts(assumed)[0]

    def sample(self, assumptions: Iterable[int], number: int, seed: int) -> list[NDArray[np.bool_]]:
        """Configurations drawn uniformly, each independent of the others; none where none exists.

        A configuration is one flag for each variable, at its number. Equal seeds, equal draws.
        """
        assumed = self._assume(assumptions)
        if assumed is None:
            return []
        count, shares = self._counts(assumed)
        if not count:
            return []
        drawing = Drawing(self._arrays, assumed, shares, random.Random(seed))
        return [drawing.draw(self._literal_edge, self._free_edge) for _ in range(number)]

    def _assume(self, assumptions: Iterable[int]) -> Assumed | None:
        """The assumptions, or None where no configuration can have them."""
        size = self.variables
        literals = np.fromiter(assumptions, dtype=np.int64)
        if literals.size and (np.any(literals == 0) or np.abs(literals).max() > size):
            raise ValueError(f"literals name variables from 1 to {size}")
        if not self._arrays.satisfiable:
            return None
        excluded = np.zeros(2 * size + 1, dtype=np.bool_)
        # The literal that is assumed excludes its opposite.
        excluded[np.where(literals > 0, size + literals, -literals - 1)] = True
        if np.any(excluded[:size] & excluded[size + 1 :]):
            return None
        return Assumed(running(excluded), running(~(excluded[:size] | excluded[size + 1 :])))

    def _dead(self, assumed: Assumed) -> tuple[Flags, Flags]:
        """Nodes and edges that no configuration satisfies beside the assumptions: the way up."""
        arrays, sums = self._arrays, assumed.excluded
        broken = sums[arrays.literal_firsts] != sums[arrays.literal_ends]
        edges: Flags = np.logical_or.reduceat(broken, arrays.literal_starts[:-1])
        nodes = np.zeros(arrays.edge_starts.size, dtype=np.bool_)
        for number, level in enumerate(self._levels):
            own = edges[level.edges]
            if number:
                own |= np.logical_or.reduceat(nodes[level.children], level.child_starts)
            nodes[level.nodes] = np.logical_and.reduceat(own, level.edge_starts)
        return nodes, edges

    def _used(self, dead: Flags) -> Flags:
        """The edges that some configuration goes through: the way down."""
        used = ~dead
        nodes = np.zeros(self._arrays.edge_starts.size, dtype=np.bool_)
        nodes[-1] = True
        for number, level in enumerate(reversed(self._levels)):
            if number:
                nodes[level.nodes] = np.logical_or.reduceat(used[level.above], level.above_starts)
            used[level.edges] &= nodes[level.own_node]
        return used

    def _counts(self, assumed: Assumed) -> tuple[int, list[int]]:
        """How many configurations have the assumptions; and through each edge, of its variables."""
        arrays = self._arrays
        _, dead = self._dead(assumed)
        shares = np.where(dead, 0, 1).astype(object)
        if arrays.free_edges.size:
            open_ones = assumed.open[arrays.free_ends] - assumed.open[arrays.free_firsts]
            bits = np.add.reduceat(open_ones, arrays.free_starts[:-1])
            kept = ~dead[arrays.free_edges]
            shares[arrays.free_edges[kept]] = [1 << one for one in bits[kept].tolist()]
        counts = np.zeros(arrays.edge_starts.size, dtype=object)
        counts[0] = 1
        for level in self._levels:
            shares[level.edges] *= np.multiply.reduceat(counts[level.children], level.child_starts)
            counts[level.nodes] = np.add.reduceat(shares[level.edges], level.edge_starts)
        return int(counts[-1]), shares.tolist()
