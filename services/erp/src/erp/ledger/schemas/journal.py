"""What the doors of drafts and templates take and give."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from erp.ledger.models import Draft, Occurrence, Template
from erp.ledger.schemas.books import JournalLineIn
from erp.ledger.service import Recurrence
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    CurrencyCode,
    DayIn,
    In,
    Name,
    Out,
    Reason,
    Reference,
)


class EntryApprovalLimitIn(In):
    """From which amount on entries by hand need two people; null: never."""

    approval_from: AmountIn | None


class KeptLineOut(Out):
    """A line as it will be posted."""

    account_id: UUID
    currency: CurrencyCode
    debit: AmountOut | None = None
    credit: AmountOut | None = None
    base: AmountOut | None = None
    """What it is in the company's currency, debit less credit; null: the rate of the day says."""
    text: str | None = None
    cost_center: str | None = None
    project: str | None = None
    region: str | None = None
    customer_id: UUID | None = None
    item_id: UUID | None = None


class RejectionIn(In):
    """Why a draft is not approved."""

    reason: Reason


class DraftOut(Out):
    """An entry that waits for another person, or what became of it."""

    id: UUID
    company_id: UUID
    status: str
    """`pending`, `approved`, `rejected` or `withdrawn`."""
    effective_on: date
    reference: str | None
    lines: list[KeptLineOut]
    entered_by: str
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    entry_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Draft) -> Self:
        """Render a draft."""
        return cls.model_validate(row)


class TemplateIn(In):
    """Lines to post again; with `first_on` and `every_months` they post by themselves."""

    company_id: UUID | None = None
    name: Name
    reference: Reference | None = None
    lines: Annotated[list[JournalLineIn], Field(min_length=2, max_length=500)]
    first_on: DayIn | None = None
    every_months: Annotated[int, Field(ge=1, le=120)] | None = None
    ends_on: DayIn | None = None

    def recurrence(self) -> Recurrence:
        """When it posts by itself."""
        return Recurrence(self.first_on, self.every_months, self.ends_on)


class TemplatePatch(In):
    """Whether a template may be used and posts by itself."""

    active: bool


class TemplateEntryIn(In):
    """On which day the lines of a template are to count; defaults to today (UTC)."""

    effective_on: DayIn | None = None


class TemplateOut(Out):
    """Lines to post again. `problem` is why the occurrence that is due was refused."""

    id: UUID
    company_id: UUID
    name: str
    reference: str | None
    lines: list[KeptLineOut]
    first_on: date | None
    every_months: int | None
    ends_on: date | None
    next_on: date | None
    posted: int
    active: bool
    entered_by: str
    approved_by: str | None
    problem: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Template) -> Self:
        """Render a template."""
        return cls.model_validate(row)


class OccurrenceOut(Out):
    """An entry that a template has posted, and the day it was due."""

    due_on: date
    entry_id: UUID


class OccurrencesOut(Out):
    """What a template has posted, the latest first; at most 500."""

    items: list[OccurrenceOut]

    @classmethod
    def of(cls, rows: list[Occurrence]) -> Self:
        """Render occurrences."""
        return cls(items=[OccurrenceOut.model_validate(row) for row in rows])
