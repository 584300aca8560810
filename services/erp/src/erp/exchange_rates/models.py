"""The tables of exchange rates."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.exchange_rates.rules import ExchangeRatePolicyNotFound
from erp.tables import Base
from servicekit.tables import Identified, TenantRow, Versioned


class Rate(Identified, Base):
    """One unit of `base` is `rate` units of `quote` on a day (ISO 4217); append-only.

    Of several recordings of a source, pair and day the newest counts; the others stay, so that
    what was known at an instant can be read.
    """

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
        Index("ix_exchange_rates_rate_day", "tenant", "rate_on"),
    )

    source: Mapped[str]
    base: Mapped[str]
    quote: Mapped[str]
    rate_on: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    recorded_at: Mapped[datetime]


class PolicyRow(TenantRow, Versioned, Base):
    """Which rates count for a company; see `rules.Policy`. Every company has one."""

    __tablename__ = "exchange_rates_policy"
    __missing__ = ExchangeRatePolicyNotFound
    __table_args__ = (
        CheckConstraint("most_days_old BETWEEN 0 AND 31", name="most_days_old"),
        CheckConstraint("cardinality(sources) <= 10", name="sources"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text))
    most_days_old: Mapped[int] = mapped_column(SmallInteger)
    inverts: Mapped[bool]
