"""Differences of exchange that are not realised yet (IAS 21.23 and 21.28).

What is open in a foreign currency is carried in the books at an amount in the company's currency.
On a day it is worth its open amount at that day's rate; the difference is a gain or a loss. Either
it is taken back on the first day of the next period, and settlement starts from what was booked; or
it stays on the item, and settlement starts from what it was carried at last. The sums over the life
of an item are the same.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from servicekit.errors import NotFound, RuleBroken
from servicekit.values.decimals import round_half_away
from servicekit.values.money import minor_units

ZERO = Decimal(0)


class RevaluationNotFound(NotFound):
    """The revaluation does not exist, or belongs to another tenant."""

    code = "revaluation-not-found"
    title = "No such revaluation"
    hint = "List them with GET /v1/revaluations."


class RevaluationExists(RuleBroken):
    """A day is revalued once."""

    code = "revaluation-exists"
    title = "The day has been revalued, or a later one"
    hint = "Undo the later revaluation first, with POST /v1/revaluations/{id}/undoing."


class RevaluationIsUndone(RuleBroken):
    """A revaluation is taken back once."""

    code = "revaluation-is-undone"
    title = "The revaluation has been undone already"
    hint = "Revalue the day anew."


class LaterRevaluationStands(RuleBroken):
    """What a later revaluation started from is not taken from under it."""

    code = "later-revaluation-stands"
    title = "The latest revaluation is undone first"
    hint = "Undo the revaluation that the detail names, then this one."


class Method(StrEnum):
    """What becomes of a difference after the day."""

    WITH_REVERSAL = "with-reversal"
    WITHOUT_REVERSAL = "without-reversal"


class ItemKind(StrEnum):
    """What is revalued."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Carried:
    """Something open in a foreign currency on a day. Amounts are debit less credit.

    `open` and `carrying` (in the company's currency) are as of the day, `open_now` what is still
    open of it: a payment of a later day may have come before the day was revalued.
    """

    kind: ItemKind
    account_id: UUID
    subject_id: UUID
    currency: str
    open: Decimal
    carrying: Decimal
    open_now: Decimal


@dataclass(frozen=True, slots=True)
class Valuation:
    """What an item is worth on a day, in the company's currency, debit less credit.

    `delta` is the unrealised difference: above zero a gain. `kept` of it stays on the item, with
    the part `kept_open` of its open amount.
    """

    item: Carried
    rate: Fraction
    value: Decimal
    delta: Decimal
    kept: Decimal
    kept_open: Decimal


def part_of(whole: Decimal, of: Decimal, part: Decimal, places: int) -> Decimal:
    """The part of a carrying amount that goes with a part of the open one: pro rata, rounded.

    All of it with the whole, so that the last part takes the residue.
    """
    if part == of:
        return whole
    return round_half_away(Fraction(whole) * Fraction(part) / Fraction(of), places)


def valuation(item: Carried, rate: Fraction, base: str, method: Method) -> Valuation:
    """What an item is worth at a rate: units of `base`, the company's currency, for one of its."""
    places = minor_units(base)
    value = round_half_away(Fraction(item.open) * rate, places)
    delta = value - item.carrying
    if method is Method.WITH_REVERSAL:
        return Valuation(item, rate, value, delta, ZERO, ZERO)
    if not item.open:
        # An account that is empty in its currency and not in the company's.
        return Valuation(item, rate, value, delta, delta, ZERO)
    # What was settled since has realised its difference from the amount before.
    kept_open = _within(item.open_now, item.open)
    kept = part_of(delta, item.open, kept_open, places)
    return Valuation(item, rate, value, delta, kept, kept_open)


def given_back(kept: Decimal, kept_open: Decimal, open_now: Decimal, places: int) -> Decimal:
    """What an undoing takes off an item: what stayed on it, as far as it has not been settled."""
    if open_now == kept_open:
        return kept
    if not kept_open:
        return ZERO
    return part_of(kept, kept_open, _within(open_now, kept_open), places)


def _within(part: Decimal, whole: Decimal) -> Decimal:
    """`part`, but no more than the whole and on its side."""
    if part * whole <= 0:
        return ZERO
    return part if abs(part) <= abs(whole) else whole


def reversed_on(day: date) -> date:
    """The first day of the next period: when a difference is taken back."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
