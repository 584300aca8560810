"""What is to be priced: a document of lines, and what is known of its buyer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from cpq.pricing.rules.rule import Attribute


@dataclass(frozen=True, slots=True)
class Request:
    """What a line asks for and what is known about its item and customer."""

    item_id: UUID
    sku: str
    category: str | None
    quantity: Decimal
    """Above zero, in the item's unit."""
    tier: str
    """The customer's tier."""
    list_unit_price: Decimal | None
    """The ERP's, in the document's currency on the pricing day."""
    list_source: str = ""
    """Where the list price came from, for people."""
    list_rule: str = "list-price"
    """What decided on it, for programs."""
    agreed_unit_price: Decimal | None = None
    agreed_reason: str | None = None
    discount: Decimal = Decimal(0)
    """The manual discount, a fraction from 0 to 1."""
    discount_reason: str | None = None
    key: str = ""
    """Names the line in its document; ties between lines are broken by it."""
    parent: str | None = None
    """The key of the line that this one is a part of."""
    group: str | None = None
    """The group of the document that it stands in."""
    counts: bool = True
    """Whether it is part of what is offered now: an option that nobody took is not."""
    selling_model: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    term_months: Decimal | None = None
    """How long the line runs; None: it is sold once."""
    term_multiplier: Decimal = Decimal(1)
    """How many times the unit price is due over the term."""
    term_reason: str = ""
    ramp: str | None = None
    """The key of the first line of the ramp that it is a segment of."""
    uplift: Decimal = Decimal(0)
    """What the ramp adds to its price, a fraction."""
    unit_cost: Decimal | None = None
    """In the document's currency; None: not known."""
    floor_waived: bool = False
    """Whoever may go below the floor has allowed it."""
    usage_samples: Mapping[str, Sequence[Decimal]] | None = None
    """Events of usage, by resource, whose cost the answer shall say."""


@dataclass(frozen=True, slots=True)
class PricedOn:
    """What holds for all lines of a document."""

    currency: str
    day: date
    """The business day whose prices and rules count."""
    customers: tuple[UUID, ...] = ()
    """The customer and those above it, the nearest first; contracted prices of the nearest win."""
    country: str | None = None
    partner_level: str | None = None
    price_book: str | None = None
    promotions: frozenset[str] = frozenset()
    """Codes that were named."""


@dataclass(frozen=True, slots=True)
class DocumentToPrice:
    """Lines and what holds for all of them. The order of the lines changes no price."""

    on: PricedOn
    lines: Sequence[Request]
