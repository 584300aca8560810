"""Changes of a contract: what is asked for, what it gives back, and what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from cpq.contracts.rules.holding import Entry, EntryKind, amount_of, holdings, windows
from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC, round_to

_NOTHING = Decimal(0)


class ContractNotFound(NotFound):
    """The contract does not exist in this tenant."""

    code = "contract-not-found"
    title = "There is no such contract"
    hint = "List the contracts to see their ids."


class ContractIsOver(RuleBroken):
    """What has ended changes no more; it can be renewed."""

    code = "contract-is-over"
    title = "The contract does not hold on this day"
    hint = "Choose a day on which the contract holds, or renew it."


class HoldingIsNotThere(InvalidInput):
    """Only what the customer has can be changed."""

    code = "holding-is-not-there"
    title = "The contract has nothing under this key on this day"
    hint = "Read the contract's holdings on the day to see their keys."


class ChangeIsNoChange(InvalidInput):
    """An amendment changes something."""

    code = "change-is-no-change"
    title = "The change leaves everything as it is"
    hint = "Name another quantity or a later day."


class ContractHasChanged(RuleBroken):
    """Two amendments of one contract do not overwrite each other unseen."""

    code = "contract-has-changed"
    title = "The contract was changed since this amendment was made"
    hint = "Cancel this quote and make the amendment again from the contract as it is now."


@dataclass(frozen=True, slots=True)
class Reduce:
    """Have less of something from a day on, or nothing."""

    key: str
    quantity: Decimal
    """What is left; zero removes it."""


@dataclass(frozen=True, slots=True)
class Extend:
    """Have something longer than it runs now, at its price."""

    key: str
    until_on: date


@dataclass(frozen=True, slots=True)
class Cancel:
    """Have nothing more from a day on."""


Change: TypeAlias = Reduce | Extend | Cancel


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """What a change does to one thing over one stretch, and how that is worked out."""

    entry: Entry
    reason: str


class RenewalPolicy(StrEnum):
    """What becomes of a price when a contract is renewed."""

    KEEP = "keep"
    UPLIFT = "uplift"
    REPRICE = "reprice"


def change_is_outside(entries: Sequence[Entry], day: date) -> None:
    """Raise `ContractIsOver` unless the contract holds on the day."""
    if not holdings(entries, day):
        raise ContractIsOver(f"nothing is held on {day}", field="effective_on")


def credited(entries: Sequence[Entry], key: str, quantity: Decimal, day: date) -> list[ChangedLine]:
    """Take a quantity of something away from a day on: entries below zero, with what is given back.

    Each stretch with a price of its own gives back its own part. Raises `HoldingIsNotThere`,
    `ChangeIsNoChange`.
    """
    held = holdings(entries, day).get(key)
    if held is None:
        raise HoldingIsNotThere(f"nothing under {key!r} on {day}", field="key")
    if not _NOTHING < quantity <= held.quantity:
        raise ChangeIsNoChange(
            f"{plain(quantity)} of {plain(held.quantity)} {held.latest.sku} cannot be taken away",
            field="quantity",
        )
    lines = []
    for window in windows(entries, key, day, by_quantity=True):
        taken = min(quantity, window.quantity)
        amount = amount_of(window.like, taken, window.from_on, window.until_on)
        entry = replace(
            window.like,
            kind=EntryKind.REDUCE,
            quantity=-taken,
            from_on=window.from_on,
            until_on=window.until_on,
            amount=-amount,
            anchor=window.like.anchor or window.like.from_on,
            replaces=None,
        )
        reason = (
            f"{plain(taken)} x {plain(entry.unit_price)} from {entry.from_on} to {entry.until_on} "
            "is given back"
        )
        lines.append(ChangedLine(entry, reason))
    return lines


def _quantity(entries: Sequence[Entry], key: str, day: date) -> Decimal:
    return sum(
        (entry.quantity for entry in entries if entry.key == key and entry.on(day)), start=_NOTHING
    )


def check_holdings(entries: Sequence[Entry]) -> None:
    """Raise `ContractHasChanged` if anything would fall below nothing on some day."""
    for key in {entry.key for entry in entries}:
        of = [entry for entry in entries if entry.key == key]
        for day in {entry.from_on for entry in of} | {
            entry.until_on + timedelta(days=1) for entry in of
        }:
            if _quantity(of, key, day) < 0:
                raise ContractHasChanged(f"{key!r} would be below nothing on {day}")


def renewed_price(entry: Entry, policy: RenewalPolicy, uplift: Decimal) -> Decimal | None:
    """The agreed price of the next term; None: it is priced anew.

    An uplift is a fraction: 0.03 is 3 % more, at ten places.
    """
    if policy is RenewalPolicy.REPRICE:
        return None
    if policy is RenewalPolicy.KEEP:
        return entry.unit_price
    factor = ARITHMETIC.add(Decimal(1), uplift)
    return round_to(ARITHMETIC.multiply(entry.unit_price, factor), 10)
