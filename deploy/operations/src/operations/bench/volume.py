"""What finance costs with very many open items, and how that grows."""

from __future__ import annotations

import asyncio
import math
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from operations.bench.connection import Connection
from operations.bench.figures import Figure, quantile
from operations.bench.finance import sent
from operations.bench.work import Bench

ITEMS: Final = 100_000
INSTALMENTS: Final = 20
CUSTOMERS: Final = 100
ROUNDS: Final = 5
LONG_SECONDS: Final = 5.0
AGEING: Final = "ageing over HTTP, held against the control account"
DAYS_AGO: Final = 7 * INSTALMENTS
"""The items were invoiced so long ago: every instalment is overdue today."""


async def volume_figures(bench: Bench, items: int = ITEMS) -> list[Figure]:
    """Ageing, VAT return, dunning and revaluation over `items` overdue instalments in dollars.

    Measured with a fifth of them as well, so that one sees how the cost grows.
    """
    today = datetime.now(UTC).date()
    issued = today - timedelta(days=DAYS_AGO)
    async with bench.connections("crm", 1) as (crm,):
        customers = await _dollar_customers(crm)
    async with bench.connections("erp", 1) as (erp,):
        accounts = await _prepared(erp, customers, (issued, today))
    works: dict[str, Callable[[Connection], Awaitable[Any]]] = {
        AGEING: lambda erp: sent(erp, "GET", "/v1/ageing"),
        "preview of a VAT return over HTTP": lambda erp: sent(
            erp, "GET", f"/v1/vat-return-previews?period_from={issued}&period_to={today}"
        ),
        "preview of a dunning run over HTTP, its first 500 letters' lines": lambda erp: sent(
            erp, "POST", "/v1/dunning-runs", {"dry_run": True}
        ),
        "preview of a revaluation over HTTP, every item in the answer": lambda erp: sent(
            erp, "POST", "/v1/revaluations", {"valued_on": str(today), "dry_run": True}
        ),
    }
    stages = (items // 5, items)
    left = iter(range(items // INSTALMENTS))
    took: dict[str, list[float]] = {work: [] for work in works}
    aged: dict[str, Any] = {}
    for stage, before in zip(stages, (0, *stages), strict=False):
        async with bench.connections("erp", 8) as opened:
            await _invoiced(opened, accounts, left, (stage - before) // INSTALMENTS, issued)
        async with bench.connections("erp", 1) as (erp,):
            aged = await sent(erp, "GET", "/v1/ageing")
            for work, ask in works.items():
                took[work].append(await _median(erp, ask))
    figures = [_grown(work, stages, seconds) for work, seconds in took.items()]
    figures[0] = replace(
        figures[0],
        result=f"{figures[0].result}, {'agrees' if aged['agrees'] else 'DIFFERS'}",
        target="under 1 s",
        met=took[AGEING][-1] < 1 and aged["agrees"],
    )
    async with bench.connections("erp", 1) as (erp,):
        for work, path, body in (
            ("dun 500 items over HTTP", "/v1/dunning-runs", {}),
            ("book a revaluation over HTTP", "/v1/revaluations", {"valued_on": str(today)}),
        ):
            seconds = await _median(erp, partial(sent, method="POST", path=path, body=body), 1)
            figures.append(Figure(work, f"{items:,} open items", _told(seconds)))
    return figures


def _grown(work: str, stages: Sequence[int], seconds: Sequence[float]) -> Figure:
    few, many = map(_told, seconds)
    return Figure(
        work,
        f"{stages[1]:,} open items, {stages[0]:,} before",
        f"p50 {many}, {few} before",
    )


def _told(seconds: float) -> str:
    return "REFUSED" if math.isinf(seconds) else f"{1000 * seconds:,.0f} ms"


async def _median(
    erp: Connection, ask: Callable[[Connection], Awaitable[Any]], rounds: int = ROUNDS
) -> float:
    """In seconds; one answer that takes long is not asked for again. Infinite: it was refused."""
    durations: list[float] = []
    while len(durations) < rounds and sum(durations) < LONG_SECONDS:
        begun = time.perf_counter()
        try:
            await ask(erp)
        except RuntimeError as refused:
            print(f"refused: {refused}", file=sys.stderr)
            return math.inf
        durations.append(time.perf_counter() - begun)
    return quantile(durations, 0.5)


async def _dollar_customers(crm: Connection) -> list[str]:
    rows = [
        {"name": f"Dollar buyer {number}", "currency": "USD", "external_reference": f"usd:{number}"}
        for number in range(CUSTOMERS)
    ]
    answer = await sent(crm, "POST", "/v1/customers/bulk", {"rows": rows})
    return [result["id"] for result in answer["results"]]


async def _prepared(
    erp: Connection, customers: Sequence[str], days: tuple[date, date]
) -> list[str]:
    """The accounts, which pay by instalments and are dunned; rates of the dollar on the days."""
    name = uuid.uuid4().hex[:8]
    rates = [
        {"base": "EUR", "quote": "USD", "rate_on": str(day), "rate": rate}
        for day, rate in zip(days, ("1.10", "1.15"), strict=True)
    ]
    await sent(erp, "POST", "/v1/exchange-rates", {"rates": rates})
    share = {"share": f"{1 / INSTALMENTS:.2f}"}
    instalments = [share | {"days": 7 * at} for at in range(INSTALMENTS)]
    terms = {"code": f"M{name}", "name": "By the week", "instalments": instalments}
    policy = {"code": f"D{name}", "name": "Fees", "levels": [{"days": 1, "fee": "5"}]}
    wanted = {
        "payment_terms_id": (await sent(erp, "POST", "/v1/payment-terms", terms))["id"],
        "dunning_policy_id": (await sent(erp, "POST", "/v1/dunning-policies", policy))["id"],
    }
    accounts = []
    for customer in customers:
        found: list[dict[str, Any]] = []
        for _ in range(600):
            found = (await sent(erp, "GET", f"/v1/accounts?customer_id={customer}"))["items"]
            if found:
                break
            await asyncio.sleep(0.1)
        path = f"/v1/accounts/{found[0]['id']}"
        version = (await sent(erp, "GET", path))["version"]
        await sent(erp, "PATCH", path, wanted, version=version)
        accounts.append(found[0]["id"])
    return accounts


async def _invoiced(
    connections: Sequence[Connection],
    accounts: Sequence[str],
    left: Iterator[int],
    count: int,
    issued: date,
) -> None:
    numbers = iter([next(left) for _ in range(count)])
    line = {"description": "Goods", "quantity": "2", "net_unit_price": "50"}

    async def invoice(erp: Connection) -> None:
        for number in numbers:
            account = accounts[number % len(accounts)]
            body = {"account_id": account, "issued_on": str(issued), "lines": [line]}
            await _repeated(erp, "/v1/invoices", body)

    await asyncio.gather(*(invoice(erp) for erp in connections))


async def _repeated(erp: Connection, path: str, body: object) -> None:
    """Post, and again as the answer advises where the same account is being changed.

    The worker marks what is overdue meanwhile.
    """
    key = str(uuid.uuid4())
    for _ in range(ROUNDS):
        status, content = await erp.call("POST", path, body, key=key)
        if status != 409 or b"concurrent-change" not in content:
            break
    if status >= 300:
        raise RuntimeError(f"POST {path} answered {status} {content[:500]!r}")
