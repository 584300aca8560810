"""Documents that move an account without an invoice or a payment, and the policy behind them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import (
    AdjustmentIsReversed,
    AdjustmentNotFound,
    PaymentTermsCodeIsTaken,
    PaymentTermsNotFound,
    PolicyNotFound,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, TenantRow, Versioned, minor_units_check


class Adjustment(Identified, Base):
    """A write-off, refund, discount, charge or down payment; append-only.

    `side` is what it does to the account: a debit is owed more. `about_id` is the document that it
    is about, `reverses` the adjustment that it takes back. `amount` includes `tax`, the part of it
    that lowers (or raises) the tax owed. `serial` is gapless within company and `series`.
    """

    __tablename__ = "receivables_adjustment"
    __missing__ = AdjustmentNotFound
    __refusals__: ClassVar = {
        "uq_receivables_adjustment_tenant_reverses": lambda: AdjustmentIsReversed(
            "Somebody else has just reversed it."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        UniqueConstraint("tenant", "reverses"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "reverses"],
            ["receivables_adjustment.tenant", "receivables_adjustment.id"],
        ),
        CheckConstraint(
            "kind IN ('write-off', 'discount', 'payment-difference', 'refund', 'payment-return',"
            " 'dunning-fee', 'interest', 'down-payment-settlement')"
            " AND (kind = 'down-payment-settlement') = (settles_id IS NOT NULL)",
            name="kind",
        ),
        CheckConstraint("side IN ('debit', 'credit')", name="side"),
        CheckConstraint(
            f"amount > 0 AND tax >= 0 AND tax <= amount"
            f" AND {minor_units_check('amount', 'currency')}"
            f" AND {minor_units_check('tax', 'currency')}",
            name="amount",
        ),
        Index("ix_receivables_adjustment_account_id", "tenant", "account_id", "issued_on"),
        Index("ix_receivables_adjustment_about_id", "tenant", "about_id"),
        Index(
            "uq_receivables_adjustment_payment_return",
            "tenant",
            "about_id",
            unique=True,
            postgresql_where=text("kind = 'payment-return'"),
        ),
        Index(
            "ix_receivables_adjustment_settles_id",
            "tenant",
            "settles_id",
            postgresql_where=text("settles_id IS NOT NULL"),
        ),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    kind: Mapped[str]
    side: Mapped[str]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    currency: Mapped[str]
    issued_on: Mapped[date]
    # Where it counts on another day than its own: that one lay in a closed period.
    posted_on: Mapped[date | None]
    amount: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    about_id: Mapped[UUID | None]
    # The invoice on which a down payment is settled.
    settles_id: Mapped[UUID | None]
    reverses: Mapped[UUID | None]
    reason: Mapped[str]
    reference: Mapped[str | None]
    created_at: Mapped[datetime]


class AdjustmentTax(TenantRow, Base):
    """What an adjustment takes of the base and the tax of a category; append-only."""

    __tablename__ = "receivables_adjustment_tax"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "adjustment_id"],
            ["receivables_adjustment.tenant", "receivables_adjustment.id"],
        ),
    )

    adjustment_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]


class PaymentTermsRow(Identified, Versioned, Base):
    """When invoices are to be paid, and what is given for paying earlier.

    `instalments` and `discounts` are JSON as `rules.PaymentTerms` writes them. Nothing but `name`
    and `active` changes: invoices keep their own due dates and discounts.
    """

    __tablename__ = "receivables_payment_terms"
    __missing__ = PaymentTermsNotFound
    __refusals__: ClassVar = {
        "uq_receivables_payment_terms_tenant_code": lambda: PaymentTermsCodeIsTaken(
            "Other payment terms have this code.", field="code"
        )
    }
    __table_args__ = (UniqueConstraint("tenant", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    instalments: Mapped[list[Any]]
    discounts: Mapped[list[Any]]
    active: Mapped[bool]


class InvoiceDiscount(TenantRow, Base):
    """What is given for paying an invoice by a day; append-only, in the invoice's currency.

    With the basis `gross` taking it lowers the tax by its share, with `net` it does not.
    """

    __tablename__ = "receivables_invoice_discount"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        CheckConstraint("basis IN ('gross', 'net')", name="basis"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    basis: Mapped[str]
    amount: Mapped[PostedAmount]


class InstalmentDiscount(TenantRow, Base):
    """What is given for paying an instalment of an invoice by a day; append-only.

    As `InvoiceDiscount`, for a part; an invoice has one or the other.
    """

    __tablename__ = "receivables_instalment_discount"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        CheckConstraint("basis IN ('gross', 'net')", name="basis"),
        CheckConstraint("amount > 0 AND rate > 0 AND rate <= 1", name="amount"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    instalment: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    until: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    basis: Mapped[str]
    amount: Mapped[PostedAmount]


class Policy(TenantRow, Versioned, Base):
    """How a company treats what customers owe it; one row for each company.

    `write_off_limit` is what may be written off at a time without further permission, in the
    account's currency (none: no limit). `interest_rate` is a fraction per year on what is overdue,
    `interest_cap` the highest the law allows, `interest_basis` the days of a year. Orders wanted
    within `horizon_days` count as exposure (none: all do).
    """

    __tablename__ = "receivables_policy"
    __missing__ = PolicyNotFound
    __table_args__ = (
        CheckConstraint("interest_basis IN (360, 365)", name="interest_basis"),
        CheckConstraint(
            "interest_rate BETWEEN 0 AND 1 AND interest_cap BETWEEN 0 AND 1"
            " AND write_off_limit >= 0 AND horizon_days BETWEEN 0 AND 3650",
            name="limits",
        ),
        CheckConstraint(
            "tolerance_amount > 0 AND tolerance_share BETWEEN 0 AND 1", name="tolerance"
        ),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    write_off_limit: Mapped[PostedAmount | None]
    interest_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    interest_cap: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    interest_basis: Mapped[int] = mapped_column(SmallInteger)
    # The largest difference at a payment that is given up: in the account's currency, and as a
    # fraction of the invoice.
    tolerance_amount: Mapped[PostedAmount | None]
    tolerance_share: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    horizon_days: Mapped[int | None] = mapped_column(SmallInteger)
    # None: nobody is dunned whose account names no policy.
    dunning_policy_id: Mapped[UUID | None]
