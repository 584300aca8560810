"""Every table of finance, as the application's own role: what may change, and what never does.

The catalogue names the tables, so a new one is judged as soon as it exists: it is append-only, kept
by the ledger, or its columns that may change are written down here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from erp.statements.schemas import READ_AT
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

TENANT = "acme"
REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)

KEPT_BY_THE_DATABASE = {
    "einvoices_parties",
    "ledger_balance",
    "ledger_daily",
    "ledger_entry_number",
    "ledger_number_series",
}
"""Written by functions of the database only; the application reads them."""

VERSIONED = {"version", "created_at", "updated_at"}
MAY_CHANGE: dict[str, set[str]] = {
    "invoice_plans_plan": {"active", "id", "issued", "problem", "skipped"} | VERSIONED,
    "ledger_account": {"name", "role", "active"} | VERSIONED,
    # Forward only, by whole months.
    "ledger_rolled": set(),
    "ledger_company": {"name", "is_default", "approval_from"} | VERSIONED,
    "ledger_draft": set(),
    "ledger_lock_exception": {"revoked_at"},
    "ledger_template": {"active", "next_on", "posted", "problem", "version", "updated_at"},
    "payables_bank_details": set(),
    "payables_bill": {"disputed", "version", "updated_at"},
    "payables_open_item": set(),
    "payment_runs_line": set(),
    "payment_runs_run": set(),
    "receivables_credit_note": set(),
    "receivables_invoice": set(),
    "receivables_open_item": {"overdue_since"},
    "receivables_payment": set(),
    "receivables_release": {"ended_at", "version", "updated_at"},
    "revaluations_revaluation": set(),
}
"""Of each guarded table the columns that the application may change in a row that is posted or
decided. Such a row is never removed."""

SETTINGS = {
    "einvoices_billing_details": "how a customer wants its invoices",
    "einvoices_legal_details": "the company's own particulars",
    "exchange_rates_policy": "which source a company takes its rates from",
    "ledger_dimension": "values of dimensions, closed rather than removed",
    "ledger_lock": "each change of a lock is recorded in ledger_lock_change by the database",
    "payables_approval_limit": "up to what amount somebody approves",
    "payables_supplier": "master data",
    "payment_runs_bank_account": "the company's own accounts",
    "receivables_account": "master data",
    "receivables_dunning_policy": "settings",
    "receivables_exposure": "a sum, proved equal to its documents",
    "receivables_pause": "a dispute or promise, lifted when it is over",
    "receivables_payment_terms": "settings; documents keep a copy",
    "receivables_policy": "settings",
    "taxes_company": "settings",
    "taxes_exemption": "dated settings; postings keep a copy",
    "taxes_profile": "dated settings",
    "taxes_rate": "dated settings; documents keep a copy",
    "taxes_territory": "settings",
    "taxes_withholding_rate": "dated settings",
}
"""Tables that are not books: what is posted keeps a copy of what it used of them."""

POSTED = {
    "ledger_account": "code = '6100'",
    "payables_bill": "number IS NOT NULL",
    "payables_open_item": "open_amount > 0",
}
"""Of some tables the rows that count, where others may still change."""

NOT_FINANCE = ("alembic_", "platform_", "items_", "inventory_", "sales_orders_", "projections_")

TABLES = """
SELECT c.oid::regclass::text AS name,
       coalesce(bit_or(t.tgtype) FILTER (WHERE p.proname = 'platform_refuse_change'
                                           AND t.tgenabled = 'A'), 0) AS refuses
  FROM pg_class c
  LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
  LEFT JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
 GROUP BY c.oid ORDER BY 1
"""
# By hand: an exception runs by the clock of the database, which is ahead of the application's.
EXCEPTION = """
INSERT INTO ledger_lock_exception (tenant, id, company_id, scope, subject, open_from, reason,
       granted_by, granted_at, expires_at)
SELECT tenant, gen_random_uuid(), id, 'general', 'ann', '2025-11-01', 'A receipt was found',
       'bob', now(), now() + interval '1 day'
  FROM ledger_company
"""
DELETE, UPDATE, TRUNCATE = 8, 16, 32
COLUMNS = """
SELECT column_name AS name, data_type AS type FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'
 ORDER BY ordinal_position
