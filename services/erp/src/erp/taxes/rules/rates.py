"""When a tax rate holds: from a day to the day on which it ends, or the next one begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from servicekit.errors import NotFound, RuleBroken
from servicekit.taxation import TaxableLine, categories_without_rate


class TaxRateIsMissing(RuleBroken):
    """Tax is never guessed."""

    code = "tax-rate-is-missing"
    title = "A tax category has a rate in the company's country on the invoice date"
    hint = "GET /v1/tax-rates?on=... shows the day; add the rate, or use another tax category."


class TaxRateNotFound(NotFound):
    """The rate does not exist, or belongs to another tenant."""

    code = "tax-rate-not-found"
    title = "No such tax rate"
    hint = "List the rates with GET /v1/tax-rates."


class TaxRateExistsAlready(RuleBroken):
    """A category has one rate a day."""

    code = "tax-rate-exists-already"
    title = "A tax category has one rate in a country from a day on"
    hint = "Give another first day; a rate holds until it is ended or the next one begins."


class TaxRatesOverlap(RuleBroken):
    """No day has two rates."""

    code = "tax-rates-overlap"
    title = "A tax category has one rate in a country on a day"
    hint = "GET /v1/tax-rates?country=...&category=... shows when each begins and ends."


class TaxRateEndsBeforeItBegins(RuleBroken):
    """A rate holds on one day at least."""

    code = "tax-rate-ends-before-it-begins"
    title = "A tax rate ends after it begins"
    hint = "valid_to is the first day on which the rate no longer holds."


def check_rates(lines: Sequence[TaxableLine], rates: Mapping[str, Decimal]) -> None:
    """Tax is never guessed: raises `TaxRateIsMissing` for a category without a rate."""
    for category in categories_without_rate(lines, rates):
        raise TaxRateIsMissing(f"There is no rate for the tax category {category!r} on that day.")


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """The days of a rate: from `valid_from` up to but not including `valid_to`; None: for ever."""

    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class NewRate:
    """How a rate joins the others of its country and category.

    It ends on `valid_to`, where the next one begins (None: there is none yet). `ends` is the rate
    that held on its first day until now, and ends there.
    """

    valid_to: date | None
    ends: RatePeriod | None


def plan_rate(series: Sequence[RatePeriod], valid_from: date) -> NewRate:
    """Where a rate from a day on stands among those of its country and category.

    Raises `TaxRateExistsAlready` if one begins on that day.
    """
    if any(period.valid_from == valid_from for period in series):
        raise TaxRateExistsAlready(
            f"The category has a rate from {valid_from} on already.", field="valid_from"
        )
    return NewRate(
        valid_to=min((p.valid_from for p in series if p.valid_from > valid_from), default=None),
        ends=next((period for period in series if period.holds_on(valid_from)), None),
    )


def check_end(series: Sequence[RatePeriod], rate: RatePeriod, valid_to: date) -> None:
    """Whether a rate of the series may end on a day.

    An end that was set may be moved, later at most to where the next one begins. Days after it
    have no rate then, and nothing is invoiced on them. Raises `TaxRateEndsBeforeItBegins` or
    `TaxRatesOverlap`.
    """
    if valid_to <= rate.valid_from:
        raise TaxRateEndsBeforeItBegins(f"It begins on {rate.valid_from}.", field="valid_to")
    following = min((p.valid_from for p in series if p.valid_from > rate.valid_from), default=None)
    if following is not None and valid_to > following:
        raise TaxRatesOverlap(f"The next rate begins on {following}.", field="valid_to")
