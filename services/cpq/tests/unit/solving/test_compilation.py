"""Compiling in a process of its own: what it gives, and that it ends."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cpq.solving.compiled import (
    Circuit,
    Compiled,
    NotCompiled,
    WhyNotCompiled,
    compilation,
    compile_formula,
    fingerprint,
)
from cpq.solving.compiled.child import ARTEFACT_TOO_LARGE, OUT_OF_MEMORY, WRONG

from .formulas import Clauses, generated


def hard(variables: int, seed: int = 1) -> Clauses:
    """Random clauses without any structure, which take longer than anybody waits."""
    chance = random.Random(seed)
    return [
        [chance.choice((1, -1)) * one for one in chance.sample(range(1, variables + 1), 3)]
        for _ in range(2 * variables)
    ]


def children(parent: int) -> set[int]:
    """The processes that compile for this one."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"cpq.solving.compiled.child\0%d\0" % parent in command:
            found.add(int(entry.name))
    return found


def test_what_compiles_is_an_artefact_of_the_formula() -> None:
    variables, clauses = generated(60, 200, 1)
    result = compile_formula(variables, clauses)
    assert isinstance(result, Compiled), result
    circuit = Circuit.load(result.artefact)
    assert circuit.fingerprint == fingerprint(variables, clauses)
    assert circuit.count() > 0
    assert 0 < result.seconds < 60
    assert result.megabytes < compilation.MOST_MEGABYTES


def test_compiling_ends_when_its_time_is_up() -> None:
    started = time.monotonic()
    result = compile_formula(400, hard(400), seconds=3)
    assert isinstance(result, NotCompiled)
    assert result.why is WhyNotCompiled.OUT_OF_TIME
    assert time.monotonic() - started < 6
    assert not children(os.getpid())


def test_compiling_ends_when_it_takes_too_much_memory() -> None:
    result = compile_formula(400, hard(400), megabytes=40, seconds=60)
    assert isinstance(result, NotCompiled)
    assert result.why is WhyNotCompiled.OUT_OF_MEMORY
    assert not children(os.getpid())


@pytest.mark.parametrize("compiles_for", [0, 3])
def test_compiling_ends_when_its_caller_is_killed(compiles_for: float) -> None:
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import random\n"
            "from cpq.solving.compiled import compile_formula\n"
            "c = random.Random(1)\n"
            "compile_formula(400, [[c.choice((1, -1)) * v for v in c.sample(range(1, 401), 3)]"
            " for _ in range(800)])\n",
        ]
    )
    try:
        deadline = time.monotonic() + 60
        while not children(caller.pid):
            assert time.monotonic() < deadline, "it never began"
            time.sleep(0.05)
        time.sleep(compiles_for)
    finally:
        caller.kill()
        caller.wait()
    deadline = time.monotonic() + 20
    while children(caller.pid):
        assert time.monotonic() < deadline, "it outlived its caller"
        time.sleep(0.05)


def test_an_impossible_formula_compiles_to_nothing_possible() -> None:
    result = compile_formula(1, [[1], [-1]])
    assert isinstance(result, Compiled), result
    assert not Circuit.load(result.artefact).consistent()


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (ARTEFACT_TOO_LARGE, WhyNotCompiled.ARTEFACT_TOO_LARGE),
        (WRONG, WhyNotCompiled.WRONG),
        (OUT_OF_MEMORY, WhyNotCompiled.OUT_OF_MEMORY),
        (1, WhyNotCompiled.CRASHED),
        (7, WhyNotCompiled.CRASHED),
    ],
)
def test_a_failure_is_named(
    status: int, why: WhyNotCompiled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho 'it broke' >&2\nexit {status}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    result = compile_formula(1, [[1]])
    assert isinstance(result, NotCompiled)
    assert result.why is why
    assert "it broke" in result.detail
