"""Table of the payment projection."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base, Told
from servicekit.tables import TenantRow


class Payment(TenantRow, Told, Base):
    """A payment, as of its newest event."""

    __tablename__ = "payment_payment"
    __table_args__ = (
        Index("ix_payment_payment_customer", "tenant", "customer_id", "received_on", "payment_id"),
    )

    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    number: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    unallocated: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    received_on: Mapped[date]
    method: Mapped[str]
    reference: Mapped[str | None]
    # The day on which the money came back; none: it did not.
    returned_on: Mapped[date | None]
