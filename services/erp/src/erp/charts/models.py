"""The tables of chart imports. They stand in migration 0023."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from servicekit.tables import Identified, TenantRow


class ChartImport(Identified, Base):
    """A chart that was taken: from which files (name and SHA-256), and what was found; kept."""

    __tablename__ = "charts_import"
    __table_args__ = (
        CheckConstraint("mode IN ('replace', 'add')", name="mode"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        Index("ix_charts_import_company_id", "tenant", "company_id", "imported_at"),
    )

    company_id: Mapped[UUID]
    layout: Mapped[str]
    mode: Mapped[str]
    files: Mapped[list[Any]]
    account_count: Mapped[int]
    tax_count: Mapped[int]
    findings: Mapped[list[Any]]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]


class ChartTaxRow(TenantRow, Base):
    """A tax that came with a chart; `rate` is a fraction of the base, null where none is given."""

    __tablename__ = "charts_tax"
    __table_args__ = (
        CheckConstraint("rate BETWEEN -1 AND 1", name="rate"),
        CheckConstraint("direction IN ('sale', 'purchase', 'both')", name="direction"),
        ForeignKeyConstraint(["tenant", "import_id"], ["charts_import.tenant", "charts_import.id"]),
        ForeignKeyConstraint(
            ["tenant", "company_id", "account_id"],
            ["ledger_account.tenant", "ledger_account.company_id", "ledger_account.id"],
        ),
        ForeignKeyConstraint(
            ["tenant", "company_id", "credit_note_account_id"],
            ["ledger_account.tenant", "ledger_account.company_id", "ledger_account.id"],
        ),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    company_id: Mapped[UUID]
    name: Mapped[str]
    part_of: Mapped[str | None]
    direction: Mapped[str | None]
    rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    account_id: Mapped[UUID | None]
    credit_note_account_id: Mapped[UUID | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
