"""What a customer has of a contract on a day: the sum of its entries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from cpq.selling import Proration, TermUnit

LONGEST_KEY = 40
"""Of a line of a quote, which has the key of what it changes."""
FOREVER = date(9999, 12, 30)
"""The last day of what runs until it is cancelled: there is a day after it, as after any other."""
_NOTHING = Decimal(0)
_DAY = timedelta(days=1)


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
    currency, without tax.

    An entry above zero is a lot: it was bought together, at one price. An entry below zero takes
    from one lot.
    """

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
    """For one unit and one period, after all discounts; that of its lot."""
    from_on: date
    until_on: date
    """The last day; `FOREVER`: it is evergreen."""
    amount: Decimal
    """What it costs over its days, at ten places; below zero is given back. Of what is evergreen:
    what its first period costs; later ones are due as long as it is there."""
    term_unit: TermUnit = TermUnit.MONTH
    term_count: int = 1
    basis: Proration = Proration.PERIOD_DAYS
    anchor: date | None = None
    """A day on which a billing period begins."""
    selling_model: str | None = None
    replaces: str | None = None
    """The key of what it was swapped for."""
    position: int = 0
    """The order in which entries came about, from 1; 0: it is not written yet."""
    lot: int | None = None
    """The position of the entry that it takes from; None: it is a lot itself."""

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= day <= self.until_on


@dataclass(frozen=True, slots=True)
class Layer:
    """What is left of a lot."""

    lot: Entry
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Layered:
    """What is there of something, of one or several lots."""

    layers: Sequence[Layer]
    """In the order in which they were bought; at least one."""

    @property
    def quantity(self) -> Decimal:
        """How much is there together."""
        return sum((layer.quantity for layer in self.layers), start=_NOTHING)

    @property
    def latest(self) -> Entry:
        """What was bought last of it: more is sold at its price."""
        return self.layers[-1].lot


@dataclass(frozen=True, slots=True)
class Stretch(Layered):
    """Days on which so much of something is there, of the same lots."""

    from_on: date
    until_on: date
    """The last day."""


@dataclass(frozen=True, slots=True)
class Holding(Layered):
    """What a customer has of one thing on a day."""

    key: str
    until_on: date
    """The last day on which anything of it is there, as things stand; `FOREVER`: no last one."""


def ending(until_on: date) -> date | None:
    """The last day as others say it: None, where there is none."""
    return None if until_on == FOREVER else until_on


def keys_of(entries: Iterable[Entry]) -> list[str]:
    """The keys of a contract, each once, in the order in which they came about."""
    return list(dict.fromkeys(entry.key for entry in entries))


def holdings(entries: Sequence[Entry], day: date) -> dict[str, Holding]:
    """What is there on a day, by key."""
    held = {}
    for key in keys_of(entry for entry in entries if entry.on(day)):
        found = list(stretches(entries, key, day))
        if found and found[0].from_on == day:
            held[key] = Holding(found[0].layers, key, found[-1].until_on)
    return held


def stretches(
    entries: Iterable[Entry], key: str, from_on: date, until_on: date | None = None
) -> Iterator[Stretch]:
    """The days from one to another (None: to the last) on which something of a key is there."""
    of = [
        entry
        for entry in entries
        if entry.key == key
        and entry.until_on >= from_on
        and (until_on is None or entry.from_on <= until_on)
    ]
    last = max((entry.until_on for entry in of), default=from_on)
    last = last if until_on is None else min(last, until_on)
    if last < from_on:
        return
    edges = {max(entry.from_on, from_on) for entry in of}
    edges |= {entry.until_on + _DAY for entry in of if entry.until_on < last} | {last + _DAY}
    for start, after in pairwise(sorted(edges)):
        layers = layers_on(of, start)
        if layers:
            yield Stretch(layers, start, after - _DAY)


def layers_on(of: Sequence[Entry], day: date) -> list[Layer]:
    """What is left on a day of each lot of one key."""
    there = [entry for entry in of if entry.on(day)]
    found = []
    for lot in there:
        if lot.lot is None:
            taken = sum((each.quantity for each in there if each.lot == lot.position), _NOTHING)
            if lot.quantity + taken:
                found.append(Layer(lot, lot.quantity + taken))
    return found


def last_day(entries: Sequence[Entry], *, evergreen: bool = True) -> date | None:
    """The last day on which anything is held, `FOREVER` where something has none; None: no day.

    Not `evergreen`: of what has an end.
    """
    of = [entry for entry in entries if evergreen or not runs_on(entries, entry)]
    for day in last_days(of):
        if holdings(of, day):
            return day
    return None


def runs_on(entries: Iterable[Entry], entry: Entry) -> bool:
    """Whether an entry is of a lot that has no end."""
    if entry.lot is None:
        return entry.until_on == FOREVER
    return any(lot.position == entry.lot and lot.until_on == FOREVER for lot in entries)


def last_days(entries: Iterable[Entry]) -> list[date]:
    """Days after which something changes, the latest first."""
    found = set()
    for entry in entries:
        found.add(entry.until_on)
        found.add(entry.from_on - _DAY)
    return sorted(found, reverse=True)


def together(layers: Iterable[Layer]) -> list[Layer]:
    """Layers of one price and one way of counting as one, like the last of them."""
    found: list[Layer] = []
    for layer in layers:
        for place, other in enumerate(found):
            if same_price(other.lot, layer.lot):
                found[place] = replace(layer, quantity=other.quantity + layer.quantity)
                break
        else:
            found.append(layer)
    return found


def same_price(one: Entry, other: Entry) -> bool:
    """Whether days of both can be counted together: one price, one way of counting."""
    return (one.unit_price, one.term_unit, one.term_count, one.basis, one.anchor) == (
        other.unit_price, other.term_unit, other.term_count, other.basis, other.anchor,
    )  # fmt: skip


def new_key(wanted: str, taken: Collection[str]) -> str:
    """A key that nothing has yet, such as a line of a quote may have."""
    key, number = wanted, 2
    while key in taken:
        key = f"{wanted[: LONGEST_KEY - len(str(number)) - 1]}-{number}"
        number += 1
    return key
