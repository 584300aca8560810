"""What the database refuses whoever asks: altered postings, wrong minor units."""

from decimal import Decimal

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.probe.service import Posting
from servicekit.values.currencies import MINOR_UNITS


async def test_the_databases_currency_table_is_pythons(database: ServiceDatabase) -> None:
    async with database.app.connection() as connection:
        rows = await connection.fetch(
            "SELECT code, currency_minor_units(code) AS places FROM unnest($1::text[]) AS code",
            [*MINOR_UNITS, "XXX", "eur"],
        )
    assert {row["code"]: row["places"] for row in rows} == {
        **MINOR_UNITS,
        "XXX": None,
        "eur": None,
    }


async def test_a_posting_at_its_currencys_minor_units_is_accepted(
    database: ServiceDatabase,
) -> None:
    async with database.app.unit_of_work(principal("posts")) as uow:
        uow.add(
            Posting(amount=Decimal("1.23"), currency="EUR"),
            Posting(amount=Decimal(5), currency="JPY"),
            Posting(amount=Decimal("-1.234"), currency="KWD"),
        )


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.234", "EUR"), ("0.5", "JPY"), ("1", "XXX"), ("1", "eur")]
)
async def test_a_posting_finer_than_its_currency_is_refused(
    database: ServiceDatabase, amount: str, currency: str
) -> None:
    with pytest.raises(IntegrityError, match="ck_probe_posting_minor_units"):
        async with database.app.unit_of_work(principal("posts")) as uow:
            uow.add(Posting(amount=Decimal(amount), currency=currency))


async def test_the_application_cannot_alter_a_posting(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal("alters")) as uow:
        uow.add(posting := Posting(amount=Decimal("1.23"), currency="EUR"))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.app.unit_of_work(principal("alters")) as uow:
            row = await uow.get(Posting, posting.id)
            row.amount = Decimal(2)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE probe_posting SET amount = 0", "DELETE FROM probe_posting", "TRUNCATE probe_posting"],
)
@pytest.mark.parametrize("replica", [False, True])
async def test_not_even_the_superuser_alters_a_posting(
    database: ServiceDatabase, statement: str, replica: bool
) -> None:
    async with database.superuser() as everything:
        if replica:
            await everything.execute("SET session_replication_role = replica")
        with pytest.raises(asyncpg.RestrictViolationError, match="probe_posting only grows"):
            await everything.execute(statement)
