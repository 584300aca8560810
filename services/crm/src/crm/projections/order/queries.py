"""Reads of the order projection."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.order.models import Order
from crm.projections.order.rules import is_open

__all__ = ["Order", "is_open", "newest_orders"]


async def newest_orders(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Order]:
    """A customer's orders, the one heard of last first. One statement."""
    return (
        await session.scalars(
            select(Order)
            .where(Order.tenant == tenant, Order.customer_id == customer_id)
            .order_by(Order.as_of.desc(), Order.order_id.desc())
            .limit(limit)
        )
    ).all()
