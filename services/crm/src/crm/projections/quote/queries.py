"""Reads of the quote projection."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.quote.models import Quote
from crm.projections.quote.rules import is_open

__all__ = ["Quote", "is_open", "newest_quotes"]


async def newest_quotes(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Quote]:
    """A customer's quotes, the one heard of last first. One statement."""
    return (
        await session.scalars(
            select(Quote)
            .where(Quote.tenant == tenant, Quote.customer_id == customer_id)
            .order_by(Quote.as_of.desc(), Quote.quote_id.desc())
            .limit(limit)
        )
    ).all()
