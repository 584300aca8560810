"""What clients send about quotes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Self, TypeVar
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cpq.choices.payloads import Choices, Facts, ModelKey, ModelVersion
from cpq.quotes import service
from cpq.quotes.schemas.ramps import LineKey, Ramp, RampPlaceIn
from cpq.quotes.schemas.terms import TermIn
from cpq.quotes.schemas.usage import UsageSamples
from servicekit.http import (
    AmountIn,
    BulkIn,
    Code,
    CurrencyCode,
    DayIn,
    FractionIn,
    In,
    Name,
    QuantityIn,
    Reason,
    Reference,
    SignedAmountIn,
)

MOST_LINES = 5_000
"""Lines a quote may have."""
MOST_IMPORTED_LINES = 1_000
"""Lines that a quote of another system may have."""

GroupKey = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
]
PromotionCode = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Promotions = Annotated[list[PromotionCode], Field(max_length=20)]


class NumberIn(In):
    """A decimal, which JSON has no exact form of."""

    number: SignedAmountIn
    """The decimal, as a text."""


class GroupIn(In):
    """A group that lines may stand in."""

    key: GroupKey
    """What lines name it by."""
    name: Name
    """What people call it."""


AttributeIn = bool | NumberIn | Annotated[str, StringConstraints(max_length=200)]


class LineConfigurationIn(In):
    """How a line is configured: it is checked, finished and priced when the line is added."""

    model: ModelKey
    """The key of the configuration model; its root names the item that the line sells."""
    model_version: ModelVersion | None = None
    """The version that the choices were made with; null: the one that is published on the day."""
    choices: Choices = []  # noqa: RUF012
    """What was decided; what is left open is proposed by the model's defaults."""
    facts: Facts = {}  # noqa: RUF012
    """What is so and nobody chooses, beside the customer's tier and country and the day."""

    def wish(self) -> service.ConfigurationWish:
        """The configuration for the use case."""
        return service.ConfigurationWish(
            model=self.model,
            model_version=self.model_version,
            choices=[choice.asked() for choice in self.choices],
            facts=self.facts,
        )


class QuoteLineIn(In):
    """A line; the item is named by id, by SKU, or by what configures it."""

    item_id: UUID | None = None
    sku: Code | None = None
    quantity: Annotated[QuantityIn, Field(description="Above zero, in the item's unit.")]
    agreed_unit_price: Annotated[
        AmountIn | None,
        Field(description="Replaces the list price; quantity and tier discounts are in it."),
    ] = None
    agreed_reason: Annotated[
        Reason | None, Field(description="Why the price was agreed; required with it.")
    ] = None
    discount_fraction: Annotated[
        FractionIn, Field(description='The manual discount: "0.15" is 15 %.')
    ] = Decimal(0)
    discount_reason: Annotated[
        Reason | None, Field(description="Why the discount is given; required with it.")
    ] = None

    configuration: LineConfigurationIn | None = None
    """How the item is configured; the line's price is that of everything it consists of."""
    key: LineKey | None = None
    """Names the line within its quote whatever becomes of its place; null: the quote gives one."""
    parent: LineKey | None = None
    """The key of the line that this one is a part of."""
    group: GroupKey | None = None
    """The key of the group that it stands in."""
    optional: bool = False
    """The customer may leave it out."""
    selected: bool = True
    """It is part of what is offered: one that is not adds nothing to the totals."""
    alternative_of: LineKey | None = None
    """The key of the line that it may replace; of a line and its alternatives one is selected."""
    selling_model: Annotated[str | None, StringConstraints(min_length=1, max_length=80)] = None
    """How it is sold: the key of a selling model, or a name that price rules use; null: as the item
    is by default."""
    attributes: Annotated[
        dict[Annotated[str, StringConstraints(min_length=1, max_length=80)], AttributeIn],
        Field(max_length=100),
    ] = {}  # noqa: RUF012
    """What price rules may ask for; decimals are written as texts: `{"number": "2.5"}`."""
    term: TermIn | None = None
    """How long it runs; null: it is sold once."""
    ramp: Ramp = []  # noqa: RUF012
    """Cuts the term into segments, each of which becomes a line; empty: the line is one."""
    segment: RampPlaceIn | None = None
    """Which segment of a ramp it is, as a quote that was read says; null: of none."""
    usage_samples: UsageSamples = {}  # noqa: RUF012
    """Events of usage, by resource, whose cost the line shall say."""

    @model_validator(mode="after")
    def _one_item(self) -> Self:
        named = (self.item_id is not None) + (self.sku is not None)
        if named > 1 or (named == 0 and self.configuration is None):
            raise ValueError("name the item by item_id, by sku or by a configuration")
        if self.segment is not None and (self.term is None or self.ramp):
            raise ValueError("a segment of a ramp has a term, and no ramp of its own")
        return self

    def wish(self, *, reason: str | None = None) -> service.LineWish:
        """The line for the use case; `reason` stands in where none is given."""
        return service.LineWish(
            quantity=self.quantity,
            item_id=self.item_id,
            sku=self.sku,
            agreed_unit_price=self.agreed_unit_price,
            agreed_reason=self.agreed_reason or reason,
            discount=self.discount_fraction,
            discount_reason=self.discount_reason or reason,
            configuration=self.configuration.wish() if self.configuration else None,
            key=self.key,
            parent=self.parent,
            group=self.group,
            optional=self.optional,
            selected=self.selected,
            alternative_of=self.alternative_of,
            selling_model=self.selling_model,
            attributes={
                name: value.number if isinstance(value, NumberIn) else value
                for name, value in self.attributes.items()
            },
            term=self.term.term() if self.term else None,
            segments=[segment.segment() for segment in self.ramp],
            ramp=self.segment.place() if self.segment else None,
            usage_samples=self.usage_samples,
        )


