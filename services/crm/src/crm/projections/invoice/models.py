"""Table of the invoice projection."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base, Told
from servicekit.tables import TenantRow


class Invoice(TenantRow, Told, Base):
    """An invoice, as of its newest event."""

    __tablename__ = "invoice_invoice"
    __table_args__ = (
        Index("ix_invoice_invoice_customer", "tenant", "customer_id", "as_of", "invoice_id"),
        Index(
            "ix_invoice_invoice_open",
            "tenant",
            "customer_id",
            "due_on",
            postgresql_where=text("status <> 'paid'"),
        ),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    number: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str]
    net: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    gross: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    paid: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    open: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    # The day on which the ERP noticed that it was overdue; stays until the invoice is paid.
    overdue_since: Mapped[date | None]
