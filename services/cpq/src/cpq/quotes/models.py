"""Tables of quotes."""

from dataclasses import make_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, class_mapper, mapped_column

from cpq.quotes.rules import ExternalReferenceIsTaken, QuoteNotFound, Status
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import (
    Amount,
    Identified,
    PostedAmount,
    TenantRow,
    Versioned,
    minor_units_check,
)


class Quote(Identified, Versioned, Base):
    """An offer to a customer. Amounts are in the quote's currency."""

    __tablename__ = "quotes_quote"
    __table_args__ = (
        UniqueConstraint("tenant", "number", name="uq_quotes_quote_number"),
        Index(
            "uq_quotes_quote_reference",
            "tenant",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        Index("ix_quotes_quote_customer", "tenant", "customer_id"),
        Index(
            "ix_quotes_quote_contract",
            "tenant",
            "contract_id",
            postgresql_where=text("contract_id IS NOT NULL"),
        ),
        Index("ix_quotes_quote_created", "tenant", "created_at", "id"),
        Index(
            "ix_quotes_quote_open",
            "tenant",
            "valid_until",
            postgresql_where=text("status = 'sent'"),
        ),
        CheckConstraint(
            "status IN ('draft', 'pending', 'approved', 'sent', 'accepted', 'declined', 'expired', "
            "'cancelled')",
            name="status_is_known",
        ),
        CheckConstraint(minor_units_check("net", "currency"), name="net_in_minor_units"),
        CheckConstraint(minor_units_check("tax_estimate", "currency"), name="tax_in_minor_units"),
        CheckConstraint("gross_estimate = net + tax_estimate", name="gross_is_net_plus_tax"),
        CheckConstraint(
            "status IN ('draft', 'cancelled') "
            "OR (content_hash IS NOT NULL AND valid_until IS NOT NULL)",
            name="sent_has_hash",
        ),
        CheckConstraint(
            "(status = 'accepted') = (accepted_on IS NOT NULL)", name="accepted_has_day"
        ),
    )
    __missing__: ClassVar[type[Refusal]] = QuoteNotFound
    __refusals__ = {  # noqa: RUF012
        "uq_quotes_quote_reference": lambda: ExternalReferenceIsTaken(
            "a quote with this external reference exists", field="external_reference"
        )
    }

    number: Mapped[str]
    revision: Mapped[int]
    status: Mapped[str]
    customer_id: Mapped[UUID]
    customer_number: Mapped[str]
    """Of the day of pricing, as the offer names it."""
    customer_name: Mapped[str]
    tier: Mapped[str]
    """Of the day of pricing; what the tier discount was given for."""
    country: Mapped[str | None]
    opportunity_id: Mapped[UUID | None]
    selling_company_id: Mapped[UUID | None]
    currency: Mapped[str]
    priced_on: Mapped[date]
    """The business day whose prices and rules count."""
    requested_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    """Last day on which the offer can be accepted."""
    customer_reference: Mapped[str | None]
    external_reference: Mapped[str | None]
    line_count: Mapped[int]
    net: Mapped[PostedAmount]
    tax_estimate: Mapped[PostedAmount]
    gross_estimate: Mapped[PostedAmount]
    content_hash: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_on: Mapped[date | None]
    accepted_by: Mapped[str | None]
    acceptance_comment: Mapped[str | None]
    """What the customer said with it."""
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]
    expired_on: Mapped[date | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    groups: Mapped[list[Any]] = mapped_column(default=list)
    """Groups that lines stand in: `[{key, name}]`, in their order."""
    price_book: Mapped[str | None]
    """The price book that the customer buys by, for rules that name one."""
    partner_level: Mapped[str | None]
    promotions: Mapped[list[Any]] = mapped_column(default=list)
    """Codes that the customer has named."""
    cloned_from: Mapped[UUID | None]
    contract_id: Mapped[UUID | None]
    """The contract that it amends or renews."""
    amends: Mapped[dict[str, Any] | None]
    """What it changes of it, see `cpq.quotes.service.contracting`."""
    pricing: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Everything that the prices came from (`cpq.pricing.service.records`)."""
    pricing_hash: Mapped[str | None]
    """SHA-256 of the priced lines, by which a replay is compared."""
    created_by: Mapped[str]
    changed_by: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """Everybody who has changed what it offers, in the order in which they first did."""

    @property
    def tmf_state(self) -> str:
        """The state of TM Forum's quote management API (TMF648)."""
        return Status(self.status).tmf_state


class QuoteLine(Identified, Base):
    """A priced line. Prices are per unit in the quote's currency, unrounded."""

    __tablename__ = "quotes_line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "quote_id"], ["quotes_quote.tenant", "quotes_quote.id"]),
        UniqueConstraint("tenant", "quote_id", "position", name="uq_quotes_line_position"),
        UniqueConstraint("tenant", "quote_id", "key", name="uq_quotes_line_key"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("term_multiplier > 0", name="term_multiplier_is_positive"),
        CheckConstraint("end_on IS NULL OR start_on IS NOT NULL", name="term_has_a_beginning"),
        CheckConstraint("end_on >= start_on", name="term_ends_after_it_begins"),
        CheckConstraint("discount BETWEEN 0 AND 1", name="discount_is_a_fraction"),
    )

    quote_id: Mapped[UUID]
    key: Mapped[str]
    """Names the line within its quote, whatever becomes of its position."""
    position: Mapped[int]
    parent: Mapped[str | None]
    """The key of the line that this one is a part of."""
    group: Mapped[str | None]
    optional: Mapped[bool]
    selected: Mapped[bool]
    counts: Mapped[bool]
    """It and all above it are selected: it is part of the totals."""
    alternative_of: Mapped[str | None]
    item_id: Mapped[UUID]
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    category: Mapped[str | None]
    stocked: Mapped[bool]
    tax_category: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(11, 10))
    tax_reason: Mapped[str]
    quantity: Mapped[Amount]
    agreed_unit_price: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    agreed_reason: Mapped[str | None]
    discount: Mapped[Decimal] = mapped_column(Numeric(11, 10))
    """The manual discount, a fraction."""
    discount_reason: Mapped[str | None]
    list_unit_price: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    net_unit_price: Mapped[Amount]
    discount_fraction: Mapped[Decimal] = mapped_column(Numeric(38, 10))
    """Off the price that the waterfall began with; far below zero where a ramp grows."""
    net_amount: Mapped[Amount]
    """Over the whole term."""
    selling_model: Mapped[str | None]
    attributes: Mapped[dict[str, Any]]
    """What price rules ask for: texts, booleans, and decimals as `{"decimal": text}`."""
    term: Mapped[dict[str, Any] | None]
    """As it was asked for: `{start_on, months, end_on, unit, count, basis, anchor, evergreen}`."""
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]
    """The last day of the term; None with a first day: it is evergreen."""
    term_multiplier: Mapped[Amount]
    """How many times the unit price is due over the term; 1: it is sold once."""
    term_reason: Mapped[str | None]
    steps: Mapped[list[Any]]
    """The waterfall: `[{step, rule, input, output, reason}]`."""
    price_source: Mapped[dict[str, Any] | None]
    """The event of the list price: `{event_id, event_type, sequence, as_of}`."""
    ramp: Mapped[str | None]
    """The key of the first line of the ramp that it is a segment of."""
    segment: Mapped[int | None]
    """Which one, from 1."""
    uplift: Mapped[Decimal | None] = mapped_column(Numeric(24, 10))
    """What the price has grown by since the ramp's own, a fraction."""
    usage: Mapped[list[Any] | None]
    """What usage costs: `[{resource, unit, rule, version, price, samples}]`."""
    configuration: Mapped[dict[str, Any] | None]
    """How it was configured, and with which version: `{model, model_version, model_id,
    content_hash, choices, facts, values, parts, own_cost}`."""


