"""What statements are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class StatementKind(StrEnum):
    """The statements that are made of lines."""

    BALANCE_SHEET = "balance-sheet"
    PROFIT_AND_LOSS = "profit-and-loss"
    CASH_FLOW = "cash-flow"


class Standing(StrEnum):
    """A part has accounts of its own; a subtotal or total sums parts above it."""

    PART = "part"
    SUBTOTAL = "subtotal"
    TOTAL = "total"


class Span(StrEnum):
    """Which days of a column a figure counts."""

    UNTIL = "until"
    """All days up to the last one of the column."""
    PERIOD = "period"
    """The days of the column."""
    YEAR = "year"
    """The days of the fiscal year of the column's last day, up to that day."""
    EARLIER_YEARS = "earlier-years"
    """All days before that fiscal year."""
    BEFORE = "before"
    """All days before the first one of the column."""


@dataclass(frozen=True, slots=True)
class StatementAccount:
    """An account with where it stands; `kind` and `section` are the ledger's."""

    id: UUID
    code: str
    name: str
    kind: str
    section: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a statement: days from `starts_on` to `ends_on`, both of them counted.

    `year_starts_on` is the first day of the fiscal year in which `ends_on` lies, `known_at` the
    instant whose knowledge it shows; None: what is known now.
    """

    starts_on: date
    ends_on: date
    year_starts_on: date
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ColumnSums:
    """Debit less credit by account, in the company's currency; what is not in it is zero.

    Up to the end of the column, up to the day before it starts, and up to the day before the
    fiscal year starts.
    """

    at_end: Mapping[UUID, Decimal]
    before: Mapping[UUID, Decimal]
    before_year: Mapping[UUID, Decimal]

    def of(self, account_id: UUID, span: Span) -> Decimal:
        """Debit less credit of an account over a span."""
        nothing = Decimal(0)
        end = self.at_end.get(account_id, nothing)
        match span:
            case Span.UNTIL:
                return end
            case Span.PERIOD:
                return end - self.before.get(account_id, nothing)
            case Span.YEAR:
                return end - self.before_year.get(account_id, nothing)
            case Span.EARLIER_YEARS:
                return self.before_year.get(account_id, nothing)
            case Span.BEFORE:
                return self.before.get(account_id, nothing)


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What an account adds to a line, a figure for each column."""

    account: StatementAccount
    amounts: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement, a figure for each column.

    A figure of a part is `factor` times the sum of debit less credit over `span`.
    """

    code: str
    name: str
    level: int
    standing: Standing
    amounts: Sequence[Decimal]
    accounts: Sequence[AccountFigures]
    span: Span
    factor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in the company's currency, its columns from the latest one back."""

    kind: StatementKind
    columns: Sequence[Column]
    lines: Sequence[StatementLine]

    def amounts(self, code: str) -> Sequence[Decimal]:
        """The figures of a line."""
        return next(line.amounts for line in self.lines if line.code == code)
