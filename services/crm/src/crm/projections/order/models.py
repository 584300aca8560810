"""Table of the order projection."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base, Told
from servicekit.tables import TenantRow


class Order(TenantRow, Told, Base):
    """A sales order, as of its newest event."""

    __tablename__ = "order_order"
    __table_args__ = (
        Index("ix_order_order_customer", "tenant", "customer_id", "as_of", "order_id"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    company_id: Mapped[UUID]
    quote_id: Mapped[UUID | None]
    number: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str | None]
    net: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    gross: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    ordered_on: Mapped[date | None]
    requested_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    shipped_on: Mapped[date | None]
    # Why the order waits or was refused: [{"code": ..., "message": ...}]; empty when it does not.
    reasons: Mapped[list[Any]]
