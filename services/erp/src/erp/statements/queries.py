"""Reading what statements are made of: sums of accounts at the ends of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as books
from erp.statements.rules import (
    Column,
    ColumnSums,
    Span,
    Statement,
    StatementAccount,
    StatementKind,
    StatementLineNotFound,
    day_before,
    part,
    statement,
)


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """An account over a period, in the company's currency; balances are debit less credit."""

    account: StatementAccount
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        """The balance at the end of the period."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Drill:
    """The postings behind a figure: accounts, days, and by what their sum is multiplied."""

    account_ids: Sequence[UUID]
    starts_on: date | None
    ends_on: date
    factor: int


async def accounts_of(session: AsyncSession, company_id: UUID) -> list[StatementAccount]:
    """The accounts of the company's chart that take postings or ever did, by code."""
    return [
        StatementAccount(row.id, row.code, row.name, row.kind, row.section, row.role)
        for row in await books.chart(session, company_id)
        if not row.heading
    ]


async def statement_of(
    session: AsyncSession,
    company_id: UUID,
    kind: StatementKind,
    columns: Sequence[Column],
) -> Statement:
    """A statement, from at most three sums of all accounts for each column.

    Raises `InstantHasNotCome` for a column that would know what nobody does yet.
    """
    accounts = await accounts_of(session, company_id)
    known: dict[tuple[date, datetime | None], Mapping[UUID, Decimal]] = {}

    async def sums_until(day: date, known_at: datetime | None) -> Mapping[UUID, Decimal]:
        if (day, known_at) not in known:
            known[day, known_at] = await _balances(session, company_id, day, known_at)
        return known[day, known_at]

    nothing: Mapping[UUID, Decimal] = {}
    is_balance = kind is StatementKind.BALANCE_SHEET
    sums = [
        ColumnSums(
            await sums_until(column.ends_on, column.known_at),
            nothing
            if is_balance
            else await sums_until(day_before(column.starts_on), column.known_at),
            await sums_until(day_before(column.year_starts_on), column.known_at)
            if is_balance
            else nothing,
        )
        for column in columns
    ]
    return statement(kind, accounts, columns, sums)


async def trial_balance_of(
    session: AsyncSession, company_id: UUID, column: Column
) -> list[TrialBalanceLine]:
    """Opening balance, movements and closing balance of each account that has any."""
    accounts = await accounts_of(session, company_id)
    sides: dict[UUID, list[Decimal]] = {}
    for day, sign in ((day_before(column.starts_on), -1), (column.ends_on, 1)):
        for row in await books.trial_balance(session, company_id, day, column.known_at):
            found = sides.setdefault(row.account_id, [Decimal(0)] * 3)
            found[1] += sign * row.base_debit
            found[2] += sign * row.base_credit
            if sign < 0:
                found[0] += row.base_balance
    return [
        TrialBalanceLine(account, *sides[account.id])
        for account in accounts
        if account.id in sides and any(sides[account.id])
    ]


async def balance_before(
    session: AsyncSession, company_id: UUID, account_id: UUID, day: date, known_at: datetime | None
) -> Decimal:
    """Debit less credit of an account up to the day before, in the company's currency."""
    return (await _balances(session, company_id, day_before(day), known_at)).get(
        account_id, Decimal(0)
    )


async def drill_of(
    session: AsyncSession,
    company_id: UUID,
    kind: StatementKind,
    line: str,
    column: Column,
    account_id: UUID | None,
) -> Drill:
    """The postings behind a figure of a part. Raises `StatementLineNotFound`."""
    spec = part(kind, line)
    ids = [account.id for account in await accounts_of(session, company_id) if spec.takes(account)]
    if account_id is not None:
        if account_id not in ids:
            raise StatementLineNotFound(
                f"Account {account_id} does not stand in {line}.", field="account_id"
            )
        ids = [account_id]
    starts_on, ends_on = days_of(spec.span, column)
    return Drill(ids, starts_on, ends_on, spec.factor)


def days_of(span: Span, column: Column) -> tuple[date | None, date]:
    """The first and last day that a span of a column counts; None: from the beginning."""
    match span:
        case Span.UNTIL:
            return None, column.ends_on
        case Span.PERIOD:
            return column.starts_on, column.ends_on
        case Span.YEAR:
            return column.year_starts_on, column.ends_on
        case Span.EARLIER_YEARS:
            return None, day_before(column.year_starts_on)
        case Span.BEFORE:
            return None, day_before(column.starts_on)


async def _balances(
    session: AsyncSession, company_id: UUID, day: date, known_at: datetime | None
) -> Mapping[UUID, Decimal]:
    found: dict[UUID, Decimal] = {}
    for row in await books.trial_balance(session, company_id, day, known_at):
        found[row.account_id] = found.get(row.account_id, Decimal(0)) + row.base_balance
    return found
