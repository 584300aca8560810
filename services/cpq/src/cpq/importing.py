"""`python -m cpq import`: other programs' models, read here and sent to the service's HTTP API."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from cpq import importing_prices, importing_selling
from cpq.configuration.document import ModelCannotBeRead, read, write
from cpq.configuration.model import Model
from cpq.readers import Effect, Finding, NothingToConfigure, Reading, special_offers
from cpq.readers.revenue_cloud.pricing import Prices
from cpq.readers.revenue_cloud.pricing import read_directory as read_prices
from servicekit.cli import Command
from servicekit.errors import Refusal
from servicekit.outgoing import HttpClient, HttpFailure, http_client
from servicekit.service import Service

BULK: Final = "/v1/configuration-models/bulk"
PATIENCE_SECONDS: Final = 120.0
SHOWN_ERRORS: Final = 20
_COLOURS: Final = {Effect.LOST: "red", Effect.CHANGED: "yellow", Effect.NOTED: "dim"}


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be imported, and where to."""

    format: str
    path: Path
    currency: str | None
    key: str | None
    as_of: date
    items: bool
    url: str
    token: str | None
    publish_from: date
    publish: bool
    dry_run: bool
    output: Path | None
    strict: bool
    audience: special_offers.Audience = special_offers.EVERYBODY


@dataclass(slots=True)
class Outcome:
    """What became of each model."""

    created: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """The model's key, and every place that is wrong."""


def _uvl(errand: Errand) -> Reading:
    from cpq.readers import uvl

    path = errand.path
    return uvl.read(
        path.read_bytes(), name=path.name, others=uvl.beside(path), currency=errand.currency
    )


def _featureide(errand: Errand) -> Reading:
    from cpq.readers import featureide

    path = errand.path
    return featureide.read(path.read_bytes(), name=path.name, currency=errand.currency)


def _revenue_cloud(errand: Errand) -> Reading:
    from cpq.readers import revenue_cloud

    return revenue_cloud.read_directory(errand.path)


def _ofbiz(errand: Errand) -> Reading:
    from cpq.readers import ofbiz

    return ofbiz.read(
        errand.path.read_bytes(),
        name=errand.path.name,
        as_of=errand.as_of,
        currency=errand.currency,
        items=errand.items,
    )


READERS: Final[dict[str, Callable[[Errand], Reading]]] = {
    "revenue-cloud": _revenue_cloud,
    "uvl": _uvl,
    "featureide": _featureide,
    "ofbiz": _ofbiz,
    "special-offers": lambda _: Reading(()),
}
DIRECTORIES: Final = frozenset({"revenue-cloud", "special-offers"})
PRICED: Final[Mapping[str, Callable[[Errand], Prices]]] = {
    "revenue-cloud": lambda errand: read_prices(errand.path, errand.currency),
    "special-offers": lambda errand: special_offers.read_directory(errand.path, errand.audience),
}
"""Formats with price books, beside models or alone."""
ONE_MODEL: Final = frozenset({"uvl", "featureide"})


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("format", choices=sorted(READERS), help="what the file is")
    parser.add_argument("path", type=Path, help="the file; a directory for some")
    parser.add_argument(
        "--currency",
        help="of amounts in uvl, featureide and revenue-cloud that name none; which count in ofbiz",
    )
    parser.add_argument(
        "--key", help="names the model of a uvl or featureide file, instead of the file's own name"
    )
    parser.add_argument("--as-of", metavar="DAY", help="ofbiz: leave out what ended before; today")
    parser.add_argument(
        "--items",
        action="store_true",
        help="ofbiz: products are items of the ERP, which prices them",
    )
    special_offers.add_options(parser)
    parser.add_argument(
        "--url",
        default=os.environ.get("TRADEWIND_CPQ_URL", "http://127.0.0.1:8103"),
        help="base address of CPQ (TRADEWIND_CPQ_URL)",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("TRADEWIND_TOKEN"),
        help="access token with cpq.catalog.import (TRADEWIND_TOKEN)",
    )
    parser.add_argument(
        "--publish",
        nargs="?",
        const="today",
        metavar="DAY",
        help="publish from a day on, today unless one is named; otherwise drafts are kept",
    )
    parser.add_argument("--dry-run", action="store_true", help="read and check, send nothing")
    parser.add_argument("--output", type=Path, help="write the documents to this file as JSON")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 when something of the file was lost"
    )


