"""Whoever asks, the database refuses to break the books."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from erp.app import service
from erp.ledger.service import roll_balances
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.uow import Principal

TENANT = "acme"
DAY = date(2026, 1, 5)


@dataclass
class Books:
    """A company's books with one good entry, and ways to reach them beneath the service."""

    database: ServiceDatabase
    company: UUID
    chart: dict[str, UUID]
    entry: UUID

    @asynccontextmanager
    async def as_application(self) -> AsyncIterator[asyncpg.Connection]:
        """The role of the service, in its tenant."""
        connection = await asyncpg.connect(self.database.addresses.app)
        try:
            await connection.execute(f"SELECT set_config('app.tenant', '{TENANT}', false)")
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[asyncpg.Connection]:
        """The role that owns the tables."""
        connection = await asyncpg.connect(self.database.addresses.owner)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def as_replication(self) -> AsyncIterator[asyncpg.Connection]:
        """A superuser in replication role, for whom ordinary triggers and keys are off."""
        async with self.database.superuser() as connection:
            await connection.execute("SET session_replication_role = replica")
            yield connection

    async def head(self, connection: asyncpg.Connection, entry: UUID) -> None:
        """Insert the head of an entry."""
        await connection.execute(
            "INSERT INTO ledger_entry (tenant, id, company_id, journal, series, effective_on,"
            " source_type, recorded_at, recorded_by, recorded_xact)"
            " VALUES ($1, $2, $3, 'general', 'GEN-2026', $4, 'manual', now(), 'mallory', 0)",
            TENANT,
            entry,
            self.company,
            DAY,
        )

    async def line(
        self,
        connection: asyncpg.Connection,
        entry: UUID,
        position: int,
        debit: str,
        credit: str = "0",
        **other: Any,
    ) -> None:
        """Insert a line."""
        values = {"currency": "EUR", "account": self.chart["6100"], "day": DAY} | other
        foreign = values["currency"] != "EUR"
        base = values.get("base", (debit, credit) if foreign else (None, None))
        await connection.execute(
            "INSERT INTO ledger_line (tenant, entry_id, position, company_id, account_id,"
            " effective_on, currency, debit, credit, base_debit, base_credit)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
            values.get("tenant", TENANT),
            entry,
            position,
            values.get("company", self.company),
            values["account"],
            values["day"],
            values["currency"],
            Decimal(debit),
            Decimal(credit),
            *(None if amount is None else Decimal(amount) for amount in base),
        )

    async def write(
        self, connection: asyncpg.Connection, *lines: tuple[str, str], **other: Any
    ) -> None:
        """Try to commit an entry with these debits and credits."""
        async with connection.transaction():
            entry = uuid4()
            await self.head(connection, entry)
            for position, (debit, credit) in enumerate(lines, start=1):
                await self.line(connection, entry, position, debit, credit, **other)


@pytest.fixture(scope="module")
async def erp(databases: Databases) -> AsyncIterator[tuple[Api, ServiceDatabase]]:
    # One database for all attacks: each is refused, so each finds the books as they were.
    async with databases.of(service) as database, Api.of(database) as api:
        yield api, database


@pytest.fixture(scope="module")
async def books(erp: tuple[Api, ServiceDatabase]) -> Books:
    api, database = erp
    company = await api.post(
        "/v1/companies",
        {"code": "HQ", "name": "Headquarters", "base_currency": "EUR", "country": "DE"},
    )
    rows = (await api.get("/v1/ledger-accounts")).json()["items"]
    chart = {row["code"]: UUID(row["id"]) for row in rows}
    posted = await api.post(
        "/v1/journal-entries",
        {
            "effective_on": str(DAY),
            "lines": [
                {"account_id": str(chart["6100"]), "currency": "EUR", "debit": "100.00"},
                {"account_id": str(chart["1000"]), "currency": "EUR", "credit": "100.00"},
            ],
        },
    )
    async with database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        await roll_balances(uow, date(2026, 12, 1))
    return Books(database, UUID(company.json()["id"]), chart, UUID(posted.json()["id"]))


