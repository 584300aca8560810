"""The waterfall: list price, agreed price, quantity break, customer tier, manual discount, net.

Unit prices carry ten decimal places, which is what the database keeps, so that a step's output is
exactly the next step's input when a quote is read again and replayed. Nothing else is rounded
here: rounding to the currency happens once per document (docs/architecture/pricing.md).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from cpq.pricing.rules.schedule import PriceRules
from servicekit.errors import InvalidInput, RuleBroken
from servicekit.values import Money, plain
from servicekit.values.decimals import ARITHMETIC, round_to

WORKING_PLACES = 10
LARGEST = Decimal(10) ** 12
"""Amounts stay below a trillion: the ERP takes no line and no order worth that much, and what a
customer accepts must become an order."""

_ONE = Decimal(1)
_NONE = Decimal(0)


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


class StepName(StrEnum):
    """The steps, in the order in which they are taken."""

    LIST = "list"
    AGREED = "agreed"
    QUANTITY_BREAK = "quantity-break"
    TIER = "tier"
    MANUAL = "manual"
    NET = "net"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a line's waterfall, per unit."""

    step: StepName
    rule: str
    """What decided, for programs: `list-price`, `quantity-break:<id>`, `none`."""
    input: Decimal | None
    """Unit price before the step; none before the first."""
    output: Decimal
    """Unit price after it."""
    reason: str
    """For people."""


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
    """In the quote's currency on the pricing day."""
    list_source: str = ""
    """Where the list price came from, for people."""
    list_rule: str = "list-price"
    """What decided on it, for programs."""
    agreed_unit_price: Decimal | None = None
    agreed_reason: str | None = None
    discount: Decimal = _NONE
    """The manual discount, a fraction from 0 to 1."""
    discount_reason: str | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line costs, and how that came about."""

    list_unit_price: Decimal | None
    net_unit_price: Decimal
    """At ten places, without tax."""
    discount_fraction: Decimal
    """1 - net / start of the waterfall (agreed or list price), at ten places; 0 from nothing."""
    net_amount: Decimal
    """Quantity times net unit price, at ten places, not rounded to the currency."""
    steps: tuple[Step, ...]


def price_line(request: Request, rules: PriceRules, currency: str) -> PricedLine:
    """Take the waterfall's steps; each records what it did, also when it did nothing.

    An agreed price is what was agreed: quantity breaks and tier discounts are in it already and
    are not given again; a manual discount still is. Raises `ItemHasNoListPrice`,
    `AgreedPriceNeedsReason`, `DiscountNeedsReason`, `PriceIsTooLarge`.
    """
    start, steps = _start(request, rules.day, currency)
    agreed = request.agreed_unit_price is not None
    price = start
    for step, discount, rule, reason in (
        _quantity_break(request, rules, agreed=agreed),
        _tier(request, rules, agreed=agreed),
        _manual(request),
    ):
        after = _discounted(price, discount)
        steps.append(Step(step, rule, price, after, reason))
        price = after
    amount = round_to(ARITHMETIC.multiply(request.quantity, price), WORKING_PLACES)
    if amount >= LARGEST:
        raise PriceIsTooLarge(
            f"{request.sku}: {plain(request.quantity)} times {plain(price)} is too large",
            field="quantity",
        )
    steps.append(
        Step(StepName.NET, "net", price, price, f"{plain(price)} {currency} per unit, without tax")
    )
    return PricedLine(
        list_unit_price=request.list_unit_price,
        net_unit_price=price,
        discount_fraction=_fraction_off(start, price),
        net_amount=amount,
        steps=tuple(steps),
    )


def _start(request: Request, day: date, currency: str) -> tuple[Decimal, list[Step]]:
    listed = request.list_unit_price
    steps: list[Step] = []
    if listed is not None:
        reason = f"List price on {day.isoformat()}" + (
            f", {request.list_source}" if request.list_source else ""
        )
        steps.append(Step(StepName.LIST, request.list_rule, None, listed, reason))
    if request.agreed_unit_price is not None:
        if not request.agreed_reason:
            raise AgreedPriceNeedsReason(
                f"{request.sku} has an agreed price but nobody says why", field="agreed_reason"
            )
        agreed = round_to(request.agreed_unit_price, WORKING_PLACES)
        steps.append(Step(StepName.AGREED, "agreed-price", listed, agreed, request.agreed_reason))
        return agreed, steps
    if listed is None:
        raise ItemHasNoListPrice(
            f"{request.sku} has no list price in {currency} on {day.isoformat()}",
            field="agreed_unit_price",
            sku=request.sku,
            currency=currency,
        )
    return listed, steps


_Discount = tuple[StepName, Decimal, str, str]


def _quantity_break(request: Request, rules: PriceRules, *, agreed: bool) -> _Discount:
    if agreed:
        return StepName.QUANTITY_BREAK, _NONE, "none", "The price was agreed"
    found = rules.quantity_break(request.item_id, request.category, request.quantity)
    if found is None:
        return StepName.QUANTITY_BREAK, _NONE, "none", "No quantity break is reached"
    reason = f"{_percent(found.discount)} from {plain(found.minimum_quantity)} on"
    return StepName.QUANTITY_BREAK, found.discount, f"quantity-break:{found.id}", reason


def _tier(request: Request, rules: PriceRules, *, agreed: bool) -> _Discount:
    if agreed:
        return StepName.TIER, _NONE, "none", "The price was agreed"
    found = rules.tier_discount(request.tier, request.category)
    if found is None:
        return StepName.TIER, _NONE, "none", f"Tier {request.tier} has no discount"
    reason = f"{_percent(found.discount)} for tier {request.tier}"
    return StepName.TIER, found.discount, f"tier-discount:{found.id}", reason


def _manual(request: Request) -> _Discount:
    if not request.discount:
        return StepName.MANUAL, _NONE, "none", "No manual discount"
    if not request.discount_reason:
        raise DiscountNeedsReason(
            f"{request.sku} has a manual discount but nobody says why", field="discount_reason"
        )
    reason = f"{_percent(request.discount)}: {request.discount_reason}"
    return StepName.MANUAL, request.discount, "manual-discount", reason


def _discounted(price: Decimal, discount: Decimal) -> Decimal:
    kept = ARITHMETIC.subtract(_ONE, discount)
    return round_to(ARITHMETIC.multiply(price, kept), WORKING_PLACES)


def _fraction_off(start: Decimal, net: Decimal) -> Decimal:
    if not start:
        return _NONE
    kept = ARITHMETIC.divide(net, start)
    return round_to(ARITHMETIC.subtract(_ONE, kept), WORKING_PLACES)


def _percent(fraction: Decimal) -> str:
    return f"{plain(ARITHMETIC.multiply(fraction, Decimal(100)))} %"


def margin(net_amount: Money, unit_cost: Money, quantity: Decimal) -> Money:
    """Net amount less standard cost of the goods, not rounded; both in one currency."""
    return net_amount - unit_cost * quantity
