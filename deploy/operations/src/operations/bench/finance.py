"""Finance over HTTP: invoices a second, everybody at the same customers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from operations.bench.connection import Connection
from operations.bench.figures import Figure, Sample
from operations.bench.load import closed_loop
from operations.bench.work import Bench

SHARED: Final = 4
"""Customers that everybody works on."""
CROWD: Final = (1, 2, 4, 8, 16, 32)
COLLIDED: Final = frozenset({"concurrent-change", "internal-error", "request-in-flight"})


@dataclass(slots=True)
class Together:
    """Clients who invoice, pay, allocate, take back, credit and reverse on the same accounts."""

    accounts: Sequence[str]
    chart: Mapping[str, str]
    counts: dict[str, int] = field(default_factory=dict)

    async def step(self, erp: Connection, chance: random.Random, own: dict[str, Any]) -> str | None:
        """One deed; what is refused by a rule is an answer, anything else a failure."""
        deeds = ("invoice", "invoice", "pay", "pay", "allocate", "undo", "credit", "reverse")
        deed = chance.choice(deeds)
        status, answer = await self._deed(erp, deed, chance, own)
        name = deed if status < 300 else f"{deed} {answer.get('code')}"
        self.counts[name] = self.counts.get(name, 0) + 1
        if status >= 500 or answer.get("code") in COLLIDED:
            return f"{deed}: {status} {json.dumps(answer)[:300]}"
        return None

    async def _deed(
        self, erp: Connection, deed: str, chance: random.Random, own: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        account = chance.choice(self.accounts)
        if deed == "invoice" or not own:
            line = {"description": "Goods", "quantity": "2", "net_unit_price": "50"}
            answer = await self._post(erp, "/v1/invoices", {"account_id": account, "lines": [line]})
            if answer[0] < 300:
                own.setdefault("invoices", []).append(answer[1]["id"])
            return answer
        if deed == "pay":
            amount = f"{chance.randrange(1_00, 300_00) / 100:.2f}"
            payment: dict[str, Any] = {"account_id": account, "amount": amount}
            if chance.random() < 0.3:
                payment["allocations"] = []
            answer = await self._post(erp, "/v1/payments", payment)
            if answer[0] < 300:
                own.setdefault("payments", []).append(answer[1]["id"])
                for each in answer[1]["allocations"]:
                    own.setdefault("allocations", []).append(each["id"])
            return answer
        if deed == "allocate" and own.get("payments"):
            path = f"/v1/payments/{chance.choice(own['payments'])}/allocations"
            return await self._post(erp, path, {})
        if deed == "undo" and own.get("allocations"):
            path = f"/v1/allocations/{own['allocations'].pop()}/undoing"
            return await self._post(erp, path, {"reason": "A mistake"})
        if deed == "credit" and own.get("invoices"):
            path = f"/v1/invoices/{own['invoices'].pop()}/credit-notes"
            return await self._post(erp, path, {"reason": "Came back"})
        sides = ({"debit": "10"}, {"credit": "10"})
        lines = [
            {"account_id": self.chart[code], "currency": "EUR", **side}
            for code, side in zip(("6100", "1000"), sides, strict=True)
        ]
        status, entry = await self._post(erp, "/v1/journal-entries", {"lines": lines})
        if status >= 300:
            return status, entry
        return await self._post(erp, f"/v1/journal-entries/{entry['id']}/reversals", {})

    async def _post(self, erp: Connection, path: str, body: object) -> tuple[int, dict[str, Any]]:
        status, content = await erp.call("POST", path, body, key=str(uuid.uuid4()))
        return status, json.loads(content) if content else {}


async def together(connections: Sequence[Connection], crowd: Together, seconds: float) -> Sample:
    """Let one client at each connection work for so long; every deed counts."""
    chances = [random.Random(at) for at in range(len(connections))]
    owned: list[dict[str, Any]] = [{} for _ in connections]

    async def work(client: int, _: int) -> str | None:
        return await crowd.step(connections[client], chances[client], owned[client])

    return await closed_loop(work, clients=len(connections), seconds=seconds)


async def prepared(erp: Connection, customers: Sequence[str]) -> Together:
    """The accounts of some customers and the chart of the tenant's own company."""
    accounts = []
    for customer in customers:
        status, found = await erp.get(f"/v1/accounts?customer_id={customer}")
        if status != 200 or not found["items"]:
            raise RuntimeError(f"customer {customer} has no account: {status} {found}")
        accounts.append(found["items"][0]["id"])
    _, chart = await erp.get("/v1/ledger-accounts")
    return Together(accounts, {row["code"]: row["id"] for row in chart["items"]})


