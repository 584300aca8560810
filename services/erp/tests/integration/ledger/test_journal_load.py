"""The load that the benchmark of the trial balance reads."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from erp.app import service
from erp.journal_load import load, record_day_by_day
from erp.ledger import queries
from erp.ledger.service import roll_balances
from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.uow import Principal


async def test_a_loaded_journal_is_proved_like_any_other(databases: Databases) -> None:
    async with databases.of(service) as database:
        told: list[int] = []
        loaded = await load(database.app, "bench", lines=12_500, progress=told.append)

        assert (loaded.entries, loaded.lines, told) == (2_500, 12_500, [10_000, 12_500])
        async with database.app.reading(Principal.of_service("erp", "bench")) as reads:
            for proof in await queries.proofs(reads.session, loaded.company_id):
                assert proof.holds, proof
            whole = await queries.trial_balance(reads.session, loaded.company_id)
            year_end = await queries.trial_balance(
                reads.session, loaded.company_id, date(2025, 12, 31)
            )
        assert whole == year_end
        await record_day_by_day(database.addresses.owner, "bench", loaded.company_id)
        await _proved_as_known(database, loaded.company_id)
        assert sum(row.debit for row in whole) == sum(row.credit for row in whole) > 0


_COUNTED = """
    SELECT l.account_id, sum(l.debit) AS debit, sum(l.credit) AS credit
    FROM ledger_line l
    JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
    WHERE l.company_id = $1 AND l.effective_on <= $2 AND e.recorded_at < $3
    GROUP BY l.account_id
"""


async def _proved_as_known(database: ServiceDatabase, company_id: UUID) -> None:
    """On random days, as known at random instants of the year: by kept balances, and counted."""
    chance = random.Random(7)
    principal = Principal.of_service("erp", "bench")
    async with database.superuser() as connection:
        for month in (None, date(2025, 5, 1), date(2025, 11, 1)):
            if month is not None:
                async with database.app.unit_of_work(principal) as uow:
                    await roll_balances(uow, month)
            for _ in range(12):
                day = date(2025, 1, 1) + timedelta(days=chance.randrange(365))
                at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(
                    seconds=chance.randrange(370 * 86400)
                )
                async with database.app.reading(principal) as reads:
                    rows = await queries.trial_balance(reads.session, company_id, day, at)
                counted = await connection.fetch(_COUNTED, company_id, day, at)
                assert {row.account_id: (row.debit, row.credit) for row in rows} == {
                    row["account_id"]: (row["debit"], row["credit"]) for row in counted
                }, (month, day, at)
    async with database.app.reading(principal) as reads:
        for proof in await queries.proofs(reads.session, company_id):
            assert proof.holds, proof
