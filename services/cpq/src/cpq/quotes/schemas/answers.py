"""What clients receive about quotes."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from cpq.choices.payloads import ChoiceOut
from cpq.contracts.service import Entry, ending
from cpq.facts.payloads import (
    CreditOut,
    MarginOut,
    SourceOut,
    StepOut,
    StockOut,
    StoredAmount,
)
from cpq.projections.queries import Source
from cpq.quotes.models import Quote, QuoteLine, QuoteOrder
from cpq.quotes.queries import LineView, QuoteView
from cpq.quotes.rules import asked_samples
from cpq.quotes.schemas.approving import FactFlagOut
from cpq.quotes.schemas.ramps import RampPlaceOut
from cpq.quotes.schemas.terms import AttributeOut, TermOut, shown_attributes
from cpq.quotes.schemas.usage import LineUsageOut
from cpq.quotes.service import credit_of, credits_of
from servicekit.http import AmountOut, FractionOut, Out, QuantityOut


class LineMarginOut(MarginOut):
    """A line's margin and the event of its cost."""

    source: SourceOut


class ConfiguredPartOut(Out):
    """An item that one unit of a configured line consists of."""

    item_id: UUID
    sku: str
    quantity: StoredAmount
    """Per unit of the line, in the item's unit."""


class LineConfigurationOut(Out):
    """How a line is configured; its version never changes."""

    model: str
    """The key of the configuration model."""
    model_version: int
    """The version that the choices were made with."""
    model_id: UUID
    content_hash: str
    """SHA-256 of the version's document."""
    choices: list[ChoiceOut]
    """What somebody decided."""
    facts: dict[str, bool | int | str]
    """What was stated beside it."""
    values: list[ChoiceOut]
    """Everything that is there, with its values."""
    parts: list[ConfiguredPartOut]
    """The items that one unit consists of, the line's own included."""

    @classmethod
    def of(cls, line: QuoteLine) -> Self | None:
        """Render what the line remembers, if it was configured."""
        return None if line.configuration is None else cls.model_validate(line.configuration)


class QuoteLineOut(Out):
    """A priced line. Prices are per unit in the quote's currency, without tax, unrounded."""

    id: UUID
    key: str
    """Names the line within its quote, whatever becomes of its place."""
    position: int
    parent: str | None
    """The key of the line that this one is a part of."""
    group: str | None
    """The key of the group that it stands in."""
    optional: bool
    """The customer may leave it out."""
    selected: bool
    """It was taken."""
    counts: bool
    """It and all above it were taken: it is part of the totals."""
    alternative_of: str | None
    """The key of the line that it may replace."""
    selling_model: str | None
    """How it is sold, by the key that price rules use."""
    start_on: date | None
    """The first day of its term; null: it is sold once."""
    end_on: date | None
    """The last day of its term; null with a first day: it is evergreen."""
    term: TermOut | None
    """How long it runs, as it was asked for; null: it is sold once."""
    segment: RampPlaceOut | None
    """Which segment of a ramp it is; null: of none."""
    term_multiplier: QuantityOut
    """How many times the unit price is due over the term."""
    term_reason: str | None
    """How that came about, such as `8/31 + 10 months`."""
    item_id: UUID
    sku: str
    name: str
    unit: str
    quantity: QuantityOut
    list_unit_price: AmountOut | None
    agreed_unit_price: AmountOut | None
    agreed_reason: str | None
    discount_fraction: FractionOut
    """The manual discount."""
    discount_reason: str | None
    net_unit_price: AmountOut
    total_discount_fraction: Annotated[
        FractionOut, Field(description="Of all discounts, off the price the waterfall began with.")
    ]
    net_amount: Annotated[AmountOut, Field(description="Unrounded.")]
    shown_amount: Annotated[
        AmountOut, Field(description="Rounded so that the lines sum to the quote's net.")
    ]
    tax_category: str
    tax_rate: FractionOut
    tax_reason: str
    waterfall: list[StepOut]
    price_source: SourceOut | None
    margin: LineMarginOut | None
    stock: StockOut | None
    configuration: LineConfigurationOut | None
    """How it was configured; null: the line is its item as it stands."""
    attributes: dict[str, AttributeOut]
    """What price rules may ask for; decimals are written as texts: `{"number": "2.5"}`."""
    usage_samples: dict[str, list[QuantityOut]]
    """Events of usage, by resource, whose cost it was to say."""
    usage: list[LineUsageOut]
    """What usage of its resources costs; that is not part of the totals."""


