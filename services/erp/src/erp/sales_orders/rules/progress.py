"""How far an order is: what ships, what is invoiced, what is cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from erp.sales_orders.rules.refusals import (
    DayIsInTheFuture,
    InvoicedBeforeOrdered,
    LineIsNotOnOrder,
    NothingToInvoice,
    NothingToShip,
    OrderHasNothingOpen,
    OrderIsClosed,
    OrderIsOnHold,
    QuantityIsNotReserved,
    ShippedBeforeOrdered,
)
from servicekit.values.decimals import ARITHMETIC, plain, round_to
from servicekit.values.money import Money

ZERO = Decimal(0)
AMOUNT_PLACES = 10
"""Unrounded line amounts keep ten decimals; documents round, lines do not."""


class OrderStatus(StrEnum):
    """Where an order stands. Only `held` waits for a person."""

    PLACED = "placed"
    HELD = "held"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LineProgress:
    """How far an order line is. Quantities are in the line's unit.

    `invoiced_amount` is the unrounded part of `net_amount` that invoices have taken.
    """

    line_id: UUID
    item_id: UUID
    stocked: bool
    quantity: Decimal
    net_amount: Decimal
    reserved: Decimal = ZERO
    shipped: Decimal = ZERO
    invoiced: Decimal = ZERO
    cancelled: Decimal = ZERO
    invoiced_amount: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        """Neither shipped nor cancelled."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def shippable(self) -> Decimal:
        """What could leave now: of goods what is reserved, of services all that is open."""
        return min(self.reserved, self.open) if self.stocked else self.open


def check_day(day: date, *, ordered_on: date, today: date, shipping: bool) -> None:
    """A shipment or invoice is dated between the order and today (anywhere on earth, UTC + 1 d).

    Raises `ShippedBeforeOrdered`, `InvoicedBeforeOrdered` or `DayIsInTheFuture`.
    """
    field = "shipped_on" if shipping else "issued_on"
    if day < ordered_on:
        refusal = ShippedBeforeOrdered if shipping else InvoicedBeforeOrdered
        raise refusal(f"{day} is before the order's day, {ordered_on}.", field=field)
    if day > today + timedelta(days=1):
        raise DayIsInTheFuture(f"{day} has not come yet.", field=field)


def check_ordered_on(ordered_on: date, today: date) -> None:
    """Raise `DayIsInTheFuture` for an order of a day that has begun nowhere on earth yet."""
    if ordered_on > today + timedelta(days=1):
        raise DayIsInTheFuture(f"{ordered_on} has not come yet.", field="ordered_on")


def check_may_ship(status: OrderStatus) -> None:
    """Raise `OrderIsOnHold` or `OrderIsClosed` unless goods may leave for the order."""
    if status is OrderStatus.HELD:
        raise OrderIsOnHold("The order waits for a release.")
    if status not in (OrderStatus.CONFIRMED, OrderStatus.SHIPPING):
        raise OrderIsClosed(f"The order is {status.value}.")


def plan_shipment(
    lines: Sequence[LineProgress], wanted: Mapping[UUID, Decimal] | None
) -> dict[UUID, Decimal]:
    """What leaves, by line: `wanted`, or everything that can leave.

    Raises `LineIsNotOnOrder`, `QuantityIsNotReserved` or `NothingToShip`.
    """
    known = {line.line_id: line for line in lines}
    if wanted is None:
        plan = {line.line_id: line.shippable for line in lines if line.shippable > 0}
    else:
        plan = dict(wanted)
        for line_id, quantity in plan.items():
            if line_id not in known:
                raise LineIsNotOnOrder(f"Line {line_id} is on no such order.", field="lines")
            if quantity > known[line_id].shippable:
                raise QuantityIsNotReserved(
                    f"{plain(quantity)} is wanted of line {line_id}, "
                    f"{plain(known[line_id].shippable)} can go.",
                    field="lines",
                )
    if not plan:
        raise NothingToShip("Nothing is reserved for what the order still wants.")
    return plan


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be invoiced of a line: a quantity and its unrounded net amount."""

    line_id: UUID
    quantity: Decimal
    net_amount: Decimal


def plan_invoice(lines: Sequence[LineProgress]) -> list[Due]:
    """Everything shipped and not yet invoiced, in the order of `lines`.

    The amount is what the shipped share of the line is worth in total, less what earlier
    invoices took: parts add up to the whole whatever their number. Raises `NothingToInvoice`.
    """
    due = [
        Due(line.line_id, line.shipped - line.invoiced, share - line.invoiced_amount)
        for line in lines
        if line.shipped > line.invoiced
        for share in [share_of(line.net_amount, line.shipped, line.quantity)]
    ]
    if not due:
        raise NothingToInvoice("Everything that has left is invoiced.")
    return due


def share_of(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The unrounded share of an amount that a part of a quantity has, to ten decimals."""
    if part == whole:
        return amount
    product = ARITHMETIC.multiply(amount, part)
    return round_to(ARITHMETIC.divide(product, whole), AMOUNT_PLACES)


