"""What books cost: `python -m erp.measuring --company ID` prints a figure a line, as JSON.

In a process of its own, through the use cases, with every guard of the database on: entries a
second, and statements of a company with very many lines, now and as they were known, beside the
recount of its kept balances. The company is one of `erp.journal_load`.
"""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from erp.ledger import queries as books
from erp.ledger.service import (
    AccountRole,
    EntryInput,
    EntryLine,
    Journal,
    post_entries,
)
from erp.statements import queries as statements
from erp.statements.rules import StatementKind, Step, View, columns_of, knowing
from servicekit.database import Database
from servicekit.settings import Settings
from servicekit.uow import Principal

SECONDS = 5.0
BATCH = 100
ROUNDS = 20
DAY = date(2026, 1, 15)


def tell(
    work: str, conditions: str, result: str, target: str = "", met: bool | None = None
) -> None:
    """Print a figure."""
    said = {"work": work, "conditions": conditions, "result": result, "target": target, "met": met}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def entry(company_id: UUID) -> EntryInput:
    """An entry of two lines."""
    amount = Decimal("12.34")
    return EntryInput(
        company_id,
        Journal.GENERAL,
        DAY,
        [
            EntryLine(AccountRole.BANK, "EUR", debit=amount),
            EntryLine(AccountRole.OPENING_EQUITY, "EUR", credit=amount),
        ],
    )


async def entries_a_second(
    database: Database, principal: Principal, company_id: UUID, batch: int
) -> float:
    """Entries of two lines with a gapless number each, `batch` in one transaction, one writer."""
    posted, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < SECONDS:
        async with database.unit_of_work(principal) as uow:
            await post_entries(uow, [entry(company_id) for _ in range(batch)])
        posted += batch
    return posted / elapsed


async def median_of(ask: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> float:
    """The median duration in milliseconds, after one to warm up."""
    await ask()
    durations = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await ask()
        durations.append(1000 * (time.perf_counter() - begun))
    return statistics.median(durations)


async def measure(database: Database, tenant: str, company_id: UUID) -> None:
    """Measure and print."""
    principal = Principal.of_service("erp", tenant)
    for batch, target in ((1, 250), (BATCH, 8_000)):
        rate = await entries_a_second(database, principal, company_id, batch)
        tell(
            "post a 2-line entry through the use case, gapless number",
            "one per commit, 1 writer" if batch == 1 else f"{batch} per commit, 1 writer",
            f"{rate:,.0f} /s",
            f"{target:,} /s",
            rate >= target,
        )
    async with database.reading(principal) as reads:
        lines = await reads.session.scalar(
            text("SELECT count(*) FROM ledger_line WHERE company_id = :id"), {"id": company_id}
        )
    conditions = f"{lines:,} lines"
    past = datetime(2025, 7, 9, 13, 7, tzinfo=UTC)

    async def trial_balance() -> object:
        async with database.reading(principal) as reads:
            return await books.trial_balance(reads.session, company_id, date(2025, 7, 17))

    async def balance_sheet() -> object:
        async with database.reading(principal) as reads:
            columns = columns_of(None, date(2025, 12, 31), 2, Step.YEAR, 1)
            known = knowing(columns, View.RESTATED, None, lambda _: None)
            return await statements.statement_of(
                reads.session, company_id, StatementKind.BALANCE_SHEET, known
            )

    async def known() -> object:
        async with database.reading(principal) as reads:
            return await books.trial_balance(reads.session, company_id, date(2025, 7, 17), past)

    async def known_sheet() -> object:
        async with database.reading(principal) as reads:
            columns = columns_of(None, date(2025, 12, 31), 1, Step.YEAR, 1)
            then = knowing(columns, View.RESTATED, past, lambda _: None)
            return await statements.statement_of(
                reads.session, company_id, StatementKind.BALANCE_SHEET, then
            )

    for work, ask, limit, rounds in (
        ("trial balance in the midst of a month", trial_balance, 50, ROUNDS),
        ("balance sheet of two years", balance_sheet, 50, ROUNDS),
        ("trial balance of 17 July as known on 9 July", known, 2_000, 3),
        ("balance sheet of the year as known on 9 July", known_sheet, 2_000, 3),
    ):
        took = await median_of(ask, rounds)
        tell(work, conditions, f"{took:,.1f} ms", f"under {limit:,} ms", took < limit)
    begun = time.perf_counter()
    async with database.reading(principal) as reads:
        holds = all(each.holds for each in await books.proofs(reads.session, company_id))
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    tell(
        "recount of every line against the kept balances",
        f"{conditions}; the process peaks at {peak:,.0f} MB",
        f"{took:,.1f} s, {'equal to the cent' if holds else 'DIFFERENT'}",
        "equal",
        holds,
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser("python -m erp.measuring", description=__doc__)
    parser.add_argument("--tenant", default="demo")
    parser.add_argument("--company", type=UUID, required=True)
    options = parser.parse_args()

    async def run() -> None:
        database = Database.app(Settings.load("erp"))
        try:
            await measure(database, options.tenant, options.company)
        finally:
            await database.close()

    asyncio.run(run())


if __name__ == "__main__":
    main()
