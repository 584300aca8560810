"""Tables of remembered facts. Only this slice's handlers write them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from cpq.tables import Base
from servicekit.tables import TenantRow


class Remembered(TenantRow):
    """Where a remembered fact came from."""

    source_event_id: Mapped[UUID]
    source_event_type: Mapped[str]
    source_sequence: Mapped[int]
    """The aggregate's event sequence; a fact with a smaller one never replaces this row."""
    as_of: Mapped[datetime]
    """The instant for which the producer states the fact (UTC)."""


class KnownCustomer(Remembered, Base):
    """A customer as the CRM last described it."""

    __tablename__ = "projections_customer"
    __table_args__ = (
        Index("ix_projections_customer_reference", "tenant", "external_reference"),
        Index("ix_projections_customer_number", "tenant", "number"),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    name: Mapped[str]
    tier: Mapped[str]
    currency: Mapped[str | None]
    country: Mapped[str | None]
    """Of the billing address, else of the first one; decides the estimated tax."""
    active: Mapped[bool]
    external_reference: Mapped[str | None]


class KnownCredit(Remembered, Base):
    """A receivables account as the ERP last described it; amounts in the account's currency."""

    __tablename__ = "projections_credit"
    __table_args__ = (Index("ix_projections_credit_customer", "tenant", "customer_id"),)

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


class KnownItem(Remembered, Base):
    """An item as the ERP last described it."""

    __tablename__ = "projections_item"
    __table_args__ = (
        # Not unique: two items may carry the same SKU for a moment while one is renamed.
        Index("ix_projections_item_sku", "tenant", "sku"),
        Index("ix_projections_item_reference", "tenant", "external_reference"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity_places: Mapped[int | None] = mapped_column(SmallInteger)
    """Decimal places that a quantity may have; None: the ERP has not said so yet."""
    category: Mapped[str | None]
    tax_category: Mapped[str]
    stocked: Mapped[bool]
    sellable: Mapped[bool]
    status: Mapped[str]
    external_reference: Mapped[str | None]


class KnownPrices(Remembered, Base):
    """All list prices of an item: `[{currency, unit_price, unit, valid_from, valid_to}]`."""

    __tablename__ = "projections_price"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    prices: Mapped[list[Any]]


class KnownCosts(Remembered, Base):
    """All standard costs of an item: `[{company_id, unit_cost, valid_from, valid_to}]`."""

    __tablename__ = "projections_cost"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    costs: Mapped[list[Any]]


class KnownStock(Remembered, Base):
    """What can be promised of an item, in the item's unit."""

    __tablename__ = "projections_stock"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit: Mapped[str]
    on_hand: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    reserved: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    available: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    promises: Mapped[list[Any]]
    """`[{on, available}]` by date, each holding until the next."""


class KnownTax(Remembered, Base):
    """What tax a company charges: `[{category, rate, valid_from, valid_to}]`."""

    __tablename__ = "projections_tax"

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]
    is_default: Mapped[bool]
    """It sells where nobody names a company."""
    rates: Mapped[list[Any]]


TABLES = (KnownCustomer, KnownCredit, KnownItem, KnownPrices, KnownCosts, KnownStock, KnownTax)
