"""Entries that another person approves."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from erp.ledger.models import Draft
from erp.ledger.rules import (
    Dimensions,
    DraftIsDecided,
    DraftStatus,
    EntryLine,
    Journal,
    OthersWorkIsNotWithdrawn,
    OwnWorkIsNotApproved,
    kept,
    unkept,
)
from erp.ledger.service.manual import check_manual_entry, post_manual_entry
from erp.ledger.service.posting import EntryInput
from servicekit.uow import UnitOfWork


async def enter_draft(uow: UnitOfWork, entry: EntryInput) -> Draft:
    """Write an entry down for somebody else to approve.

    Raises what `check_manual_entry` raises, `PeriodIsClosed` among it.
    """
    await check_manual_entry(uow, entry)
    draft = Draft(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=entry.company_id,
        status=DraftStatus.PENDING.value,
        effective_on=entry.effective_on,
        reference=entry.reference,
        lines=kept([as_kept(line) for line in entry.lines]),
        entered_by=uow.principal.subject,
    )
    uow.add(draft)
    uow.audit("ledger.draft.entered", "journal-entry-draft", draft.id, {})
    await uow.flush()
    return draft


async def approve_draft(uow: UnitOfWork, draft_id: UUID, *, expected: int) -> Draft:
    """Post what another person has entered.

    Raises `DraftNotFound`, `Stale`, `DraftIsDecided`, `OwnWorkIsNotApproved`, and what
    `post_manual_entry` raises.
    """
    draft = await _pending(uow, draft_id, expected)
    if draft.entered_by == uow.principal.subject:
        raise OwnWorkIsNotApproved(f"{draft.entered_by} has entered it.")
    row = await post_manual_entry(
        uow,
        EntryInput(
            draft.company_id,
            Journal.GENERAL,
            draft.effective_on,
            lines_of(draft.lines),
            draft.reference,
        ),
        approved=True,
    )
    draft.entry_id = row.id
    await _decide(uow, draft, DraftStatus.APPROVED, None)
    return draft


async def reject_draft(uow: UnitOfWork, draft_id: UUID, reason: str, *, expected: int) -> Draft:
    """Say no to a draft; raises `DraftNotFound`, `Stale`, `DraftIsDecided`."""
    draft = await _pending(uow, draft_id, expected)
    await _decide(uow, draft, DraftStatus.REJECTED, reason)
    return draft


async def withdraw_draft(uow: UnitOfWork, draft_id: UUID, *, expected: int) -> Draft:
    """Take one's own draft back.

    Raises `DraftNotFound`, `Stale`, `DraftIsDecided`, `OthersWorkIsNotWithdrawn`.
    """
    draft = await _pending(uow, draft_id, expected)
    if draft.entered_by != uow.principal.subject:
        raise OthersWorkIsNotWithdrawn(f"{draft.entered_by} has entered it.")
    await _decide(uow, draft, DraftStatus.WITHDRAWN, None)
    return draft


async def _pending(uow: UnitOfWork, draft_id: UUID, expected: int) -> Draft:
    draft = await uow.lock(Draft, draft_id, expected)
    if draft.status != DraftStatus.PENDING:
        raise DraftIsDecided(f"It was {draft.status} by {draft.decided_by}.")
    return draft


async def _decide(uow: UnitOfWork, draft: Draft, status: DraftStatus, reason: str | None) -> None:
    draft.status = status.value
    draft.decided_by = uow.principal.subject
    draft.decided_at = uow.now
    draft.reason = reason
    uow.audit(
        f"ledger.draft.{status.value}",
        "journal-entry-draft",
        draft.id,
        {"entered_by": draft.entered_by, "reason": reason},
    )
    await uow.flush()


def lines_of(lines: Sequence[dict[str, object]]) -> list[EntryLine]:
    """Lines to post, of lines as they are kept."""
    return [
        EntryLine(
            line["account_id"],
            line["currency"],
            line.get("debit", Decimal(0)),
            line.get("credit", Decimal(0)),
            line.get("text"),
            line.get("base"),
            Dimensions(
                line.get("cost_center"),
                line.get("project"),
                line.get("region"),
                line.get("customer_id"),
                line.get("item_id"),
            ),
        )
        for line in unkept(lines)
    ]


def as_kept(line: EntryLine) -> dict[str, object]:
    about = line.dimensions
    return {
        "account_id": line.account,
        "currency": line.currency,
        "debit": line.debit or None,
        "credit": line.credit or None,
        "text": line.text,
        "base": line.base,
        "cost_center": about.cost_center,
        "project": about.project,
        "region": about.region,
        "customer_id": about.customer_id,
        "item_id": about.item_id,
    }
