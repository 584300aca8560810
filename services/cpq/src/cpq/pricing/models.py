"""Tables of price rules and of tax rates for estimates."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from cpq.tables import Base
from servicekit.errors import NotFound, Refusal
from servicekit.tables import Amount, Identified, Versioned


class PriceRuleNotFound(NotFound):
    """The rule does not exist in this tenant."""

    code = "price-rule-not-found"
    title = "There is no such price rule"
    hint = "List the rules to see their ids."


class DatedRule(Identified, Versioned):
    """Data with the days on which it holds."""

    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """First day on which it no longer holds."""
    note: Mapped[str | None]
    """Why the rule exists."""

    __missing__: ClassVar[type[Refusal]] = PriceRuleNotFound


class QuantityBreakRow(DatedRule, Base):
    """A discount from a quantity on; see `rules.QuantityBreak`."""

    __tablename__ = "pricing_quantity_break"
    __table_args__ = (
        CheckConstraint("discount BETWEEN 0 AND 1", name="discount_is_a_fraction"),
        CheckConstraint("minimum_quantity > 0", name="minimum_is_positive"),
        CheckConstraint("item_id IS NULL OR category IS NULL", name="one_scope"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        Index("ix_pricing_quantity_break_item", "tenant", "item_id"),
    )

    item_id: Mapped[UUID | None]
    category: Mapped[str | None]
    minimum_quantity: Mapped[Amount]
    discount: Mapped[Decimal] = mapped_column(Numeric(11, 10))


class TierDiscountRow(DatedRule, Base):
    """A discount for customers of a tier; see `rules.TierDiscount`."""

    __tablename__ = "pricing_tier_discount"
    __table_args__ = (
        CheckConstraint("discount BETWEEN 0 AND 1", name="discount_is_a_fraction"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        Index("ix_pricing_tier_discount_tier", "tenant", "tier"),
    )

    tier: Mapped[str]
    category: Mapped[str | None]
    discount: Mapped[Decimal] = mapped_column(Numeric(11, 10))


class TaxRateRow(DatedRule, Base):
    """A tax rate for estimates; see `rules.TaxRate`."""

    __tablename__ = "pricing_tax_rate"
    __table_args__ = (
        CheckConstraint("rate BETWEEN 0 AND 1", name="rate_is_a_fraction"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        Index("ix_pricing_tax_rate_country", "tenant", "country", "tax_category"),
    )

    country: Mapped[str]
    tax_category: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(11, 10))