ROLES = ("as_application", "as_replication")
REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)


async def test_a_balanced_entry_is_taken(books: Books) -> None:
    # The control of this module: what the attacks below lack is really what they are refused for.
    for role in ROLES:
        async with getattr(books, role)() as connection:
            await books.write(connection, ("5", "0"), ("0", "5"))


@pytest.mark.parametrize("role", ROLES)
async def test_an_unbalanced_entry_is_refused(books: Books, role: str) -> None:
    async with getattr(books, role)() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="off by 1"):
            await books.write(connection, ("5", "0"), ("0", "4"))


@pytest.mark.parametrize("role", ROLES)
async def test_an_entry_of_one_line_or_none_is_refused(books: Books, role: str) -> None:
    async with getattr(books, role)() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="1 line"):
            await books.write(connection, ("5", "0"))
        with pytest.raises(asyncpg.CheckViolationError, match="0 line"):
            await books.write(connection)


async def test_an_entry_that_balances_only_across_currencies_is_refused(books: Books) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            async with connection.transaction():
                entry = uuid4()
                await books.head(connection, entry)
                await books.line(connection, entry, 1, "5", "0", currency="EUR")
                await books.line(connection, entry, 2, "0", "5", currency="USD")


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "5.001"), ("JPY", "5.1"), ("KWD", "5.0001"), ("XXX", "5")]
)
@pytest.mark.parametrize("role", ROLES)
async def test_digits_that_the_currency_does_not_have_are_refused(
    books: Books, role: str, currency: str, amount: str
) -> None:
    async with getattr(books, role)() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await books.write(connection, (amount, "0"), ("0", amount), currency=currency)


@pytest.mark.parametrize("amounts", [("-5", "0"), ("0", "0"), ("5", "5")])
async def test_a_line_without_exactly_one_side_is_refused(
    books: Books, amounts: tuple[str, str]
) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await books.write(connection, amounts, amounts)


CHANGES = (
    "UPDATE ledger_line SET debit = debit + 1",
    "UPDATE ledger_line SET text = 'rent'",
    "DELETE FROM ledger_line",
    "TRUNCATE ledger_line",
    "UPDATE ledger_entry SET effective_on = '2025-12-31'",
    "DELETE FROM ledger_entry",
    "TRUNCATE ledger_entry",
    "UPDATE ledger_entry_number SET number = 7",
    "DELETE FROM ledger_entry_number",
    "TRUNCATE ledger_entry_number",
    "UPDATE ledger_balance SET debit = debit + 1",
    "DELETE FROM ledger_balance",
    "TRUNCATE ledger_balance",
    "UPDATE ledger_daily SET debit = debit + 1",
    "DELETE FROM ledger_daily",
    "TRUNCATE ledger_daily",
    "UPDATE ledger_rolled SET rolled_before = '2025-12-01'",
    "UPDATE ledger_rolled SET rolled_before = rolled_before + 10",
    "UPDATE ledger_rolled SET company_id = gen_random_uuid()",
    "DELETE FROM ledger_rolled",
    "TRUNCATE ledger_rolled",
    "UPDATE ledger_number_series SET last_number = 99",
    "DELETE FROM ledger_number_series",
    "TRUNCATE ledger_number_series",
    "DELETE FROM ledger_account",
    "DELETE FROM ledger_company",
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["as_application", "as_owner", "as_replication"])
async def test_what_is_posted_is_neither_altered_nor_removed(
    books: Books, role: str, change: str
) -> None:
    async with getattr(books, role)() as connection:
        with pytest.raises(REFUSED):
            await connection.execute(change)


@pytest.mark.parametrize("role", ROLES)
async def test_lines_are_not_added_to_a_posted_entry(books: Books, role: str) -> None:
    async with getattr(books, role)() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="not being written"):
            async with connection.transaction():
                await books.line(connection, books.entry, 3, "5", "0")
                await books.line(connection, books.entry, 4, "0", "5")


