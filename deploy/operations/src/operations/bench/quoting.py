"""Quotes over HTTP: how many a second, and what a very long one takes, with the memory of it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

from operations.bench.connection import Connection
from operations.bench.figures import Figure, Sample, quantile
from operations.bench.load import closed_loop
from operations.bench.work import LINES_PER_ORDER, Bench

LINES: Final = 5_000
PRINTED: Final = 200
TIMES: Final = 5
"""How often a long quote is made: the median is told, and the worst."""
POLICY: Final = {
    "rules": [
        {
            "key": "discount",
            "name": "More than 20 % off a line",
            "conditions": [
                {"variable": "line_manual_discount", "comparison": "gt", "number": "0.2"}
            ],
            "group": "managers",
        },
        {
            "key": "margin",
            "name": "Less than a tenth is left of a line",
            "conditions": [
                {"variable": "line_margin_fraction", "comparison": "lt", "number": "0.1"}
            ],
            "group": "managers",
        },
    ],
    "groups": [{"key": "managers", "name": "Managers", "approvers": [{"subject": "demo-manager"}]}],
    "fact_limits": [{"fact": "stock", "seconds": 86_400, "blocks": True}],
}
QUOTES: Final = "/v1/quotes"


async def quoting_figures(
    bench: Bench, customers: Sequence[str], skus: Sequence[str]
) -> list[Figure]:
    """Quotes a second, then a long quote step by step, and what the API's memory grew to."""
    async with bench.connections("cpq", 1) as (cpq,):
        await _known(cpq, customers[-1], skus[-1])
    figures = []
    for clients in (1, 8):
        for work, deed in (
            ("create and price a quote of 5 lines over HTTP", _create),
            ("price a quote again after one line changed, over HTTP", _edit),
            ("create, send and accept a quote of 5 lines over HTTP", _accept),
        ):
            sample = await _held(bench, deed, clients, customers, skus)
            if sample.failures:
                raise RuntimeError(sample.failures[0][:500])
            conditions = f"{clients} client{'s' * (clients > 1)}"
            figures.append(Figure(work, conditions, sample.told()))
    async with bench.connections("cpq", 1) as (cpq,):
        await _sent(cpq, "PUT", "/v1/approval-policy", POLICY, version=0)
        figures.append(await _printed(bench, cpq, customers[0], skus))
        figures += await _long(bench, cpq, customers[0], skus)
    return figures


_Deed = Callable[[Connection, dict[str, Any], dict[str, Any]], Awaitable[None]]
"""A piece of work on a connection: what is asked for, and what a client remembers."""


async def _held(
    bench: Bench, deed: _Deed, clients: int, customers: Sequence[str], skus: Sequence[str]
) -> Sample:
    async with bench.connections("cpq", clients) as opened:
        remembered: list[dict[str, Any]] = [{} for _ in opened]

        async def work(client: int, count: int) -> str | None:
            wanted = _wanted(customers[(client + 7 * count) % len(customers)], skus, count)
            try:
                await deed(opened[client], wanted, remembered[client])
            except RuntimeError as error:
                return str(error)
            return None

        return await closed_loop(work, clients=clients, seconds=bench.seconds)


def _wanted(customer: str, skus: Sequence[str], at: int, lines: int = LINES_PER_ORDER) -> Any:
    return {
        "customer_id": customer,
        "lines": [
            {"sku": skus[(at * 7 + 31 * line) % len(skus)], "quantity": str(1 + line % 9)}
            for line in range(lines)
        ],
    }


async def _create(cpq: Connection, wanted: dict[str, Any], _: dict[str, Any]) -> None:
    await _sent(cpq, "POST", QUOTES, wanted)


async def _edit(cpq: Connection, wanted: dict[str, Any], remembered: dict[str, Any]) -> None:
    """The first time the quote is made."""
    if not remembered:
        remembered.update(await _sent(cpq, "POST", QUOTES, wanted))
    quantity = str(2 + int(remembered["version"]) % 7)
    key = remembered["lines"][0]["key"]
    edits = {"change": [{"of": {"keys": [key]}, "set": {"quantity": quantity}}]}
    path = f"{QUOTES}/{remembered['id']}/lines"
    remembered.update(await _sent(cpq, "PATCH", path, edits, version=remembered["version"]))


async def _accept(cpq: Connection, wanted: dict[str, Any], _: dict[str, Any]) -> None:
    made = await _sent(cpq, "POST", QUOTES, wanted)
    sent = await _sent(cpq, "POST", f"{QUOTES}/{made['id']}/send", {})
    signed = {"content_hash": sent["content_hash"], "accepted_by": "A buyer"}
    await _sent(cpq, "POST", f"{QUOTES}/{made['id']}/accept", signed)


