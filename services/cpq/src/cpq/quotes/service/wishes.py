"""What somebody asks to be quoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from cpq.choices.asked import Asked, Said
from cpq.pricing.service import Attribute
from cpq.quotes.rules import (
    AskedTerm,
    RampPlace,
    RampSegment,
    Term,
)


@dataclass(frozen=True, slots=True)
class ConfigurationWish:
    """How a line is to be configured; None takes the version that is published on the day."""

    model: str
    model_version: int | None
    choices: Sequence[Asked]
    facts: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class LineWish:
    """A line as somebody asks for it; the item is named by id or by SKU."""

    quantity: Decimal
    item_id: UUID | None = None
    sku: str | None = None
    agreed_unit_price: Decimal | None = None
    agreed_reason: str | None = None
    discount: Decimal = Decimal(0)
    discount_reason: str | None = None
    configuration: ConfigurationWish | None = None
    """Its model says which item the line sells."""
    key: str | None = None
    """Names the line within its quote; None: the quote gives it one."""
    parent: str | None = None
    group: str | None = None
    optional: bool = False
    selected: bool = True
    alternative_of: str | None = None
    selling_model: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    term: Term | AskedTerm | None = None
    """What was asked for, or worked out before."""
    once: bool = False
    """It is sold once, and in no way that takes time."""
    segments: Sequence[RampSegment] = ()
    """A ramp that the line is to be cut into."""
    ramp: RampPlace | None = None
    """The ramp that it is a segment of."""
    usage_samples: Mapping[str, Sequence[Decimal]] | None = None
    """Events of usage, by resource, whose cost the line shall say."""


@dataclass(frozen=True, slots=True)
class QuoteWish:
    """A quote as somebody asks for it."""

    customer_id: UUID
    lines: Sequence[LineWish]
    currency: str | None = None
    """None: that of the customer's account at the selling company, else the customer's own."""
    opportunity_id: UUID | None = None
    selling_company_id: UUID | None = None
    priced_on: date | None = None
    """None: today."""
    requested_on: date | None = None
    valid_until: date | None = None
    customer_reference: str | None = None
    external_reference: str | None = None
    groups: Sequence[Mapping[str, str]] = ()
    """`[{key, name}]`, in their order."""
    price_book: str | None = None
    partner_level: str | None = None
    promotions: Sequence[str] = ()
    cloned_from: UUID | None = None
    contract_id: UUID | None = None
    amends: Mapping[str, Any] | None = None
    """What it changes of the contract, see `cpq.quotes.service.contracting`."""
    history: bool = False
    """It records what was sold once: items may be discontinued and customers inactive by now."""

    def amended(self, key: str | None) -> Mapping[str, Any]:
        """What is kept of the line that has a key of a contract; nothing of other lines."""
        found: Mapping[str, Any] = ((self.amends or {}).get("lines") or {}).get(key) or {}
        return found
