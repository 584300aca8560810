"""What a customer has of a contract on a day: the sum of its entries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from cpq.selling import Proration, TermUnit, prorated
from servicekit.values.decimals import ARITHMETIC, round_to

PLACES = 10
_NOTHING = Decimal(0)


class EntryKind(StrEnum):
    """What an entry came of."""

    NEW = "new"
    ADD = "add"
    REDUCE = "reduce"
    EXTEND = "extend"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Entry:
    """A quantity of something, more or less, over a stretch of days. Money in the contract's
    currency, without tax."""

    key: str
    """Names the thing within its contract, whatever becomes of it."""
    kind: EntryKind
    item_id: UUID
    sku: str
    name: str
    unit: str
    quantity: Decimal
    """Below zero takes away."""
    unit_price: Decimal
    """For one unit and one period, after all discounts; it is locked."""
    from_on: date
    until_on: date
    """The last day."""
    amount: Decimal
    """What it costs over its days, at ten places; below zero is given back."""
    term_unit: TermUnit = TermUnit.MONTH
    term_count: int = 1
    basis: Proration = Proration.PERIOD_DAYS
    anchor: date | None = None
    """A day on which a billing period begins."""
    selling_model: str | None = None
    replaces: str | None = None
    """The key of what it was swapped for."""

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= day <= self.until_on


@dataclass(frozen=True, slots=True)
class Holding:
    """What a customer has of one thing on a day."""

    key: str
    quantity: Decimal
    latest: Entry
    """An entry that says what it is and what it costs."""
    until_on: date
    """The last day on which anything of it is there, as things stand."""


def holdings(entries: Sequence[Entry], day: date) -> dict[str, Holding]:
    """What is there on a day, by key; what sums to nothing is not."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.on(day):
            found.setdefault(entry.key, []).append(entry)
    held = {}
    for key, of in found.items():
        quantity = sum((entry.quantity for entry in of), start=_NOTHING)
        if quantity:
            gained = [entry for entry in of if entry.quantity > 0]
            held[key] = Holding(key, quantity, gained[-1], _last_day(entries, key))
    return held


def _last_day(entries: Sequence[Entry], key: str) -> date:
    """The last day on which the sum of a key's entries is not nothing."""
    of = [entry for entry in entries if entry.key == key]
    for day in last_days(of):
        if sum((entry.quantity for entry in of if entry.on(day)), start=_NOTHING):
            return day
    return of[0].from_on


def last_days(entries: Iterable[Entry]) -> list[date]:
    """Days after which something changes, the latest first."""
    found = set()
    for entry in entries:
        found.add(entry.until_on)
        found.add(entry.from_on - timedelta(days=1))
    return sorted(found, reverse=True)


@dataclass(frozen=True, slots=True)
class Window:
    """Days of a key on which so much of it is there at one price."""

    like: Entry
    quantity: Decimal
    from_on: date
    until_on: date


def windows(
    entries: Sequence[Entry], key: str, from_on: date, *, by_quantity: bool = False
) -> list[Window]:
    """The stretches from a day on on which something of a key is there, each with its price.

    `by_quantity` tells stretches with different quantities apart as well.
    """
    of = [entry for entry in entries if entry.key == key]
    edges = sorted(
        {max(entry.from_on, from_on) for entry in of if entry.until_on >= from_on}
        | {entry.until_on + timedelta(days=1) for entry in of if entry.until_on >= from_on}
    )
    found: list[Window] = []
    for start, end in pairwise(edges):
        there = [entry for entry in of if entry.on(start)]
        quantity = sum((entry.quantity for entry in there), start=_NOTHING)
        if not quantity:
            continue
        like = [entry for entry in there if entry.quantity > 0][-1]
        window = Window(like, quantity, start, end - timedelta(days=1))
        before = found[-1] if found else None
        if (
            before is not None
            and before.until_on + timedelta(days=1) == start
            and _same(before.like, like)
            and (before.quantity == quantity or not by_quantity)
        ):
            found[-1] = replace(before, until_on=window.until_on)
        else:
            found.append(window)
    return found


def _same(one: Entry, other: Entry) -> bool:
    """Whether days of both can be counted together: one price, one way of counting."""
    return (one.unit_price, one.term_unit, one.term_count, one.basis, one.anchor) == (
        other.unit_price, other.term_unit, other.term_count, other.basis, other.anchor,
    )  # fmt: skip


def amount_of(like: Entry, quantity: Decimal, from_on: date, until_on: date) -> Decimal:
    """What a quantity costs from a day up to and with another, at ten places.

    Quantity x unit price x periods, prorated as the entry is.
    """
    periods = prorated(
        from_on,
        until_on + timedelta(days=1),
        like.term_unit,
        like.basis,
        count=like.term_count,
        anchor=like.anchor or like.from_on,
    )
    whole = ARITHMETIC.multiply(quantity, like.unit_price)
    exact = ARITHMETIC.multiply(whole, Decimal(periods.exact.numerator))
    return round_to(ARITHMETIC.divide(exact, Decimal(periods.exact.denominator)), PLACES)


def new_key(wanted: str, taken: Collection[str]) -> str:
    """A key that nothing of the contract has yet."""
    key, number = wanted, 2
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key