async def _long(bench: Bench, cpq: Connection, customer: str, skus: Sequence[str]) -> list[Figure]:
    """A quote of five thousand lines from its creation to its acceptance."""
    process = bench.stack.process("cpq-api").pid
    before = _peak(process)
    steps: dict[tuple[str, bool], list[float]] = {}

    async def timed(step: str, method: str, path: str, body: Any, version: int | None) -> Any:
        started = time.perf_counter()
        answer = await _sent(cpq, method, path, body, version=version, minimal=minimal)
        steps.setdefault((step, minimal), []).append(time.perf_counter() - started)
        return answer

    for at, minimal in product(range(TIMES), (False, True)):
        made = await timed("create", "POST", QUOTES, _wanted(customer, skus, at, LINES), None)
        path = f"{QUOTES}/{made['id']}"
        if not minimal:
            await timed("read", "GET", path, None, None)
        key = f"{LINES // 2}"
        edits = {"change": [{"of": {"keys": [key]}, "set": {"quantity": "3"}}]}
        made = await timed("edit one line of", "PATCH", f"{path}/lines", edits, made["version"])
        made = await timed("submit", "POST", f"{path}/submit", {}, made["version"])
        made = await timed("send", "POST", f"{path}/send", {}, None)
        signed = {"content_hash": made["content_hash"], "accepted_by": "A buyer"}
        await timed("accept", "POST", f"{path}/accept", signed, None)
    grown = _peak(process)
    conditions = (
        f"{LINES:,} lines, approval policy, credit, cost and stock; the API's memory peaks at "
        f"{grown:,.0f} MB, {before:,.0f} MB before"
    )
    return list(_told(steps, conditions))


def _told(steps: dict[tuple[str, bool], list[float]], conditions: str) -> Iterator[Figure]:
    for (step, minimal), durations in sorted(steps.items(), key=lambda one: one[0][1]):
        p50, worst = quantile(durations, 0.5), max(durations)
        yield Figure(
            f"{step} a long quote over HTTP" + (", minimal answer" if minimal else ""),
            conditions,
            f"p50 {p50:.2f} s, worst {worst:.2f} s of {len(durations)}",
            "under 2 s",
            p50 < 2,
        )


async def _printed(bench: Bench, cpq: Connection, customer: str, skus: Sequence[str]) -> Figure:
    """The PDF of a quote of two hundred lines; each time of another quote."""
    process = bench.stack.process("cpq-api").pid
    before = _peak(process)
    durations, size = [], 0
    for at in range(TIMES):
        made = await _sent(cpq, "POST", QUOTES, _wanted(customer, skus, at, PRINTED))
        await _sent(cpq, "POST", f"{QUOTES}/{made['id']}/send", {})
        started = time.perf_counter()
        status, content = await cpq.call("GET", f"{QUOTES}/{made['id']}/document")
        durations.append(time.perf_counter() - started)
        if status != 200 or not content.startswith(b"%PDF"):
            raise RuntimeError(f"no document: {status} {content[:300]!r}")
        size = len(content)
    p50 = 1000 * quantile(durations, 0.5)
    return Figure(
        "print a quote as PDF over HTTP",
        f"{PRINTED} lines, {size / 1000:,.0f} kB; the API's memory peaks at "
        f"{_peak(process):,.0f} MB, {before:,.0f} MB before",
        f"p50 {p50:,.0f} ms, worst {1000 * max(durations):,.0f} ms of {len(durations)}",
        "under 500 ms",
        p50 < 500,
    )


async def _known(cpq: Connection, customer: str, sku: str) -> None:
    """Wait until CPQ has heard of the customer and of the last item's price."""
    wanted = {"customer_id": customer, "lines": [{"sku": sku, "quantity": "1"}]}
    for _ in range(600):
        status, _answer = await cpq.call("POST", QUOTES, wanted, key=str(uuid.uuid4()))
        if status == 201:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError("CPQ never heard of the customers and items")


async def _sent(
    cpq: Connection,
    method: str,
    path: str,
    body: Any = None,
    *,
    version: int | None = None,
    minimal: bool = False,
) -> Any:
    key = None if method == "GET" else str(uuid.uuid4())
    status, content = await cpq.call(method, path, body, key=key, version=version, minimal=minimal)
    if status >= 300:
        raise RuntimeError(f"{method} {path} answered {status} {content[:500]!r}")
    return json.loads(content) if content else None


def _peak(process: int) -> float:
    """The most that a process has had resident, in MB (proc(5), VmHWM)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1000
