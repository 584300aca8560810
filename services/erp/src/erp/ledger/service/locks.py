"""Closing periods, and letting somebody post into a closed one for a while."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from erp.ledger import queries
from erp.ledger.models import Company, Lock, LockExceptionRow
from erp.ledger.rules import (
    Journal,
    LockException,
    LockScope,
    PeriodIsClosed,
    check_exception,
    check_locks,
)
from servicekit.uow import UnitOfWork

_OPEN_DAY = "SELECT ledger_open_day($1, $2, $3, $4, $5)"


async def posting_day(uow: UnitOfWork, company_id: UUID, journal: Journal, day: date) -> date:
    """The first day from `day` on that is open to whoever acts, for a document of that day.

    It stays open until the transaction ends: closing waits. Call it before the document's
    number is taken, and give the document's own day to `post_entry`, which comes to the same.
    """
    found: date = await uow.connection.fetchval(
        _OPEN_DAY, uow.tenant, company_id, journal.value, uow.principal.subject, day
    )
    return found


async def check_open(
    uow: UnitOfWork, company_id: UUID, journal: Journal, day: date, *, field: str
) -> None:
    """Refuse a day that is closed; raises `PeriodIsClosed`, which names the first open one."""
    open_day = await posting_day(uow, company_id, journal, day)
    if open_day != day:
        raise PeriodIsClosed(
            f"{day} is closed for the {journal.value} journal; the first open day is {open_day}.",
            field=field,
        )


async def set_locks(
    uow: UnitOfWork, company_id: UUID, *, expected: int, locks: Mapping[LockScope, date]
) -> None:
    """Close and reopen periods: afterwards exactly `locks` are closed.

    Waits for what is being posted. The company's version says what the caller has seen. Raises
    `CompanyNotFound`, `Stale`, `LockReachesToday`, `LockIsFinal`, `LedgerClosesLast`.
    """
    company = await uow.lock(Company, company_id, expected)
    before = await queries.locks(uow.session, company_id)
    check_locks(before, locks, uow.now.date())
    changed = {scope: until for scope, until in locks.items() if before.get(scope) != until}
    gone = before.keys() - locks.keys()
    if not changed and not gone:
        return
    # Before what goes: days that stay closed by another scope are not open in between.
    if changed:
        statement = insert(Lock).values(
            [
                {
                    "tenant": uow.tenant,
                    "company_id": company_id,
                    "scope": scope.value,
                    "locked_until": until,
                }
                for scope, until in changed.items()
            ]
        )
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=[Lock.tenant, Lock.company_id, Lock.scope],
                set_={"locked_until": statement.excluded.locked_until},
            )
        )
    if gone:
        await uow.session.execute(
            delete(Lock).where(
                Lock.company_id == company_id, Lock.scope.in_([scope.value for scope in gone])
            )
        )
    company.updated_at = uow.now
    uow.audit(
        "ledger.periods.locked",
        "company",
        company_id,
        {
            scope.value: {"from": before.get(scope), "to": locks.get(scope)}
            for scope in sorted(changed.keys() | gone)
        },
    )
    await uow.flush()


async def grant_exception(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    scope: Journal,
    subject: str,
    open_from: date,
    expires_at: datetime,
    reason: str,
) -> LockExceptionRow:
    """Let somebody post to a closed journal until an instant.

    Raises `CompanyNotFound`, `ExceptionForOneself`, `ExceptionIsTooLong`.
    """
    await queries.company(uow.session, company_id)
    check_exception(
        uow.principal.subject,
        LockException(LockScope(scope.value), subject, open_from, expires_at),
        uow.now,
    )
    row = LockExceptionRow(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        scope=scope.value,
        subject=subject,
        open_from=open_from,
        reason=reason,
        granted_by=uow.principal.subject,
        granted_at=uow.now,
        expires_at=expires_at,
        revoked_at=None,
    )
    uow.add(row)
    uow.audit(
        "ledger.lock.exception-granted",
        "company",
        company_id,
        {"scope": scope.value, "subject": subject, "open_from": open_from, "reason": reason},
    )
    await uow.flush()
    return row


async def revoke_exception(uow: UnitOfWork, exception_id: UUID) -> LockExceptionRow:
    """End an exception now; once revoked it stays so. Raises `LockExceptionNotFound`."""
    row = await uow.lock(LockExceptionRow, exception_id)
    if row.revoked_at is None:
        row.revoked_at = uow.now
        uow.audit(
            "ledger.lock.exception-revoked", "company", row.company_id, {"subject": row.subject}
        )
        await uow.flush()
    return row