"""
OTHERWISE = {
    "text": "coalesce({0}, '') || '9'",
    "uuid": "gen_random_uuid()",
    "date": "coalesce({0}, date '2025-06-01') - 400",
    "timestamp with time zone": "coalesce({0}, now()) - interval '400 days'",
    "numeric": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "smallint": "coalesce({0}, 0) + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "boolean": "NOT coalesce({0}, false)",
    "jsonb": "'{{\"forged\": true}}'",
    "bytea": "'forged'::bytea",
}
"""Per type an expression that differs from what a column holds."""


@dataclass(frozen=True)
class Table:
    """A table of finance, and which of DELETE, UPDATE and TRUNCATE its triggers refuse."""

    name: str
    refuses: int

    @property
    def append_only(self) -> bool:
        return self.refuses & (DELETE | UPDATE | TRUNCATE) == DELETE | UPDATE | TRUNCATE

    @property
    def never_removed(self) -> bool:
        return self.refuses & (DELETE | TRUNCATE) == DELETE | TRUNCATE


async def post(api: Api, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """A command that works."""
    answer = await api.post(path, body, **more)
    assert answer.status_code < 300, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


async def one_of_each(erp: Api, account: dict[str, Any]) -> None:
    """A row, posted or decided, in every table that is guarded."""
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    chart = {row["code"]: row["id"] for row in rows}
    ann = erp.signed_in(subject="ann")
    rent = {
        "lines": [
            {"account_id": chart["6100"], "currency": "EUR", "debit": "50"},
            {"account_id": chart["1000"], "currency": "EUR", "credit": "50"},
        ]
    }
    draft = await post(ann, "/v1/journal-entry-drafts", rent)
    await post(erp, f"/v1/journal-entry-drafts/{draft['id']}/approval", version=1)
    monthly = rent | {"name": "Rent", "first_on": "2026-01-31", "every_months": 1}
    template = await post(ann, "/v1/journal-entry-templates", monthly)
    await post(erp, f"/v1/journal-entry-templates/{template['id']}/approval", version=1)

    rate = {"base": "USD", "quote": "EUR", "rate_on": "2025-12-01", "rate": "0.9"}
    later = rate | {"rate_on": "2025-12-31", "rate": "0.8"}
    await post(erp, "/v1/exchange-rates", {"rates": [rate, later]})
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": "80",
        "tax_category": "standard",
    }
    invoice = await post(
        erp,
        "/v1/invoices",
        {"account_id": account["id"], "issued_on": "2025-12-02", "lines": [line]},
    )
    agreed = {"name": "Care", "lines": [line], "first_on": "2026-01-31", "every_months": 1}
    await post(erp, "/v1/invoice-plans", agreed | {"account_id": account["id"]})
    await post(
        erp,
        f"/v1/invoices/{invoice['id']}/credit-notes",
        {"reason": "Came back", "lines": [{"position": 1, "amount": "5"}]},
    )
    await post(erp, "/v1/payments", {"account_id": account["id"], "amount": "30"})
    await post(erp, "/v1/revaluations", {"valued_on": "2025-12-31"})
    await post(
        erp,
        "/v1/credit-releases",
        {"account_id": account["id"], "amount": "9", "reason": "Known", "until": "2026-12-31"},
    )

    approver = erp.signed_in(subject="approver", roles=["payables_approver"])
    supplier = await post(
        erp, "/v1/suppliers", {"number": "S-1", "name": "Paper Mill", "country": "DE"}
    )
    path = f"/v1/suppliers/{supplier['id']}/bank-details"
    details = await post(erp, path, {"iban": "DE89370400440532013000"})
    await post(approver, f"{path}/{details['id']}/approve")
    bought = {
        "description": "Paper",
        "net_amount": "100",
        "tax_rate": "0.19",
        "account_id": chart["6900"],
    }
    bill = await post(
        erp,
        "/v1/bills",
        {
            "supplier_id": supplier["id"],
            "supplier_reference": "R-1",
            "issued_on": "2026-01-02",
            "lines": [bought],
            "taxes": [{"rate": "0.19", "base": "100", "tax": "19"}],
        },
    )
    await post(approver, f"/v1/bills/{bill['id']}/approve", version=bill["version"])
    version = (await erp.get(f"/v1/bills/{bill['id']}")).json()["version"]
    await post(erp, f"/v1/bills/{bill['id']}/post", version=version)
    bank = await post(
        erp, "/v1/company-bank-accounts", {"name": "House bank", "iban": "DE02120300000000202051"}
    )
    days = {"pay_on": "2026-01-05", "next_pay_on": "2026-02-05"}
    run = await post(erp, "/v1/payment-runs", {"bank_account_id": bank["id"]} | days)
    path = f"/v1/payment-runs/{run['id']}"
    run = await post(approver, f"{path}/approve", {"sha256": run["sha256"]}, version=run["version"])
    await post(erp, f"{path}/release", version=run["version"])
    paid = {"supplier_id": supplier["id"], "amount": "30", "allocations": []}
    await post(erp, "/v1/supplier-payments", paid)


@asynccontextmanager
async def application(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """The service's own role, in its tenant."""
    connection = await asyncpg.connect(database.addresses.app)
    try:
        await connection.execute(f"SELECT set_config('app.tenant', '{TENANT}', false)")
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def filled(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> AsyncIterator[asyncpg.Connection]:
    """The application's connection to books with a row of each kind."""
    await one_of_each(erp, account)
    async with application(erp_database) as connection:
        await connection.execute(EXCEPTION)
        await connection.execute(
            "INSERT INTO ledger_rolled SELECT tenant, id, '2025-12-01' FROM ledger_company"
        )
        yield connection


async def tables(connection: asyncpg.Connection) -> list[Table]:
    """The tables of finance."""
    return [
        Table(row["name"], row["refuses"])
        for row in await connection.fetch(TABLES)
        if not row["name"].startswith(NOT_FINANCE)
    ]


async def refused(connection: asyncpg.Connection, statement: str) -> bool:
    """Whether the database refuses a statement, at once or when it would be committed."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        status = await connection.execute(statement)
        assert not status.endswith(" 0"), f"{statement}: there is no row to try it on"
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except REFUSED:
        return True
    else:
        return False
    finally:
        await transaction.rollback()


async def changeable(connection: asyncpg.Connection, table: str) -> set[str]:
    """The columns of a posted row in which the application can put something else."""
    where = POSTED.get(table, "true")
    return {
        column["name"]
        for column in await connection.fetch(COLUMNS, table)
        if not await refused(
            connection,
            f"UPDATE {table} SET {column['name']} = "
            f"{OTHERWISE[column['type']].format(column['name'])} WHERE {where}",
        )
    }


async def test_what_is_posted_or_decided_never_changes(filled: asyncpg.Connection) -> None:
    found = {}
    for table in await tables(filled):
        if table.append_only or table.name in KEPT_BY_THE_DATABASE or table.name in SETTINGS:
            continue
        assert table.never_removed, f"{table.name}: rows can be removed"
        found[table.name] = await changeable(filled, table.name)
    assert found == MAY_CHANGE


async def test_every_document_that_books_is_found_from_its_postings(
    filled: asyncpg.Connection,
) -> None:
    """All but what a person wrote: that is the entry itself."""
    booked = {
        row["source_type"]
        for row in await filled.fetch("SELECT DISTINCT source_type FROM ledger_entry")
    }
    assert len(booked) >= 6
    by_hand = {"manual", "draft", "template", "year-end"}
    assert booked - READ_AT.keys() - by_hand == set()


async def test_nobody_removes_rows_of_the_books(filled: asyncpg.Connection) -> None:
    """Nor alters one of an append-only table or one that only the ledger writes."""
    names = [table.name for table in await tables(filled) if table.name not in SETTINGS]
    assert len(names) > 30
    for name in names:
        assert await refused(filled, f"DELETE FROM {name}"), name
        assert await refused(filled, f"TRUNCATE {name} CASCADE"), name
        if name not in MAY_CHANGE:
            assert await refused(filled, f"UPDATE {name} SET tenant = tenant"), name


async def test_every_table_of_finance_is_append_only_guarded_or_a_setting(
    erp_database: ServiceDatabase,
) -> None:
    """The control: a table that nobody thought about is found."""
    known = SETTINGS.keys() | MAY_CHANGE.keys() | KEPT_BY_THE_DATABASE
    async with erp_database.superuser() as everything:
        now = {table.name for table in await tables(everything) if not table.append_only}
        assert now <= known, now - known
        await everything.execute("CREATE TABLE ledger_note (tenant text NOT NULL)")
        found = {table.name for table in await tables(everything) if not table.append_only}
    assert found - known == {"ledger_note"}
