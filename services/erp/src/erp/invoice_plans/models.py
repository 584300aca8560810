"""Tables of invoice plans."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from erp.invoice_plans.rules import InvoicePlanExists, InvoicePlanNotFound
from erp.tables import Base
from servicekit.tables import Identified, TenantRow, Versioned


class InvoicePlan(Identified, Versioned, Base):
    """Lines to be invoiced again and again, or in parts; a trigger keeps what was agreed.

    `issued` counts the invoices; `problem` is why the next one was refused.
    """

    __tablename__ = "invoice_plans_plan"
    __missing__ = InvoicePlanNotFound
    __refusals__: ClassVar = {
        "uq_invoice_plans_plan_tenant_account_id_name": lambda: InvoicePlanExists(
            "Another plan of the account has this name.", field="name"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "account_id", "name"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint(
            "(first_on IS NULL) = (every_months IS NULL)"
            " AND (first_on IS NULL) = (milestones IS NOT NULL)",
            name="schedule",
        ),
        CheckConstraint("every_months BETWEEN 1 AND 120", name="every_months"),
        CheckConstraint("ends_on >= first_on", name="ends_on"),
        Index(
            "ix_invoice_plans_plan_next_on",
            "tenant",
            "next_on",
            postgresql_where=text("active"),
        ),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    name: Mapped[str]
    currency: Mapped[str]
    reference: Mapped[str | None]
    # Of an order: its milestones are shares of the order, asked for as down payments.
    order_id: Mapped[UUID | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    first_on: Mapped[date | None]
    every_months: Mapped[int | None] = mapped_column(SmallInteger)
    ends_on: Mapped[date | None]
    milestones: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    next_on: Mapped[date | None]
    issued: Mapped[int] = mapped_column(Integer)
    # Days that passed while the plan was stopped.
    skipped: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool]
    entered_by: Mapped[str]
    problem: Mapped[str | None]


class PlannedInvoice(TenantRow, Base):
    """The invoice that was issued for a day of a plan; append-only."""

    __tablename__ = "invoice_plans_invoice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "plan_id"], ["invoice_plans_plan.tenant", "invoice_plans_plan.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        UniqueConstraint("tenant", "invoice_id"),
    )

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID]
    created_at: Mapped[datetime]
