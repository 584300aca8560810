"""Changes of a contract: what is asked for, what it gives back, and what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from cpq.contracts.rules.holding import Entry, EntryKind, keys_of, stretches
from cpq.contracts.rules.worth import left_of
from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import Money, plain
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


class ContractRunsOn(RuleBroken):
    """What has no end is neither made longer nor renewed."""

    code = "contract-runs-on"
    title = "Everything in the contract runs until it is cancelled"
    hint = "Change quantities or swap things from a day on; nothing has to be extended or renewed."


class ContractHasChanged(RuleBroken):
    """Two amendments of one contract do not overwrite each other unseen."""

    code = "contract-has-changed"
    title = "The contract was changed since this amendment was made"
    hint = "Cancel this quote and make the amendment again from the contract as it is now."


class HoldingIsChangedTwice(InvalidInput):
    """What a change does does not depend on the order in which it is written."""

    code = "holding-is-changed-twice"
    title = "The amendment changes the same thing twice"
    hint = "Say once what becomes of it: set its quantity, or swap it."


class AmendmentLineIsFixed(InvalidInput):
    """What a contract is amended by is what was worked out from it."""

    code = "amendment-line-is-fixed"
    title = "The line says what becomes of something in the contract; its item and its days stay"
    hint = (
        "Change its price or its quantity, or cancel the quote and make the amendment anew. What "
        "takes the place of something is neither left out nor optional."
    )


class ContractIsCancelled(RuleBroken):
    """What the customer has ended is not made longer behind their back."""

    code = "contract-is-cancelled"
    title = "The contract was cancelled; it is neither added to, extended nor renewed"
    hint = "Make a new quote; less can still be had, and an earlier end."


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """What a change does to one thing over one stretch, and how that is worked out."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Charged:
    """More of something over a stretch of days, to be sold as it was before."""

    like: Entry
    quantity: Decimal
    from_on: date
    until_on: date


class RenewalPolicy(StrEnum):
    """What becomes of a price when a contract is renewed."""

    KEEP = "keep"
    UPLIFT = "uplift"
    REPRICE = "reprice"


def change_is_outside(entries: Sequence[Entry], day: date) -> None:
    """Raise `ContractIsOver` unless something of the contract is there on the day or later."""
    if not any(is_there(entries, key, day) for key in keys_of(entries)):
        raise ContractIsOver(f"nothing is held from {day} on", field="effective_on")


def is_there(entries: Sequence[Entry], key: str, day: date) -> bool:
    """Whether something of a key is there on a day or later."""
    return next(stretches(entries, key, day), None) is not None


def lowered(
    entries: Sequence[Entry], key: str, to: Decimal, day: date, until: date | None = None
) -> list[ChangedLine]:
    """Have no more than so much of something from a day on, up to and with another (None: the end).

    What was bought last goes first; each lot gives back its own part.
    """
    cuts: list[Charged] = []
    for stretch in stretches(entries, key, day, until):
        over = stretch.quantity - to
        for layer in reversed(stretch.layers):
            taken = min(over, layer.quantity)
            if taken > 0:
                _join(cuts, Charged(layer.lot, taken, stretch.from_on, stretch.until_on))
                over -= taken
    return _given_back(entries, cuts)


def raised(
    entries: Sequence[Entry], key: str, to: Decimal, day: date, until: date | None = None
) -> list[Charged]:
    """What is missing to have so much of something on all days on which anything of it is there."""
    missing: list[Charged] = []
    for stretch in stretches(entries, key, day, until):
        more = to - stretch.quantity
        if more > 0:
            _join(missing, Charged(stretch.latest, more, stretch.from_on, stretch.until_on))
    return missing


def _join(found: list[Charged], one: Charged) -> None:
    """Add a stretch to those that there are; one that goes on with another makes it longer."""
    for place, other in enumerate(found):
        if (
            (other.like.position, other.quantity) == (one.like.position, one.quantity)
            and other.until_on + timedelta(days=1) == one.from_on
        ):  # fmt: skip
            found[place] = replace(other, until_on=one.until_on)
            return
    found.append(one)


def _given_back(entries: Sequence[Entry], cuts: Sequence[Charged]) -> list[ChangedLine]:
    """Cuts as entries below zero, each with what it leaves less of its lot."""
    lines: list[ChangedLine] = []
    for cut in cuts:
        lot = cut.like
        before = [
            entry
            for entry in (*entries, *(line.entry for line in lines))
            if entry.lot == lot.position
        ]
        taking = replace(
            lot,
            kind=EntryKind.REDUCE,
            quantity=-cut.quantity,
            from_on=cut.from_on,
            until_on=cut.until_on,
            anchor=lot.anchor or lot.from_on,
            replaces=None,
            position=0,
            lot=lot.position,
        )
        amount = left_of(lot, [*before, taking]) - left_of(lot, before)
        reason = (
            f"{plain(cut.quantity)} x {plain(lot.unit_price)} from {cut.from_on} to "
            f"{cut.until_on} is given back"
        )
        lines.append(ChangedLine(replace(taking, amount=amount), reason))
    return lines


def check_holdings(entries: Sequence[Entry]) -> None:
    """Raise `ContractHasChanged` if more is taken from a lot than was bought, on any day."""
    lots = {entry.position: entry for entry in entries if entry.lot is None}
    takings: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.lot is not None:
            takings.setdefault(entry.lot, []).append(entry)
    for position, taken in takings.items():
        lot = lots[position]
        for day in {entry.from_on for entry in taken}:
            if lot.quantity + sum(entry.quantity for entry in taken if entry.on(day)) < 0:
                raise ContractHasChanged(f"{lot.key!r} would be below nothing on {day}")


def credit_of(entries: Sequence[Entry], given_back: Sequence[Entry], currency: str) -> Decimal:
    """What a change of a contract gives back, in whole minor units of its currency.

    All that was ever given back is rounded together, so that the credits of a contract sum to it.
    """
    before = _sum_given_back(entries)
    after = before + _sum_given_back(given_back)
    return (Money(after, currency).round() - Money(before, currency).round()).amount


def _sum_given_back(entries: Sequence[Entry]) -> Decimal:
    return sum((-entry.amount for entry in entries if entry.quantity < 0), start=_NOTHING)


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
