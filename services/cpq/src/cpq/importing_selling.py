"""Selling models and ways to sell that a reader found: sent as often as anybody likes.

What is there already and says the same stays as it is; what says something else is changed. What
somebody added by hand stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from cpq.importing_prices import Places, problem, said_by
from cpq.readers.revenue_cloud import pricing
from cpq.selling import Proration
from servicekit.outgoing import HttpClient, http_client

MODELS: Final = "/v1/selling-models"
WAYS: Final = "/v1/ways-to-sell"
_PAGE: Final = "200"


@dataclass(slots=True)
class Told:
    """What became of selling models and ways to sell."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """What, and why."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: str
    name: str
    key: tuple[str, ...]
    """Members by which the service knows it."""
    document: dict[str, Any]


async def tell(prices: pricing.Prices, to: Places, console: Console) -> Told:
    """Send the models, then the ways in which items are sold by them."""
    outcome = Told()
    async with http_client(to.url, timeout_seconds=to.patience_seconds) as client:
        for path, wanted in ((MODELS, _models(prices)), (WAYS, _ways(prices))):
            if not wanted:
                continue
            there, why = await _there(client, path, wanted[0].key, to)
            if why:
                outcome.refused.append((path, why))
                return outcome
            named = "Selling models" if path == MODELS else "Ways to sell"
            for one in track(wanted, named, console=console, transient=True):
                await _tell(client, one, there, to, outcome)
    return outcome


def _models(prices: pricing.Prices) -> list[_Wanted]:
    return [
        _Wanted(
            MODELS,
            f"model {model.key}",
            ("key",),
            {
                "key": model.key,
                "name": model.key,
                "kind": model.kind.value,
                "unit": model.unit.value if model.unit else None,
                "count": model.count,
                "active": True,
            },
        )
        for model in prices.models
    ]


def _ways(prices: pricing.Prices) -> list[_Wanted]:
    """What stops being the default comes before what becomes it."""
    return [
        _Wanted(
            WAYS,
            f"{way.sku} by {way.model}",
            ("sku", "selling_model"),
            {
                "sku": way.sku,
                "selling_model": way.model,
                "is_default": way.default,
                "proration": (way.proration or Proration.PERIOD_DAYS).value,
            },
        )
        for way in sorted(prices.ways, key=lambda way: way.default)
    ]


async def _there(
    client: HttpClient, path: str, key: Sequence[str], to: Places
) -> tuple[dict[tuple[str, ...], dict[str, Any]], str]:
    """What the service has, by its key; or why it does not say."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    question = {"limit": _PAGE}
    while True:
        answer = await client.get(path, params=question, headers=said_by(to))
        if answer.status_code != 200:
            return found, problem(answer)
        page = answer.json()
        found |= {tuple(row[name] for name in key): row for row in page["items"]}
        if page["next_cursor"] is None:
            return found, ""
        question = {"limit": _PAGE, "cursor": page["next_cursor"]}


async def _tell(
    client: HttpClient,
    one: _Wanted,
    there: dict[tuple[str, ...], dict[str, Any]],
    to: Places,
    outcome: Told,
) -> None:
    known = there.get(tuple(one.document[name] for name in one.key))
    if known is None:
        answer = await client.post(
            one.path, content=orjson.dumps(one.document), headers=said_by(to)
        )
    elif all(known[name] == value for name, value in one.document.items()):
        outcome.unchanged += 1
        return
    else:
        said = {name: value for name, value in one.document.items() if name not in one.key}
        answer = await client.put(
            f"{one.path}/{known['id']}",
            content=orjson.dumps(said),
            headers=said_by(to, known["version"]),
        )
    if answer.status_code not in (200, 201):
        outcome.refused.append((one.name, problem(answer)))
    elif known is None:
        outcome.created += 1
    else:
        outcome.changed += 1


def show_told(outcome: Told, console: Console) -> None:
    """The account in a line, and what was refused."""
    for name, why in outcome.refused:
        console.print(f"[red]refused[/red] {escape(name)}: {escape(why)}", highlight=False)
    console.print(
        f"Selling models and ways to sell: {outcome.created} new, {outcome.changed} changed,"
        f" {outcome.unchanged} there before, {len(outcome.refused)} refused."
    )