async def test_lines_are_not_added_after_the_check_was_made_to_run_early(books: Books) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="not being written"):
            async with connection.transaction():
                entry = uuid4()
                await books.head(connection, entry)
                await books.line(connection, entry, 1, "5", "0")
                await books.line(connection, entry, 2, "0", "5")
                await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                await books.line(connection, entry, 3, "5", "0")


async def test_a_stamp_of_another_transaction_is_not_believed(books: Books) -> None:
    async with books.as_application() as connection:
        entry = uuid4()
        async with connection.transaction():
            await books.head(connection, entry)
            await books.line(connection, entry, 1, "5", "0")
            await books.line(connection, entry, 2, "0", "5")
            stamp = await connection.fetchval(
                "SELECT recorded_xact FROM ledger_entry WHERE id = $1", entry
            )
            here = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
    assert stamp == here


async def test_hiding_the_lines_behind_another_tenant_does_not_help(books: Books) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="off by 5"):
            async with connection.transaction():
                entry = uuid4()
                await books.head(connection, entry)
                await books.line(connection, entry, 1, "5", "0")
                await books.line(connection, entry, 2, "5", "0")
                await books.line(connection, entry, 3, "0", "5")
                await connection.execute("SELECT set_config('app.tenant', 'globex', true)")


async def test_lines_keep_to_the_day_company_and_chart_of_their_entry(books: Books) -> None:
    for other in (
        {"day": date(2025, 12, 31)},
        {"company": uuid4()},
        {"account": uuid4()},
    ):
        async with books.as_application() as connection:
            with pytest.raises(REFUSED):
                await books.write(connection, ("5", "0"), ("0", "5"), **other)


async def test_the_application_takes_no_number_without_a_document(books: Books) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(
                "SELECT ledger_take_number($1, $2, 'INV-2026')", TENANT, books.company
            )
        with pytest.raises(REFUSED):
            await connection.execute(
                "INSERT INTO ledger_entry_number (tenant, entry_id, company_id, series, number)"
                " VALUES ($1, $2, $3, 'GEN-2026', 9)",
                TENANT,
                uuid4(),
                books.company,
            )


@pytest.mark.parametrize("role", ROLES)
async def test_a_foreign_line_says_what_it_is_in_the_companys_currency(
    books: Books, role: str
) -> None:
    async with getattr(books, role)() as connection:
        await books.write(connection, ("5", "0"), ("0", "5"), currency="USD")
        for base, currency in (((None, None), "USD"), (("5", "0"), "EUR"), (("-5", "0"), "USD")):
            with pytest.raises(asyncpg.CheckViolationError):
                await books.write(connection, ("5", "0"), ("0", "5"), currency=currency, base=base)
        for left, right in (
            (("5", "0"), ("0", "4")),
            (("0", "5"), ("5", "0")),
            (("4.999", "0"), ("0", "4.999")),
            (("5", None), ("0", "5")),
            (("5", "5"), ("0", "0")),
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                async with connection.transaction():
                    entry = uuid4()
                    await books.head(connection, entry)
                    await books.line(connection, entry, 1, "5", currency="USD", base=left)
                    await books.line(connection, entry, 2, "0", "5", currency="USD", base=right)


async def test_a_difference_of_exchange_has_a_side(books: Books) -> None:
    async with books.as_application() as connection:
        async with connection.transaction():
            entry = uuid4()
            await books.head(connection, entry)
            await books.line(connection, entry, 1, "0", currency="USD", base=("2", "0"))
            await books.line(connection, entry, 2, "0", currency="USD", base=("0", "2"))
        with pytest.raises(asyncpg.CheckViolationError):
            async with connection.transaction():
                entry = uuid4()
                await books.head(connection, entry)
                await books.line(connection, entry, 1, "0", currency="USD", base=("0", "0"))


@pytest.mark.parametrize(
    "call",
    [
        "ledger_number_entries(1)",
        "ledger_open_day_proved('other', gen_random_uuid(), 'general', 'eve', '2026-01-05')",
    ],
)
async def test_what_the_owner_proves_is_not_for_the_application(books: Books, call: str) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(f"SELECT {call}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", ["general", "all", "final"])
async def test_nothing_is_posted_to_a_closed_day(books: Books, role: str, scope: str) -> None:
    async with getattr(books, role)() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO ledger_lock (tenant, company_id, scope, locked_until)"
            " VALUES ($1, $2, $3, $4)",
            TENANT,
            books.company,
            scope,
            DAY,
        )
        with pytest.raises(asyncpg.RestrictViolationError, match="first open day is 2026-01-06"):
            await books.head(connection, uuid4())
        await transaction.rollback()