LINE_COLUMNS = tuple(column.name for column in class_mapper(QuoteLine).local_table.columns)
if TYPE_CHECKING:
    LineRow = QuoteLine
else:
    LineRow = make_dataclass(
        "LineRow", [(name, Any, None) for name in LINE_COLUMNS], slots=True, kw_only=True
    )
"""A line that nobody changes: what `QuoteLine` has, without the tracking, which costs more than
pricing does."""


class KeptOffer(TenantRow, Base):
    """A revision as it stood: sent, put up for approval, or kept to compare. Insert-only."""

    __tablename__ = "quotes_offer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "quote_id"], ["quotes_quote.tenant", "quotes_quote.id"]),
    )

    quote_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON."""
    pricing: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Everything that the prices came from; None: it was kept before CPQ remembered that."""
    pricing_hash: Mapped[str | None]
    waterfalls: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    """The steps of each line's price, by position."""
    label: Mapped[str | None]
    """What somebody called it."""
    kept_at: Mapped[datetime | None]
    kept_by: Mapped[str | None]


class QuoteOrder(TenantRow, Base):
    """What the ERP answered to an acceptance. Only handlers write it; it can be rebuilt."""

    __tablename__ = "quotes_order"

    quote_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    order_number: Mapped[str]
    status: Mapped[str]
    reasons: Mapped[list[Any]]
    """Why the order is held or was rejected or cancelled: `[{code, message}]`."""
    promised_on: Mapped[date | None]
    shipped_on: Mapped[date | None]
    """Of the last shipment."""
    invoice_number: Mapped[str | None]
    """Of the last invoice."""
    source_event_id: Mapped[UUID]
    source_event_type: Mapped[str]
    source_sequence: Mapped[int]
    as_of: Mapped[datetime]


class QuoteNumber(TenantRow, Base):
    """The last quote number of a year."""

    __tablename__ = "quotes_number"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
