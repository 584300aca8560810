"""The steps of the waterfall, what each records, and what pricing refuses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cpq.pricing.rules.offered import UsageOffered
from servicekit.errors import InvalidInput, RuleBroken
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

WORKING_PLACES = 10
_LAST_PLACE = Decimal(1).scaleb(-WORKING_PLACES)
LARGEST = Decimal(10) ** 12
"""Amounts stay below a trillion: the ERP takes no line and no order worth that much, and what a
customer accepts must become an order."""
NOTHING = Decimal(0)
ONE = Decimal(1)


class ItemHasNoListPrice(RuleBroken):
    """An item without a list price in the quote's currency can only be sold at an agreed price."""

    code = "item-has-no-list-price"
    title = "The item has no list price in this currency on this day"
    hint = "Give the line an agreed_unit_price with its reason, or have a list price entered."


class AgreedPriceNeedsReason(InvalidInput):
    """Whoever replaces the list price says why."""

    code = "agreed-price-needs-reason"
    title = "An agreed price needs a reason"
    hint = "Give agreed_reason, such as the number of the contract."


class DiscountNeedsReason(InvalidInput):
    """Whoever gives a manual discount says why."""

    code = "discount-needs-reason"
    title = "A manual discount needs a reason"
    hint = "Give discount_reason, such as who allowed it."


class PriceIsTooLarge(InvalidInput):
    """The ERP takes no line and no order worth a trillion."""

    code = "price-too-large"
    title = "A line and a quote with its tax are worth less than a trillion"
    hint = "Check quantity and price, or split the line."


class PriceIsBelowFloor(RuleBroken):
    """A seller may not give more than the floor leaves."""

    code = "price-below-floor"
    title = "The price is below the floor that the rule names"
    hint = "Give less discount, or have somebody price it who may go below the floor."


class DerivedPricesGoInCircles(RuleBroken):
    """A price that is a share of others cannot be part of what it is a share of."""

    code = "derived-prices-go-in-circles"
    title = "Prices that are shares of other lines depend on each other"
    hint = "Take one of the named items out of the contributors of the other."


class StepName(StrEnum):
    """The steps, in the order in which they are taken."""

    LIST = "list"
    CONTRACTED = "contracted"
    AGREED = "agreed"
    BLOCK = "block"
    ATTRIBUTE = "attribute"
    BUNDLE = "bundle"
    DERIVED = "derived"
    QUANTITY_BREAK = "quantity-break"
    TERM = "term"
    RAMP = "ramp"
    PROMOTION = "promotion"
    TIER = "tier"
    PARTNER = "partner"
    MANUAL = "manual"
    FLOOR = "floor"
    NET = "net"
    DUE = "due"


class Step(NamedTuple):
    """One step of a line's waterfall, per unit."""

    step: StepName
    rule: str
    """What decided, for programs: `list-price`, `quantity:<key>`, `none`."""
    input: Decimal | None
    """Unit price before the step; none before the first."""
    output: Decimal
    """Unit price after it."""
    reason: str
    """For people."""
    version: str = ""
    """The price book and its version that the rule is of; empty: it is of none."""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line costs, and how that came about."""

    list_unit_price: Decimal | None
    net_unit_price: Decimal
    """At ten places, without tax, for one unit and one period."""
    discount_fraction: Decimal
    """1 - net / start of the waterfall (agreed, contracted or list price), at ten places; 0 from
    nothing."""
    net_amount: Decimal
    """What the line costs over its term, at ten places, not rounded to the currency."""
    steps: tuple[Step, ...]
    margin: Decimal | None = None
    """Net amount less the cost of the goods, at ten places; None: the cost is not known."""
    usage: tuple[UsageOffered, ...] = ()
    """What usage costs, by resource: beside the price, not part of it."""

    def written_steps(self) -> list[dict[str, str | None]]:
        """The steps as quotes keep them; decimals are canonical texts."""
        found: list[dict[str, str | None]] = []
        before: Decimal | None = None
        said = ""
        for step in self.steps:
            # Most steps begin with what the one before came to: a long quote has 50,000 of them.
            given = step.input
            start = None if given is None else said if given is before else plain(given)
            before, said = step.output, plain(step.output)
            written = {
                "step": step.step.value,
                "rule": step.rule,
                "input": start,
                "output": said,
                "reason": step.reason,
            }
            if step.version:
                written["version"] = step.version
            found.append(written)
        return found


def working(value: Decimal) -> Decimal:
    """The value at the ten places that prices carry."""
    return ARITHMETIC.quantize(value, _LAST_PLACE)


def percent(fraction: Decimal) -> str:
    """A fraction for people: 5 %."""
    return f"{plain(ARITHMETIC.multiply(fraction, Decimal(100)))} %"
