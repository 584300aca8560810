"""Reads of promotion budgets."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.promotions.models import PromotionBudget, PromotionEntry
from cpq.promotions.rules import Budget

__all__ = [
    "PromotionBudget",
    "PromotionEntry",
    "are_limited",
    "budget_of",
    "held_by",
    "locked_budgets",
]


async def are_limited(session: AsyncSession, codes: Iterable[str], currency: str) -> bool:
    """Whether any of the codes has a budget in the currency."""
    found = await session.scalar(
        select(PromotionBudget.id)
        .where(PromotionBudget.code.in_(set(codes)), PromotionBudget.currency == currency)
        .limit(1)
    )
    return found is not None


async def held_by(
    session: AsyncSession, quote_ids: Iterable[UUID]
) -> dict[UUID, dict[UUID, Decimal]]:
    """What quotes hold, by quote and budget; those that hold nothing are left out."""
    held = func.sum(PromotionEntry.amount)
    rows = await session.execute(
        select(PromotionEntry.quote_id, PromotionEntry.budget_id, held)
        .where(PromotionEntry.quote_id.in_(set(quote_ids)))
        .group_by(PromotionEntry.quote_id, PromotionEntry.budget_id)
        .having(held != 0)
    )
    found: dict[UUID, dict[UUID, Decimal]] = {}
    for quote_id, budget_id, amount in rows:
        found.setdefault(quote_id, {})[budget_id] = amount
    return found


async def locked_budgets(
    session: AsyncSession,
    *,
    codes: Iterable[str] = (),
    currency: str = "",
    ids: Iterable[UUID] = (),
) -> Sequence[PromotionBudget]:
    """Budgets of codes and those of ids, locked in the order of their ids.

    Everybody locks them in this order, so that two who want the same never wait for each other.
    """
    rows = await session.scalars(
        select(PromotionBudget)
        .where(
            or_(
                PromotionBudget.code.in_(set(codes)) & (PromotionBudget.currency == currency),
                PromotionBudget.id.in_(set(ids)),
            )
        )
        .order_by(PromotionBudget.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


def budget_of(row: PromotionBudget) -> Budget:
    """The row as a value."""
    return Budget(
        budget_id=row.id,
        code=row.code,
        currency=row.currency,
        amount=row.amount,
        most_uses=row.most_uses,
        taken=row.taken,
        uses=row.uses,
    )