def _run(service: Service, arguments: argparse.Namespace) -> int:
    console = Console()
    complaint = Console(stderr=True, style="red")
    try:
        errand = _errand(arguments)
    except ValueError as wrong:
        complaint.print(escape(str(wrong)))
        return 2
    try:
        return asyncio.run(carry_out(errand, console))
    except Refusal as refusal:
        complaint.print(escape(f"{refusal.detail} {refusal.hint}"))
    except OSError as error:
        complaint.print(escape(f"{error.filename}: {error.strerror}"))
    except HttpFailure as error:
        complaint.print(escape(f"CPQ does not answer at {errand.url} ({type(error).__name__})."))
    return 1


def _errand(arguments: argparse.Namespace) -> Errand:
    """What the command line asks for. Raises ValueError in plain words."""
    path: Path = arguments.path
    if arguments.format in DIRECTORIES and not path.is_dir():
        raise ValueError(f"{path} is no directory.")
    if arguments.format not in DIRECTORIES and not path.is_file():
        raise ValueError(f"{path} is no file.")
    if arguments.key is not None and arguments.format not in ONE_MODEL:
        raise ValueError(f"--key names one model; {arguments.format} has several.")
    sends = not (arguments.dry_run or (arguments.output and not arguments.token))
    if sends and not arguments.token:
        raise ValueError("Give an access token: --token or TRADEWIND_TOKEN; or --dry-run.")
    return Errand(
        format=arguments.format,
        path=path,
        currency=arguments.currency,
        key=arguments.key,
        as_of=_day("--as-of", arguments.as_of),
        items=arguments.items,
        url=arguments.url,
        token=arguments.token,
        publish_from=_day("--publish", arguments.publish),
        publish=arguments.publish is not None,
        dry_run=not sends,
        output=arguments.output,
        strict=arguments.strict,
        audience=special_offers.audience(arguments),
    )


def _day(option: str, said: str | None) -> date:
    """The day that an option names; today, where the person is, if it names none."""
    if said in (None, "today"):
        return date.today()  # noqa: DTZ011
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise ValueError(f"{option} takes a day such as 2026-12-01, not {said}.") from None


async def carry_out(errand: Errand, console: Console) -> int:
    """Read, check, write and send; the exit status.

    Raises the reader's refusal of what cannot be read at all, OSError, HttpFailure.
    """
    prices = PRICED[errand.format](errand) if errand.format in PRICED else Prices()
    try:
        found = READERS[errand.format](errand)
    except NothingToConfigure:
        if not prices.books:
            raise
        found = Reading(())
    show_findings(found.findings, console)
    models = found.models
    if errand.key is not None:
        models = tuple(replace(model, key=errand.key) for model in models)
    documents = [(model, write(model)) for model in models]
    if errand.output is not None:
        content = orjson.dumps([document for _, document in documents], option=orjson.OPT_INDENT_2)
        errand.output.write_bytes(content + b"\n")
        console.print(f"{len(documents)} models written to {escape(str(errand.output))}")
    outcome = _checked(documents) if errand.dry_run else await _sent(errand, documents, console)
    show_outcome(outcome, found, console, sent=not errand.dry_run)
    lost = errand.strict and bool(found.lost())
    told = prices.books or prices.findings
    fine = await _carry_prices(errand, prices, console) if told else True
    return 1 if outcome.refused or lost or not fine else 0


async def _carry_prices(errand: Errand, prices: Prices, console: Console) -> bool:
    """Check, write and send price books; whether nothing was refused, or lost if that counts."""
    books, left_out, refused = importing_prices.check(prices.books, errand.path.resolve().name)
    findings = [*prices.findings, *left_out]
    show_findings(findings, console, "What the price books do not say as the files do")
    importing_prices.show_prices(prices, books, console)
    console.print(f"{len(findings)} findings about prices: {importing_prices.counted(findings)}.")
    if errand.output is not None:
        path = errand.output.with_suffix(f".prices{errand.output.suffix}")
        importing_prices.write(prices, books, path)
        console.print(f"{len(books)} price books written to {escape(str(path))}")
    outcome = None
    if not errand.dry_run:
        day = errand.publish_from if errand.publish else None
        to = importing_prices.Places(errand.url, errand.token, day, PATIENCE_SECONDS)
        outcome = await importing_prices.shelve(books, to)
        sold = await importing_selling.tell(prices, to, console)
        importing_selling.show_told(sold, console)
        refused = [*refused, *sold.refused]
    importing_prices.show_shelved(outcome, refused, console)
    lost = errand.strict and any(one.effect is Effect.LOST for one in findings)
    return not (refused or lost or (outcome is not None and outcome.refused))


