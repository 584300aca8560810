"""Credit beyond an account's limit."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from erp.receivables.models import Release
from servicekit.http.schemas import AmountOut, DayIn, In, Out, PositiveAmountIn, Reason


class ReleaseIn(In):
    """Lets an account owe more than its limit for a while."""

    account_id: UUID
    amount: PositiveAmountIn
    until: DayIn
    """The last day of it (UTC)."""
    reason: Reason


class ReleaseEndIn(In):
    """Takes released credit back."""

    reason: Reason


class ReleaseOut(Out):
    """Credit beyond an account's limit: how much, until when, by whom."""

    id: UUID
    account_id: UUID
    amount: AmountOut
    until: date
    """The last day of it (UTC)."""
    reason: str
    released_by: str
    """Who gave it: the subject of their access token."""
    ended_at: datetime | None
    """When it ran out or was taken back, in UTC, or null."""

    @classmethod
    def of(cls, row: Release) -> Self:
        """Render a release."""
        return cls.model_validate(row)
