"""The load that the benchmark of the trial balance reads."""

from datetime import date

from erp.app import service
from erp.journal_load import load
from erp.ledger import queries
from servicekit.testing.postgres import Databases
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
        assert sum(row.debit for row in whole) == sum(row.credit for row in whole) > 0
