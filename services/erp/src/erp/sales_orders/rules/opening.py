"""What becomes of a new order: rejected, held or confirmed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.sales_orders.rules.progress import AMOUNT_PLACES, ZERO, LineProgress, OrderStatus
from erp.sales_orders.rules.refusals import (
    ItemHasNoListPrice,
    LineAmountIsTooLarge,
    PriceNeedsReason,
    PriceOverrideIsNotPermitted,
)
from servicekit.values.decimals import ARITHMETIC, fits_places, plain, round_to

STOCK_SHORT = "stock-short"
"""The hold that passes by itself, when stock comes in."""
AS_SIGNED = 10
"""Decimal places of a line that is kept as it was signed, however fine: all that a column has."""
MOST_AMOUNT = Decimal(10) ** 12
"""A line or an order worth a trillion is a typing error; the books take no more."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order is held or rejected: a stable code and a sentence for people."""

    code: str
    message: str


CUSTOMER_INACTIVE = Reason(
    "customer-inactive", "CRM says that the customer is inactive: nothing is sold to it."
)
"""Holds an accepted quote: a person activates the customer or lets the order go on."""


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line as ordered. Prices are in the order's currency, without tax, unrounded.

    `list_unit_price` is the item's on the order's day (None: it has none), `price_reason` why the
    line has another price. A quantity of the item has at most `quantity_places`.
    """

    line_id: UUID
    position: int
    item_id: UUID
    sku: str
    name: str
    unit: str
    stocked: bool
    quantity: Decimal
    net_unit_price: Decimal
    net_amount: Decimal
    tax_category: str
    list_unit_price: Decimal | None = None
    price_reason: str | None = None
    quantity_places: int = AS_SIGNED


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What an order needs to know of an item."""

    item_id: UUID
    sku: str
    unit: str
    released: bool
    sellable: bool


def price_of_line(
    list_price: Decimal | None,
    stated: Decimal | None,
    reason: str | None,
    *,
    may_override: bool,
    field: str,
) -> tuple[Decimal, str | None]:
    """The net unit price of an ordered line, and why it is not the list price (None: it is).

    `stated` is the line's own price, None for the list price of the order's day; an item without
    a list price is sold at a stated price like any other that differs. `field` names the line in
    the request. Raises `ItemHasNoListPrice`, `PriceOverrideIsNotPermitted` or `PriceNeedsReason`.
    """
    if stated is None:
        if list_price is None:
            raise ItemHasNoListPrice(
                "The item has no list price in this currency on this day.",
                field=f"{field}.net_unit_price",
            )
        return list_price, None
    if stated == list_price:
        return stated, None
    against = "there is none" if list_price is None else f"it is {plain(list_price)}"
    if not may_override:
        raise PriceOverrideIsNotPermitted(
            f"{plain(stated)} is not the list price: {against}.", field=f"{field}.net_unit_price"
        )
    if reason is None:
        raise PriceNeedsReason(
            f"{plain(stated)} is not the list price: {against}.", field=f"{field}.price_reason"
        )
    return stated, reason


def line_amount(quantity: Decimal, net_unit_price: Decimal) -> Decimal:
    """Quantity times price at ten decimals, unrounded to the currency; LineAmountIsTooLarge."""
    amount = round_to(ARITHMETIC.multiply(quantity, net_unit_price), AMOUNT_PLACES)
    check_amount(amount)
    return amount


def check_amount(amount: Decimal) -> None:
    """Raise `LineAmountIsTooLarge` for what the books have no room for."""
    if abs(amount) >= MOST_AMOUNT:
        raise LineAmountIsTooLarge(f"The amount would be {plain(amount)}.", field="lines")


