"""Price books that a reader made: checked as the service checks them, sent, and published.

A book is sent as often as anybody likes: the document that is there already stays as it is.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cpq.pricing.schemas import BookIn
from cpq.pricing.service import content_hash, content_of, examine_book
from cpq.readers import Effect, Finding
from cpq.readers.revenue_cloud import pricing
from servicekit.outgoing import HttpClient, HttpResponse, http_client

BOOKS: Final = "/v1/price-books"
MOST_VERSIONS: Final = 100
"""Versions of a key that are looked at for the one that is there."""
_PLACE = re.compile(r"rules\.(\d+)(?:\.(.*))?\Z")
_SHOWN_PLACES: Final = 3
_EVERY_RULE: Final = "rules"


@dataclass(frozen=True, slots=True)
class Checked:
    """A book that the service takes."""

    book: pricing.Book
    content: bytes
    """The document in its canonical form."""

    @property
    def hash(self) -> str:
        """SHA-256 over it, in lower-case hex."""
        return content_hash(self.content)


@dataclass(slots=True)
class Shelved:
    """What became of the books, by their keys."""

    created: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Drafts that nobody publishes, since the data set does not sell by them."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """A key, and why."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where books go, on whose behalf, and from which day on they hold (None: they stay drafts)."""

    url: str
    token: str | None
    publish_from: date | None
    patience_seconds: float


def check(
    books: Sequence[pricing.Book], source: str
) -> tuple[list[Checked], list[Finding], list[tuple[str, str]]]:
    """Books as the service takes them, the rules that it would refuse, and books it would refuse.

    A rule that is refused is left out of its book and is a finding at its row: an amount beyond
    the bounds, or a second one for the same case and days.
    """
    found: list[Checked] = []
    findings: list[Finding] = []
    refused: list[tuple[str, str]] = []
    for book in books:
        entries = book.sorted()
        while True:
            left = pricing.Book(book.key, book.name, book.active, entries)
            faults, content = _faults(left.document(source))
            wrong = {at: (place, why) for at, place, why in faults if at is not None}
            whole = [why for at, place, why in faults if at is None and place != _EVERY_RULE]
            for why in [why for at, place, why in faults if at is None and place == _EVERY_RULE]:
                # Prices in a circle: none of those that are derived can be kept.
                for at, entry in enumerate(entries):
                    if entry.rule["kind"] == "derived":
                        wrong.setdefault(at, ("Formula", why))
                whole += [] if wrong else [why]
            if whole:
                refused.append((book.key, "; ".join(whole)))
                break
            if not wrong:
                found.append(Checked(left, content))
                break
            for at, (place, why) in sorted(wrong.items()):
                findings.append(Finding(place or "row", entries[at].place, f"{why}."))
            entries = [one for at, one in enumerate(entries) if at not in wrong]
    return found, findings, refused


def _faults(document: dict[str, Any]) -> tuple[list[tuple[int | None, str, str]], bytes]:
    """What is wrong: the rule, its field and why; and the canonical form where nothing is."""
    try:
        book = BookIn.model_validate_json(orjson.dumps(document))
    except ValidationError as wrong:
        places = [(".".join(map(str, one["loc"])), one["msg"]) for one in wrong.errors()]
        return [_placed(place, why) for place, why in places], b""
    faults, _ = examine_book(book)
    return [_placed(one.field or "", one.message) for one in faults], content_of(book)


def _placed(place: str, why: str) -> tuple[int | None, str, str]:
    found = _PLACE.match(place)
    if found is None:
        return None, place, f"{place}: {why}"
    return int(found[1]), found[2] or "", why


async def shelve(books: Sequence[Checked], to: Places) -> Shelved:
    """Send books that are new or changed; publish those that the data set sells by."""
    outcome = Shelved()
    async with http_client(to.url, timeout_seconds=to.patience_seconds) as client:
        for one in books:
            await _shelve(client, one, to, outcome)
    return outcome