class OrderReasonOut(Out):
    """Why an order is held, or was rejected or cancelled."""

    code: str
    message: str


class OrderOut(Out):
    """What the ERP answered to the acceptance."""

    order_id: UUID
    order_number: str
    status: str
    """The order's status in the ERP, such as confirmed, held or shipped."""
    reasons: list[OrderReasonOut]
    promised_on: date | None
    shipped_on: date | None
    invoice_number: str | None
    source: SourceOut


class GroupOut(Out):
    """A group that lines stand in."""

    key: str
    """What lines name it by."""
    name: str
    """What people call it."""


class CreditLineOut(Out):
    """Something that is taken away from a contract, and what is given back for it."""

    key: str
    """What it is in the contract."""
    sku: str
    name: str
    quantity: QuantityOut
    """How much is taken away."""
    from_on: date
    """The first day without it."""
    until_on: date | None
    """The last day that it would have had; null: it would have run on."""
    amount: AmountOut
    """What is given back, without tax, not rounded."""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Render an entry below zero."""
        return cls(
            key=entry.key,
            sku=entry.sku,
            name=entry.name,
            quantity=-entry.quantity,
            from_on=entry.from_on,
            until_on=ending(entry.until_on),
            amount=-entry.amount,
        )


class QuoteSummaryOut(Out):
    """A quote in a list."""

    id: UUID
    number: str
    revision: int
    status: Literal[
        "draft", "pending", "approved", "sent", "accepted", "declined", "expired", "cancelled"
    ]
    """Where the quote stands; only a draft can be changed."""
    tmf_state: Literal["inProgress", "pending", "approved", "accepted", "rejected", "cancelled"]
    """The same as a state of TM Forum's quote API (TMF648)."""
    customer_id: UUID
    customer_number: str
    customer_name: str
    tier: str
    country: str | None
    opportunity_id: UUID | None
    selling_company_id: UUID | None
    currency: str
    priced_on: date
    requested_on: date | None
    valid_until: date | None
    customer_reference: str | None
    external_reference: str | None
    line_count: int
    net: AmountOut
    tax_estimate: Annotated[AmountOut, Field(description="The ERP's invoice decides.")]
    gross_estimate: AmountOut
    content_hash: str | None
    sent_at: datetime | None
    accepted_at: datetime | None
    accepted_on: date | None
    accepted_by: str | None
    acceptance_comment: str | None
    """What the customer said with the acceptance."""
    declined_at: datetime | None
    decline_reason: str | None
    expired_on: date | None
    cancelled_at: datetime | None
    """When it was cancelled, in UTC; null: it was not."""
    cancel_reason: str | None
    """Why it was cancelled, or null."""
    cloned_from: UUID | None
    """The quote that it was copied from."""
    contract_id: UUID | None
    """The contract that it amends or renews; null: none."""
    price_book: str | None
    """The price book that the customer buys by."""
    partner_level: str | None
    """The level of the partner who sells."""
    promotions: list[str]
    """Codes that the customer has named."""
    groups: list[GroupOut]
    """Groups that lines stand in, in their order."""
    pricing_hash: str | None
    """SHA-256 of the priced lines with all steps, by which a replay is compared."""
    created_by: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Render the row."""
        return cls.model_validate(quote)


class QuoteOut(QuoteSummaryOut):
    """A quote with its lines, and the facts that help to decide on it."""

    lines: list[QuoteLineOut]
    margin: MarginOut | None
    credit: CreditOut | None
    order: OrderOut | None
    credits: list[CreditLineOut]
    """What it gives back of the contract that it amends; not part of the totals."""
    credit_amount: AmountOut
    """The sum of that, rounded, without tax."""
    fact_flags: list[FactFlagOut]
    """Facts that are older than the approval policy allows."""

    @classmethod
    def seen(cls, view: QuoteView, now: datetime) -> Self:
        """Render the view; ages are at `now`."""
        summary = QuoteSummaryOut.of(view.quote)
        return cls(
            **{name: getattr(summary, name) for name in QuoteSummaryOut.model_fields},
            lines=[_line(line, now) for line in view.lines],
            margin=MarginOut.of(view.margin),
            credit=CreditOut.of(view.credit_fact, view.credit, now),
            order=_order(view.order, now),
            credits=[CreditLineOut.of(entry) for entry in credits_of(view.quote)],
            credit_amount=credit_of(view.quote),
            fact_flags=[FactFlagOut.of(flag) for flag in view.flags],
        )


def _line(view: LineView, now: datetime) -> QuoteLineOut:
    line = view.line
    return QuoteLineOut(
        id=line.id,
        key=line.key,
        parent=line.parent,
        group=line.group,
        optional=line.optional,
        selected=line.selected,
        counts=line.counts,
        alternative_of=line.alternative_of,
        selling_model=line.selling_model,
        start_on=line.start_on,
        end_on=line.end_on,
        term_multiplier=line.term_multiplier,
        term_reason=line.term_reason,
        term=None if line.term is None else TermOut.model_validate(line.term),
        segment=RampPlaceOut.of(line),
        position=line.position,
        item_id=line.item_id,
        sku=line.sku,
        name=line.name,
        unit=line.unit,
        quantity=line.quantity,
        list_unit_price=line.list_unit_price,
        agreed_unit_price=line.agreed_unit_price,
        agreed_reason=line.agreed_reason,
        discount_fraction=line.discount,
        discount_reason=line.discount_reason,
        net_unit_price=line.net_unit_price,
        total_discount_fraction=line.discount_fraction,
        net_amount=line.net_amount,
        shown_amount=view.shown_amount.amount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        tax_reason=line.tax_reason,
        waterfall=line.steps,
        price_source=_price_source(line, now),
        margin=_margin(view, now),
        stock=StockOut.of(view.stock, view.stock_source, now),
        configuration=LineConfigurationOut.of(line),
        attributes=shown_attributes(line.attributes),
        usage_samples={name: list(of) for name, of in asked_samples(line.usage).items()},
        usage=LineUsageOut.all_of(line.usage),
    )


def _price_source(line: QuoteLine, now: datetime) -> SourceOut | None:
    stored = line.price_source
    if stored is None:
        return None
    return SourceOut.of(
        Source(
            event_id=UUID(stored["event_id"]),
            event_type=stored["event_type"],
            sequence=stored["sequence"],
            as_of=datetime.fromisoformat(stored["as_of"]),
        ),
        now,
    )


def _margin(view: LineView, now: datetime) -> LineMarginOut | None:
    margin = view.margin
    if margin is None or view.cost_source is None:
        return None
    return LineMarginOut(
        net=margin.net.amount,
        cost=margin.cost.amount,
        margin=margin.margin.amount,
        fraction=margin.fraction,
        complete=margin.complete,
        source=SourceOut.of(view.cost_source, now),
    )


def _order(order: QuoteOrder | None, now: datetime) -> OrderOut | None:
    if order is None:
        return None
    return OrderOut(
        order_id=order.order_id,
        order_number=order.order_number,
        status=order.status,
        reasons=[OrderReasonOut(**reason) for reason in order.reasons],
        promised_on=order.promised_on,
        shipped_on=order.shipped_on,
        invoice_number=order.invoice_number,
        source=SourceOut(
            event_type=order.source_event_type,
            event_id=order.source_event_id,
            sequence=order.source_sequence,
            as_of=order.as_of,
            age_seconds=max(0, int((now - order.as_of).total_seconds())),
        ),
    )
