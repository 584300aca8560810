"""Compiling in a process of its own, which is ended for sure when it exceeds its bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from cpq.solving.compiled.artefact import formula_bytes
from cpq.solving.compiled.child import ARTEFACT_TOO_LARGE, OUT_OF_MEMORY, WRONG

LONGEST_COMPILATION: Final = 300.0
"""Seconds by the clock; see docs/decisions/0113."""

MOST_MEGABYTES: Final = 2048
"""Resident memory."""

_LOOK_EVERY: Final = 0.05


class WhyNotCompiled(StrEnum):
    """Why a formula has no circuit. Questions about it are then answered by search."""

    OUT_OF_TIME = "out-of-time"
    OUT_OF_MEMORY = "out-of-memory"
    ARTEFACT_TOO_LARGE = "artefact-too-large"
    WRONG = "wrong"
    """The circuit failed its own check; it is thrown away."""
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Compiled:
    """An artefact for `Circuit.load`, and what it took: seconds, megabytes of resident memory."""

    artefact: bytes
    seconds: float
    megabytes: int


@dataclass(frozen=True, slots=True)
class NotCompiled:
    """Why there is no artefact, after how many seconds; `detail` is for a log."""

    why: WhyNotCompiled
    detail: str
    seconds: float


def compile_formula(
    variables: int,
    clauses: Iterable[Sequence[int]],
    *,
    seconds: float = LONGEST_COMPILATION,
    megabytes: int = MOST_MEGABYTES,
) -> Compiled | NotCompiled:
    """Compile clauses over variables 1 to `variables`; blocks until done or out of bounds.

    Whatever happens, the process that compiles is gone when this returns or raises, and when the
    process that called it dies.
    """
    started = time.monotonic()
    bounds = map(str, (os.getpid(), seconds, megabytes))
    with TemporaryFile() as formula:
        formula.write(formula_bytes(variables, clauses))
        formula.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "cpq.solving.compiled.child", *bounds],
            stdin=formula,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Compiling uses one core; its libraries would reserve memory for all.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
    try:
        return _watched(process, started, seconds, megabytes)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _watched(
    process: subprocess.Popen[bytes],
    started: float,
    seconds: float,
    megabytes: int,
) -> Compiled | NotCompiled:
    most = 0
    while True:
        try:
            artefact, errors = process.communicate(timeout=_LOOK_EVERY)
            break
        except subprocess.TimeoutExpired:
            pass
        taken = time.monotonic() - started
        most = max(most, _resident_megabytes(process.pid))
        if taken > seconds:
            return NotCompiled(WhyNotCompiled.OUT_OF_TIME, f"{seconds:g} s", taken)
        if most > megabytes:
            return NotCompiled(WhyNotCompiled.OUT_OF_MEMORY, f"{megabytes} MB", taken)
    taken = time.monotonic() - started
    if process.returncode == 0:
        return Compiled(artefact, taken, most)
    last = errors.decode(errors="replace").strip().splitlines()[-1:]
    detail = f"exit status {process.returncode}: {' '.join(last)}"
    return NotCompiled(_why(process.returncode), detail, taken)


def _why(status: int) -> WhyNotCompiled:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return WhyNotCompiled.OUT_OF_TIME
    return {
        ARTEFACT_TOO_LARGE: WhyNotCompiled.ARTEFACT_TOO_LARGE,
        WRONG: WhyNotCompiled.WRONG,
        OUT_OF_MEMORY: WhyNotCompiled.OUT_OF_MEMORY,
    }.get(status, WhyNotCompiled.CRASHED)


def _resident_megabytes(process: int) -> int:
    """What the process holds in memory now; 0 once it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
