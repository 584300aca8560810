"""Tables of price books, single price rules, and tax rates for estimates."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cpq.pricing.rules import (
    PriceBookNotFound,
    PriceBooksOverlap,
    PublishedPriceBookNeverChanges,
)
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


LARGEST_BOOK = 32_000_000
"""Bytes of a price book's document."""


class PriceBook(Identified, Versioned, Base):
    """A version of a price book. Its document is loaded only when it is asked for."""

    __tablename__ = "pricing_book"
    __table_args__ = (
        UniqueConstraint("tenant", "key", "book_version", name="uq_pricing_book_version"),
        ExcludeConstraint(
            ("tenant", "="),
            ("key", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_pricing_book_one_a_day",
            using="gist",
            where=text("status = 'published'"),
        ),
        Index("ix_pricing_book_created", "tenant", "created_at", "id"),
        CheckConstraint("status IN ('draft', 'published', 'retired')", name="status_is_known"),
        CheckConstraint("book_version > 0", name="version_counts_from_one"),
        CheckConstraint("(status = 'draft') = (valid_from IS NULL)", name="draft_has_no_days"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
        CheckConstraint("octet_length(key) BETWEEN 1 AND 800", name="key_is_short"),
        CheckConstraint(f"octet_length(document) <= {LARGEST_BOOK}", name="document_is_bounded"),
        CheckConstraint(
            "content_hash = encode(sha256(document), 'hex')", name="hash_is_the_documents"
        ),
    )
    __missing__: ClassVar[type[Refusal]] = PriceBookNotFound
    __refusals__ = {  # noqa: RUF012
        "ex_pricing_book_one_a_day": lambda: PriceBooksOverlap(
            "another version was published meanwhile", field="valid_from"
        ),
        "published_price_book_never_changes": lambda: PublishedPriceBookNeverChanges(
            "the version was published meanwhile"
        ),
    }

    key: Mapped[str]
    book_version: Mapped[int]
    """1, 2, 3 … of its key."""
    name: Mapped[str]
    status: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """First day on which it no longer holds."""
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    created_by: Mapped[str]
    source: Mapped[str | None]
    rule_count: Mapped[int]
    content_hash: Mapped[str]
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Canonical JSON."""
