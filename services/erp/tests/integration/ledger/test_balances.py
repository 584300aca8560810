"""Kept balances: by day, and by month once months are summed up; on any day, as known ever."""

import asyncio
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from erp.ledger import service as ledger
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

FIRST, LAST = date(2025, 8, 1), date(2026, 1, 5)
MONTHS = [date(2025, month, 1) for month in (9, 10, 11, 12)] + [date(2026, 1, 1)]

_COUNTED = """
    SELECT a.code, sum(l.debit) AS debit, sum(l.credit) AS credit
    FROM ledger_line l
    JOIN ledger_entry e ON e.tenant = l.tenant AND e.id = l.entry_id
    JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
    WHERE l.effective_on <= $1 AND e.recorded_at < $2
    GROUP BY a.code
"""


async def roll(database: ServiceDatabase, month: date) -> None:
    async with database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        await ledger.roll_balances(uow, month)


async def posted(erp: Api, chart: dict[str, str], day: date, cents: int) -> str:
    amount = str(Decimal(cents).scaleb(-2))
    lines = [
        {"account_id": chart["6100"], "currency": "EUR", "debit": amount},
        {"account_id": chart["1000"], "currency": "EUR", "credit": amount},
    ]
    body = {"effective_on": str(day), "lines": lines}
    answer = await erp.post("/v1/journal-entries", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["recorded_at"])


async def said(erp: Api, **asked: str) -> dict[str, tuple[Decimal, Decimal]]:
    answer = await erp.get("/v1/trial-balance", **asked)
    assert answer.status_code == 200, answer.text
    return {
        line["code"]: (Decimal(line["debit"]), Decimal(line["credit"]))
        for line in answer.json()["lines"]
    }


@pytest.fixture
async def chart(erp: Api, company: dict[str, Any]) -> dict[str, str]:
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    return {row["code"]: row["id"] for row in rows}


@pytest.mark.parametrize("seed", range(4))
async def test_balances_equal_the_lines_on_any_day_as_known_at_any_instant(
    erp: Api, chart: dict[str, str], erp_database: ServiceDatabase, seed: int
) -> None:
    """Months are summed up at random, and entries go on to fall into them."""
    chance = random.Random(seed)
    instants: list[str] = []
    kept: dict[tuple[str, str], Any] = {}
    rolled = list(MONTHS)
    async with erp_database.superuser() as connection:
        for step in range(24):
            day = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1))
            instants.append(await posted(erp, chart, day, chance.randrange(1, 100_000)))
            if rolled and chance.random() < 0.25:
                await roll(erp_database, rolled.pop(0))
            asked_on = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days + 1))
            instant = chance.choice(instants)
            answer = await said(erp, as_of=str(asked_on), known_at=instant)
            at = await connection.fetchval("SELECT $1::text::timestamptz", instant)
            counted = await connection.fetch(_COUNTED, asked_on, at)
            assert answer == {row["code"]: (row["debit"], row["credit"]) for row in counted}, step
            assert kept.setdefault((str(asked_on), instant), answer) == answer
            everything = await connection.fetch(
                _COUNTED, asked_on, await connection.fetchval("SELECT clock_timestamp()")
            )
            assert await said(erp, as_of=str(asked_on)) == {
                row["code"]: (row["debit"], row["credit"]) for row in everything
            }
    for (as_of, known_at), answer in kept.items():
        assert await said(erp, as_of=as_of, known_at=known_at) == answer
    proofs = (await erp.get("/v1/ledger-proofs")).json()
    assert proofs["holds"], proofs


async def test_months_are_summed_up_while_others_post(
    erp: Api, chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    """Nothing is summed up twice, and nothing is left out."""

    async def post_some(at: int) -> None:
        for step in range(6):
            await posted(erp, chart, FIRST + timedelta(days=25 * step + at), 100)

    async def roll_all() -> None:
        for month in MONTHS:
            await asyncio.gather(*(roll(erp_database, month) for _ in range(2)))

    await asyncio.gather(*(post_some(at) for at in range(6)), roll_all())

    assert await said(erp) == {"1000": (Decimal(0), Decimal(36)), "6100": (Decimal(36), Decimal(0))}
    proofs = (await erp.get("/v1/ledger-proofs")).json()
    assert proofs["holds"], proofs
    async with erp_database.superuser() as connection:
        kept = await connection.fetchval("SELECT sum(debit) FROM ledger_balance")
    assert kept == await _before_this_month(erp_database)


async def _before_this_month(database: ServiceDatabase) -> Decimal:
    async with database.superuser() as connection:
        found: Decimal = await connection.fetchval(
            "SELECT sum(debit) FROM ledger_line WHERE effective_on < '2026-01-01'"
        )
    return found


async def test_a_sum_that_is_off_is_found(
    erp: Api, chart: dict[str, str], erp_database: ServiceDatabase
) -> None:
    """The control: proofs look at both sums."""
    await posted(erp, chart, date(2025, 9, 3), 100)
    await roll(erp_database, date(2025, 10, 1))
    for table in ("ledger_balance", "ledger_daily"):
        async with erp_database.superuser() as connection:
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER kept_by_the_ledger")
            await connection.execute(f"UPDATE {table} SET debit = debit + 1")
        assert not (await erp.get("/v1/ledger-proofs")).json()["holds"], table
        async with erp_database.superuser() as connection:
            await connection.execute(f"UPDATE {table} SET debit = debit - 1")
    assert (await erp.get("/v1/ledger-proofs")).json()["holds"]
