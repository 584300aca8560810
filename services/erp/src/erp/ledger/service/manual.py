"""Entries that a person writes, and their reversal."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from erp.ledger import queries
from erp.ledger.models import Entry
from erp.ledger.rules import (
    AccountIsControlled,
    AccountIsUnknown,
    AccountTakesNoPostings,
    EntryHasADocument,
    EntryIsReversedAlready,
    EntryLine,
    EntryNeedsApproval,
    EntryNotFound,
    Journal,
    check_entry,
    reversal,
)
from erp.ledger.service.dimensions import check_dimensions
from erp.ledger.service.locks import check_open
from erp.ledger.service.posting import EntryInput, post_entries, post_entry
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain


async def check_manual_lines(uow: UnitOfWork, company_id: UUID, lines: Sequence[EntryLine]) -> None:
    """Refuse lines that a person may not post.

    Raises `AccountIsUnknown`, `AccountTakesNoPostings`, `AccountIsControlled`,
    `DimensionIsUnknown`, and what `rules.check_entry` raises.
    """
    check_entry(lines)
    await check_dimensions(uow, company_id, lines)
    chart = {row.id: row for row in await queries.chart(uow.session, company_id)}
    for position, line in enumerate(lines):
        account = chart.get(line.account) if isinstance(line.account, UUID) else None
        if account is None:
            raise AccountIsUnknown(
                f"Line {position + 1}: no account {line.account} in this company.",
                field=f"lines.{position}.account_id",
            )
        if account.heading or not account.active:
            raise AccountTakesNoPostings(
                f"Line {position + 1}: {account.code} {account.name} is "
                f"{'a heading' if account.heading else 'closed'}.",
                field=f"lines.{position}.account_id",
            )
        if account.control:
            raise AccountIsControlled(
                f"Line {position + 1}: {account.code} {account.name} is a control account.",
                field=f"lines.{position}.account_id",
            )


async def check_manual_entry(uow: UnitOfWork, entry: EntryInput) -> None:
    """Raises `PeriodIsClosed`, and what `check_manual_lines` raises."""
    await check_open(uow, entry.company_id, entry.journal, entry.effective_on, field="effective_on")
    await check_manual_lines(uow, entry.company_id, entry.lines)


async def post_manual_entry(
    uow: UnitOfWork, entry: EntryInput, *, approved: bool = False
) -> queries.EntryRow:
    """Post an entry that a person wrote, and give it its number at once.

    `approved`: two people stand behind it. Raises `EntryNeedsApproval`, and what
    `check_manual_entry` and `post_entries` raise.
    """
    await check_manual_entry(uow, entry)
    [posted] = await post_entries(uow, [entry])
    await _number_now(uow)
    uow.audit("ledger.entry.posted", "journal-entry", posted.id, {"reference": entry.reference})
    row = await queries.entry(uow.session, posted.id)
    amount = sum((line.base_debit for line in row.lines), start=Decimal(0))
    limit = (await queries.company(uow.session, entry.company_id)).approval_from
    if not approved and limit is not None and amount >= limit:
        # Nothing of it stays, nor its number: the refusal takes the transaction with it.
        raise EntryNeedsApproval(f"It books {plain(amount)}; from {plain(limit)} on two people do.")
    return row


async def reverse_entry(uow: UnitOfWork, entry_id: UUID, *, effective_on: date) -> queries.EntryRow:
    """Post the opposite of a manual entry; the entry itself stays as it is.

    Raises `EntryNotFound`, `EntryHasADocument`, `EntryIsReversedAlready`, `PeriodIsClosed`.
    """
    original = await queries.entry(uow.session, entry_id)
    if original.source_type != "manual":
        article = "an" if original.source_type[0] in "aeiou" else "a"
        raise EntryHasADocument(
            f"{original.number} was booked by {article} {original.source_type}."
        )
    await check_open(uow, original.company_id, Journal.GENERAL, effective_on, field="effective_on")
    # Two reversals at once: the second waits here and then sees the first.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"ledger_reversal:{uow.tenant}:{entry_id}"},
    )
    taken = await uow.session.scalar(
        select(Entry.id).where(Entry.source_type == "reversal", Entry.source_id == entry_id)
    )
    if taken is not None:
        raise EntryIsReversedAlready(f"{original.number} was reversed by entry {taken}.")
    posted = await post_entry(
        uow,
        original.company_id,
        Journal.GENERAL,
        effective_on,
        reversal(queries.lines_again(original)),
        original.number,
        "reversal",
        entry_id,
    )
    await _number_now(uow)
    uow.audit("ledger.entry.reversed", "journal-entry", entry_id, {"reversal": str(posted.id)})
    return await queries.entry(uow.session, posted.id)


async def opposite_of(uow: UnitOfWork, source_type: str, source_id: UUID) -> list[EntryLine]:
    """The lines of a document's entry with debit and credit exchanged, at the same base amounts.

    Raises `EntryNotFound` where the document has booked nothing.
    """
    found = await uow.session.scalar(
        select(Entry.id).where(Entry.source_type == source_type, Entry.source_id == source_id)
    )
    if found is None:
        raise EntryNotFound(f"The {source_type} {source_id} has booked nothing.")
    return reversal(queries.lines_again(await queries.entry(uow.session, found)))


async def _number_now(uow: UnitOfWork) -> None:
    """Run the check and the numbering that would otherwise run at commit."""
    await uow.session.execute(text("SET CONSTRAINTS ledger_entry_is_posted IMMEDIATE"))
    await uow.session.execute(text("SET CONSTRAINTS ledger_entry_is_posted DEFERRED"))
