"""The bytes of a compiled formula: a header, a checksum, and the arrays of the circuit.

All numbers are little-endian. The header is MAGIC, the version (16 bits), the fingerprint of the
formula and the SHA-256 of what follows (32 bytes each) and its unpacked length (64 bits). Packed
with zlib follow the number of variables and the lengths of the arrays (64 bits each), then the
arrays (32 bits a number).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int32]

MAGIC: Final = b"cpq-circuit\n"
VERSION: Final = 1
MOST_BYTES: Final = 256 * 2**20
"""An unpacked artefact is never larger; it is refused before memory is taken for it."""

_HEADER: Final = struct.Struct(f"<{len(MAGIC)}sH32s32sQ")


class ArtefactUnreadable(Exception):
    """The bytes are no artefact of this version, or not the ones that were written."""


class ArtefactTooLarge(Exception):
    """The circuit needs more bytes than an artefact may have."""


@dataclass(frozen=True, slots=True)
class Arrays:
    """A circuit of disjunctions, each of edges; an edge is a conjunction of literals and nodes.

    Node 0 is true and has no edges. The others stand by level: an edge's nodes lie below its own
    node's level, and the last node is the root. `*_starts` delimit runs in the array that they
    name, with one more entry for the end. Literals and free variables come as intervals of
    positions [first, end): variable v is at v - 1, its negation at variables + v.

    Attributes:
        variables: of the formula, also those that nothing depends on.
        level_starts: the first node of each level, from node 1, and the number of nodes.
        edge_starts: of each node from 1 on, its edges.
        child_starts, children: of each edge, its nodes; node 0 where it has only literals.
        literal_starts, literal_firsts, literal_ends: of each edge, its literals.
        free_edges, free_starts, free_firsts, free_ends: the edges that say nothing of some
            variables which their node speaks of, and those variables.
    """

    variables: int
    level_starts: Integers
    edge_starts: Integers
    child_starts: Integers
    children: Integers
    literal_starts: Integers
    literal_firsts: Integers
    literal_ends: Integers
    free_edges: Integers
    free_starts: Integers
    free_firsts: Integers
    free_ends: Integers

    @property
    def satisfiable(self) -> bool:
        """A formula without any configuration has no nodes."""
        return self.level_starts.size > 0


_ARRAYS: Final = tuple(field.name for field in fields(Arrays) if field.name != "variables")
_SCALARS: Final = struct.Struct(f"<{1 + len(_ARRAYS)}Q")


def formula_bytes(variables: int, clauses: Iterable[Sequence[int]]) -> bytes:
    """A formula as numbers of 32 bits: how many variables, then each clause with a 0 behind."""
    numbers = array("i", [variables])
    for clause in clauses:
        numbers.extend(clause)
        numbers.append(0)
    return numbers.tobytes()


def fingerprint(variables: int, clauses: Iterable[Sequence[int]]) -> bytes:
    """What tells whether an artefact belongs to a formula: equal clauses in equal order."""
    return hashlib.sha256(formula_bytes(variables, clauses)).digest()


def pack(arrays: Arrays, of_formula: bytes) -> bytes:
    """The artefact of a circuit, with the fingerprint of its formula. Raises `ArtefactTooLarge`."""
    columns = [np.asarray(getattr(arrays, name), dtype="<i4") for name in _ARRAYS]
    length = _SCALARS.size + sum(column.nbytes for column in columns)
    if length > MOST_BYTES:
        raise ArtefactTooLarge(f"{length} bytes, at most {MOST_BYTES}")
    scalars = _SCALARS.pack(arrays.variables, *(column.size for column in columns))
    body = zlib.compress(b"".join((scalars, *(column.tobytes() for column in columns))), 1)
    checksum = hashlib.sha256(body).digest()
    return _HEADER.pack(MAGIC, VERSION, of_formula, checksum, length) + body


def unpack(artefact: bytes) -> tuple[Arrays, bytes]:
    """The circuit and its formula's fingerprint. Raises `ArtefactUnreadable` for anything else."""
    if len(artefact) < _HEADER.size:
        raise ArtefactUnreadable("shorter than its header")
    magic, version, of_formula, checksum, length = _HEADER.unpack_from(artefact)
    if magic != MAGIC:
        raise ArtefactUnreadable("does not start like an artefact")
    if version != VERSION:
        raise ArtefactUnreadable(f"version {version}, this is version {VERSION}")
    body = memoryview(artefact)[_HEADER.size :]
    if hashlib.sha256(body).digest() != checksum:
        raise ArtefactUnreadable("checksum differs")
    if not _SCALARS.size <= length <= MOST_BYTES:
        raise ArtefactUnreadable(f"declares {length} bytes, at most {MOST_BYTES}")
    arrays = _arrays(_inflated(body, length))
    _validate(arrays)
    return arrays, of_formula


