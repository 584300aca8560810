"""What a price rule is: a kind, the case it is for, its days, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import TypeAlias
from uuid import UUID

from cpq.selling import UsagePrice
from servicekit.values import Period

Attribute: TypeAlias = str | bool | Decimal
"""The value of a line's attribute."""


class RuleKind(StrEnum):
    """What a rule decides. Each kind belongs to one step of the waterfall."""

    LIST = "list"
    CONTRACTED = "contracted"
    BLOCK = "block"
    ATTRIBUTE = "attribute"
    BUNDLE = "bundle"
    DERIVED = "derived"
    QUANTITY = "quantity"
    TERM = "term"
    PROMOTION = "promotion"
    TIER = "tier"
    PARTNER = "partner"
    FLOOR = "floor"
    COST = "cost"
    """What a unit costs us: it changes no price, but margins and floors are measured by it."""
    USAGE = "usage"
    """What use of a resource costs: it stands beside the price and is not part of it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The case that a rule is for; None: any. Conditions are joined by "and".

    The order of the fields is the order of precedence: of two rules that both fit, the one with
    the first condition that the other lacks is the more specific one.
    """

    customer_id: UUID | None = None
    item_id: UUID | None = None
    sku: str | None = None
    category: str | None = None
    selling_model: str | None = None
    partner_level: str | None = None
    tier: str | None = None
    country: str | None = None
    price_book: str | None = None
    currency: str | None = None

    @property
    def subject(self) -> str | None:
        """What rules are looked up by: the item; None: it is for any."""
        return self.sku if self.item_id is None else str(self.item_id)

    @property
    def rank(self) -> tuple[bool, ...]:
        """Greater for the more specific one."""
        return tuple(one is not None for one in _conditions(self))


_conditions: Callable[[Scope], tuple[object, ...]] = attrgetter(
    *(one.name for one in fields(Scope))
)


class Change(StrEnum):
    """How a rule changes a price."""

    PERCENT = "percent"
    """Takes a fraction off: 0.05 is 5 %; below zero it is a surcharge."""
    AMOUNT = "amount"
    """Takes an amount off each unit, in the rule's currency; below zero it is a surcharge."""
    OVERRIDE = "override"
    """Replaces the unit price, in the rule's currency."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of a unit price."""

    change: Change
    value: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """From `lower` (inclusive) up to `upper` (exclusive; None: without end)."""

    lower: Decimal
    upper: Decimal | None

    def holds(self, number: Decimal) -> bool:
        """Whether the number is in it."""
        return self.lower <= number and (self.upper is None or number < self.upper)


@dataclass(frozen=True, slots=True)
class Unit:
    """An amount for one unit: a list price, one that is contracted with a customer, or a cost."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Block:
    """One price for any quantity of a band."""

    band: Band
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Blocks:
    """Prices for whole blocks; their bands do not overlap."""

    blocks: tuple[Block, ...]


class Comparison(StrEnum):
    """How an attribute is compared."""

    EQUAL = "eq"
    NOT_EQUAL = "ne"
    LESS = "lt"
    AT_MOST = "lte"
    MORE = "gt"
    AT_LEAST = "gte"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on an attribute of the line."""

    attribute: str
    comparison: Comparison
    value: Attribute

    def holds(self, attributes: Mapping[str, Attribute]) -> bool:
        """Whether the line has the attribute, of the same kind, and it compares so."""
        found = attributes.get(self.attribute)
        if found is None or type(found) is not type(self.value):
            return False
        if self.comparison is Comparison.EQUAL:
            return found == self.value
        if self.comparison is Comparison.NOT_EQUAL:
            return found != self.value
        if not (isinstance(found, Decimal) and isinstance(self.value, Decimal)):
            return False
        return {
            Comparison.LESS: found < self.value,
            Comparison.AT_MOST: found <= self.value,
            Comparison.MORE: found > self.value,
            Comparison.AT_LEAST: found >= self.value,
        }[self.comparison]


@dataclass(frozen=True, slots=True)
class ForAttributes:
    """A change for lines whose attributes fulfil all conditions."""

    conditions: tuple[Condition, ...]
    adjustment: Adjustment


