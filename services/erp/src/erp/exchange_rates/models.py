"""The table of exchange rates."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from erp.tables import Base
from servicekit.tables import Identified


class Rate(Identified, Base):
    """One unit of `base` is `rate` units of `quote` on a day (ISO 4217); append-only."""

    __tablename__ = "exchange_rates_rate"
    __table_args__ = (
        CheckConstraint("rate > 0 AND base <> quote", name="rate"),
        Index(
            "ix_exchange_rates_rate_rate_on",
            "tenant",
            "source",
            "base",
            "quote",
            "rate_on",
            "recorded_at",
        ),
    )

    source: Mapped[str]
    base: Mapped[str]
    quote: Mapped[str]
    rate_on: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    recorded_at: Mapped[datetime]