async def _shelve(client: HttpClient, one: Checked, to: Places, outcome: Shelved) -> None:
    key = one.book.key
    question = {"key": key, "sort": "-book_version", "limit": str(MOST_VERSIONS)}
    answer = await client.get(BOOKS, params=question, headers=said_by(to))
    if answer.status_code != 200:
        outcome.refused.append((key, problem(answer)))
        return
    versions = [row for row in answer.json()["items"] if row["key"] == key]
    newest = next((row for row in versions if row["status"] != "retired"), None)
    if newest is not None and newest["content_hash"] == one.hash:
        outcome.unchanged.append(key)
    else:
        if newest is not None and newest["status"] == "draft":
            path, headers = f"{BOOKS}/{newest['id']}/document", said_by(to, newest["version"])
            answer = await client.put(path, content=one.content, headers=headers)
            told = outcome.replaced
        else:
            answer = await client.post(BOOKS, content=one.content, headers=said_by(to))
            told = outcome.created
        if answer.status_code not in (200, 201):
            outcome.refused.append((key, problem(answer)))
            return
        newest = answer.json()
        told.append(key)
    if not one.book.active:
        outcome.kept.append(key)
    elif to.publish_from is not None and newest["status"] == "draft":
        answer = await client.post(
            f"{BOOKS}/{newest['id']}/publish",
            content=orjson.dumps({"valid_from": to.publish_from.isoformat()}),
            headers=said_by(to, newest["version"]),
        )
        if answer.status_code == 200:
            outcome.published.append(key)
        else:
            outcome.refused.append((key, problem(answer)))


def said_by(to: Places, version: int | None = None) -> dict[str, str]:
    """What a request says of itself; `version` is that of what it changes."""
    found = {
        "Authorization": f"Bearer {to.token}",
        "Content-Type": "application/json",
        # A key of its own: what was refused before may be taken now.
        "Idempotency-Key": str(uuid4()),
    }
    return found if version is None else {**found, "If-Match": f'"{version}"'}


def problem(answer: HttpResponse) -> str:
    """Why the service refused, in a line."""
    try:
        said = answer.json()
    except json.JSONDecodeError:
        return answer.text[:200]
    places = [f"{one['field']} {one['message']}" for one in said.get("errors") or []]
    told = f"{said.get('detail', '')} {said.get('hint', '')}".strip()
    return "; ".join([told, *places[:_SHOWN_PLACES]])


def write(prices: pricing.Prices, books: Sequence[Checked], path: Path) -> None:
    """Everything that was read of prices, as JSON; amounts are texts."""
    content = {
        "books": [orjson.loads(one.content) for one in books],
        "selling_models": prices.models,
        "ways_to_sell": prices.ways,
        "ramps": prices.ramps,
        "usage_rates": prices.rates,
        "usage_grants": prices.grants,
    }
    path.write_bytes(orjson.dumps(content, default=str, option=orjson.OPT_INDENT_2) + b"\n")


def show_prices(prices: pricing.Prices, books: Sequence[Checked], console: Console) -> None:
    """What was read: each book with its rules by kind, and what belongs to prices beside it."""
    table = Table(title="Price books", show_lines=False)
    for heading in ("book", "rules", "items", "currencies", ""):
        table.add_column(heading, overflow="fold")
    for one in books:
        rules = [entry.rule for entry in one.book.entries]
        kinds = Counter(str(rule["kind"]) for rule in rules)
        table.add_row(
            escape(one.book.name),
            ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
            str(len({rule.get("sku") for rule in rules})),
            " ".join(sorted({str(rule["currency"]) for rule in rules if "currency" in rule})),
            "" if one.book.active else "stays a draft",
        )
    console.print(table)
    rated = sum(one.price is not None for one in prices.rates)
    console.print(
        f"{len(prices.models)} selling models, {len(prices.ways)} ways to sell,"
        f" {len(prices.ramps)} ramps, {len(prices.rates)} usage rates ({rated} by themselves),"
        f" {len(prices.grants)} usage grants read."
    )


def show_shelved(
    outcome: Shelved | None, refused: Sequence[tuple[str, str]], console: Console
) -> None:
    """The account, in a line or two, and what was refused."""
    every = [*refused, *(outcome.refused if outcome is not None else ())]
    for key, why in every:
        console.print(f"[red]refused[/red] {escape(key)}: {escape(why)}", highlight=False)
    if outcome is None:
        console.print(f"Price books: nothing was sent, {len(every)} refused.")
        return
    console.print(
        f"Price books: {len(outcome.created)} new, {len(outcome.replaced)} replaced,"
        f" {len(outcome.unchanged)} there before, {len(outcome.published)} published,"
        f" {len(outcome.kept)} left as drafts, {len(every)} refused."
    )


def counted(findings: Sequence[Finding]) -> str:
    """How many findings there are, by their effect."""
    counts = Counter(one.effect for one in findings)
    return ", ".join(f"{counts[effect]} {effect.value}" for effect in Effect)