@dataclass(frozen=True, slots=True)
class InBundle:
    """A change for a line inside a bundle: below the product, at any depth or directly."""

    bundle_sku: str
    adjustment: Adjustment
    parent_sku: str | None = None
    """The line's own parent, where only that one counts."""
    parent_selling_model: str | None = None
    """How the line's own parent is sold; None: in any way."""
    bundle_selling_model: str | None = None
    """How the bundle is sold; None: in any way."""

    @property
    def rank(self) -> tuple[bool, ...]:
        """Greater for the more specific one, of rules of one scope."""
        conditions = (self.parent_sku, self.parent_selling_model, self.bundle_selling_model)
        return tuple(one is not None for one in conditions)


class Within(StrEnum):
    """Which lines of a document are looked at together."""

    LINE = "line"
    BUNDLE = "bundle"
    GROUP = "group"
    QUOTE = "quote"


class Basis(StrEnum):
    """Which price of the contributing lines a derived price is a share of."""

    LIST = "list"
    NET = "net"


@dataclass(frozen=True, slots=True)
class Share:
    """A price derived from other lines: a fraction of what they cost together."""

    fraction: Decimal
    """0.2 is 20 %."""
    contributors: frozenset[str]
    """SKUs; empty: every line that has no derived price itself."""
    within: Within
    basis: Basis
    per_unit: bool = False
    """Of what one unit of each line costs, however many there are; else of all its units."""


class Method(StrEnum):
    """What a reached tier counts for."""

    RANGE = "range"
    """All units get what the tier says that their number reaches."""
    SLAB = "slab"
    """Each unit gets what the tier says that it is in."""


@dataclass(frozen=True, slots=True)
class ScheduleTier:
    """A band of a schedule and what it does."""

    band: Band
    adjustment: Adjustment
    named: str = ""
    """What a step records instead of the schedule's name."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Changes by quantity, or by term in months (then range and for the line alone)."""

    method: Method
    within: Within
    tiers: tuple[ScheduleTier, ...]
    """By band, without overlap."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A change for whoever names the code."""

    code: str
    adjustment: Adjustment


@dataclass(frozen=True, slots=True)
class Discount:
    """A change for everybody whom the scope names."""

    adjustment: Adjustment


@dataclass(frozen=True, slots=True)
class Floor:
    """How far a manual discount may go; None: as far as the others allow."""

    least_unit_price: Decimal | None = None
    most_discount: Decimal | None = None
    """Of what the unit cost before the manual discount: 0.15 is 15 %."""
    least_margin: Decimal | None = None
    """Of the net price, where the cost is known: 0.2 is 20 %."""


@dataclass(frozen=True, slots=True)
class UsageRate:
    """What use of a resource costs, each period anew."""

    resource: str
    """The key of what is used, such as `api-calls`."""
    unit: str
    """What is counted, for people: `call`."""
    price: UsagePrice


Deed: TypeAlias = (
    Unit
    | Blocks
    | ForAttributes
    | InBundle
    | Share
    | Schedule
    | Promotion
    | Discount
    | Floor
    | UsageRate
)
"""What a rule does."""

DEEDS: Mapping[RuleKind, type[Deed]] = {
    RuleKind.LIST: Unit,
    RuleKind.CONTRACTED: Unit,
    RuleKind.BLOCK: Blocks,
    RuleKind.ATTRIBUTE: ForAttributes,
    RuleKind.BUNDLE: InBundle,
    RuleKind.DERIVED: Share,
    RuleKind.QUANTITY: Schedule,
    RuleKind.TERM: Schedule,
    RuleKind.PROMOTION: Promotion,
    RuleKind.TIER: Discount,
    RuleKind.PARTNER: Discount,
    RuleKind.FLOOR: Floor,
    RuleKind.COST: Unit,
    RuleKind.USAGE: UsageRate,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a price book."""

    key: str
    """Unique in its book."""
    kind: RuleKind
    scope: Scope
    period: Period
    deed: Deed
    version: str = ""
    """The book and its version, such as `spring:3`."""
    stacks: bool = False
    """It is given on contracted and block prices too, which have their discounts in them."""
    named: str = ""
    """What a step records instead of the kind and the key."""

    @property
    def rank(self) -> tuple[object, ...]:
        """The greatest wins among rules that fit: the most specific, then the newest, then by key.

        Book and key come last, so that even data that overlaps has one answer.
        """
        own = self.deed.rank if isinstance(self.deed, InBundle) else ()
        return (self.scope.rank, own, self.period.start, self.version, self.key)

    @property
    def name(self) -> str:
        """What a step records: the kind and the key."""
        return self.named or f"{self.kind.value}:{self.key}"
