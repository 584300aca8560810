"""Lines of accounts in the order of the books, for whoever lists or adds them up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.models import Account, Entry, EntryNumber, Line
from erp.ledger.rules import AccountRole, document_number

PostingLine = Line
"""The entity that lists of postings are sorted and paged by."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A line with the head of its entry. Amounts in base currency are debit or credit, or zero."""

    entry_id: UUID
    position: int
    number: str | None
    journal: str
    effective_on: date
    origin_on: date | None
    reference: str | None
    source_type: str
    source_id: UUID | None
    recorded_at: datetime
    account_id: UUID
    account_code: str
    account_name: str
    currency: str
    debit: Decimal
    credit: Decimal
    base_debit: Decimal
    base_credit: Decimal
    text: str | None


_COLUMNS: list[Any] = [
    Line.entry_id,
    Line.position,
    EntryNumber.series,
    EntryNumber.number,
    Entry.journal,
    Line.effective_on,
    Entry.origin_on,
    Entry.reference,
    Entry.source_type,
    Entry.source_id,
    Entry.recorded_at,
    Line.account_id,
    Account.code,
    Account.name,
    Line.currency,
    Line.debit,
    Line.credit,
    func.coalesce(Line.base_debit, Line.debit).label("base_debit"),
    func.coalesce(Line.base_credit, Line.credit).label("base_credit"),
    Line.text,
]


def select_postings(
    company_id: UUID,
    account_ids: Collection[UUID],
    starts_on: date | None,
    ends_on: date,
    known_at: datetime | None,
) -> Select[Any]:
    """The lines of accounts on days from `starts_on` to `ends_on`; render rows by `posting_of`.

    With `known_at` only those recorded before it. Columns carry the names of `Posting`.
    """
    statement: Select[Any] = (
        select(*_COLUMNS)
        .join(Entry, and_(Entry.tenant == Line.tenant, Entry.id == Line.entry_id))
        .join(Account, and_(Account.tenant == Line.tenant, Account.id == Line.account_id))
        .outerjoin(
            EntryNumber,
            and_(EntryNumber.tenant == Line.tenant, EntryNumber.entry_id == Line.entry_id),
        )
        .where(
            Line.company_id == company_id,
            Line.account_id.in_(account_ids),
            Line.effective_on <= ends_on,
        )
    )
    if starts_on is not None:
        statement = statement.where(Line.effective_on >= starts_on)
    if known_at is not None:
        statement = statement.where(Entry.recorded_at < known_at)
    return statement


def posting_of(row: Any) -> Posting:
    """A row of `select_postings`."""
    return Posting(
        row.entry_id,
        row.position,
        None if row.number is None else document_number(row.series, row.number),
        row.journal,
        row.effective_on,
        row.origin_on,
        row.reference,
        row.source_type,
        row.source_id,
        row.recorded_at,
        row.account_id,
        row.code,
        row.name,
        row.currency,
        row.debit,
        row.credit,
        row.base_debit,
        row.base_credit,
        row.text,
    )


async def sum_before_on_the_day(
    session: AsyncSession, company_id: UUID, first: Posting, known_at: datetime | None
) -> Decimal:
    """Debit less credit, in base currency, of the account's lines of the day before `first`."""
    lines = select_postings(
        company_id, [first.account_id], first.effective_on, first.effective_on, known_at
    ).subquery()
    total = await session.scalar(
        select(func.coalesce(func.sum(lines.c.base_debit - lines.c.base_credit), 0)).where(
            (lines.c.entry_id < first.entry_id)
            | ((lines.c.entry_id == first.entry_id) & (lines.c.position < first.position))
        )
    )
    return Decimal(total or 0)


def running(before: Decimal, postings: Sequence[Posting]) -> list[Decimal]:
    """The balance after each posting, debit less credit in base currency."""
    balances = []
    for posting in postings:
        before += posting.base_debit - posting.base_credit
        balances.append(before)
    return balances


_BY_DOCUMENTS = """
    SELECT a.role, sum(l.credit - l.debit) AS amount,
           sum(coalesce(l.base_credit, l.credit) - coalesce(l.base_debit, l.debit)) AS base
    FROM ledger_entry e
    JOIN ledger_line l ON l.tenant = e.tenant AND l.entry_id = e.id
    JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
    WHERE e.tenant = $1 AND e.source_id = ANY($2) AND a.role = ANY($3)
    GROUP BY a.role
"""


async def booked_by_documents(
    connection: asyncpg.Connection,
    tenant: str,
    documents: Sequence[UUID],
    roles: Sequence[AccountRole],
) -> dict[str, tuple[Decimal, Decimal]]:
    """What documents of one currency booked on accounts of roles, credit less debit.

    In that currency, and in the company's own.
    """
    rows = await connection.fetch(
        _BY_DOCUMENTS, tenant, list(documents), [role.value for role in roles]
    )
    return {row["role"]: (row["amount"], row["base"]) for row in rows}
