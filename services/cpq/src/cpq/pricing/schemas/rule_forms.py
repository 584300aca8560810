"""The one JSON form of price rules: one form for each kind."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cpq.pricing.rules import (
    Adjustment,
    Band,
    Basis,
    Block,
    Blocks,
    Change,
    Comparison,
    Condition,
    Deed,
    Discount,
    Floor,
    ForAttributes,
    InBundle,
    Method,
    Promotion,
    Schedule,
    ScheduleTier,
    Scope,
    Share,
    Unit,
    UsageRate,
    Within,
)
from cpq.pricing.schemas.usage_forms import Resource, UsagePriceIn, UsageUnit
from servicekit.http import (
    AmountIn,
    Code,
    CountryCode,
    CurrencyCode,
    DayIn,
    FractionIn,
    In,
    LongText,
    Name,
    SignedAmountIn,
)

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f][^\x00-\x1f]*$"),
    Field(examples=["spring-2027"]),
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ChangeIn(In):
    """How a price changes: exactly one of the three."""

    percent: SignedAmountIn | None = None
    """A fraction that is taken off: "0.05" is 5 %; below zero it is a surcharge."""
    amount: SignedAmountIn | None = None
    """Taken off each unit, in the rule's currency; below zero it is a surcharge."""
    unit_price: AmountIn | None = None
    """What a unit costs instead, in the rule's currency."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.percent, self.amount, self.unit_price)) != 1:
            raise ValueError("give exactly one of percent, amount and unit_price")
        return self

    @property
    def adjustment(self) -> Adjustment:
        """The change as a value."""
        if self.percent is not None:
            return Adjustment(Change.PERCENT, self.percent)
        if self.amount is not None:
            return Adjustment(Change.AMOUNT, self.amount)
        assert self.unit_price is not None
        return Adjustment(Change.OVERRIDE, self.unit_price)


class RuleFormIn(In):
    """What every rule has: a key, the case that it is for, and its days."""

    key: Key
    """Names the rule in its book."""
    item_id: UUID | None = None
    """Only this item; null: any."""
    sku: Code | None = None
    """Only the item with this SKU; null: any."""
    category: Name | None = None
    """Only items of this category; null: any."""
    customer_id: UUID | None = None
    """Only this customer and those below it; null: any."""
    tier: Word | None = None
    """Only customers of this tier; null: any."""
    partner_level: Word | None = None
    """Only partners of this level; null: any."""
    country: CountryCode | None = None
    """Only customers in this country; null: any."""
    selling_model: Name | None = None
    """Only lines that are sold this way; null: any."""
    price_book: Name | None = None
    """Only documents priced from the list of this name; null: any."""
    currency: CurrencyCode | None = None
    """Only documents in this currency; needed by rules that name amounts."""
    valid_from: DayIn | None = None
    """First day; null: that of the book."""
    valid_to: DayIn | None = None
    """First day on which it no longer holds; null: that of the book."""
    stacks: bool = False
    """Whether it is given on contracted and block prices too, though discounts are in them."""
    note: LongText | None = None
    """Why the rule exists."""

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be after valid_from")
        if self.item_id is not None and self.sku is not None:
            raise ValueError("name the item by item_id or by sku")
        return self

    @property
    def scope(self) -> Scope:
        """The case as a value."""
        return Scope(
            customer_id=self.customer_id,
            item_id=self.item_id,
            sku=self.sku,
            category=self.category,
            selling_model=self.selling_model,
            partner_level=self.partner_level,
            tier=self.tier,
            country=self.country,
            price_book=self.price_book,
            currency=self.currency,
        )

    @property
    @abstractmethod
    def deed(self) -> Deed:
        """What the rule does."""


class UnitPriceIn(RuleFormIn):
    """A list price, or one that is contracted with a customer; or what a unit costs us."""

    kind: Literal["list", "contracted", "cost"]
    """What the rule decides."""
    unit_price: AmountIn
    """For one unit and one period, without tax, in the rule's currency; of a cost, the cost."""

    @property
    def deed(self) -> Deed:
        """The price."""
        return Unit(self.unit_price)


class BlockIn(In):
    """A price for any quantity from `lower` up to but not including `upper`."""

    lower: AmountIn
    """The least quantity."""
    upper: AmountIn | None = None
    """The first quantity beyond; null: no end."""
    price: AmountIn
    """For all units together."""


class BlocksIn(RuleFormIn):
    """Prices for whole blocks."""

    kind: Literal["block"]
    """What the rule decides."""
    blocks: Annotated[list[BlockIn], Field(min_length=1, max_length=100)]
    """In rising order, without overlap."""

    @property
    def deed(self) -> Deed:
        """The blocks."""
        return Blocks(tuple(Block(Band(b.lower, b.upper), b.price) for b in self.blocks))


