"""Table of the quote projection."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from crm.tables import Base, Told
from servicekit.tables import TenantRow


class Quote(TenantRow, Told, Base):
    """A quote, as of its newest event."""

    __tablename__ = "quote_quote"
    __table_args__ = (
        Index("ix_quote_quote_customer", "tenant", "customer_id", "as_of", "quote_id"),
        Index("ix_quote_quote_opportunity", "tenant", "opportunity_id"),
    )

    quote_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    opportunity_id: Mapped[UUID | None]
    number: Mapped[str]
    revision: Mapped[int]
    status: Mapped[str]
    currency: Mapped[str]
    net: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    gross_estimate: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    line_count: Mapped[int | None]
    valid_until: Mapped[date | None]
    accepted_on: Mapped[date | None]
    reason: Mapped[str | None]
