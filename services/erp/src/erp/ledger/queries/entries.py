"""Entries with their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.rules import Dimensions, EntryLine, EntryNotFound, document_number


@dataclass(frozen=True, slots=True)
class EntryLineRow:
    """A posted line; amounts in whole minor units of `currency`.

    `base_debit` and `base_credit` are the same in the company's currency; `is_foreign`: that is
    another one.
    """

    position: int
    account_id: UUID
    account_code: str
    account_name: str
    currency: str
    debit: Decimal
    credit: Decimal
    text: str | None
    base_debit: Decimal
    base_credit: Decimal
    is_foreign: bool
    dimensions: Dimensions

    @property
    def base(self) -> Decimal:
        """Debit less credit in the company's currency."""
        return self.base_debit - self.base_credit


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A posted entry. `number` is None only inside the transaction that posts it.

    `origin_on` is the day of its document, where that was closed already.
    """

    id: UUID
    company_id: UUID
    number: str | None
    journal: str
    effective_on: date
    origin_on: date | None
    reference: str | None
    source_type: str
    source_id: UUID | None
    recorded_at: datetime
    recorded_by: str
    lines: Sequence[EntryLineRow]


async def entry(session: AsyncSession, entry_id: UUID) -> EntryRow:
    """The entry with its lines; raises `EntryNotFound`."""
    found = await entries(session, [entry_id])
    if not found:
        raise EntryNotFound(f"No journal entry {entry_id}.")
    return found[0]


_ENTRIES = text(
    """
    SELECT e.id, e.company_id, e.journal, n.series, n.number, e.effective_on, e.origin_on,
           e.reference, e.source_type, e.source_id, e.recorded_at, e.recorded_by
    FROM ledger_entry e
    LEFT JOIN ledger_entry_number n ON n.tenant = e.tenant AND n.entry_id = e.id
    WHERE e.id = ANY(CAST(:ids AS uuid[]))
    """
)
_LINES = text(
    """
    SELECT l.entry_id, l.position, l.account_id, a.code, a.name, l.currency, l.debit, l.credit,
           l.text, coalesce(l.base_debit, l.debit) AS base_debit,
           coalesce(l.base_credit, l.credit) AS base_credit, l.base_debit IS NOT NULL AS is_foreign,
           l.cost_center, l.project, l.region, l.customer_id, l.item_id
    FROM ledger_line l
    JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
    WHERE l.entry_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY l.entry_id, l.position
    """
)


async def entries(session: AsyncSession, ids: Sequence[UUID]) -> list[EntryRow]:
    """The entries with their lines, in the order of `ids`; unknown ids are left out."""
    lines: dict[UUID, list[EntryLineRow]] = {}
    for line in await session.execute(_LINES, {"ids": list(ids)}):
        lines.setdefault(line.entry_id, []).append(
            EntryLineRow(
                line.position,
                line.account_id,
                line.code,
                line.name,
                line.currency,
                line.debit,
                line.credit,
                line.text,
                line.base_debit,
                line.base_credit,
                line.is_foreign,
                Dimensions(
                    line.cost_center, line.project, line.region, line.customer_id, line.item_id
                ),
            )
        )
    found = {
        head.id: EntryRow(
            id=head.id,
            company_id=head.company_id,
            number=None if head.number is None else document_number(head.series, head.number),
            journal=head.journal,
            effective_on=head.effective_on,
            origin_on=head.origin_on,
            reference=head.reference,
            source_type=head.source_type,
            source_id=head.source_id,
            recorded_at=head.recorded_at,
            recorded_by=head.recorded_by,
            lines=lines.get(head.id, []),
        )
        for head in await session.execute(_ENTRIES, {"ids": list(ids)})
    }
    return [found[id_] for id_ in ids if id_ in found]


def lines_again(entry: EntryRow) -> list[EntryLine]:
    """The lines of an entry as they would be posted again."""
    return [
        EntryLine(
            line.account_id,
            line.currency,
            line.debit,
            line.credit,
            line.text,
            line.base if line.is_foreign else None,
            line.dimensions,
        )
        for line in entry.lines
    ]
