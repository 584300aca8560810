"""What a rehearsal says of a quote, a customer, an item, a rule and a currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from servicekit.values.decimals import ARITHMETIC

NOTHING = Decimal(0)
_LAST_PLACE = Decimal(1).scaleb(-10)


class Sides(NamedTuple):
    """An amount by the rules of then, and by those that are tried."""

    before: Decimal = NOTHING
    after: Decimal = NOTHING

    @property
    def difference(self) -> Decimal:
        """Above zero: it becomes dearer."""
        return ARITHMETIC.subtract(self.after, self.before)

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what it was, at ten places; None of nothing."""
        if not self.before:
            return None
        share = ARITHMETIC.divide(self.difference, self.before)
        return ARITHMETIC.quantize(share, _LAST_PLACE)

    def plus(self, other: Sides) -> Sides:
        """Both together."""
        return Sides(
            ARITHMETIC.add(self.before, other.before), ARITHMETIC.add(self.after, other.after)
        )


UNMOVED = Sides()
"""Nothing on both sides."""


class ItemKey(NamedTuple):
    """An item by its id, and what it was called."""

    item_id: UUID
    sku: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule and what it made of a difference, to the last digit."""

    step: str
    rule: str
    version: str
    """The price book and its version; empty: it is of none."""
    difference: Decimal

    @property
    def book(self) -> str | None:
        """The same; None: it is of none."""
        return self.version or None


@dataclass(frozen=True, slots=True)
class QuoteOutcome:
    """A quote that could be priced by both."""

    quote_id: UUID
    number: str
    revision: int
    status: str
    customer_id: UUID
    customer_number: str
    customer_name: str
    priced_on: date
    currency: str
    net: Sides
    gross: Sides
    changed: bool
    """A line that counts costs something else."""
    reason: Reason | None
    """What made the most of it."""


@dataclass(frozen=True, slots=True)
class UnpricedQuote:
    """A quote that could not be priced by one of them."""

    quote_id: UUID
    number: str
    revision: int
    status: str
    customer_id: UUID
    customer_number: str
    customer_name: str
    priced_on: date
    currency: str
    quoted: Decimal
    """Its net as it stands."""
    code: str
    message: str
    field: str | None


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """All quotes of a currency."""

    currency: str
    quotes: int
    changed: int
    dearer: int
    cheaper: int
    net: Sides
    gross: Sides
    unpriced: int
    unpriced_quoted: Decimal
    """Net of the quotes that are not in the sums, as they stand."""


@dataclass(frozen=True, slots=True)
class CustomerTotal:
    """All quotes of a customer in a currency."""

    customer_id: UUID
    customer_number: str
    customer_name: str
    """As of the newest of the quotes."""
    currency: str
    quotes: int
    changed: int
    net: Sides
    gross: Sides


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """All lines of an item in a currency that count, each rounded as its quote shows it."""

    item: ItemKey
    currency: str
    quotes: int
    changed: int
    net: Sides

    @property
    def item_id(self) -> UUID:
        """Its id."""
        return self.item.item_id

    @property
    def sku(self) -> str:
        """What it was called."""
        return self.item.sku


@dataclass(frozen=True, slots=True)
class RuleTotal:
    """What a rule made of all differences in a currency; not rounded."""

    step: str
    rule: str
    version: str
    currency: str
    quotes: int
    difference: Decimal

    @property
    def book(self) -> str | None:
        """The same; None: it is of none."""
        return self.version or None


class Sort(StrEnum):
    """The order of rows; amounts of different currencies are compared as numbers."""

    LARGEST = "largest"
    """The largest difference first, whichever way."""
    DEARER = "dearer"
    """What becomes dearest first."""
    CHEAPER = "cheaper"
    """What becomes cheapest first."""


class Differs(Protocol):
    """A row with a difference."""

    @property
    def net(self) -> Sides: ...


DiffersT = TypeVar("DiffersT", bound=Differs)
T = TypeVar("T")

_ORDERS: Mapping[Sort, Callable[[Decimal], Decimal]] = {
    Sort.LARGEST: lambda difference: -abs(difference),
    Sort.DEARER: lambda difference: -difference,
    Sort.CHEAPER: lambda difference: difference,
}


def by_difference(rows: Iterable[DiffersT], sort: Sort) -> list[DiffersT]:
    """Sorted; rows that differ alike stay in their order."""
    order = _ORDERS[sort]
    return sorted(rows, key=lambda row: order(row.net.difference))


def rules_by_difference(rows: Iterable[RuleTotal], sort: Sort) -> list[RuleTotal]:
    """The same for rules."""
    order = _ORDERS[sort]
    return sorted(rows, key=lambda row: order(row.difference))


def page_of(rows: Sequence[T], page: int, limit: int) -> Sequence[T]:
    """Rows of a page, from 1."""
    return rows[(page - 1) * limit : page * limit]
