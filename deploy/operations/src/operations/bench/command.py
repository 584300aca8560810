"""`make bench`: start a system of its own, measure it, write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from operations.bench import bare
from operations.bench.configuring import (
    einvoice_figures,
    engine_figures,
    over_http,
    pricing_figures,
)
from operations.bench.figures import Figure, Sample
from operations.bench.finance import books_figures, finance_figures
from operations.bench.quoting import quoting_figures
from operations.bench.volume import volume_figures
from operations.bench.work import Bench, latency_told
from operations.repository import ROOT
from operations.stack import Stack

PAGE: Final = ROOT / "docs" / "benchmarks.md"
FIGURES: Final = ("<!-- figures -->", "<!-- end of figures -->")
CONFIGURATOR_FIGURES: Final = (
    "<!-- configurator figures -->",
    "<!-- end of configurator figures -->",
)
PRICING_FIGURES: Final = ("<!-- pricing figures -->", "<!-- end of pricing figures -->")
CONFIGURATOR: Final = "configurator"
PRICING: Final = "pricing"
QUOTING: Final = "quoting"
FINANCE: Final = frozenset({"books", "finance"})
FINANCE_FIGURES: Final = ("<!-- finance figures -->", "<!-- end of finance figures -->")
QUOTING_FIGURES: Final = ("<!-- quoting figures -->", "<!-- end of quoting figures -->")
_KEPT: Final = 0.9
"""The share of a rate that more clients must leave for it not to count as a fall."""
PARTS: Final = (
    "bare", "customers", "orders", "latency", "backlog", "books", "finance",
    PRICING, QUOTING, CONFIGURATOR,
)  # fmt: skip


async def measure(bench: Bench, parts: Sequence[str], console: Console, lines: int) -> list[Figure]:
    """Carry out the chosen parts but those of single engines, one after another.

    The figures are the bench's; those of quotes, which have a table of their own, are the answer.
    """
    if set(parts) <= {CONFIGURATOR, PRICING}:
        return []
    customers, skus = await bench.prepare_trade()

    def note(figure: Figure, into: list[Figure] = bench.figures) -> None:
        into.append(figure)
        _tell(console, figure)

    if "bare" in parts:
        owner, log = bench.stack.database_url("crm", "owner"), bench.stack.log("bare")
        with bare.serving(owner, log) as url:
            for clients in (1, 8):
                sample = await bare.inserts(url, clients, min(5.0, bench.seconds))
                note(
                    Figure(
                        "for comparison: bare FastAPI, one INSERT a request",
                        f"{clients} client{'s' * (clients > 1)}",
                        sample.told(),
                    )
                )
    if "customers" in parts:
        before = None
        for clients, target in ((1, 300.0), (8, None)):
            sample = await bench.customers(clients)
            note(_rate("create a customer over HTTP", clients, sample, target, before))
            before = sample.rate
    if "orders" in parts:
        before = None
        for clients, target in ((1, 25.0), (8, 60.0), (32, None)):
            sample = await bench.orders(clients, customers, skus)
            work = "order of 5 lines to posted invoice over HTTP"
            note(_rate(work, clients, sample, target, before))
            before = sample.rate
    if "latency" in parts:
        latencies, late = await bench.event_latency(100)
        worst = sorted(latencies)[int(0.99 * len(latencies))]
        note(
            Figure(
                "event from commit in CRM to visible in CPQ",
                f"100 events/s, {len(latencies)} events, {late} started late",
                latency_told(latencies),
                "p99 under 250 ms",
                worst < 0.25,
            )
        )
    if "backlog" in parts:
        relay, consumer = await bench.backlog(20_000)
        for work, rate in (("relay drains", relay), ("consumer drains", consumer)):
            note(
                Figure(
                    f"{work} a backlog",
                    "20,000 customer events",
                    f"{rate:,.0f} /s",
                    "3,000 /s",
                    rate >= 3000,
                )
            )
    if "books" in parts:
        company, told = _load_journal(bench.stack, lines)
        console.print(told)
        sample = await bench.trial_balance(company)
        note(
            Figure(
                "trial balance over HTTP",
                f"{lines:,} journal lines, 1 client",
                f"p50 {sample.milliseconds(0.5):.1f} ms, p99 {sample.milliseconds(0.99):.1f} ms",
                "under 50 ms",
                not sample.failures and sample.milliseconds(0.99) < 50,
            ),
            bench.finance,
        )
        for figure in books_figures(bench.stack.service_environment("erp"), company):
            note(figure, bench.finance)
        for figure in einvoice_figures(bench.stack.service_environment("erp")):
            note(figure, bench.finance)
    if "finance" in parts:
        for figure in await finance_figures(bench, customers):
            note(figure, bench.finance)
        for figure in await volume_figures(bench):
            note(figure, bench.finance)
    quoted = await quoting_figures(bench, customers, skus) if QUOTING in parts else []
    for figure in quoted:
        _tell(console, figure)
    return quoted


def _tell(console: Console, figure: Figure) -> None:
    console.print(f"{figure.work}, {figure.conditions}: [bold]{figure.result}[/bold]")


async def _configure(bench: Bench, folder: Path) -> list[Figure]:
    async with bench.connections("cpq", 1) as (cpq,):
        return await over_http(cpq, folder)


def _rate(
    work: str, clients: int, sample: Sample, target: float | None, before: float | None
) -> Figure:
    """Judge a rate by its target, or by that of fewer clients, of which a tenth may be lost."""
    if sample.failures:
        print(f"first failure: {sample.failures[0][:500]}", file=sys.stderr)
    wanted = "no error, no fall" if target is None else f"{target:.0f} /s"
    least = target if target is not None else _KEPT * (before or 0.0)
    met = not sample.failures and sample.rate >= least
    return Figure(work, f"{clients} client{'s' * (clients > 1)}", sample.told(), wanted, met)


def _load_journal(stack: Stack, lines: int) -> tuple[str, str]:
    told = subprocess.run(
        [sys.executable, "-m", "erp.journal_load", "--lines", str(lines), "--tenant", "demo"],
        env=stack.service_environment("erp"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told)
    if found is None:
        raise RuntimeError(f"the journal load named no company: {told}")
    return found.group(), told.strip()


def machine() -> str:
    """The machine in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {gibibytes:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def write_page(
    figures: Sequence[Figure],
    page: Path = PAGE,
    marks: tuple[str, str] = FIGURES,
    load: float | None = None,
) -> None:
    """Put the table between the marks of the page; what stands around it stays.

    `load` is the load average before measuring: others may have used the cores too.
    """
    busy = "" if load is None else f", load average {load:.1f} before"
    rows = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}{busy}.",
        "",
        "| work | conditions | figure | target | met |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {one.work} | {one.conditions} | {one.result} | {one.target} | "
            f"{'' if one.met is None else 'yes' if one.met else '**no**'} |"
            for one in figures
        ),
    ]
    begin, end = marks
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise RuntimeError(f"{page} has no place {begin} … {end}")
    page.write_text(before + begin + "\n" + "\n".join(rows) + "\n" + end + after, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Measure and write the page; the exit status is 1 when work failed, not when a target did."""
    parser = argparse.ArgumentParser(prog="operations bench")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this")
    parser.add_argument("--seconds", type=int, default=10, help="how long each load is held")
    parser.add_argument("--lines", type=int, default=1_000_000, help="journal lines to load")
    parser.add_argument("--dry", action="store_true", help="leave docs/benchmarks.md as it is")
    options = parser.parse_args(arguments)
    parts = tuple(options.only or PARTS)
    console = Console()
    load = os.getloadavg()[0]
    configured: list[Figure] = []
    priced: list[Figure] = []
    if PRICING in parts:
        for figure in pricing_figures(dict(os.environ)):
            priced.append(figure)
            _tell(console, figure)
    if set(parts) == {PRICING}:
        if not options.dry:
            write_page(priced, marks=PRICING_FIGURES, load=load)
        return 0
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as state:
        walks = Path(state) / "walks"
        walks.mkdir()
        if CONFIGURATOR in parts:
            # Before anything else runs: the engine shares the machine with nobody.
            for figure in engine_figures(walks, dict(os.environ)):
                configured.append(figure)
                _tell(console, figure)
        stack = Stack(Path(state), report=console.print)
        stack.start()
        try:
            bench = Bench(stack, options.seconds)
            quoted = asyncio.run(measure(bench, parts, console, options.lines))
            if CONFIGURATOR in parts:
                configured += asyncio.run(_configure(bench, walks))
        finally:
            stack.stop()
    table = Table(title=machine())
    for heading in ("work", "conditions", "figure", "target", "met"):
        table.add_column(heading)
    for one in (*bench.figures, *bench.finance, *priced, *quoted, *configured):
        met = "" if one.met is None else "yes" if one.met else "no"
        table.add_row(one.work, one.conditions, one.result, one.target, met)
    console.print(table)
    if options.dry:
        return 0
    whole = set(PARTS) - {CONFIGURATOR, PRICING, QUOTING} - FINANCE <= set(parts)
    if whole:
        write_page(bench.figures, load=load)
    if configured:
        write_page(configured, marks=CONFIGURATOR_FIGURES, load=load)
    if priced:
        write_page(priced, marks=PRICING_FIGURES, load=load)
    financed = set(parts) >= FINANCE
    if financed:
        write_page(bench.finance, marks=FINANCE_FIGURES, load=load)
    if quoted:
        write_page(quoted, marks=QUOTING_FIGURES, load=load)
    if configured or priced or quoted or financed or whole:
        console.print(f"Written to {PAGE.relative_to(ROOT)}")
    return 0
