"""What the doors of locks and dimensions take and give."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from erp.ledger.models import Company, Dimension, LockExceptionRow
from erp.ledger.rules import DimensionKind, Journal, LockScope
from erp.ledger.service import YearEnd
from servicekit.http.schemas import (
    AmountOut,
    Code,
    DayIn,
    In,
    LongText,
    Name,
    Out,
)


class LocksIn(In):
    """The last closed day of each journal, of all, and the last final one; null: nothing closed.

    A journal (`sales`, `purchases`, `cash`, `stock`, `general`) may be opened again by exceptions
    for somebody, `all` by whoever closes periods, `final` by nobody.
    """

    sales: DayIn | None = None
    purchases: DayIn | None = None
    cash: DayIn | None = None
    stock: DayIn | None = None
    general: DayIn | None = None
    all: DayIn | None = None
    final: DayIn | None = None

    def locks(self) -> dict[LockScope, date]:
        """The locks that are set."""
        given = {scope: getattr(self, scope.value) for scope in LockScope}
        return {scope: until for scope, until in given.items() if until is not None}


class LocksOut(Out):
    """What is closed in a company; `version` is the company's."""

    company_id: UUID
    version: int
    sales: date | None
    purchases: date | None
    cash: date | None
    stock: date | None
    general: date | None
    all: date | None
    final: date | None

    @classmethod
    def of(cls, company: Company, locks: dict[LockScope, date]) -> Self:
        """Render the locks of a company."""
        return cls(
            company_id=company.id,
            version=company.version,
            **{scope.value: locks.get(scope) for scope in LockScope},
        )


class LockExceptionIn(In):
    """Who may post to a closed journal, on days from `open_from` on, until when, and why."""

    journal: Journal
    subject: Name
    open_from: DayIn
    expires_at: datetime
    reason: LongText


class LockExceptionOut(Out):
    """An exception to a lock; over once it has expired or was revoked."""

    id: UUID
    company_id: UUID
    journal: str
    subject: str
    open_from: date
    expires_at: datetime
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: LockExceptionRow) -> Self:
        """Render an exception."""
        return cls(
            id=row.id,
            company_id=row.company_id,
            journal=row.scope,
            subject=row.subject,
            open_from=row.open_from,
            expires_at=row.expires_at,
            reason=row.reason,
            granted_by=row.granted_by,
            granted_at=row.granted_at,
            revoked_at=row.revoked_at,
        )


class DimensionIn(In):
    """A cost centre, project or region that lines of entries may name."""

    company_id: UUID | None = None
    kind: DimensionKind
    code: Code
    name: Name


class DimensionPatch(In):
    """What may change about a dimension; what is not active takes no new lines."""

    name: Name | None = None
    active: bool | None = None


class DimensionOut(Out):
    """A cost centre, project or region."""

    id: UUID
    company_id: UUID
    kind: str
    code: str
    name: str
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Dimension) -> Self:
        """Render a dimension."""
        return cls.model_validate(row)


class YearEndIn(In):
    """The last day of the fiscal year whose result is to be carried forward."""

    ends_on: DayIn


class YearEndOut(Out):
    """What a year end came to, in the company's currency; a profit is above zero."""

    company_id: UUID
    ends_on: date
    result: AmountOut
    carried: AmountOut
    entry_id: UUID | None

    @classmethod
    def of(cls, company_id: UUID, year_end: YearEnd) -> Self:
        """Render a year end."""
        return cls(
            company_id=company_id,
            ends_on=year_end.ends_on,
            result=year_end.result,
            carried=year_end.carried,
            entry_id=year_end.entry_id,
        )
