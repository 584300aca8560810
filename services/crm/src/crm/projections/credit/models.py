"""Table of the credit projection."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base, Told
from servicekit.tables import TenantRow


class CreditStatus(TenantRow, Told, Base):
    """A receivables account, as of its newest event."""

    __tablename__ = "credit_status"
    __table_args__ = (Index("ix_credit_status_customer", "tenant", "customer_id", "account_id"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    company_id: Mapped[UUID]
    currency: Mapped[str]
    credit_limit: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    open_items: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    open_orders: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    exposure: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    overdue: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    headroom: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    state: Mapped[str]
    payment_terms_days: Mapped[int]