def _inflated(body: memoryview, length: int) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        payload = unpacker.decompress(body, length)
    except zlib.error as error:
        raise ArtefactUnreadable("cannot be unpacked") from error
    if len(payload) != length or unpacker.unconsumed_tail or unpacker.decompress(b"", 1):
        raise ArtefactUnreadable(f"does not unpack to {length} bytes")
    return payload


def _arrays(payload: bytes) -> Arrays:
    variables, *sizes = _SCALARS.unpack_from(payload)
    if _SCALARS.size + 4 * sum(sizes) != len(payload):
        raise ArtefactUnreadable("arrays do not fill it")
    if not 0 <= variables < 2**30:
        raise ArtefactUnreadable(f"{variables} variables")
    columns: dict[str, Integers] = {}
    offset = _SCALARS.size
    for name, size in zip(_ARRAYS, sizes, strict=True):
        column = np.frombuffer(payload, dtype="<i4", count=size, offset=offset)
        columns[name] = column.astype(np.int32, copy=False)
        offset += 4 * size
    return Arrays(variables=variables, **columns)


def _validate(arrays: Arrays) -> None:
    """What the circuit's walks rely on, so that no artefact can make them read astray."""
    if not arrays.satisfiable:
        if any(getattr(arrays, name).size for name in _ARRAYS):
            raise ArtefactUnreadable("an unsatisfiable formula has no arrays")
        return
    if arrays.level_starts.size < 2 or arrays.level_starts[0] != 1:
        raise ArtefactUnreadable("level_starts does not begin with node 1")
    nodes = int(arrays.level_starts[-1])
    edges = arrays.child_starts.size - 1
    _runs("level_starts", arrays.level_starts, nodes, count=None, first=1)
    _runs("edge_starts", arrays.edge_starts, edges, count=nodes - 1)
    _runs("child_starts", arrays.child_starts, arrays.children.size, count=edges)
    _runs("literal_starts", arrays.literal_starts, arrays.literal_firsts.size, count=edges)
    _runs("free_starts", arrays.free_starts, arrays.free_firsts.size, count=arrays.free_edges.size)
    _intervals("literal", arrays.literal_firsts, arrays.literal_ends, 2 * arrays.variables + 1)
    _intervals("free", arrays.free_firsts, arrays.free_ends, arrays.variables)
    free = arrays.free_edges
    if free.size and (free[0] < 0 or free[-1] >= edges or np.any(free[1:] <= free[:-1])):
        raise ArtefactUnreadable("free_edges does not name edges in order")
    # An edge's nodes lie below the level of its own node, so walks by level find them finished.
    level_of_node = np.repeat(arrays.level_starts[:-1], np.diff(arrays.level_starts))
    level_of_edge = np.repeat(level_of_node, np.diff(arrays.edge_starts))
    highest = np.repeat(level_of_edge, np.diff(arrays.child_starts))
    if np.any(arrays.children < 0) or np.any(arrays.children >= highest):
        raise ArtefactUnreadable("children do not lie below their edge")
    named = np.bincount(arrays.children, minlength=nodes)
    if nodes - int(arrays.level_starts[-2]) != 1 or np.any(named[1 : nodes - 1] == 0):
        raise ArtefactUnreadable("there is more than one root")


def _runs(name: str, starts: Integers, end: int, *, count: int | None, first: int = 0) -> None:
    """Starts of consecutive runs, none of them empty, that fill an array."""
    if count is not None and starts.size != count + 1:
        raise ArtefactUnreadable(f"{name} has {starts.size} entries, not {count + 1}")
    if starts[0] != first or starts[-1] != end or np.any(starts[1:] <= starts[:-1]):
        raise ArtefactUnreadable(f"{name} does not delimit runs")


def _intervals(name: str, firsts: Integers, ends: Integers, limit: int) -> None:
    """Intervals of positions. An empty one stands for no literals where a run must not be empty."""
    if firsts.size != ends.size:
        raise ArtefactUnreadable(f"{name}_firsts and {name}_ends differ in length")
    if firsts.size and (firsts.min() < 0 or ends.max() > limit or np.any(firsts > ends)):
        raise ArtefactUnreadable(f"{name} intervals reach outside")
