"""Entries that wait for another person, and those that recur."""

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

from erp.ledger.rules import DraftNotFound, TemplateExists, TemplateNotFound
from erp.tables import Base
from servicekit.tables import Identified, TenantRow, Versioned


class Draft(Identified, Versioned, Base):
    """An entry that waits for another person; once decided it stays as it is."""

    __tablename__ = "ledger_draft"
    __missing__ = DraftNotFound
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'withdrawn')", name="status"
        ),
        CheckConstraint("(status = 'pending') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(status = 'approved') = (entry_id IS NOT NULL)", name="entry"),
        CheckConstraint("status <> 'approved' OR decided_by <> entered_by", name="two_people"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        Index("ix_ledger_draft_company_id", "tenant", "company_id", "created_at"),
    )

    company_id: Mapped[UUID]
    status: Mapped[str]
    effective_on: Mapped[date]
    reference: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    entered_by: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    entry_id: Mapped[UUID | None]


class Template(Identified, Versioned, Base):
    """Lines to post again: by hand, or every so many months once another person approved it.

    `posted` counts the occurrences that were posted; `problem` is why the next one was refused.
    """

    __tablename__ = "ledger_template"
    __missing__ = TemplateNotFound
    __refusals__: ClassVar = {
        "uq_ledger_template_tenant_company_id_name": lambda: TemplateExists(
            "Another template has this name.", field="name"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "name"),
        CheckConstraint("(first_on IS NULL) = (every_months IS NULL)", name="recurrence"),
        CheckConstraint("every_months BETWEEN 1 AND 120", name="every_months"),
        CheckConstraint("ends_on >= first_on", name="ends_on"),
        CheckConstraint("approved_by <> entered_by", name="two_people"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        Index(
            "ix_ledger_template_next_on",
            "tenant",
            "next_on",
            postgresql_where=text("active AND approved_by IS NOT NULL"),
        ),
    )

    company_id: Mapped[UUID]
    name: Mapped[str]
    reference: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    first_on: Mapped[date | None]
    every_months: Mapped[int | None] = mapped_column(SmallInteger)
    ends_on: Mapped[date | None]
    next_on: Mapped[date | None]
    posted: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool]
    entered_by: Mapped[str]
    approved_by: Mapped[str | None]
    problem: Mapped[str | None]


class Occurrence(TenantRow, Base):
    """An entry that a template has posted for a day; append-only."""

    __tablename__ = "ledger_occurrence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "template_id"],
            ["ledger_template.tenant", "ledger_template.id"],
        ),
    )

    template_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
