"""The process that compiles: `python -m cpq.solving.compiled.child PARENT SECONDS MEGABYTES`.

Reads a formula from standard input as 32-bit numbers (see `formula_bytes`) and writes the artefact
to standard output. The kernel ends it when its processor time is used up, when its parent dies, or
when it takes much more memory than it may; the parent watches both limits more closely. The exit
status says why there is no artefact.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import os
import random
import resource
import signal
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import py_d4

from cpq.solving.compiled.artefact import ArtefactTooLarge, pack
from cpq.solving.compiled.circuit import Circuit
from cpq.solving.compiled.conversion import convert

ARTEFACT_TOO_LARGE: Final = 3
WRONG: Final = 4
OUT_OF_MEMORY: Final = 5

_PR_SET_PDEATHSIG: Final = 1
_PAGE: Final = 64 * 2**20
"""Bytes that d4 takes for its cache at a time; left alone it takes 4 GiB at once."""
_RESERVED: Final = 4 * 2**30
"""d4 reserves some 2 GB of addresses that it never touches; they are not counted as memory."""
_CHECKS: Final = 6


class CircuitIsWrong(Exception):
    """The converted circuit counts differently from d4's own."""


def bind(parent: int, seconds: float, megabytes: int) -> None:
    """Make the kernel end this process when it exceeds its limits or loses its parent.

    It runs at a low priority: somebody may be waiting for an answer of the same machine.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It died before the line above.
        os.kill(os.getpid(), signal.SIGKILL)
    os.nice(10)
    whole = math.ceil(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
    addresses = megabytes * 2**20 + _RESERVED
    resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def compiled(formula: bytes) -> bytes:
    """The artefact. Raises MemoryError, `ArtefactTooLarge`, `CircuitIsWrong`."""
    variables, clauses = _read(formula)
    options = json.loads(py_d4.dump_options_to_json(py_d4.OptionDpllStyleMethod()))
    options["cache"]["bucket"]["sizeFirstPage"] = str(_PAGE)
    options["cache"]["bucket"]["sizeAdditionalPage"] = str(_PAGE)
    solver = py_d4.Solver(clauses, variables, py_d4.load_options_from_json(json.dumps(options)))
    result = solver.compile()
    arrays = convert(result.getNNFString().encode(), variables)
    of_formula = hashlib.sha256(formula).digest()
    _check(Circuit(arrays, of_formula), result)
    return pack(arrays, of_formula)


def _read(formula: bytes) -> tuple[int, list[list[int]]]:
    """The variables and clauses. d4 crashes on a clause that says something twice or both ways."""
    numbers = array("i", formula)
    clauses: dict[tuple[int, ...], list[int]] = {}
    clause: dict[int, None] = {}
    for literal in numbers[1:]:
        if literal:
            clause[literal] = None
            continue
        if not any(-one in clause for one in clause):
            clauses.setdefault(tuple(sorted(clause)), list(clause))
        clause = {}
    return numbers[0], list(clauses.values())


def _check(circuit: Circuit, result: py_d4.CompileResult) -> None:
    """The converted circuit counts what d4 counts, as a whole and with some assumptions."""
    chance = random.Random(1)
    some = chance.sample(range(1, circuit.variables + 1), min(_CHECKS, circuit.variables))
    assumptions: list[int] = []
    for variable in (None, *some):
        if variable is not None:
            assumptions.append(chance.choice((variable, -variable)))
        if circuit.count(assumptions) != int(result.count(assumptions)):
            raise CircuitIsWrong(f"the count differs with {assumptions}")


def main(arguments: Sequence[str]) -> int:
    """Compile what standard input holds."""
    parent, seconds, megabytes = arguments
    bind(int(parent), float(seconds), int(megabytes))
    # d4 prints as it works; what it prints is not the artefact.
    output = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        artefact = compiled(sys.stdin.buffer.read())
    except ArtefactTooLarge as error:
        return _told(error, ARTEFACT_TOO_LARGE)
    except CircuitIsWrong as error:
        return _told(error, WRONG)
    except MemoryError as error:
        return _told(error, OUT_OF_MEMORY)
    with os.fdopen(output, "wb") as stream:
        stream.write(artefact)
    return 0


def _told(error: Exception, status: int) -> int:
    sys.stderr.write(f"{type(error).__name__}: {error}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
