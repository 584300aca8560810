"""From where suppliers are paid, and runs that pay them. Triggers stand in the migration."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.payment_runs.rules import (
    CompanyBankAccountIsThere,
    CompanyBankAccountNotFound,
    ItemIsInAnotherRun,
    PaymentRunNotFound,
    StatusReportContradicts,
    StatusReportIsAnother,
    StatusReportNotFound,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, TenantRow, Versioned


class CompanyBankAccount(Identified, Versioned, Base):
    """A bank account of the company's own, held in `currency` (ISO 4217)."""

    __tablename__ = "payment_runs_bank_account"
    __missing__ = CompanyBankAccountNotFound
    __refusals__: ClassVar = {
        "uq_payment_runs_bank_account_tenant_company_id_iban": lambda: CompanyBankAccountIsThere(
            "The company has this account.", field="iban"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "iban"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'", name="iban"),
    )

    company_id: Mapped[UUID]
    name: Mapped[str]
    iban: Mapped[str]
    bic: Mapped[str | None]
    currency: Mapped[str]
    active: Mapped[bool]


class PaymentRun(Identified, Versioned, Base):
    """What is paid in one file: proposed, approved over its hash by somebody else, released.

    Amounts are in euros. Nothing but its state changes after it was made; `number` is gapless and
    given at release.
    """

    __tablename__ = "payment_runs_run"
    __missing__ = PaymentRunNotFound
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "bank_account_id"],
            ["payment_runs_bank_account.tenant", "payment_runs_bank_account.id"],
        ),
        CheckConstraint(
            "status IN ('proposed', 'approved', 'released', 'cancelled')", name="status"
        ),
        CheckConstraint("amount > 0 AND discount >= 0", name="amount"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("sha256 = encode(sha256(file), 'hex')", name="file"),
        CheckConstraint("approved_by <> made_by", name="four_eyes"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (status NOT IN ('approved', 'released') OR approved_by IS NOT NULL)",
            name="approved",
        ),
        CheckConstraint(
            "(status = 'released') = (serial IS NOT NULL) AND (serial IS NULL) = (number IS NULL)"
            " AND (serial IS NULL) = (series IS NULL) AND (serial IS NULL) = (released_by IS NULL)"
            " AND (serial IS NULL) = (released_at IS NULL)",
            name="released",
        ),
        Index("ix_payment_runs_run_company_id", "tenant", "company_id", "made_at"),
    )

    company_id: Mapped[UUID]
    bank_account_id: Mapped[UUID]
    status: Mapped[str]
    series: Mapped[str | None]
    serial: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    pay_on: Mapped[date]
    next_pay_on: Mapped[date]
    amount: Mapped[PostedAmount]
    discount: Mapped[PostedAmount]
    file: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]


class RunPayment(Identified, Base):
    """What one supplier is paid by a run, in euros; append-only."""

    __tablename__ = "payment_runs_payment"
    __table_args__ = (
        UniqueConstraint("tenant", "run_id", "supplier_id"),
        ForeignKeyConstraint(
            ["tenant", "run_id"], ["payment_runs_run.tenant", "payment_runs_run.id"]
        ),
        CheckConstraint("amount > 0 AND discount >= 0", name="amount"),
    )

    run_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    supplier_name: Mapped[str]
    iban: Mapped[str]
    bic: Mapped[str | None]
    amount: Mapped[PostedAmount]
    discount: Mapped[PostedAmount]
    end_to_end_id: Mapped[str]
    remittance: Mapped[str]


class RunLineRow(TenantRow, Base):
    """An open item in a run. While the run is not finished, no other run has it (`in_flight`)."""

    __tablename__ = "payment_runs_line"
    __refusals__: ClassVar = {
        "uq_payment_runs_line_in_flight": lambda: ItemIsInAnotherRun(
            "Somebody else has just made a run with it."
        )
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "payment_id"], ["payment_runs_payment.tenant", "payment_runs_payment.id"]
        ),
        Index(
            "uq_payment_runs_line_in_flight",
            "tenant",
            "item_id",
            unique=True,
            postgresql_where=text("in_flight"),
        ),
        Index("ix_payment_runs_line_payment_id", "tenant", "payment_id"),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID]
    document_id: Mapped[UUID]
    document_kind: Mapped[str]
    supplier_reference: Mapped[str | None]
    open_amount: Mapped[PostedAmount]
    discount: Mapped[PostedAmount]
    reason: Mapped[str]
    in_flight: Mapped[bool]


class StatusReportRow(Identified, Base):
    """A bank's report about a run (pain.002); append-only. `number` is the bank's own."""

    __tablename__ = "payment_runs_status_report"
    __missing__ = StatusReportNotFound
    __refusals__: ClassVar = {
        "uq_payment_runs_status_report_tenant_run_id_number": lambda: StatusReportIsAnother(
            "It is being taken at this moment."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "run_id", "number"),
        ForeignKeyConstraint(
            ["tenant", "run_id"], ["payment_runs_run.tenant", "payment_runs_run.id"]
        ),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    )

    run_id: Mapped[UUID]
    number: Mapped[str]
    said_on: Mapped[date]
    sha256: Mapped[str]
    received_by: Mapped[str]
    received_at: Mapped[datetime]


class PaymentOutcome(TenantRow, Base):
    """What a report said of a payment of its run; append-only. A final word is said once."""

    __tablename__ = "payment_runs_outcome"
    __refusals__: ClassVar = {
        "uq_payment_runs_outcome_final": lambda: StatusReportContradicts(
            "Another report has just said how the payment ended."
        )
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "report_id"],
            ["payment_runs_status_report.tenant", "payment_runs_status_report.id"],
        ),
        ForeignKeyConstraint(
            ["tenant", "payment_id"], ["payment_runs_payment.tenant", "payment_runs_payment.id"]
        ),
        CheckConstraint("outcome IN ('pending', 'settled', 'rejected')", name="outcome"),
        Index("ix_payment_runs_outcome_payment_id", "tenant", "payment_id"),
        Index(
            "uq_payment_runs_outcome_final",
            "tenant",
            "payment_id",
            unique=True,
            postgresql_where=text("outcome <> 'pending'"),
        ),
    )

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    status: Mapped[str]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    told_at: Mapped[datetime]