async def test_a_final_lock_stays(books: Books) -> None:
    async with books.as_application() as connection:
        for attack in (
            "UPDATE ledger_lock SET locked_until = '2025-01-31'",
            "UPDATE ledger_lock SET scope = 'all'",
            "DELETE FROM ledger_lock",
        ):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(
                "INSERT INTO ledger_lock (tenant, company_id, scope, locked_until)"
                " VALUES ($1, $2, 'final', '2025-06-30')",
                TENANT,
                books.company,
            )
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(attack)
            await transaction.rollback()


async def test_nobody_writes_when_the_books_were_closed(books: Books) -> None:
    async with books.as_application() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO ledger_lock_change VALUES"
                " ($1, gen_random_uuid(), $2, 'all', '2025-12-31', '2026-01-01')",
                TENANT,
                books.company,
            )
        for attack in (
            "UPDATE ledger_lock_change SET recorded_at = now()",
            "DELETE FROM ledger_lock_change",
        ):
            with pytest.raises(
                (asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)
            ):
                await connection.execute(attack)


async def test_an_exception_is_for_somebody_else_ends_and_stays(books: Books) -> None:
    granted = (
        "INSERT INTO ledger_lock_exception (tenant, id, company_id, scope, subject, open_from,"
        " reason, granted_by, granted_at, expires_at) VALUES ($1, gen_random_uuid(), $2,"
        " 'general', 'ann', '2026-01-01', 'why', $3, now(), now() + $4::interval)"
    )
    async with books.as_application() as connection:
        for by, length in (("ann", timedelta(days=1)), ("bob", timedelta(days=32))):
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(granted, TENANT, books.company, by, length)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(granted, TENANT, books.company, "bob", timedelta(days=1))
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(
                "UPDATE ledger_lock_exception SET expires_at = expires_at + interval '1 day'"
            )
        await transaction.rollback()


async def test_the_instant_of_recording_is_the_databases(books: Books) -> None:
    async with books.as_application() as connection:
        async with connection.transaction():
            entry = uuid4()
            await connection.execute(
                "INSERT INTO ledger_entry (tenant, id, company_id, journal, series, effective_on,"
                " source_type, recorded_at, recorded_by, recorded_xact)"
                " VALUES ($1, $2, $3, 'general', 'GEN-2026', $4, 'manual', '2020-01-01', 'm', 0)",
                TENANT,
                entry,
                books.company,
                DAY,
            )
            await books.line(connection, entry, 1, "5")
            await books.line(connection, entry, 2, "0", "5")
        stamped = await connection.fetchval(
            "SELECT recorded_at > now() - interval '1 minute' FROM ledger_entry WHERE id = $1",
            entry,
        )
        assert stamped


async def test_after_all_attacks_the_books_are_as_before(
    books: Books, erp: tuple[Api, ServiceDatabase]
) -> None:
    api, _ = erp
    before = (await api.get("/v1/trial-balance")).json()
    for change in CHANGES:
        async with books.as_replication() as connection:
            with pytest.raises(REFUSED):
                await connection.execute(change)

    assert (await api.get("/v1/trial-balance")).json() == before
    assert (await api.get("/v1/ledger-proofs")).json()["holds"]
