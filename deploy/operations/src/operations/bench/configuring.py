"""The configurator: its engine measured in a process of its own, then the same over HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from operations.bench.connection import Connection
from operations.bench.figures import Figure, quantile
from operations.repository import ROOT

DATA: Final = ROOT.parent / "shared" / "data"
"""Real models are read from there where it is; without it those rows are left out."""

SUBJECTS: Final = ("pc-richmond", "quantumbit", "generated-2500", "generated-14000")
OVER_HTTP: Final = {"pc-richmond": 25, "generated-2500": 50, "generated-14000": None}
"""Milliseconds that 99 % of the answers take at most, where that is wanted."""

SCREEN: Final = 40
"""Targets that a front end shows at once."""

MISSING_DATA: Final = 2
LONGEST_COMPILATION: Final = 600.0
MODELS: Final = "/v1/configuration-models"


def engine_figures(walks: Path, environment: dict[str, str]) -> Iterator[Figure]:
    """Measure the engine on each model, and how cost grows.

    What was walked through is left in the folder, a file for each model, for `over_http`.
    """
    for name in SUBJECTS:
        yield from _measured([name, "--walks", str(walks / f"{name}.json")], environment)
    yield from _measured(["growth"], environment)


def pricing_figures(environment: dict[str, str]) -> Iterator[Figure]:
    """Measure the pricing kernel, in a process of its own."""
    yield from _told([sys.executable, "-m", "cpq.pricing_measurements"], environment)


def einvoice_figures(environment: dict[str, str]) -> Iterator[Figure]:
    """Measure writing and validating e-invoices, in a process of its own."""
    yield from _told([sys.executable, "-m", "erp.einvoices.measuring"], environment)


def _measured(arguments: Sequence[str], environment: dict[str, str]) -> Iterator[Figure]:
    command = [sys.executable, "-m", "cpq.configurator_measurements", *arguments]
    yield from _told([*command, "--data", str(DATA)], environment)


def _told(command: Sequence[str], environment: dict[str, str]) -> Iterator[Figure]:
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Figure(**json.loads(line))
    if process.returncode not in (0, MISSING_DATA):
        raise RuntimeError(f"{' '.join(command[1:4])} ended with status {process.returncode}")


@dataclass(frozen=True, slots=True)
class _Walks:
    """A model's document, and choices that were made one after another."""

    told: str
    document: dict[str, Any]
    walks: list[list[dict[str, Any]]]

    def bodies(self) -> Iterator[dict[str, Any]]:
        """What is asked after each choice of each walk."""
        for walk in self.walks:
            for length in range(len(walk) + 1):
                yield {"model": self.document["key"], "choices": walk[:length]}


async def over_http(connection: Connection, folder: Path) -> list[Figure]:
    """Publish each model, wait until it is compiled, and walk through it over HTTP."""
    figures: list[Figure] = []
    for name, wanted in OVER_HTTP.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        content = json.loads(path.read_text())
        walks = _Walks(content["told"], content["document"], content["walks"])
        compiled = await _published(connection, walks)
        figures.extend(await _walked(connection, walks, compiled, wanted))
    return figures


async def _published(connection: Connection, walks: _Walks) -> bool:
    """Publish the model; whether the worker could compile it."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    rows = [{"document": walks.document, "publish_from": today}]
    status, answer = await connection.post(f"{MODELS}/bulk", {"rows": rows}, str(uuid.uuid4()))
    if status >= 300 or answer["refused"]:
        raise RuntimeError(f"publishing {walks.told}: {status} {str(answer)[:500]}")
    path = f"{MODELS}/{answer['results'][0]['id']}"
    end = time.monotonic() + LONGEST_COMPILATION
    while time.monotonic() < end:
        _, detail = await connection.get(path)
        state = detail["compilation"]["state"]
        if state != "pending":
            return bool(state == "compiled")
        await asyncio.sleep(1)
    raise RuntimeError(f"{walks.told} was not compiled in {LONGEST_COMPILATION:g} s")


async def _walked(
    connection: Connection, walks: _Walks, compiled: bool, wanted: int | None
) -> list[Figure]:
    conditions = f"{walks.told}, {'compiled' if compiled else 'not compiled, searched'}, 1 client"
    started = time.perf_counter()
    first = await _asked(connection, "state", next(walks.bodies()))
    loaded = time.perf_counter() - started
    domains = json.loads(first)["domains"]
    screen = [domain["target"] for domain in domains[:: max(1, len(domains) // SCREEN)][:SCREEN]]
    whole = f"{conditions}; the first answer took {loaded:.2f} s"
    figures: list[Figure] = []
    for work, told, door, more, limit in (
        ("domains after a choice over HTTP", whole, "state", {}, wanted),
        (f"domains of {SCREEN} targets over HTTP", conditions, "state", {"targets": screen}, None),
        ("domains and price after a choice over HTTP", conditions, "live", {}, None),
    ):
        durations: list[float] = []
        sizes: list[float] = []
        for body in walks.bodies():
            asked = time.perf_counter()
            content = await _asked(connection, door, {**body, **more})
            durations.append(time.perf_counter() - asked)
            sizes.append(len(content))
        p50, p99 = (1000 * quantile(durations, part) for part in (0.5, 0.99))
        result = (
            f"p50 {p50:,.1f} ms, p99 {p99:,.1f} ms, {len(durations)} answers of "
            f"{quantile(sizes, 0.5) / 1000:,.0f} kB"
        )
        target = "" if limit is None else f"p99 under {limit} ms"
        met = None if limit is None else p99 < limit
        figures.append(Figure(work, told, result, target, met))
    return figures


async def _asked(connection: Connection, door: str, body: dict[str, Any]) -> bytes:
    """The answer's content, unparsed."""
    path = f"/v1/configurations/{door}"
    status, content = await connection.raw(path, {**body, "reasons": False})
    if status != 200:
        raise RuntimeError(f"{door} answered {status} {content[:500]!r}")
    return content
