"""Reads of contracts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.contracts.models import Contract, ContractEntry
from cpq.contracts.rules import FOREVER, Entry, EntryKind
from cpq.selling import Proration, TermUnit

__all__ = ["Contract", "ContractEntry", "entries_of", "entry_of", "entry_rows"]


async def entry_rows(session: AsyncSession, contract_id: UUID) -> Sequence[ContractEntry]:
    """The entries of a contract, in the order in which they came about."""
    found = await session.scalars(
        select(ContractEntry)
        .where(ContractEntry.contract_id == contract_id)
        .order_by(ContractEntry.position)
    )
    return found.all()


async def entries_of(session: AsyncSession, contract_id: UUID) -> list[Entry]:
    """The entries of a contract as rules know them."""
    return [entry_of(row) for row in await entry_rows(session, contract_id)]


def entry_of(row: ContractEntry) -> Entry:
    """The row as a value."""
    return Entry(
        key=row.key,
        kind=EntryKind(row.kind),
        item_id=row.item_id,
        sku=row.sku,
        name=row.name,
        unit=row.unit,
        quantity=row.quantity,
        unit_price=row.unit_price,
        from_on=row.from_on,
        until_on=row.until_on or FOREVER,
        amount=row.amount,
        term_unit=TermUnit(row.term_unit),
        term_count=row.term_count,
        basis=Proration(row.basis),
        anchor=row.anchor,
        selling_model=row.selling_model,
        replaces=row.replaces,
        position=row.position,
        lot=row.lot,
    )