async def broken_proofs(erp: Connection) -> list[str]:
    """The names of proofs that do not hold."""
    found = []
    for subledger in ("receivables", "payables", "ledger", "order"):
        _, answer = await erp.get(f"/v1/{subledger}-proofs")
        found += [proof["name"] for proof in answer["proofs"] if not proof["holds"]]
    return found


async def finance_figures(bench: Bench, customers: Sequence[str]) -> list[Figure]:
    """Invoices a second, and a growing crowd."""
    figures = []
    # Connections are opened for each load: the server closes what is idle for some seconds.
    async with bench.connections("erp", 1) as (erp,):
        crowd = await prepared(erp, customers[:SHARED])
        alone = await prepared(erp, customers[SHARED : SHARED + 100])
    for clients, target in ((1, None), (8, 60.0)):
        async with bench.connections("erp", clients) as opened:
            sample = await _invoiced(opened, alone.accounts, bench.seconds)
        figures.append(
            Figure(
                "issue an invoice of 2 lines over HTTP, with ledger and event",
                f"{clients} client{'s' * (clients > 1)}",
                sample.told(),
                "" if target is None else f"{target:.0f} /s",
                None if target is None else not sample.failures and sample.rate >= target,
            )
        )
    before = 0.0
    for clients in CROWD:
        async with bench.connections("erp", clients) as opened:
            sample = await together(opened, crowd, bench.seconds)
        figures.append(
            Figure(
                f"invoice, pay, allocate, take back, credit, reverse on {SHARED} customers",
                f"{clients} client{'s' * (clients > 1)}",
                sample.told(),
                "no error, no fall",
                not sample.failures and sample.rate >= 0.9 * before,
            )
        )
        if sample.failures:
            print(f"first failure: {sample.failures[0][:500]}", file=sys.stderr)
        before = max(before, sample.rate)
    async with bench.connections("erp", 1) as (erp,):
        broken = await broken_proofs(erp)
    figures.append(
        Figure(
            "every proof of the books after that",
            f"{sum(crowd.counts.values()):,} deeds",
            "hold" if not broken else f"BROKEN: {', '.join(broken)}",
            "hold",
            not broken,
        )
    )
    return figures


async def _invoiced(
    connections: Sequence[Connection], accounts: Sequence[str], seconds: float
) -> Sample:
    line = {"description": "Goods", "quantity": "2", "net_unit_price": "50"}

    async def work(client: int, count: int) -> str | None:
        account = accounts[(client * 13 + count) % len(accounts)]
        body = {"account_id": account, "lines": [line, line]}
        status, answer = await connections[client].post("/v1/invoices", body, str(uuid.uuid4()))
        return None if status == 201 else f"{status} {answer}"

    return await closed_loop(work, clients=len(connections), seconds=seconds)


def books_figures(environment: Mapping[str, str], company: str) -> Iterator[Figure]:
    """Entries a second and statements of very many lines, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "erp.measuring", "--company", company],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in told.splitlines():
        yield Figure(**json.loads(line))


async def sent(
    erp: Connection, method: str, path: str, body: Any = None, *, version: int | None = None
) -> Any:
    """A request that must succeed, and what it answers."""
    key = None if method == "GET" else str(uuid.uuid4())
    status, content = await erp.call(method, path, body, key=key, version=version)
    if status >= 300:
        raise RuntimeError(f"{method} {path} answered {status} {content[:500]!r}")
    return json.loads(content) if content else None
