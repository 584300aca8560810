"""The tables of the books. Triggers and functions stand in migration 0002."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.ledger.rules import (
    AccountCodeIsTaken,
    CompanyCodeIsTaken,
    CompanyNotFound,
    DimensionExists,
    DimensionNotFound,
    LedgerAccountNotFound,
    LockExceptionNotFound,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, TenantRow, Versioned, minor_units_check

SECTION_FITS = """CASE kind
    WHEN 'asset' THEN section IN (
        'cash', 'receivables', 'inventory', 'other-current-assets', 'non-current-assets')
    WHEN 'liability' THEN section IN (
        'payables', 'other-current-liabilities', 'non-current-liabilities')
    WHEN 'equity' THEN section = 'equity'
    WHEN 'income' THEN section IN (
        'revenue', 'other-income', 'financial-result', 'income-taxes')
    ELSE section IN ('cost-of-sales', 'operating-expenses', 'depreciation', 'financial-result',
        'income-taxes') END"""


class Company(Identified, Versioned, Base):
    """A legal entity with books of its own.

    `base_currency` is ISO 4217, `country` ISO 3166-1 alpha-2. The tenant's first company is the
    default one: customers get their receivables account there. From `approval_from` on, in base
    currency, an entry by hand needs two people; None: never.
    """

    __tablename__ = "ledger_company"
    __missing__ = CompanyNotFound
    __refusals__: ClassVar = {
        "uq_ledger_company_tenant_code": lambda: CompanyCodeIsTaken(
            "Another company has this code.", field="code"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "code"),
        Index(
            "ix_ledger_company_default", "tenant", unique=True, postgresql_where=text("is_default")
        ),
        CheckConstraint("approval_from >= 0", name="approval_from"),
        CheckConstraint("fiscal_year_starts_in BETWEEN 1 AND 12", name="fiscal_year_starts_in"),
    )

    code: Mapped[str]
    name: Mapped[str]
    base_currency: Mapped[str]
    country: Mapped[str]
    is_default: Mapped[bool]
    fiscal_year_starts_in: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    approval_from: Mapped[PostedAmount | None]


class Account(Identified, Versioned, Base):
    """An account of a company's chart. `role` is what postings ask for, unique in the chart.

    A heading and an account that is not active take no lines; the database keeps that. `section`
    is where it stands in the statements; left out, the database takes that of the kind.
    """

    __tablename__ = "ledger_account"
    __missing__ = LedgerAccountNotFound
    __refusals__: ClassVar = {
        "uq_ledger_account_tenant_company_id_code": lambda: AccountCodeIsTaken(
            "Another account of the chart has this code.", field="code"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "code"),
        UniqueConstraint("tenant", "company_id", "role"),
        UniqueConstraint("tenant", "company_id", "id"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')", name="kind"
        ),
        ForeignKeyConstraint(
            ["tenant", "company_id", "parent_id"],
            ["ledger_account.tenant", "ledger_account.company_id", "ledger_account.id"],
        ),
        CheckConstraint(SECTION_FITS, name="section"),
        CheckConstraint("NOT heading OR role IS NULL AND NOT control", name="heading"),
        CheckConstraint("active OR role IS NULL", name="active"),
    )

    company_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    role: Mapped[str | None]
    control: Mapped[bool]
    parent_id: Mapped[UUID | None]
    section: Mapped[str]
    heading: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Entry(Identified, Base):
    """The head of a journal entry; append-only.

    `effective_on` is the business day it counts in, `recorded_at` the instant it was written, by
    the clock of the database; `origin_on` the day of the document, where that day was closed and
    the entry counts in the first open one.
    `recorded_xact` is stamped by the server: lines are accepted from that transaction only.
    The number is given at commit and stands in `EntryNumber`. A source books once.

    It has no foreign key to its company: every posting would lock that one row. Its lines prove
    the company, since their accounts belong to it. Only the primary key begins with the tenant,
    here as with lines and numbers: a plan made while the table was empty could otherwise settle
    on an index that finds every row of the tenant.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("source_id", "source_type", "tenant"),
        CheckConstraint(
            "journal IN ('sales', 'purchases', 'cash', 'stock', 'general')", name="journal"
        ),
        CheckConstraint("origin_on < effective_on", name="origin_on"),
        Index("ix_ledger_entry_recorded_at", "company_id", "recorded_at"),
        Index("ix_ledger_entry_recorded_xact", "recorded_xact"),
        Index("ix_ledger_entry_effective_on", "company_id", "effective_on", "id"),
    )

    company_id: Mapped[UUID]
    journal: Mapped[str]
    series: Mapped[str]
    effective_on: Mapped[date]
    origin_on: Mapped[date | None]
    reference: Mapped[str | None]
    source_type: Mapped[str]
    source_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    recorded_xact: Mapped[int] = mapped_column(BigInteger)


