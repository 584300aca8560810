"""What is measured of one model, as rows of a table."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cpq.configuration.answers import Completion, Goal
from cpq.configuration.model import Choice, Model, Supply
from cpq.configurator_measurements.subjects import GROWTH, Subject, generated
from cpq.configurator_measurements.walking import PATIENCE, Step, Walker, look
from cpq.solving import ConfigurationTakesTooLong, Engine
from cpq.solving.compiled import Circuit, Compiled, NotCompiled, compile_formula
from cpq.solving.encoding import encode
from cpq.solving.optimal import optimiser


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; `met` is None where there is no target."""

    work: str
    conditions: str
    result: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Walked:
    """The steps of walks, and what of them was not answered."""

    steps: list[Step]
    walks: list[tuple[Choice, ...]]
    refused: int = 0


def measured(subject: Subject, seconds: float, walked: Callable[[Walked], None]) -> Iterator[Row]:
    """All figures of a model; `walked` is told which choices were walked through.

    `seconds` bounds compiling. A model that does not compile is measured all the same.
    """
    told, model = subject.told, subject.model
    compilation, row = compiled(model, told, seconds)
    yield row
    artefact = compilation.artefact if isinstance(compilation, Compiled) else None
    before = _resident()
    started = time.perf_counter()
    engine = Engine(model, artefact=artefact)
    try:
        look(engine, ())
    except ConfigurationTakesTooLong as refusal:
        yield Row("first load: from the model to its first answer", told, refusal.detail)
        return
    first = time.perf_counter() - started
    yield Row("first load: from the model to its first answer", told, f"{first:.2f} s")
    found = walks(engine, subject, subject.walks)
    walked(found)
    how = "compiled" if artefact is not None else "not compiled, searched"
    yield domains(found, f"{told}, {how}", subject.wanted)
    yield memory(artefact, engine, _resident() - before, told)
    if artefact is not None:
        yield from searched(subject, found)
    yield from conflicts(engine, model, found, told)
    yield from completions(engine, model, found, told)
    yield count(engine, told)


def growth(seconds: float) -> Iterator[Row]:
    """How cost grows with features, four clauses for each."""
    for features in GROWTH:
        subject = generated(features, 4 * features)
        compilation, _ = compiled(subject.model, subject.told, seconds)
        artefact = compilation.artefact if isinstance(compilation, Compiled) else None
        engine = Engine(subject.model, artefact=artefact)
        found = walks(engine, subject, 4)
        search = walks(Engine(subject.model), subject, 1, steps=5)
        made = (
            f"compiled in {compilation.seconds:.1f} s to {len(compilation.artefact) / 1000:,.0f} kB"
            if isinstance(compilation, Compiled)
            else f"not compiled ({compilation.why.value})"
        )
        yield Row(
            "growth: domains after a choice",
            subject.told,
            f"{_told(found)}; {made}; by search {_told(search)}",
        )


def compiled(model: Model, told: str, seconds: float) -> tuple[Compiled | NotCompiled, Row]:
    """Compile the model as publishing does."""
    encoding = encode(model, Supply({}))
    clauses = list(encoding.clauses())
    found = compile_formula(encoding.core, clauses, seconds=seconds)
    if isinstance(found, Compiled):
        result = (
            f"{found.seconds:.1f} s, {found.megabytes} MB; artefact "
            f"{len(found.artefact) / 1000:,.0f} kB"
        )
    else:
        result = f"not compiled: {found.why.value} after {found.seconds:.0f} s; search answers"
    conditions = f"{told}; encoded {encoding.core:,} variables, {len(clauses):,} clauses"
    return found, Row("compile, offline, in a process of its own", conditions, result)


def walks(engine: Engine, subject: Subject, number: int, *, steps: int | None = None) -> Walked:
    """Walk through the model; equal subjects give equal walks."""
    found = Walked([], [])
    walker = Walker(engine, subject.model)
    for seed in range(number):
        chance = random.Random(seed)
        last: tuple[Choice, ...] = ()
        try:
            for step in walker.walk(steps or subject.steps, chance):
                found.steps.append(step)
                last = step.choices
        except ConfigurationTakesTooLong:
            found.refused += 1
        found.walks.append(last)
    return found


def domains(found: Walked, conditions: str, wanted: float | None) -> Row:
    """Domains after each choice, and whether 99 % came in time."""
    if wanted is None:
        return Row("domains after a choice", conditions, _told(found))
    met = not found.refused and _milliseconds(_seconds(found), 0.99) < wanted
    return Row("domains after a choice", conditions, _told(found), f"p99 under {wanted:g} ms", met)


def searched(subject: Subject, by_circuit: Walked) -> Iterator[Row]:
    """The same walks without the circuit: how long, and whether any answer differs."""
    search = Engine(subject.model)
    found, differences = Walked([], []), 0
    known = {step.choices: step.state for step in by_circuit.steps}
    for last in by_circuit.walks[: subject.searched]:
        for length in range(len(last) + 1):
            try:
                step = look(search, last[:length])
            except ConfigurationTakesTooLong:
                found.refused += 1
                break
            found.steps.append(step)
            differences += step.state != known[step.choices]
    yield domains(found, f"{subject.told}, by search alone", None)
    if not found.steps:
        return
    yield Row(
        "answers that differ between circuit and search",
        f"{subject.told}, {len(found.steps)} states",
        str(differences),
        "0",
        differences == 0,
    )


