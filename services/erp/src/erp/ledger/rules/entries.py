"""What an entry is, and what the books accept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from erp.ledger.rules.chart import AccountRole
from erp.ledger.rules.refusals import (
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    EntryIsNotBalanced,
    EntryNeedsTwoLines,
    LineHasOneSide,
)
from servicekit.values.decimals import plain
from servicekit.values.money import Money, minor_units


class Journal(StrEnum):
    """The books of first entry. Each numbers its entries by itself."""

    SALES = "sales"
    PURCHASES = "purchases"
    CASH = "cash"
    STOCK = "stock"
    GENERAL = "general"


LARGEST_AMOUNT = Decimal(10) ** 12
"""No single posted amount reaches it. Columns hold ten thousand times as much."""


class DimensionKind(StrEnum):
    """What a company names itself to look at its books by."""

    COST_CENTER = "cost-center"
    PROJECT = "project"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What a line is about, beside its account; every one may be missing.

    The first three are codes that the company has named (`DimensionKind`), the others ids of a
    customer of CRM and of an item.
    """

    cost_center: str | None = None
    project: str | None = None
    region: str | None = None
    customer_id: UUID | None = None
    item_id: UUID | None = None

    def codes(self) -> dict[DimensionKind, str]:
        """The codes that are given, by kind."""
        given = {
            DimensionKind.COST_CENTER: self.cost_center,
            DimensionKind.PROJECT: self.project,
            DimensionKind.REGION: self.region,
        }
        return {kind: code for kind, code in given.items() if code is not None}


NO_DIMENSIONS = Dimensions()


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line of an entry to be posted.

    `account` is a role of the company's chart, or an account's id. Exactly one of `debit` and
    `credit` is above zero, at the currency's minor units. `base` is the amount in the company's
    own currency, debit less credit, where the caller knows it (what an open item was booked at);
    None: it is translated at the rate of the day. A line may have no amount but a `base`: then it
    books a difference of exchange.
    """

    account: AccountRole | UUID
    currency: str
    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    text: str | None = None
    base: Decimal | None = None
    dimensions: Dimensions = NO_DIMENSIONS


def debit(
    account: AccountRole | UUID,
    amount: Money,
    text: str | None = None,
    *,
    base: Decimal | None = None,
    dimensions: Dimensions = NO_DIMENSIONS,
) -> EntryLine:
    """A line on the debit side; `amount` is above zero and already at minor units.

    `base` is above zero too, in the company's currency.
    """
    return EntryLine(
        account, amount.currency, debit=amount.amount, text=text, base=base, dimensions=dimensions
    )


def credit(
    account: AccountRole | UUID,
    amount: Money,
    text: str | None = None,
    *,
    base: Decimal | None = None,
    dimensions: Dimensions = NO_DIMENSIONS,
) -> EntryLine:
    """A line on the credit side; `amount` is above zero and already at minor units.

    `base` is above zero too, in the company's currency.
    """
    return EntryLine(
        account,
        amount.currency,
        credit=amount.amount,
        text=text,
        base=None if base is None else -base,
        dimensions=dimensions,
    )


def check_entry(lines: Sequence[EntryLine]) -> None:
    """Refuse what the database would refuse at commit, while there is still a field to name.

    Raises `EntryNeedsTwoLines`, `LineHasOneSide`, `AmountHasTooManyDecimals`,
    `EntryIsNotBalanced`.
    """
    if len(lines) < 2:
        raise EntryNeedsTwoLines(f"The entry has {len(lines)} line(s).", field="lines")
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for position, line in enumerate(lines):
        difference_only = bool(line.base) and not line.debit and not line.credit
        if (
            line.debit < 0
            or line.credit < 0
            or ((line.debit > 0) == (line.credit > 0) and not difference_only)
            or (line.base is not None and line.base * (line.debit - line.credit) < 0)
        ):
            raise LineHasOneSide(
                f"Line {position + 1} has debit {plain(line.debit)} and credit "
                f"{plain(line.credit)}.",
                field=f"lines.{position}",
            )
        check_amount(line.debit or line.credit, line.currency, field=f"lines.{position}")
        sums[line.currency] += line.debit - line.credit
    for currency, difference in sorted(sums.items()):
        if difference:
            raise EntryIsNotBalanced(
                f"Debit less credit is {plain(difference)} {currency}.", field="lines"
            )


def check_amount(amount: Decimal, currency: str, *, field: str | None = None) -> None:
    """Refuse what a ledger line cannot hold.

    Raises `AmountHasTooManyDecimals`, and `AmountIsTooLarge` from a trillion on.
    """
    if abs(amount) >= LARGEST_AMOUNT:
        raise AmountIsTooLarge(f"{plain(amount)} {currency} is too much.", field=field)
    # Every line of every entry comes here: few digits are whole without rounding.
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -minor_units(currency):
        return
    if Money(amount, currency).round().amount != amount:
        raise AmountHasTooManyDecimals(
            f"{plain(amount)} {currency} is not a whole number of minor units.", field=field
        )


def check_day_has_come(day: date, today: date, *, field: str) -> None:
    """Raise `BookedInTheFuture` for a business day after `today`, both of the UTC calendar."""
    if day > today:
        raise BookedInTheFuture(f"{day} has not come yet; today is {today} (UTC).", field=field)


def period_of(day: date) -> date:
    """The accounting period of a business day, named by its first day: the calendar month."""
    return day.replace(day=1)


def next_period(day: date) -> date:
    """The first day of the period after the one `day` lies in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def series_of(prefix: str, day: date) -> str:
    """The number series of a business day: one per calendar year, such as `SAL-2026`."""
    return f"{prefix}-{day.year:04d}"


JOURNAL_PREFIX: dict[Journal, str] = {
    Journal.SALES: "SAL",
    Journal.PURCHASES: "PUR",
    Journal.CASH: "CSH",
    Journal.STOCK: "STK",
    Journal.GENERAL: "GEN",
}


def document_number(series: str, number: int) -> str:
    """A number as people read it: `SAL-2026-000042`."""
    return f"{series}-{number:06d}"


def reversal(lines: Sequence[EntryLine]) -> list[EntryLine]:
    """The same lines with debit and credit exchanged."""
    return [
        replace(
            line,
            debit=line.credit,
            credit=line.debit,
            base=None if line.base is None else -line.base,
        )
        for line in lines
    ]
