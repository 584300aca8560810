"""The term of a line: from when until when, and how many times its price is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cpq.selling import (
    Proration,
    TermUnit,
    first_period,
    months_between,
    months_later,
    prorated,
)
from servicekit.errors import InvalidInput
from servicekit.values.decimals import ARITHMETIC, round_to

LONGEST_MONTHS = 1_200
_AVERAGE_MONTH = ARITHMETIC.divide(Decimal(365), Decimal(12))


class TermIsNoTerm(InvalidInput):
    """A term begins, and ends later."""

    code = "term-is-no-term"
    title = "A term has either a number of months or a last day after its first"
    hint = (
        "Give months, or end_on not before start_on, at most a hundred years; or evergreen, which "
        "has no end."
    )


@dataclass(frozen=True, slots=True)
class Term:
    """What somebody asks for; the price of the line is for `count` units of time."""

    start_on: date | None = None
    """None: the day of pricing."""
    months: int | None = None
    end_on: date | None = None
    """The last day. Either this or months."""
    unit: TermUnit = TermUnit.MONTH
    count: int = 1
    basis: Proration = Proration.PERIOD_DAYS
    anchor: date | None = None
    """A day on which a billing period begins; None: the first day."""
    evergreen: bool = False
    """It runs until it is cancelled; neither months nor a last day."""


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """A term as somebody asks for it: what they do not say, the selling model says."""

    start_on: date | None = None
    months: int | None = None
    end_on: date | None = None
    unit: TermUnit | None = None
    count: int | None = None
    basis: Proration | None = None
    anchor: date | None = None
    evergreen: bool = False

    def by(self, unit: TermUnit, count: int, basis: Proration) -> Term:
        """The term, where what is not said is this."""
        return Term(
            start_on=self.start_on,
            months=self.months,
            end_on=self.end_on,
            unit=self.unit or unit,
            count=self.count or count,
            basis=self.basis or basis,
            anchor=self.anchor,
            evergreen=self.evergreen,
        )


@dataclass(frozen=True, slots=True)
class Termed:
    """A term with its days."""

    start_on: date
    end_on: date | None
    """The last day; None: it is evergreen."""
    multiplier: Decimal
    """How many times the price is due, at ten places; of an evergreen term, in its first period."""
    months: Decimal | None
    """Its length, for what depends on it: whole months and the share of a begun one, two places.
    None: nobody is bound for any length."""
    reason: str


def termed(term: Term, day: date, *, field: str) -> Termed:
    """The days and the multiplier of a term that begins on `day` unless it says otherwise.

    Raises `TermIsNoTerm`.
    """
    start = term.start_on or day
    if term.evergreen:
        return _evergreen(term, start, field)
    if (term.months is None) == (term.end_on is None):
        raise TermIsNoTerm("months or end_on, one of them", field=field)
    try:
        if term.months is not None:
            after = months_later(start, term.months)
        else:
            assert term.end_on is not None
            after = term.end_on + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise TermIsNoTerm("the term ends after the last day there is", field=field) from error
    if after <= start:
        raise TermIsNoTerm(f"{term.end_on} is before {start}", field=f"{field}.end_on")
    whole, rest = months_between(start, after)
    if whole > LONGEST_MONTHS:
        raise TermIsNoTerm(f"{whole} months", field=field)
    periods = prorated(start, after, term.unit, term.basis, count=term.count, anchor=term.anchor)
    if not periods.multiplier:
        raise TermIsNoTerm(f"by {term.basis.value} its days count as nothing", field=field)
    share = ARITHMETIC.divide(Decimal(rest), _AVERAGE_MONTH)
    return Termed(
        start_on=start,
        end_on=after - timedelta(days=1),
        multiplier=periods.multiplier,
        months=round_to(ARITHMETIC.add(Decimal(whole), share), 2),
        reason=periods.reason,
    )


def _evergreen(term: Term, start: date, field: str) -> Termed:
    """What is due with the quote is the first period, up to the next day on which one begins."""
    if term.months is not None or term.end_on is not None:
        raise TermIsNoTerm("what is evergreen has no end", field=field)
    try:
        periods = first_period(start, term.unit, term.basis, count=term.count, anchor=term.anchor)
    except (ValueError, OverflowError) as error:
        raise TermIsNoTerm("it begins after the last day there is", field=field) from error
    return Termed(
        start_on=start,
        end_on=None,
        multiplier=periods.multiplier,
        months=None,
        reason=f"first period: {periods.reason}",
    )
