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

import asyncpg

from erp.ledger import queries
from erp.ledger.service import (
    EntryInput,
    EntryLine,
    Journal,
    create_company,
    post_entries,
    roll_balances,
)
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


BACKDATED = 10
"""Days back, at most, of an entry from the day on which it is entered."""


def entries_of(
    company_id: UUID,
    accounts: Sequence[UUID],
    count: int,
    *,
    year: int,
    chance: random.Random,
    at: float = 1.0,
) -> list[EntryInput]:
    """`count` balanced entries in euros over random accounts, of days about a point of `year`.

    `at` is how much of the year is gone, from 0 to 1: books grow day by day, some of it late.
    """
    first = date(year, 1, 1)
    today = round(at * 364)
    made = []
    for _ in range(count):
        chosen = chance.sample(accounts, LINES_PER_ENTRY)
        cents = [chance.randrange(100, 1_000_000) for _ in range(LINES_PER_ENTRY - 1)]
        lines = [
            EntryLine(account, "EUR", debit=Decimal(amount).scaleb(-2))
            for account, amount in zip(chosen, cents, strict=False)
        ]
        lines.append(EntryLine(chosen[-1], "EUR", credit=Decimal(sum(cents)).scaleb(-2)))
        day = first + timedelta(days=max(0, today - chance.randrange(BACKDATED + 1)))
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
            company.id,
            accounts,
            min(CHUNK, total - posted),
            year=year,
            chance=chance,
            at=posted / total,
        )
        async with database.unit_of_work(principal) as uow:
            await post_entries(uow, entries)
        posted += len(entries)
        if progress is not None:
            progress(posted * LINES_PER_ENTRY)
    seconds = time.perf_counter() - started
    return Loaded(company.id, posted, posted * LINES_PER_ENTRY, seconds)


# What is loaded in minutes was recorded in minutes: a report as known at an instant of the year
# would know nothing, or all. So the owner of the tables says that each entry was recorded within
# the days after its own, and keeps the balances anew. No running service could.
_RECORDED = """
    UPDATE ledger_entry SET recorded_at =
        effective_on::timestamp AT TIME ZONE 'UTC' + interval '8 hours'
        + abs(hashtext(id::text) % 11) * interval '1 day'
        + abs(hashtext(id::text) % 36000) * interval '1 second'
    WHERE company_id = $1
"""
_KEPT_ANEW = """
    INSERT INTO ledger_daily (
        tenant, company_id, effective_on, recorded_on, account_id, currency, lane,
        debit, credit, base_debit, base_credit)
    SELECT l.tenant, l.company_id, l.effective_on, (e.recorded_at AT TIME ZONE 'UTC')::date,
           l.account_id, l.currency, 0, sum(l.debit), sum(l.credit),
           sum(coalesce(l.base_debit, l.debit)), sum(coalesce(l.base_credit, l.credit))
    FROM ledger_line l JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
    WHERE l.company_id = $1
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_GUARDS = (
    ("ledger_entry", "append_only"),
    ("ledger_daily", "kept_by_the_ledger"),
    ("ledger_balance", "kept_by_the_ledger"),
    ("ledger_rolled", "never_removed"),
)


async def record_day_by_day(owner_url: str, tenant: str, company_id: UUID) -> None:
    """Say that a loaded company's entries were recorded over the year, as its owner can."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("SELECT set_config('app.tenant', $1, false)", tenant)
        async with connection.transaction():
            for table, trigger in _GUARDS:
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            await connection.execute(_RECORDED, company_id)
            for table in ("ledger_daily", "ledger_balance", "ledger_rolled"):
                await connection.execute(f"DELETE FROM {table} WHERE company_id = $1", company_id)  # noqa: S608
            await connection.execute(_KEPT_ANEW, company_id)
            for table, trigger in _GUARDS:
                await connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        await connection.execute("VACUUM ANALYZE ledger_entry, ledger_line, ledger_daily")
    finally:
        await connection.close()


async def _main(arguments: argparse.Namespace) -> None:
    import erp.app  # noqa: F401 - wires what a new company finds ready

    def say(done: int) -> None:
        print(f"\r{done:>12,} lines", end="", flush=True)  # noqa: T201

    settings = Settings.load("erp")
    database = Database.app(settings)
    try:
        loaded = await load(
            database,
            arguments.tenant,
            lines=arguments.lines,
            year=arguments.year,
            seed=arguments.seed,
            progress=say,
        )
        if settings.owner_database_url is not None:
            await record_day_by_day(settings.owner_url(), arguments.tenant, loaded.company_id)
        started = time.perf_counter()
        async with database.unit_of_work(Principal.of_service("erp", arguments.tenant)) as uow:
            await roll_balances(uow, date(arguments.year + 1, 1, 1))
        rolled = time.perf_counter() - started
        started = time.perf_counter()
        async with database.reading(Principal.of_service("erp", arguments.tenant)) as reads:
            rows = await queries.trial_balance(reads.session, loaded.company_id)
        read = time.perf_counter() - started
    finally:
        await database.close()
    print(  # noqa: T201
        f"\ncompany {loaded.company_id}: {loaded.lines:,} lines in {loaded.entries:,} entries, "
        f"{loaded.seconds:.1f} s ({loaded.lines / loaded.seconds:,.0f} lines/s); "
        f"months summed up in {rolled:.1f} s; "
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
