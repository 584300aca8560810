"""HTTP payloads of promotion budgets."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from cpq.promotions.models import PromotionBudget, PromotionEntry
from servicekit.http import AmountOut, CurrencyCode, In, LongText, Out, PositiveAmountIn
from servicekit.values import Money

MostUses = Annotated[int, Field(gt=0, le=1_000_000_000)]


class PromotionBudgetIn(In):
    """How much a promotion may cost in a currency."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    """The code of the promotion, as price rules and quotes name it."""
    currency: CurrencyCode
    """Of the quotes that take from it."""
    amount: PositiveAmountIn
    """What may be given away in all, without tax, with the places that the currency has."""
    most_uses: MostUses | None = None
    """How many quotes may have it; null: as many as the amount lasts for."""
    note: LongText | None = None
    """Why there is a budget."""

    @property
    def money(self) -> Money:
        """The amount as a value."""
        return Money(self.amount, self.currency)


class PromotionBudgetChangeIn(In):
    """What a budget is to be."""

    amount: PositiveAmountIn
    """What may be given away in all; at least what is taken."""
    most_uses: MostUses | None = None
    """How many quotes may have it; null: as many as the amount lasts for."""
    note: LongText | None = None
    """Why there is a budget."""


class PromotionBudgetOut(Out):
    """A promotion's budget, and what is left of it."""

    id: UUID
    code: str
    currency: str
    amount: AmountOut
    """What may be given away in all, in `currency`."""
    taken: AmountOut
    """What quotes that are put up for approval, out or accepted give away."""
    left: AmountOut
    """The amount less what is taken."""
    most_uses: int | None
    """How many quotes may have it."""
    uses: int
    """How many have it."""
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: PromotionBudget) -> Self:
        """The row as clients see it."""
        return cls(
            id=row.id,
            code=row.code,
            currency=row.currency,
            amount=row.amount,
            taken=row.taken,
            left=row.amount - row.taken,
            most_uses=row.most_uses,
            uses=row.uses,
            note=row.note,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class PromotionEntryOut(Out):
    """What a quote took of a budget or gave back to it."""

    id: UUID
    quote_id: UUID
    """The quote that took it."""
    quote_number: str
    """Its number, for people."""
    revision: int
    """The quote's revision that took it."""
    amount: AmountOut
    """In the budget's currency; below zero it was given back."""
    recorded_at: datetime
    """When it took it."""
    recorded_by: str
    """Who froze the quote, or ended it."""

    @classmethod
    def of(cls, row: PromotionEntry) -> Self:
        """The row as clients see it."""
        return cls(
            id=row.id,
            quote_id=row.quote_id,
            quote_number=row.quote_number,
            revision=row.revision,
            amount=row.amount,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
