"""Reads of the order projection."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.order.models import Order
from crm.projections.order.rules import FINAL, is_open

__all__ = ["Order", "is_open", "newest_orders", "orders_in_flight"]


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


async def orders_in_flight(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Order]:
    """A customer's orders that are not at their end, the one heard of last first. One statement."""
    return (
        await session.scalars(
            select(Order)
            .where(
                Order.tenant == tenant,
                Order.customer_id == customer_id,
                Order.status.not_in(sorted(FINAL)),
            )
            .order_by(Order.as_of.desc(), Order.order_id.desc())
            .limit(limit)
        )
    ).all()
