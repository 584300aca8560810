"""Suppliers, their bank details, and who may approve how much."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.payables.rules import (
    ApprovalLimitNotFound,
    BankDetailsNotFound,
    SupplierNotFound,
    SupplierNumberIsTaken,
)
from erp.tables import Base
from servicekit.tables import Identified, PostedAmount, Versioned, minor_units_check


class Supplier(Identified, Versioned, Base):
    """Whom a company buys from. Terms are days from the bill's date.

    `discount_rate` is the share of the gross that may be kept by whoever pays within
    `discount_days`. `currency` is the one proposed for new bills. `withholding_kind` is the kind of
    payment of which the company withholds tax; none: it withholds none.
    """

    __tablename__ = "payables_supplier"
    __missing__ = SupplierNotFound
    __refusals__: ClassVar = {
        "uq_payables_supplier_tenant_company_id_number": lambda: SupplierNumberIsTaken(
            "The number is in use.", field="number"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "number"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("payment_terms_days BETWEEN 0 AND 365", name="payment_terms_days"),
        CheckConstraint(
            "(discount_days IS NULL) = (discount_rate IS NULL)"
            " AND discount_days BETWEEN 0 AND payment_terms_days"
            " AND discount_rate > 0 AND discount_rate < 1",
            name="discount",
        ),
    )

    company_id: Mapped[UUID]
    number: Mapped[str]
    name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    vat_number: Mapped[str | None]
    payment_terms_days: Mapped[int] = mapped_column(SmallInteger)
    discount_days: Mapped[int | None] = mapped_column(SmallInteger)
    discount_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    withholding_kind: Mapped[str | None]
    active: Mapped[bool]


class BankDetails(Identified, Base):
    """Where a supplier is paid. A change is a new row that somebody else approves.

    `status` is waiting, approved or rejected; the newest row is the one that counts, and nobody is
    paid while it is not approved.
    """

    __tablename__ = "payables_bank_details"
    __missing__ = BankDetailsNotFound
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "supplier_id"], ["payables_supplier.tenant", "payables_supplier.id"]
        ),
        CheckConstraint("status IN ('waiting', 'approved', 'rejected')", name="status"),
        CheckConstraint(
            "(status = 'waiting') = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided",
        ),
        CheckConstraint("status <> 'approved' OR decided_by <> entered_by", name="four_eyes"),
        Index("ix_payables_bank_details_supplier_id", "tenant", "supplier_id", "id"),
        Index(
            "uq_payables_bank_details_waiting",
            "tenant",
            "supplier_id",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    supplier_id: Mapped[UUID]
    iban: Mapped[str]
    bic: Mapped[str | None]
    status: Mapped[str]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class ApprovalLimit(Identified, Versioned, Base):
    """Up to which gross amount a role approves bills in a currency; no amount: without limit."""

    __tablename__ = "payables_approval_limit"
    __missing__ = ApprovalLimitNotFound
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "role", "currency"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint(
            f"amount >= 0 AND ({minor_units_check('amount', 'currency', nullable=True)})",
            name="amount",
        ),
    )

    company_id: Mapped[UUID]
    role: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount | None]
