"""A year of journal entries for a benchmark: `python -m erp.journal_load --lines 1000000`.

Posts balanced entries of five lines, spread over the days of a year and over the accounts of a
company's chart, through `ledger.service.post_entries`, with every guard of the database on. It
opens a company of its own in the tenant it is given and prints its id.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from erp.ledger import queries
from erp.ledger.service import EntryInput, EntryLine, Journal, create_company, post_entries
from servicekit.database import Database
from servicekit.settings import Settings
from servicekit.uow import Principal

LINES_PER_ENTRY = 5
CHUNK = 2_000
"""Entries in one transaction."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was posted, and how long it took in seconds."""

    company_id: UUID
    entries: int
    lines: int
    seconds: float


def entries_of(
    company_id: UUID, accounts: Sequence[UUID], count: int, *, year: int, chance: random.Random
) -> list[EntryInput]:
    """`count` balanced entries in euros, on random days of `year`, over random accounts."""
    first = date(year, 1, 1)
    made = []
    for _ in range(count):
        chosen = chance.sample(accounts, LINES_PER_ENTRY)
        cents = [chance.randrange(100, 1_000_000) for _ in range(LINES_PER_ENTRY - 1)]
        lines = [
            EntryLine(account, "EUR", debit=Decimal(amount).scaleb(-2))
            for account, amount in zip(chosen, cents, strict=False)
        ]
        lines.append(EntryLine(chosen[-1], "EUR", credit=Decimal(sum(cents)).scaleb(-2)))
        day = first + timedelta(days=chance.randrange(365))
        made.append(EntryInput(company_id, Journal.GENERAL, day, lines))
    return made


async def load(
    database: Database,
    tenant: str,
    *,
    lines: int,
    year: int = 2025,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Loaded:
    """Post about `lines` journal lines in a new company of the tenant; equal seeds, equal books.

    `progress` is told how many lines are posted after each transaction. Writes to the database
    as the application role does, without events. Raises what `ledger.service` raises.
    """
    principal = Principal.of_service("erp", tenant)
    chance = random.Random(seed)
    async with database.unit_of_work(principal) as uow:
        company = await create_company(
            uow,
            code=f"LOAD-{uow.new_id().hex[-12:]}",
            name="Journal load",
            base_currency="EUR",
            country="DE",
        )
        accounts = [row.id for row in await queries.chart(uow.session, company.id)]
    total = lines // LINES_PER_ENTRY
    posted = 0
    started = time.perf_counter()
    while posted < total:
        entries = entries_of(
            company.id, accounts, min(CHUNK, total - posted), year=year, chance=chance
        )
        async with database.unit_of_work(principal) as uow:
            await post_entries(uow, entries)
        posted += len(entries)
        if progress is not None:
            progress(posted * LINES_PER_ENTRY)
    seconds = time.perf_counter() - started
    return Loaded(company.id, posted, posted * LINES_PER_ENTRY, seconds)


async def _main(arguments: argparse.Namespace) -> None:
    import erp.app  # noqa: F401 - wires what a new company finds ready

    def say(done: int) -> None:
        print(f"\r{done:>12,} lines", end="", flush=True)  # noqa: T201

    database = Database.app(Settings.load("erp"))
    try:
        loaded = await load(
            database,
            arguments.tenant,
            lines=arguments.lines,
            year=arguments.year,
            seed=arguments.seed,
            progress=say,
        )
        started = time.perf_counter()
        async with database.reading(Principal.of_service("erp", arguments.tenant)) as reads:
            rows = await queries.trial_balance(reads.session, loaded.company_id)
        read = time.perf_counter() - started
    finally:
        await database.close()
    print(  # noqa: T201
        f"\ncompany {loaded.company_id}: {loaded.lines:,} lines in {loaded.entries:,} entries, "
        f"{loaded.seconds:.1f} s ({loaded.lines / loaded.seconds:,.0f} lines/s); "
        f"trial balance of {len(rows)} accounts in {read * 1000:.1f} ms"
    )


def main() -> None:
    """Read the arguments and load."""
    parser = argparse.ArgumentParser("python -m erp.journal_load", description=__doc__)
    parser.add_argument("--tenant", default="bench")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--year", type=int, default=2025)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