def plan_cancellation(lines: Sequence[LineProgress], status: OrderStatus) -> dict[UUID, Decimal]:
    """The open quantity of each line that still has one.

    Raises `OrderIsClosed` or `OrderHasNothingOpen`.
    """
    if status in (OrderStatus.REJECTED, OrderStatus.CANCELLED):
        raise OrderIsClosed(f"The order is {status.value}.")
    plan = {line.line_id: line.open for line in lines if line.open > 0}
    if not plan:
        raise OrderHasNothingOpen(f"The order is {status.value}.")
    return plan


def status_after(lines: Sequence[LineProgress], status: OrderStatus) -> OrderStatus:
    """The order's status, told from its lines; unchanged while nothing has happened to them."""
    if any(line.open > 0 for line in lines):
        return OrderStatus.SHIPPING if any(line.shipped > 0 for line in lines) else status
    if all(line.shipped == 0 for line in lines):
        return OrderStatus.CANCELLED
    invoiced = all(line.invoiced == line.shipped for line in lines)
    return OrderStatus.INVOICED if invoiced else OrderStatus.SHIPPED


def whole_amount(line: LineProgress) -> Decimal:
    """The unrounded net amount of a line that is ever invoiced: all but what was cancelled."""
    return share_of(line.net_amount, line.quantity - line.cancelled, line.quantity)


def uninvoiced_amount(line: LineProgress) -> Decimal:
    """The unrounded net amount of a line that may still be invoiced: its credit exposure."""
    return whole_amount(line) - line.invoiced_amount


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What an order still asks for, tax included: beside down payments, and within them."""

    exposure: Decimal
    prepaid: Decimal = ZERO


def exposure_after(
    now: Unpaid,
    before: Sequence[LineProgress],
    after: Sequence[LineProgress],
    *,
    minor_units: int,
    invoiced: Decimal = ZERO,
) -> Unpaid:
    """What of an order's exposure (gross) is left once some of it was invoiced or cancelled.

    In proportion to what can still be invoiced, without tax and unrounded; rounded to minor
    units, and nothing when nothing is left. An invoice over `invoiced` settles what it can of down
    payments; what they still hold of the order is no exposure of it. It never grows by rounding.
    """
    prepaid = now.prepaid - min(now.prepaid, invoiced)
    whole = _exposure_after(now.exposure + now.prepaid, before, after, minor_units)
    return Unpaid(min(now.exposure, max(ZERO, whole - prepaid)), prepaid)


def delivered_part(
    exposure: Decimal, lines: Sequence[LineProgress], *, minor_units: int
) -> Decimal:
    """What of an order's exposure (gross) has left and is not invoiced; rounded to minor units.

    In proportion to what can still be invoiced, without tax and unrounded.
    """
    left = sum((uninvoiced_amount(line) for line in lines), ZERO)
    gone = sum(
        (
            share_of(line.net_amount, line.shipped, line.quantity) - line.invoiced_amount
            for line in lines
        ),
        ZERO,
    )
    if left <= 0 or gone <= 0:
        return ZERO
    exact = ARITHMETIC.divide(ARITHMETIC.multiply(exposure, gone), left)
    return min(exposure, round_to(exact, minor_units))


def asked_for_again(
    gross: Decimal,
    lines: Sequence[LineProgress],
    *,
    exposure: Decimal,
    prepaid: Decimal,
    given_back: Money,
) -> Decimal:
    """By how much an open order's exposure grows when a down payment is given back.

    By all of it, unless less than that can still be invoiced (part was cancelled since).
    """
    ordered = sum((line.net_amount for line in lines), ZERO)
    open_now = sum((uninvoiced_amount(line) for line in lines), ZERO)
    if ordered <= 0 or open_now <= 0:
        return ZERO
    product = ARITHMETIC.multiply(gross, open_now)
    whole = Money(ARITHMETIC.divide(product, ordered), given_back.currency).round().amount
    return max(ZERO, min(given_back.amount, whole - (prepaid - given_back.amount) - exposure))


def _exposure_after(
    exposure: Decimal,
    before: Sequence[LineProgress],
    after: Sequence[LineProgress],
    minor_units: int,
) -> Decimal:
    open_before = sum((uninvoiced_amount(line) for line in before), ZERO)
    open_after = sum((uninvoiced_amount(line) for line in after), ZERO)
    if open_before <= 0 or open_after <= 0:
        return ZERO
    product = ARITHMETIC.multiply(exposure, open_after)
    return round_to(ARITHMETIC.divide(product, open_before), minor_units)
