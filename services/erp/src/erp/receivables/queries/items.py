"""Reading open items and what settled them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.receivables.rules import AllocationNotFound


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What one instalment of a document owes (debit) or is worth (credit), in `currency`."""

    id: UUID
    company_id: UUID
    account_id: UUID
    document_kind: str
    document_id: UUID
    instalment: int
    side: str
    currency: str
    amount: Decimal
    open_amount: Decimal
    due_on: date | None
    posted_on: date
    overdue_since: date | None


@dataclass(frozen=True, slots=True)
class MatchingRow:
    """A part of a credit and what it settled; `undone_on` is the day it was taken back."""

    id: UUID
    account_id: UUID
    debit_kind: str
    debit_document_id: UUID
    instalment: int
    credit_kind: str
    credit_document_id: UUID
    currency: str
    amount: Decimal
    allocated_on: date
    undone_on: date | None


ITEM_COLUMNS = """
    o.id, o.company_id, o.account_id, o.document_kind, o.document_id, o.instalment, o.side,
    o.currency, o.amount, o.open_amount, o.due_on, o.posted_on, o.overdue_since
"""
_MATCHINGS = """
    SELECT m.id, m.account_id, d.document_kind AS debit_kind, d.document_id AS debit_document_id,
           d.instalment, c.document_kind AS credit_kind, c.document_id AS credit_document_id,
           d.currency, m.amount, m.matched_on AS allocated_on, u.matched_on AS undone_on
    FROM receivables_matching m
    JOIN receivables_open_item d ON d.tenant = m.tenant AND d.id = m.debit_item_id
    JOIN receivables_open_item c ON c.tenant = m.tenant AND c.id = m.credit_item_id
    LEFT JOIN receivables_matching u ON u.tenant = m.tenant AND u.undoes = m.id
    WHERE m.undoes IS NULL
"""
_OF_DOCUMENT = text(
    f"SELECT {ITEM_COLUMNS} FROM receivables_open_item o"  # noqa: S608
    " WHERE o.document_id = :document_id ORDER BY o.instalment"
)
_OF_DEBIT = text(f"{_MATCHINGS} AND d.document_id = ANY(CAST(:ids AS uuid[])) ORDER BY m.id")
_OF_CREDIT = text(f"{_MATCHINGS} AND c.document_id = ANY(CAST(:ids AS uuid[])) ORDER BY m.id")
_BY_ID = text(f"{_MATCHINGS} AND m.id = ANY(CAST(:ids AS uuid[]))")


async def items_of(session: AsyncSession, document_id: UUID) -> list[ItemRow]:
    """The open items of a document, paid ones included, by instalment."""
    rows = await session.execute(_OF_DOCUMENT, {"document_id": document_id})
    return [ItemRow(**row) for row in rows.mappings()]


async def settled_by(session: AsyncSession, debit_documents: Sequence[UUID]) -> list[MatchingRow]:
    """What settled the documents, oldest first; what was taken back is among it."""
    rows = await session.execute(_OF_DEBIT, {"ids": list(debit_documents)})
    return [MatchingRow(**row) for row in rows.mappings()]


async def settled_with(
    session: AsyncSession, credit_documents: Sequence[UUID]
) -> list[MatchingRow]:
    """What the documents settled, oldest first; what was taken back is among it."""
    rows = await session.execute(_OF_CREDIT, {"ids": list(credit_documents)})
    return [MatchingRow(**row) for row in rows.mappings()]


async def allocation(session: AsyncSession, allocation_id: UUID) -> MatchingRow:
    """One allocation, taken back or not; raises `AllocationNotFound`."""
    row = (await session.execute(_BY_ID, {"ids": [allocation_id]})).mappings().first()
    if row is None:
        raise AllocationNotFound(f"No allocation {allocation_id}.")
    return MatchingRow(**row)
