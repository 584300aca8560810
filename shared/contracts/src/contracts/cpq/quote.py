"""Topic `cpq.quote`: what we offered, and what the customer said to it."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.base import CurrencyCode, DecimalString, Event, Known, MoneyV1, WireModel


class ChoiceV1(WireModel):
    """Something that was decided in a configuration."""

    target: str
    """`boiler`, `qty(group)`, `frame.colour`; for an answer, the question's key."""
    kind: Annotated[str, Known("part", "answer")] = "part"
    value: str
    """`true`, `false`, a number or the code of a value."""


class ConfiguredPartV1(WireModel):
    """An item that one unit of a configured line is made of."""

    item_id: UUID
    sku: str
    quantity: DecimalString
    """Per unit of the line, in the item's unit."""


class ConfigurationV1(WireModel):
    """How a line was configured; the version's document says what the choices mean."""

    model_key: str
    model_version: int
    version_id: UUID
    """Of `cpq.configuration_model`."""
    choices: list[ChoiceV1]
    """What somebody decided, in that order."""
    parts: list[ConfiguredPartV1]
    """Without the line's own item."""


class QuotedLineV1(WireModel):
    """One priced line of an accepted quote."""

    line_id: UUID
    position: int
    """1, 2, 3 ... as the quote shows them."""
    item_id: UUID
    sku: str
    name: str
    quantity: DecimalString
    unit: str
    list_unit_price: DecimalString | None = None
    """None if the item had no list price and a price was agreed."""
    net_unit_price: DecimalString
    """After all discounts, over the whole term, without tax, not rounded."""
    discount_fraction: DecimalString
    """1 - net / price the waterfall started from: `0.15` is 15 %."""
    net_amount: DecimalString
    """Quantity times net unit price, not rounded."""
    tax_category: str
    tax_rate: DecimalString
    """The rate used for the estimate: `0.19` is 19 %."""
    configuration: ConfigurationV1 | None = None
    """None for a line that is its item as it stands."""
    line_key: str | None = None
    """Names the line within its quote, whatever revision."""
    parent_key: str | None = None
    """The key of the line that this one is a part of."""
    selling_model: str | None = None
    """How it is sold, by the key that price rules use."""
    start_on: date | None = None
    """The first day of its term; None: it is sold once."""
    end_on: date | None = None
    """The last day of its term; None with a first day: it runs until it is cancelled."""


class QuoteEvent(Event):
    """What all events of `cpq.quote` carry."""

    topic: ClassVar[str] = "cpq.quote"
    key_field: ClassVar[str] = "quote_id"

    quote_id: UUID
    quote_number: str
    revision: int
    """Grows with every change of what is offered."""
    customer_id: UUID
    opportunity_id: UUID | None = None
    currency: CurrencyCode


class QuoteCreatedV1(QuoteEvent):
    """A quote was started."""


class QuotePricedV1(QuoteEvent):
    """The quote was priced anew."""

    net: MoneyV1
    """Sum of the unrounded lines, rounded once to the currency."""
    tax_estimate: MoneyV1
    """Per tax category on rounded rate x base; the ERP's invoice decides."""
    gross_estimate: MoneyV1
    line_count: int


class QuoteSubmittedV1(QuoteEvent):
    """The seller's own people are asked to approve it."""

    net: MoneyV1


class QuoteApprovedV1(QuoteEvent):
    """Whoever had to approve it has; it may be sent."""

    net: MoneyV1
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of what was approved."""


class QuoteSentV1(QuoteEvent):
    """The customer has the offer; it no longer changes."""

    net: MoneyV1
    gross_estimate: MoneyV1
    valid_until: date
    """Last day on which it can be accepted."""


class QuoteAcceptedV1(QuoteEvent):
    """The customer accepted exactly what the hash names."""

    selling_company_id: UUID | None = None
    """The company that sells; none: the tenant's default company."""
    accepted_at: AwareDatetime
    """When the acceptance was recorded."""
    accepted_on: date
    """The business day of the acceptance, which an import may set in the past."""
    accepted_by: str
    """Who accepted on the customer's side."""
    comment: str | None = None
    """What the customer said with it."""
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of what was offered."""
    requested_on: date | None = None
    """The day on which the customer wants the goods."""
    customer_reference: str | None = None
    """The customer's own order number."""
    external_reference: str | None = None
    """The document's key in the system it was imported from."""
    lines: list[QuotedLineV1]
    net: MoneyV1
    tax_estimate: MoneyV1
    gross_estimate: MoneyV1


class QuoteDeclinedV1(QuoteEvent):
    """The customer said no."""

    reason: str | None = None


class QuoteRevisedV1(QuoteEvent):
    """The quote is a draft again; the offer of the revision before can no longer be accepted."""


class QuoteCancelledV1(QuoteEvent):
    """The seller let nothing come of it."""

    reason: str | None = None


class QuoteExpiredV1(QuoteEvent):
    """Nobody answered in time."""

    expired_on: date
    """The first day on which it could no longer be accepted."""