def show_findings(
    findings: Sequence[Finding],
    console: Console,
    title: str = "What the models do not say as the file does",
) -> None:
    """Every construct that the models, or price books, do not say as the file does, by place."""
    if not findings:
        return
    table = Table(title=title, show_lines=False)
    for heading in ("place", "construct", "effect", "because"):
        table.add_column(heading, overflow="fold")
    for one in sorted(findings, key=lambda finding: _place(finding.place)):
        table.add_row(
            escape(one.place),
            escape(one.construct),
            one.effect.value,
            escape(one.because),
            style=_COLOURS[one.effect],
        )
    console.print(table)


def _place(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)


def show_outcome(outcome: Outcome, found: Reading, console: Console, *, sent: bool) -> None:
    """The account, in a line or two, and what was refused."""
    for key, why in outcome.refused:
        console.print(f"[red]refused[/red] {escape(key)}: {escape(why)}", highlight=False)
    counts = dict.fromkeys(Effect, 0)
    for finding in found.findings:
        counts[finding.effect] += 1
    told = ", ".join(f"{count} {effect.value}" for effect, count in counts.items())
    if sent:
        kept = f"{outcome.created} new, {outcome.unchanged} there before"
    else:
        kept = f"{len(found.models) - len(outcome.refused)} can be kept, nothing was sent"
    console.print(f"{len(found.models)} models read: {kept}, {len(outcome.refused)} refused.")
    console.print(f"{len(found.findings)} findings: {told}.")


def _checked(documents: Iterable[tuple[Model, dict[str, Any]]]) -> Outcome:
    """What the service would say of the documents' form, names and types."""
    outcome = Outcome()
    for model, document in documents:
        try:
            read(document)
        except ModelCannotBeRead as refusal:
            outcome.refused.append((model.key, _places(refusal.faults)))
    return outcome


def _places(faults: Iterable[Any]) -> str:
    told = [f"{fault.field or '/'} {fault.message}" for fault in faults]
    more = f"; and {len(told) - SHOWN_ERRORS} more" if len(told) > SHOWN_ERRORS else ""
    return "; ".join(told[:SHOWN_ERRORS]) + more


async def _sent(
    errand: Errand, documents: Sequence[tuple[Model, dict[str, Any]]], console: Console
) -> Outcome:
    outcome = Outcome()
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )
    async with http_client(errand.url, timeout_seconds=PATIENCE_SECONDS) as client:
        with progress:
            task = progress.add_task("sending", total=len(documents))
            for model, document in documents:
                await _send(errand, client, model, document, outcome)
                progress.advance(task)
    return outcome


async def _send(
    errand: Errand,
    client: HttpClient,
    model: Model,
    document: dict[str, Any],
    outcome: Outcome,
) -> None:
    row: dict[str, Any] = {"document": document, "source": errand.path.name[:128]}
    if errand.publish:
        row["publish_from"] = errand.publish_from.isoformat()
    content = orjson.dumps({"rows": [row]})
    answer = await client.post(
        BULK,
        content=content,
        headers={
            "Authorization": f"Bearer {errand.token}",
            "Content-Type": "application/json",
            # A key of its own: the service knows a document again, and what was refused before
            # may be taken now.
            "Idempotency-Key": str(uuid4()),
        },
    )
    try:
        said = answer.json()
    except json.JSONDecodeError:
        said = {"detail": answer.text[:200]}
    if answer.status_code != 200:
        outcome.refused.append((model.key, _problem(said)))
        return
    (result,) = said["results"]
    if result["status"] == "refused":
        outcome.refused.append((model.key, _problem(result["problem"])))
    elif result["status"] == "created":
        outcome.created += 1
    else:
        outcome.unchanged += 1


def _problem(said: dict[str, Any]) -> str:
    errors = said.get("errors") or []
    if not errors:
        return f"{said.get('detail', '')} {said.get('hint', '')}".strip()
    return _places([_Told(error["field"], error["message"]) for error in errors])


@dataclass(frozen=True, slots=True)
class _Told:
    field: str
    message: str


IMPORT = Command(_run, _configure)