def memory(artefact: bytes | None, engine: Engine, grown: int, told: str) -> Row:
    """What a model takes in memory: by its own account, and by the process's growth."""
    parts = [f"engine {engine.size_bytes / 1e6:.1f} MB", f"process grew by {grown / 1e6:.0f} MB"]
    if artefact is not None:
        parts.insert(0, f"circuit {Circuit.load(artefact).size_bytes / 1e6:.2f} MB")
    return Row("memory of a loaded model", told, ", ".join(parts))


def conflicts(engine: Engine, model: Model, found: Walked, told: str) -> Iterator[Row]:
    """A value that is excluded is chosen all the same, or asked about."""
    chance = random.Random(7)
    walker = Walker(engine, model)
    stating: list[float] = []
    explaining: list[float] = []
    refused = 0
    for step in found.steps[:: max(1, len(found.steps) // 60)]:
        bad = walker.excluded(step, chance)
        if bad is None:
            continue
        target, value = bad
        try:
            started = time.perf_counter()
            reason = engine.explain(step.choices, {}, target, value, seconds=PATIENCE)
            explaining.append(time.perf_counter() - started)
            assert reason is not None
            clash = look(engine, (*step.choices, Choice(target, value)))
        except ConfigurationTakesTooLong:
            refused += 1
            continue
        assert clash.state.conflict is not None
        stating.append(clash.seconds)
    if not explaining:
        return
    beyond = f", {refused} not in {PATIENCE:g} s" if refused else ""
    met = not refused and _milliseconds(explaining, 0.99) < 200
    yield Row(
        "why a value is excluded: choices and rules",
        told,
        f"{_quantiles(explaining)}, {len(explaining)} values{beyond}",
        "p99 under 200 ms",
        met,
    )
    met = not refused and _milliseconds(stating, 0.99) < 200
    yield Row(
        "conflict with its repairs, ranked by price, and all domains",
        told,
        f"{_quantiles(stating)}, {len(stating)} conflicts{beyond}",
        "p99 under 200 ms",
        met,
    )


def completions(engine: Engine, model: Model, found: Walked, told: str) -> Iterator[Row]:
    """The best configuration for each goal, beside no choices and beside three."""
    asked = [(), *(last[:3] for last in found.walks[:4])]

    def by_engine(choices: Sequence[Choice], goal: Goal) -> Completion:
        return engine.complete(choices, {}, goal, seconds=PATIENCE)

    program = optimiser(model, Supply({}))

    def by_program(choices: Sequence[Choice], goal: Goal) -> Completion:
        return program.best(choices, {}, goal, seconds=PATIENCE)

    how = "by the circuit where it can tell" if engine.compiled else "by CP-SAT"
    yield Row("best completion", f"{told}, {how}", _completed(by_engine, asked))
    if engine.compiled:
        yield Row("best completion", f"{told}, by CP-SAT", _completed(by_program, asked))


def _completed(
    complete: Callable[[Sequence[Choice], Goal], Completion], asked: Sequence[Sequence[Choice]]
) -> str:
    parts: list[str] = []
    for goal in Goal:
        complete((), goal)
        taken: list[float] = []
        proved = 0
        for choices in asked:
            started = time.perf_counter()
            proved += complete(choices, goal).optimal
            taken.append(time.perf_counter() - started)
        unproved = f" ({proved} of {len(taken)} proved)" if proved < len(taken) else ""
        middle = _milliseconds(taken, 0.5)
        parts.append(f"{goal.value.replace('_', ' ')} {middle:,.0f}{unproved}")
    return f"p50 of {', '.join(parts)} ms"


def count(engine: Engine, told: str) -> Row:
    """How many configurations there are, exactly."""
    started = time.perf_counter()
    try:
        number = engine.count((), {}, seconds=PATIENCE)
    except ConfigurationTakesTooLong:
        return Row("exact count", told, f"not in {PATIENCE:g} s")
    taken = time.perf_counter() - started
    if number is None:
        return Row("exact count", told, f"too many to count without a circuit ({taken:.1f} s)")
    return Row("exact count", told, f"{1000 * taken:.1f} ms, {_size(number)} configurations")


def _size(number: int) -> str:
    digits = str(number)
    return (
        f"{number:,}" if len(digits) < 25 else f"{digits[0]}.{digits[1:3]} × 10^{len(digits) - 1}"
    )


def _told(found: Walked) -> str:
    refused = f"{found.refused} walks not in {PATIENCE:g} s a step" if found.refused else ""
    if not found.steps:
        return refused
    busy = [step.busy for step in found.steps]
    middle, most = (_milliseconds(busy, part) for part in (0.5, 0.99))
    told = (
        f"{_quantiles(_seconds(found))} (processor {middle:,.1f} and {most:,.1f}), "
        f"{len(found.steps)} states"
    )
    return f"{told}, {refused}" if refused else told


def _seconds(found: Walked) -> list[float]:
    return [step.seconds for step in found.steps]


def _quantiles(seconds: Sequence[float]) -> str:
    middle, most = (_milliseconds(seconds, part) for part in (0.5, 0.99))
    return f"p50 {middle:,.1f} ms, p99 {most:,.1f} ms"


def _milliseconds(seconds: Sequence[float], part: float) -> float:
    """The nearest-rank quantile; 0 for none."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