class Line(TenantRow, Base):
    """One side of an entry, in whole minor units of `currency`; append-only.

    `base_debit` and `base_credit` are the amount in the company's own currency, and empty where
    that is `currency`. A line of nothing but a base amount books a difference of exchange.

    It has no foreign keys: the statement trigger `ledger_line_is_kept` proves entry, company,
    day and account for a whole statement at once, and unlike a foreign key it cannot be
    switched off by a session in replication role.
    """

    __tablename__ = "ledger_line"
    __table_args__ = (
        CheckConstraint(
            """
    debit >= 0 AND credit >= 0 AND (debit = 0 OR credit = 0) AND CASE
        WHEN base_debit IS NULL THEN base_credit IS NULL AND debit + credit > 0
        ELSE coalesce(base_debit >= 0 AND base_credit >= 0 AND (base_debit = 0 OR base_credit = 0)
            AND (debit = 0 OR base_credit = 0) AND (credit = 0 OR base_debit = 0)
            AND debit + credit + base_debit + base_credit > 0, false) END
""",
            name="one_side",
        ),
        CheckConstraint(
            f"{minor_units_check('debit', 'currency')}"
            f" AND {minor_units_check('credit', 'currency')}",
            name="minor_units",
        ),
        Index("ix_ledger_line_effective_on", "company_id", "effective_on", "account_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    effective_on: Mapped[date]
    currency: Mapped[str]
    debit: Mapped[PostedAmount]
    credit: Mapped[PostedAmount]
    text: Mapped[str | None]
    base_debit: Mapped[PostedAmount | None]
    base_credit: Mapped[PostedAmount | None]
    cost_center: Mapped[str | None]
    project: Mapped[str | None]
    region: Mapped[str | None]
    customer_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]


class EntryNumber(TenantRow, Base):
    """The number that makes an entry posted, written by the database at commit; append-only."""

    __tablename__ = "ledger_entry_number"
    __table_args__ = (UniqueConstraint("company_id", "series", "number", "tenant"),)

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID]
    series: Mapped[str]
    number: Mapped[int] = mapped_column(BigInteger)


class NumberSeries(TenantRow, Base):
    """The last number of a gapless series. Only triggers of the database move it."""

    __tablename__ = "ledger_number_series"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger)


class DailyBalance(TenantRow, Base):
    """What an account moved on a day, of what was recorded on a day (UTC); kept by a trigger.

    `lane` spreads the writers: a transaction owns its lane until it ends, so no two of them wait
    for the same row. The balance is the sum over lanes.
    """

    __tablename__ = "ledger_daily"
    __table_args__ = (
        Index("ix_ledger_daily_recorded_on", "tenant", "company_id", "recorded_on"),
        Index("ix_ledger_daily_account_id", "tenant", "company_id", "account_id"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    recorded_on: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    debit: Mapped[PostedAmount]
    credit: Mapped[PostedAmount]
    base_debit: Mapped[PostedAmount]
    base_credit: Mapped[PostedAmount]


class Rolled(TenantRow, Base):
    """Before which month a company's balances are summed up by month. It only goes forward.

    A trigger sums the months up when they are written here, and keeps them from then on.
    """

    __tablename__ = "ledger_rolled"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    rolled_before: Mapped[date]


class Balance(TenantRow, Base):
    """What an account moved in a month that is summed up (`Rolled`), kept by the triggers.

    `period` is the first day of the month, `recorded_in` that of the month in which the entries
    were recorded. `lane` is as in `DailyBalance`.
    """

    __tablename__ = "ledger_balance"
    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    recorded_in: Mapped[date] = mapped_column(primary_key=True)
    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    debit: Mapped[PostedAmount]
    credit: Mapped[PostedAmount]
    base_debit: Mapped[PostedAmount]
    base_credit: Mapped[PostedAmount]


class Lock(TenantRow, Base):
    """The last closed day of a scope: a journal, everything, or for ever.

    Writing it waits for the entries that are being posted.
    """

    __tablename__ = "ledger_lock"
    __table_args__ = (
        CheckConstraint(
            "scope IN ('sales', 'purchases', 'cash', 'stock', 'general', 'all', 'final')",
            name="scope",
        ),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    locked_until: Mapped[date]


class LockChange(Identified, Base):
    """That a scope was closed until a day, or opened (None), and when; the database writes it."""

    __tablename__ = "ledger_lock_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        Index("ix_ledger_lock_change_company_id", "tenant", "company_id", "recorded_at"),
    )

    company_id: Mapped[UUID]
    scope: Mapped[str]
    locked_until: Mapped[date | None]
    recorded_at: Mapped[datetime]


class LockExceptionRow(Identified, Base):
    """Somebody may post to a closed journal from `open_from` on; it only ever gets revoked."""

    __tablename__ = "ledger_lock_exception"
    __missing__ = LockExceptionNotFound
    __table_args__ = (
        CheckConstraint(
            "scope IN ('sales', 'purchases', 'cash', 'stock', 'general')", name="scope"
        ),
        CheckConstraint(
            "expires_at > granted_at AND expires_at <= granted_at + interval '31 days'",
            name="expires_at",
        ),
        CheckConstraint("granted_by <> subject", name="granted_by"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        Index("ix_ledger_lock_exception_company_id", "tenant", "company_id", "scope", "subject"),
    )

    company_id: Mapped[UUID]
    scope: Mapped[str]
    subject: Mapped[str]
    open_from: Mapped[date]
    reason: Mapped[str]
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Dimension(Identified, Versioned, Base):
    """A cost centre, project or region of a company; what is not active takes no new lines."""

    __tablename__ = "ledger_dimension"
    __missing__ = DimensionNotFound
    __refusals__: ClassVar = {
        "uq_ledger_dimension_tenant_company_id_kind_code": lambda: DimensionExists(
            "Another dimension of this kind has the code.", field="code"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "kind", "code"),
        CheckConstraint("kind IN ('cost-center', 'project', 'region')", name="kind"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )

    company_id: Mapped[UUID]
    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool]
