"""Which days are closed for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from erp.ledger.rules.entries import Journal
from erp.ledger.rules.refusals import (
    ExceptionForOneself,
    ExceptionIsTooLong,
    LedgerClosesLast,
    LockIsFinal,
    LockReachesToday,
)

LONGEST_EXCEPTION = timedelta(days=31)


class LockScope(StrEnum):
    """What a lock covers: one journal, which exceptions may open; everything; or for ever."""

    SALES = "sales"
    PURCHASES = "purchases"
    CASH = "cash"
    STOCK = "stock"
    GENERAL = "general"
    ALL = "all"
    FINAL = "final"


SUBLEDGERS = (LockScope.SALES, LockScope.PURCHASES, LockScope.CASH, LockScope.STOCK)


@dataclass(frozen=True, slots=True)
class LockException:
    """Somebody may post to a journal on closed days from `open_from` on, until it expires."""

    scope: LockScope
    subject: str
    open_from: date
    expires_at: datetime


Locks = Mapping[LockScope, date]
"""The last closed day of each scope that has one."""


def first_open_day(
    locks: Locks,
    exceptions: tuple[LockException, ...],
    journal: Journal,
    subject: str,
    day: date,
    now: datetime,
) -> date:
    """The first day from `day` on that is open; the database works it out by the same rule."""
    soft = LockScope(journal.value)
    closed = [
        until
        for scope, until in locks.items()
        if scope in (soft, LockScope.ALL, LockScope.FINAL)
        and until >= day
        and not (
            scope == soft
            and any(
                each.scope == soft
                and each.subject == subject
                and each.open_from <= day
                and each.expires_at > now
                for each in exceptions
            )
        )
    ]
    return max(closed) + timedelta(days=1) if closed else day


@dataclass(frozen=True, slots=True)
class LockMove:
    """A scope was closed until a day, or opened (None), at an instant."""

    scope: LockScope
    locked_until: date | None
    recorded_at: datetime


WHOLE = (LockScope.GENERAL, LockScope.ALL, LockScope.FINAL)
"""Scopes that close the books as a whole: the general journal closes after all others."""


def reported_at(moves: Sequence[LockMove], day: date) -> datetime | None:
    """When the books up to a day were last closed as a whole, hence reported; None: never yet.

    A period that was opened and closed again was reported anew. `moves` are in their order.
    """
    until: dict[LockScope, date] = {}
    found = None
    for move in moves:
        if move.scope not in WHOLE:
            continue
        was_closed = any(each >= day for each in until.values())
        if move.locked_until is None:
            until.pop(move.scope, None)
        else:
            until[move.scope] = move.locked_until
        if not was_closed and any(each >= day for each in until.values()):
            found = move.recorded_at
    return found


def check_locks(before: Locks, after: Locks, today: date) -> None:
    """Refuse locks that cannot be.

    Raises `LockReachesToday`, `LockIsFinal` (it never moves back), `LedgerClosesLast`.
    """
    for scope, until in after.items():
        if until >= today:
            raise LockReachesToday(f"{until} is not over yet.", field=scope.value)
    final = before.get(LockScope.FINAL)
    if final is not None and after.get(LockScope.FINAL, date.min) < final:
        raise LockIsFinal(f"The books are final until {final}.", field="final")
    everything = max(after.get(LockScope.ALL, date.min), after.get(LockScope.FINAL, date.min))
    general = after.get(LockScope.GENERAL, date.min)
    for scope in SUBLEDGERS:
        reach = max(after.get(scope, date.min), everything)
        if general > reach:
            raise LedgerClosesLast(
                f"The general journal would be closed until {general}, {scope.value} "
                f"{'never' if reach == date.min else f'until {reach}'}.",
                field="general",
            )


def check_exception(granted_by: str, exception: LockException, now: datetime) -> None:
    """Raises `ExceptionForOneself`, `ExceptionIsTooLong`."""
    if granted_by == exception.subject:
        raise ExceptionForOneself(f"{granted_by} is both.", field="subject")
    if not now < exception.expires_at <= now + LONGEST_EXCEPTION:
        raise ExceptionIsTooLong(f"It would end at {exception.expires_at}.", field="expires_at")
