"""Credit beyond an account's limit: given, run out, taken back."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from erp.ledger.service import check_amount
from erp.receivables import events, queries
from erp.receivables.models import Release
from erp.receivables.rules import ReleaseEndsBeforeToday
from erp.receivables.service.accounts import lock_account, lock_accounts
from servicekit.uow import UnitOfWork


async def release_credit(
    uow: UnitOfWork, account_id: UUID, *, amount: Decimal, until: date, reason: str
) -> Release:
    """Let an account owe more than its limit until the end of a day; announce its credit.

    `amount` is in the account's currency. Raises `AccountNotFound`, `ReleaseEndsBeforeToday`,
    `AmountHasTooManyDecimals`, `AmountIsTooLarge`.
    """
    account = await lock_account(uow, account_id)
    check_amount(amount, account.currency, field="amount")
    if until < uow.now.date():
        raise ReleaseEndsBeforeToday(f"{until} has passed.", field="until")
    row = Release(
        tenant=uow.tenant,
        id=uow.new_id(),
        account_id=account_id,
        amount=amount,
        until=until,
        reason=reason,
        released_by=uow.principal.subject,
        ended_at=None,
    )
    uow.add(row)
    await uow.flush()
    await _announce(uow, account_id)
    uow.audit(
        "receivables.credit.released",
        "account",
        account_id,
        {"amount": amount, "until": str(until), "reason": reason},
    )
    return row


async def end_release(uow: UnitOfWork, release_id: UUID, *, reason: str) -> Release:
    """Take released credit back now; a second time changes nothing. Raises `ReleaseNotFound`."""
    account_id = (await uow.get(Release, release_id)).account_id
    await lock_account(uow, account_id)
    row = await uow.lock(Release, release_id)
    if row.ended_at is None:
        row.ended_at = uow.now
        await uow.flush()
        await _announce(uow, account_id)
        uow.audit("receivables.credit.release-ended", "account", account_id, {"reason": reason})
    return row


async def end_releases(uow: UnitOfWork, on: date, *, limit: int = 200) -> int:
    """End what was released until a day before `on`; answer how many. Announces each account."""
    over = select(Release).where(Release.ended_at.is_(None), Release.until < on).limit(limit)
    found = (await uow.session.scalars(over)).all()
    await lock_accounts(uow, {row.account_id for row in found})
    for row in found:
        row.ended_at = uow.now
    await uow.flush()
    for account_id in sorted({row.account_id for row in found}):
        await _announce(uow, account_id)
    return len(found)


async def _announce(uow: UnitOfWork, account_id: UUID) -> None:
    account = await queries.account(uow.session, account_id)
    uow.publish(events.credit_status(account, uow.now))