def objections(
    wanted: Iterable[tuple[UUID, str, str]],
    items: Mapping[UUID, ItemFacts],
    *,
    currency: str,
    account_currency: str,
) -> list[Reason]:
    """Why these lines (item id, SKU, unit) can never become an order; empty if they can.

    Stock and credit are no such reasons: they pass, and so they hold an order instead.
    """
    reasons = list[Reason]()
    if currency != account_currency:
        reasons.append(
            Reason(
                "currency-differs",
                f"The order is in {currency}, the customer's account in {account_currency}.",
            )
        )
    lines = 0
    for item_id, sku, unit in wanted:
        lines += 1
        item = items.get(item_id)
        if item is None:
            reasons.append(Reason("item-unknown", f"Item {sku} does not exist."))
        elif not item.released:
            reasons.append(Reason("item-discontinued", f"Item {sku} is discontinued."))
        elif not item.sellable:
            reasons.append(Reason("item-not-sellable", f"Item {sku} is not for sale."))
        elif item.unit != unit:
            reasons.append(
                Reason("unit-differs", f"Item {sku} is sold by {item.unit}, not by {unit}.")
            )
    if not lines:
        reasons.append(Reason("lines-missing", "There is nothing on the order."))
    return reasons


def fits(line: OrderedLine) -> bool:
    """Whether the books have room for a line's quantity, price and amount."""
    return 0 < line.quantity < MOST_AMOUNT and all(
        abs(amount) < MOST_AMOUNT for amount in (line.net_unit_price, line.net_amount)
    )


def line_objections(lines: Iterable[OrderedLine], taxed: Collection[str]) -> list[Reason]:
    """Why a quote's lines can never be delivered and invoiced; empty if they can.

    `taxed` are the tax categories that have a rate in the company's country on the order's day.
    """
    lines = list(lines)
    reasons = [
        Reason(
            "line-out-of-range",
            f"{plain(line.quantity)} {line.unit} of {line.sku} for {plain(line.net_amount)}"
            " is more, or less, than a line can be."[:2_000],
        )
        for line in lines
        if not fits(line)
    ]
    reasons += [
        Reason(
            "quantity-too-fine",
            f"{plain(line.quantity)} {line.unit} of {line.sku} has more decimal places than the"
            f" unit: {line.quantity_places}."[:2_000],
        )
        for line in lines
        if not fits_places(line.quantity, line.quantity_places)
    ]
    reasons += [
        Reason(
            "tax-rate-missing",
            f"The tax category {category} has no rate in the company's country on that day.",
        )
        for category in sorted({line.tax_category for line in lines} - set(taxed))
    ]
    return reasons


def total_objections(gross: Decimal, currency: str) -> list[Reason]:
    """Why an order of this gross can never be written; empty if it can."""
    if 0 <= gross < MOST_AMOUNT:
        return []
    return [
        Reason(
            "total-out-of-range",
            f"The order would be worth {plain(gross)} {currency}, with tax.",
        )
    ]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a new order."""

    status: OrderStatus
    holds: tuple[Reason, ...]
    promised_on: date | None


def decide(
    lines: Sequence[LineProgress],
    names: Mapping[UUID, str],
    reserved: Mapping[UUID, Decimal],
    against: Sequence[Reason],
    *,
    ordered_on: date,
    requested_on: date | None,
) -> Decision:
    """Confirm an order, or hold it with every reason at once: those `against` it, and short stock.

    `names` tells people which line is short. A confirmed order is promised for the requested day,
    or for the day it was ordered.
    """
    short = [
        f"{names[line.line_id]} by {plain(line.open - reserved.get(line.line_id, ZERO))}"
        for line in lines
        if line.stocked and reserved.get(line.line_id, ZERO) < line.open
    ]
    holds = tuple(against)
    if short:
        holds += (Reason(STOCK_SHORT, f"Stock is short: {', '.join(short)}."[:2_000]),)
    if holds:
        return Decision(OrderStatus.HELD, holds, None)
    return Decision(OrderStatus.CONFIRMED, (), max(ordered_on, requested_on or ordered_on))
