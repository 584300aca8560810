"""Payment terms: when an invoice is due, in how many parts, and what paying earlier is worth."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC, plain
from servicekit.values.money import Money

Basis = Literal["gross", "net"]


class PaymentTermsNotFound(NotFound):
    """The payment terms do not exist, or belong to another tenant."""

    code = "payment-terms-not-found"
    title = "No such payment terms"
    hint = "List them with GET /v1/payment-terms."


class PaymentTermsCodeIsTaken(RuleBroken):
    """Codes of payment terms are unique within a tenant."""

    code = "payment-terms-code-is-taken"
    title = "Other payment terms have this code"
    hint = "Choose another code."


class SharesAreNotTheWhole(InvalidInput):
    """Instalments pay all of the invoice."""

    code = "shares-are-not-the-whole"
    title = "The shares of the instalments sum to one"
    hint = 'Write shares as fractions, such as "0.3" and "0.7".'


class DiscountIsGivenTwice(InvalidInput):
    """Who pays a part early is not rewarded for the part and for the whole."""

    code = "discount-is-given-twice"
    title = "Discounts are for the whole invoice, or for its instalments"
    hint = "Give discounts of the terms, or of their instalments, and not both."


class DiscountsAreOutOfOrder(InvalidInput):
    """Who pays later gets less."""

    code = "discounts-are-out-of-order"
    title = "Discounts fall with their days"
    hint = "Order them by days; each later one is smaller."


@dataclass(frozen=True, slots=True)
class Discount:
    """What paying within so many days is worth: a fraction of the gross, or of the net.

    A discount on the gross lowers the tax by its share; one on the net leaves it as it is.
    """

    rate: Decimal
    days: int
    basis: Basis = "gross"


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share of the gross (a fraction), due so many days after the invoice's date.

    With `end_of_month` it is due on the last day of the month in which that day lies. `discounts`
    are for paying this part early.
    """

    share: Decimal
    days: int
    end_of_month: bool = False
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """All of it. Raises nothing by itself: `check_terms` does."""

    instalments: tuple[Instalment, ...]
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedDiscount:
    """What is given for paying an invoice by a day."""

    until: date
    rate: Decimal
    basis: Basis
    amount: Money


def check_terms(terms: PaymentTerms) -> None:
    """Raises `SharesAreNotTheWhole`, `DiscountIsGivenTwice`, `DiscountsAreOutOfOrder`."""
    total = sum((part.share for part in terms.instalments), start=Decimal(0))
    if total != 1 or any(part.share <= 0 for part in terms.instalments):
        raise SharesAreNotTheWhole(f"They sum to {plain(total)}.", field="instalments")
    if terms.discounts and any(part.discounts for part in terms.instalments):
        raise DiscountIsGivenTwice("They have both.", field="discounts")
    _check_falling(terms.discounts, "discounts")
    for at, part in enumerate(terms.instalments):
        _check_falling(part.discounts, f"instalments.{at}.discounts")


def _check_falling(discounts: Sequence[Discount], field: str) -> None:
    for before, after in pairwise(discounts):
        if after.days <= before.days or after.rate >= before.rate:
            raise DiscountsAreOutOfOrder(
                f"{plain(after.rate)} within {after.days} days follows {plain(before.rate)} within "
                f"{before.days}.",
                field=field,
            )


def day_due(issued_on: date, days: int, *, end_of_month: bool = False) -> date:
    """So many calendar days after the invoice's date, or the end of that day's month."""
    day = issued_on + timedelta(days=days)
    if not end_of_month:
        return day
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def instalments_of(gross: Money, terms: PaymentTerms, issued_on: date) -> list[tuple[Money, date]]:
    """The parts of an invoice with their due dates, which sum to it; parts of nothing are left out.

    Minor units that the shares leave over go to the largest remainders (`Money.split`).
    """
    return [(amount, due_on) for amount, due_on, _ in _dated(gross, terms, issued_on)]


def _dated(
    gross: Money, terms: PaymentTerms, issued_on: date
) -> list[tuple[Money, date, Instalment]]:
    parts = gross.split([part.share for part in terms.instalments])
    return sorted(
        (
            (amount, day_due(issued_on, part.days, end_of_month=part.end_of_month), part)
            for amount, part in zip(parts, terms.instalments, strict=True)
            if not amount.is_zero
        ),
        key=lambda dated: dated[1],
    )


def instalment_discounts_of(
    net: Money, gross: Money, terms: PaymentTerms, issued_on: date
) -> list[tuple[int, DatedDiscount]]:
    """What paying each instalment early is worth, by its place among them from 1.

    On the gross or the net of the part, rounded once, half away from zero; its net is the share of
    the invoice's net that it has of the gross.
    """
    found = []
    for place, (amount, _, part) in enumerate(_dated(gross, terms, issued_on), 1):
        shared = ARITHMETIC.divide(ARITHMETIC.multiply(net.amount, amount.amount), gross.amount)
        own = Money(shared, net.currency)
        found += [(place, one) for one in _worth(part.discounts, own, amount, issued_on)]
    return found


def discounts_of(
    net: Money, gross: Money, terms: PaymentTerms, issued_on: date
) -> list[DatedDiscount]:
    """What paying the invoice early is worth, by day; rounded once, half away from zero."""
    return _worth(terms.discounts, net, gross, issued_on)


def _worth(
    discounts: Sequence[Discount], net: Money, gross: Money, issued_on: date
) -> list[DatedDiscount]:
    dated = [
        DatedDiscount(
            day_due(issued_on, discount.days),
            discount.rate,
            discount.basis,
            ((gross if discount.basis == "gross" else net) * discount.rate).round(),
        )
        for discount in discounts
    ]
    return [discount for discount in dated if not discount.amount.is_zero]


def discount_on(discounts: Sequence[DatedDiscount], day: date) -> DatedDiscount | None:
    """The discount that who pays on a day gets; None: it is too late."""
    return next(
        (one for one in sorted(discounts, key=lambda one: one.until) if day <= one.until), None
    )
