"""Collective invoices: which deliveries of which orders stand on one, and which wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from erp.sales_orders.rules.progress import ZERO, LineProgress, share_of
from servicekit.errors import InvalidInput

T = TypeVar("T")
MOST_LINES = 500
"""So many lines an invoice has at most, unless a single order has more."""


class CollectedBeforeDelivered(InvalidInput):
    """An invoice is of no day before what it invoices has left."""

    code = "collected-before-delivered"
    title = "A collective invoice is dated on or after the last day of its deliveries"
    hint = "Give a later issued_on, or an earlier delivered_until."


class CollectBy(StrEnum):
    """What stands on one invoice: all of an account, or all with the same customer reference."""

    ACCOUNT = "account"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What left of an order line with a delivery, in its unit."""

    line_id: UUID
    number: str
    delivered_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CollectedPart:
    """What is invoiced of an order line and a delivery: a quantity and its unrounded net amount."""

    line_id: UUID
    delivery_number: str
    delivered_on: date
    quantity: Decimal
    net_amount: Decimal


def plan_collection(
    lines: Sequence[LineProgress], deliveries: Mapping[UUID, Sequence[Delivered]], until: date
) -> list[CollectedPart]:
    """What of lines left until a day and is not invoiced yet, by line and delivery.

    `deliveries` of a line are in the order in which they were recorded, which is the order in which
    they are invoiced: one of a later day keeps back those that were recorded after it. The parts of
    a line sum to the worth of all that left so far, less what earlier invoices took, so that
    deliveries sum to the line exactly whatever their number.
    """
    parts = list[CollectedPart]()
    for line in lines:
        left, taken, amount = ZERO, line.invoiced, line.invoiced_amount
        for one in deliveries.get(line.line_id, ()):
            if one.delivered_on > until:
                break
            left += one.quantity
            if left <= taken:
                continue
            worth = share_of(line.net_amount, left, line.quantity)
            parts.append(
                CollectedPart(
                    line.line_id, one.number, one.delivered_on, left - taken, worth - amount
                )
            )
            taken, amount = left, worth
    return parts


def in_bunches(orders: Sequence[tuple[T, int]], most: int = MOST_LINES) -> list[list[T]]:
    """Orders with their numbers of lines, in bunches of so many lines; none is torn apart."""
    bunches, count = list[list[T]](), 0
    for order, lines in orders:
        if not bunches or count + lines > most:
            bunches.append([])
            count = 0
        bunches[-1].append(order)
        count += lines
    return bunches
