"""From the text that d4 writes to the arrays of a circuit.

d4 writes decisions: a disjunction has an edge for either value of a variable, a chain of them for
each alternative group. Folded here are conjunctions into the edges above them, and a decision that
only one edge leads to, alone, into its parent: a group of n alternatives becomes one node with n
edges instead of n nodes upon each other. That leaves a tenth of the nodes and few levels, so the
walks over a level at a time cost little beside the numbers themselves. The literals of an edge are
kept as intervals, since "none of the others of this group" is what most of them say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cpq.solving.compiled.artefact import Arrays

MOST_INTERVALS: Final = 48
"""An edge whose literals need more intervals is not folded further."""

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]

_KINDS: Final = b"oatf"
_MARK: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class _Edge:
    """Literals, as intervals of positions, and the disjunctions below."""

    literals: Intervals
    nodes: tuple[int, ...]


def convert(text: bytes, variables: int) -> Arrays:
    """The circuit that d4 wrote, over variables 1 to `variables`. ValueError for other text."""
    root, decisions = _decisions(text, variables)
    possible = _possible_only(root, decisions)
    if root not in possible:
        empty = np.zeros(0, dtype=np.int32)
        return Arrays(variables, *[empty] * 11)
    return _laid_out(_folded(root, possible), root, variables)


# --- reading ---------------------------------------------------------------------------------


def _decisions(text: bytes, variables: int) -> tuple[int, dict[int, list[_Edge]]]:
    """The root and the disjunctions by d4's numbers; conjunctions are folded into edges.

    A line is a node (o, a, t or f and its number) or an edge (parent, child, literals); all end
    with 0.
    """
    for kind in _KINDS:
        text = text.replace(b"%c " % kind, b"%d " % -(_MARK + kind))
    numbers = np.fromstring(text.decode("ascii"), dtype=np.int64, sep=" ")
    ends = np.flatnonzero(numbers == 0)
    if not ends.size or ends[-1] != numbers.size - 1:
        raise ValueError("the text does not end like a circuit")
    starts = np.concatenate(([0], ends[:-1] + 1))
    marked = numbers[starts] <= -_MARK
    kinds = {int(numbers[at + 1]): chr(-int(numbers[at]) - _MARK) for at in starts[marked].tolist()}
    below: dict[int, list[tuple[int, Intervals]]] = {number: [] for number in kinds}
    firsts = starts[~marked]
    literals = _literals(numbers, firsts, ends[~marked], variables)
    pairs = zip(numbers[firsts].tolist(), numbers[firsts + 1].tolist(), strict=True)
    for (parent, child), intervals in zip(pairs, literals, strict=True):
        below[parent].append((child, intervals))
    root = int(numbers[1])
    if kinds[root] != "o":
        # The whole formula is true or false; give it a root to stand under.
        below[0], kinds[0], root = [(root, ())], "o", 0
    return root, {
        number: [
            edge
            for child, intervals in below[number]
            if (edge := _conjunction(child, intervals, kinds, below)) is not None
        ]
        for number, kind in kinds.items()
        if kind == "o"
    }


def _literals(
    numbers: NDArray[np.int64], firsts: NDArray[np.int64], ends: NDArray[np.int64], variables: int
) -> Iterator[Intervals]:
    """Of each edge's record [first, end), the literals behind parent and child, as intervals."""
    counts = ends - firsts - 2
    total = int(counts.sum())
    owner = np.repeat(np.arange(firsts.size, dtype=np.int64), counts)
    offset = np.arange(total, dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    found = numbers[firsts[owner] + 2 + offset]
    width = 2 * variables + 2
    keys = owner * width + np.where(found > 0, found - 1, variables - found)
    keys.sort()
    breaks = np.flatnonzero(np.diff(keys) != 1) + 1
    begins = keys[np.concatenate(([0], breaks))] if total else keys
    lasts = keys[np.concatenate((breaks - 1, [total - 1]))] if total else keys
    begun, last = (begins % width).tolist(), (lasts % width).tolist()
    bounds = np.searchsorted(begins // width, np.arange(firsts.size + 1)).tolist()
    for start, end in pairwise(bounds):
        yield tuple((begun[at], last[at] + 1) for at in range(start, end))


def _conjunction(
    child: int,
    literals: Intervals,
    kinds: dict[int, str],
    below: dict[int, list[tuple[int, Intervals]]],
) -> _Edge | None:
    """The edge to a child with conjunctions unfolded; None where it leads to what is false."""
    nodes: list[int] = []
    waiting = [child]
    while waiting:
        node = waiting.pop()
        kind = kinds[node]
        if kind == "f":
            return None
        if kind == "o":
            nodes.append(node)
        for deeper, intervals in below[node] if kind == "a" else ():
            literals = _joined(literals, intervals)
            waiting.append(deeper)
    return _Edge(literals, tuple(nodes))


def _joined(one: Intervals, other: Intervals) -> Intervals:
    """Both sets of positions, in order, with adjacent intervals made one."""
    if not one or not other:
        return one or other
    joined: list[Interval] = []
    for first, end in sorted(one + other):
        if joined and joined[-1][1] == first:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((first, end))
    return tuple(joined)


# --- folding ---------------------------------------------------------------------------------


def _below_first(root: int, decisions: dict[int, list[_Edge]]) -> list[int]:
    """All disjunctions that the root leads to, each after those below it."""
    ordered: list[int] = []
    seen: set[int] = set()
    waiting = [(root, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            ordered.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend(
                (child, False)
                for edge in decisions[node]
                for child in edge.nodes
                if child not in seen
            )
    return ordered


def _possible_only(root: int, decisions: dict[int, list[_Edge]]) -> dict[int, list[_Edge]]:
    """The disjunctions without those that nothing satisfies and the edges to them."""
    possible: dict[int, list[_Edge]] = {}
    for node in _below_first(root, decisions):
        edges = [edge for edge in decisions[node] if all(one in possible for one in edge.nodes)]
        if edges:
            possible[node] = edges
    return possible


def _folded(root: int, decisions: dict[int, list[_Edge]]) -> dict[int, list[_Edge]]:
    """Decisions with those folded in that hang alone on the only edge to them; below first."""
    parents: dict[int, int] = {}
    for edges in decisions.values():
        for edge in edges:
            for node in edge.nodes:
                parents[node] = parents.get(node, 0) + 1
    folded: dict[int, list[_Edge]] = {}
    heads, at = [root], 0
    listed = {root}
    while at < len(heads):
        head = heads[at]
        at += 1
        made: list[_Edge] = []
        waiting: list[tuple[Intervals, _Edge]] = [((), edge) for edge in reversed(decisions[head])]
        while waiting:
            prefix, edge = waiting.pop()
            literals = _joined(prefix, edge.literals)
            alone = len(edge.nodes) == 1 and parents[edge.nodes[0]] == 1
            if alone and len(literals) <= MOST_INTERVALS:
                waiting.extend((literals, one) for one in reversed(decisions[edge.nodes[0]]))
                continue
            made.append(_Edge(literals, edge.nodes))
            for node in edge.nodes:
                if node not in listed:
                    listed.add(node)
                    heads.append(node)
        folded[head] = made
    return {node: folded[node] for node in _below_first(root, folded)}


# --- laying out ------------------------------------------------------------------------------


def _laid_out(decisions: dict[int, list[_Edge]], root: int, variables: int) -> Arrays:
    """The arrays of folded decisions, which stand below first."""
    level: dict[int, int] = {}
    for node, edges in decisions.items():
        level[node] = 1 + max((level[one] for edge in edges for one in edge.nodes), default=-1)
    ordered = sorted(decisions, key=level.__getitem__)
    number = {node: at for at, node in enumerate(ordered, start=1)}
    counts = np.bincount([level[node] for node in ordered])
    edges = [edge for node in ordered for edge in decisions[node]]
    free = _free(decisions, ordered, root, variables)
    with_free = [at for at, intervals in enumerate(free) if intervals]
    literals = [edge.literals or ((0, 0),) for edge in edges]
    below = [tuple(number[one] for one in edge.nodes) or (0,) for edge in edges]
    return Arrays(
        variables,
        level_starts=_starts(counts.tolist()) + np.int32(1),  # node 0 is before all levels
        edge_starts=_starts([len(decisions[node]) for node in ordered]),
        child_starts=_starts([len(nodes) for nodes in below]),
        children=_integers(one for nodes in below for one in nodes),
        literal_starts=_starts([len(intervals) for intervals in literals]),
        literal_firsts=_integers(first for intervals in literals for first, _ in intervals),
        literal_ends=_integers(end for intervals in literals for _, end in intervals),
        free_edges=_integers(with_free),
        free_starts=_starts([len(free[at]) for at in with_free]),
        free_firsts=_integers(first for at in with_free for first, _ in free[at]),
        free_ends=_integers(end for at in with_free for _, end in free[at]),
    )


def _free(
    decisions: dict[int, list[_Edge]], ordered: Sequence[int], root: int, variables: int
) -> list[Intervals]:
    """Of each edge, the variables that its node speaks of and it does not; the root speaks of all.

    Sets are bits of integers, and kept once: nodes of the same component speak of the same.
    """
    spoken: dict[int, int] = {}
    same: dict[int, int] = {}
    unsaid: dict[int, list[int]] = {}
    for node, below in decisions.items():
        sets = []
        for edge in below:
            bits = _variables(edge.literals, variables)
            for one in edge.nodes:
                bits |= spoken[one]
            sets.append(bits)
        whole = (1 << variables) - 1 if node == root else 0
        for bits in sets:
            whole |= bits
        spoken[node] = same.setdefault(whole, whole)
        unsaid[node] = [whole & ~bits for bits in sets]
    known: dict[int, Intervals] = {}
    for bits in (bits for node in ordered for bits in unsaid[node]):
        if bits not in known:
            known[bits] = _intervals(bits)
    return [known[bits] for node in ordered for bits in unsaid[node]]


def _variables(literals: Intervals, variables: int) -> int:
    """The variables of these literals, variable v as bit v - 1."""
    bits = 0
    for first, end in literals:
        shift = first if first < variables else first - variables - 1
        bits |= ((1 << (end - first)) - 1) << shift
    return bits


def _intervals(bits: int) -> Intervals:
    """The runs of ones."""
    length = bits.bit_length() // 8 + 1
    flags = np.unpackbits(
        np.frombuffer(bits.to_bytes(length, "little"), np.uint8), bitorder="little"
    )
    edges = np.flatnonzero(np.diff(flags, prepend=np.uint8(0), append=np.uint8(0)))
    return tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _starts(sizes: Sequence[int]) -> NDArray[np.int32]:
    starts = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.cumsum(sizes, out=starts[1:])
    return starts


def _integers(values: Iterable[int]) -> NDArray[np.int32]:
    return np.fromiter(values, dtype=np.int32)