class RuleConditionIn(In):
    """A condition on an attribute of the line."""

    attribute: Name
    """The attribute's code."""
    compares: Literal["eq", "ne", "lt", "lte", "gt", "gte"] = "eq"
    """How; only numbers are less or more."""
    text: Annotated[str, StringConstraints(max_length=400)] | None = None
    """A text to compare with."""
    number: SignedAmountIn | None = None
    """A number to compare with."""
    flag: bool | None = None
    """Yes or no."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.text, self.number, self.flag)) != 1:
            raise ValueError("give exactly one of text, number and flag")
        return self

    @property
    def condition(self) -> Condition:
        """The condition as a value."""
        value = next(one for one in (self.text, self.number, self.flag) if one is not None)
        return Condition(self.attribute, Comparison(self.compares), value)


class AttributeRuleIn(RuleFormIn):
    """A change for lines whose attributes fulfil all conditions."""

    kind: Literal["attribute"]
    """What the rule decides."""
    conditions: Annotated[list[RuleConditionIn], Field(min_length=1, max_length=20)]
    """All of them must hold."""
    change: ChangeIn
    """What it does to the unit price."""

    @property
    def deed(self) -> Deed:
        """The change."""
        conditions = tuple(one.condition for one in self.conditions)
        return ForAttributes(conditions, self.change.adjustment)


class BundleRuleIn(RuleFormIn):
    """A change for a line inside a bundle."""

    kind: Literal["bundle"]
    """What the rule decides."""
    bundle_sku: Code
    """The product that the line is a part of, at any depth."""
    parent_sku: Code | None = None
    """Its own parent, where only that one counts."""
    parent_selling_model: Name | None = None
    """How its own parent is sold; null: in any way."""
    bundle_selling_model: Name | None = None
    """How the product that it is a part of is sold; null: in any way."""
    change: ChangeIn
    """What it does to the unit price."""

    @property
    def deed(self) -> Deed:
        """The change."""
        return InBundle(
            self.bundle_sku,
            self.change.adjustment,
            self.parent_sku,
            self.parent_selling_model,
            self.bundle_selling_model,
        )


class DerivedRuleIn(RuleFormIn):
    """A price that is a share of what other lines cost."""

    kind: Literal["derived"]
    """What the rule decides."""
    fraction: FractionIn
    """The share: "0.2" is 20 %."""
    contributors: Annotated[list[Code], Field(max_length=1000)] = []  # noqa: RUF012
    """SKUs of the lines that count; empty: all that have no derived price themselves."""
    within: Literal["bundle", "group", "quote"] = "quote"
    """Where they stand."""
    basis: Literal["list", "net"] = "net"
    """Which of their prices counts."""
    per_unit: bool = False
    """Whether it is a share of what one unit of each costs, however many there are."""

    @property
    def deed(self) -> Deed:
        """The share."""
        within, basis = Within(self.within), Basis(self.basis)
        contributors = frozenset(self.contributors)
        return Share(self.fraction, contributors, within, basis, self.per_unit)


class TierIn(In):
    """A band of a schedule."""

    lower: AmountIn
    """The least quantity, or month."""
    upper: AmountIn | None = None
    """The first beyond; null: no end."""
    change: ChangeIn
    """What it does to the unit price."""


class ScheduleIn(RuleFormIn):
    """Changes by quantity, or by months of the term."""

    kind: Literal["quantity", "term"]
    """What the rule decides."""
    method: Literal["range", "slab"] = "range"
    """range: all units get what their number reaches; slab: each unit gets its own tier's."""
    within: Literal["line", "bundle", "group", "quote"] = "line"
    """Which lines' quantities count together."""
    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=100)]
    """In rising order, without overlap."""

    @property
    def deed(self) -> Deed:
        """The schedule."""
        tiers = tuple(
            ScheduleTier(Band(one.lower, one.upper), one.change.adjustment) for one in self.tiers
        )
        return Schedule(Method(self.method), Within(self.within), tiers)


class PromotionIn(RuleFormIn):
    """A change for whoever names the code."""

    kind: Literal["promotion"]
    """What the rule decides."""
    code: Code
    """What is to be named."""
    change: ChangeIn
    """What it does to the unit price."""

    @property
    def deed(self) -> Deed:
        """The promotion."""
        return Promotion(self.code, self.change.adjustment)


class DiscountIn(RuleFormIn):
    """A change for all customers of a tier, or partners of a level."""

    kind: Literal["tier", "partner"]
    """What the rule decides."""
    change: ChangeIn
    """What it does to the unit price."""

    @property
    def deed(self) -> Deed:
        """The change."""
        return Discount(self.change.adjustment)


class FloorIn(RuleFormIn):
    """How far a manual discount or an agreed price may go."""

    kind: Literal["floor"]
    """What the rule decides."""
    least_unit_price: AmountIn | None = None
    """In the rule's currency."""
    most_discount: FractionIn | None = None
    """Of what the unit cost before: "0.15" is 15 %."""
    least_margin: FractionIn | None = None
    """Of the net price, where the cost is known."""

    @property
    def deed(self) -> Deed:
        """The floor."""
        return Floor(self.least_unit_price, self.most_discount, self.least_margin)


class UsageRuleIn(RuleFormIn):
    """What use of a resource costs; it stands beside the line's price and is not part of it."""

    kind: Literal["usage"]
    """What the rule decides."""
    resource: Resource
    """Names what is used; of the rules for one resource the most specific one wins."""
    unit: UsageUnit
    """What is counted, for people, such as `call`; of a percentage, what an event is."""
    price: UsagePriceIn
    """What use costs, rated each period anew."""

    @property
    def deed(self) -> Deed:
        """The price."""
        return UsageRate(self.resource, self.unit, self.price.price)


RuleIn = Annotated[
    UnitPriceIn
    | BlocksIn
    | AttributeRuleIn
    | BundleRuleIn
    | DerivedRuleIn
    | ScheduleIn
    | PromotionIn
    | DiscountIn
    | FloorIn
    | UsageRuleIn,
    Field(discriminator="kind"),
]