Lines = Annotated[list[QuoteLineIn], Field(max_length=MOST_LINES)]


class QuoteIn(In):
    """A quote to start and price."""

    customer_id: UUID
    currency: Annotated[
        CurrencyCode | None,
        Field(description="Null: that of the customer's account, else the customer's own."),
    ] = None
    opportunity_id: UUID | None = None
    selling_company_id: Annotated[
        UUID | None, Field(description="The company that sells; null: the default company.")
    ] = None
    priced_on: Annotated[
        DayIn | None,
        Field(description="Whose prices and rules count, not after today; null: today."),
    ] = None
    requested_on: Annotated[
        DayIn | None, Field(description="When the customer wants the goods.")
    ] = None
    valid_until: Annotated[
        DayIn | None, Field(description="Last day to accept; null: 30 days after sending.")
    ] = None
    customer_reference: Reference | None = None
    external_reference: Reference | None = None
    lines: Annotated[Lines, Field(default_factory=list)]
    """None yet, or up to five thousand, in their order."""
    groups: Annotated[list[GroupIn], Field(max_length=100)] = []  # noqa: RUF012
    """Groups that lines may stand in, in their order."""
    price_book: Annotated[str | None, StringConstraints(min_length=1, max_length=200)] = None
    """The price book that the customer buys by, for rules that name one."""
    partner_level: Annotated[str | None, StringConstraints(min_length=1, max_length=80)] = None
    """The level of the partner who sells, for rules that name one."""
    promotions: Promotions = []  # noqa: RUF012
    """Codes that the customer has named."""

    @model_validator(mode="after")
    def _groups_differ(self) -> Self:
        return _with_own_keys(self, self.groups)

    def wish(self) -> service.QuoteWish:
        """The quote for the use case."""
        return service.QuoteWish(
            customer_id=self.customer_id,
            lines=[line.wish() for line in self.lines],
            currency=self.currency,
            opportunity_id=self.opportunity_id,
            selling_company_id=self.selling_company_id,
            priced_on=self.priced_on,
            requested_on=self.requested_on,
            valid_until=self.valid_until,
            customer_reference=self.customer_reference,
            external_reference=self.external_reference,
            groups=[group.model_dump() for group in self.groups],
            price_book=self.price_book,
            partner_level=self.partner_level,
            promotions=self.promotions,
        )


M = TypeVar("M", bound=In)


def _with_own_keys(model: M, groups: Sequence[GroupIn]) -> M:
    if len({group.key for group in groups}) < len(groups):
        raise ValueError("each group needs a key of its own")
    return model


class QuotePatch(In):
    """Fields of a draft to change; absent fields stay, null clears one."""

    opportunity_id: UUID | None = None
    selling_company_id: UUID | None = None
    requested_on: DayIn | None = None
    valid_until: DayIn | None = None
    customer_reference: Reference | None = None
    groups: Annotated[list[GroupIn], Field(max_length=100)] = []  # noqa: RUF012
    """All groups that lines may stand in, in their order."""
    price_book: Annotated[str | None, StringConstraints(min_length=1, max_length=200)] = None
    """The price book that the customer buys by, for rules that name one."""
    partner_level: Annotated[str | None, StringConstraints(min_length=1, max_length=80)] = None
    """The level of the partner who sells, for rules that name one."""
    promotions: Promotions = []  # noqa: RUF012
    """All codes that the customer has named."""

    @model_validator(mode="after")
    def _groups_differ(self) -> Self:
        return _with_own_keys(self, self.groups)

    def change(self) -> service.QuoteChange:
        """The change for the use case."""
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        if "groups" in fields:
            fields["groups"] = [group.model_dump() for group in self.groups]
        return service.QuoteChange(fields)


class LinesIn(In):
    """All lines of a draft, in their order."""

    lines: Lines


class PriceIn(In):
    """On which day to price."""

    priced_on: Annotated[DayIn | None, Field(description="Not after today; null: today.")] = None


class SendIn(In):
    """How long the offer holds."""

    valid_until: Annotated[
        DayIn | None, Field(description="Last day to accept; null: as the draft says, or 30 days.")
    ] = None


class AcceptIn(In):
    """The customer's yes to exactly what the hash names."""

    content_hash: Annotated[
        str,
        StringConstraints(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$"),
        Field(description="The quote's content_hash that the customer was shown."),
    ]
    accepted_by: Annotated[Name, Field(description="Who accepted on the customer's side.")]
    accepted_on: Annotated[
        DayIn | None, Field(description="Not before it was sent, not after today; null: today.")
    ] = None


class DeclineIn(In):
    """The customer's no."""

    reason: Reason | None = None
    """Why the customer declined, if they said so."""


class QuoteRowIn(In):
    """A quote of another system: priced on its own day, sent, and accepted if a day is given."""

    external_reference: Reference
    customer_id: UUID
    currency: CurrencyCode | None = None
    opportunity_id: UUID | None = None
    selling_company_id: UUID | None = None
    quoted_on: Annotated[DayIn, Field(description="Whose list prices and rules count.")]
    sent: Annotated[bool, Field(description="False keeps a draft; an accepted quote was sent.")] = (
        True
    )
    accepted_on: Annotated[
        DayIn | None, Field(description="Null: the customer has not answered.")
    ] = None
    accepted_by: Name | None = None
    requested_on: DayIn | None = None
    valid_until: DayIn | None = None
    customer_reference: Reference | None = None
    lines: Annotated[list[QuoteLineIn], Field(min_length=1, max_length=MOST_IMPORTED_LINES)]

    def imported(self) -> service.ImportedQuote:
        """The row for the use case. Prices and discounts of an import need no reason of their own.

        Items may be discontinued and customers inactive by now: the row tells what was once sold.
        """
        return service.ImportedQuote(
            wish=service.QuoteWish(
                customer_id=self.customer_id,
                lines=[line.wish(reason="As imported") for line in self.lines],
                currency=self.currency,
                opportunity_id=self.opportunity_id,
                selling_company_id=self.selling_company_id,
                priced_on=self.quoted_on,
                requested_on=self.requested_on,
                valid_until=self.valid_until,
                customer_reference=self.customer_reference,
                external_reference=self.external_reference,
                history=True,
            ),
            sent=self.sent or self.accepted_on is not None,
            accepted_on=self.accepted_on,
            accepted_by=self.accepted_by or "import",
        )


class QuoteRowsIn(BulkIn[QuoteRowIn]):
    """Up to 1000 quotes of another system."""
