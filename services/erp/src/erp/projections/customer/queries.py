"""What other slices may know of customers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.projections.customer.models import Customer


async def customer(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """The customer as CRM last described it, or None if nothing has been heard of it yet."""
    return await session.scalar(select(Customer).where(Customer.customer_id == customer_id))


async def customers(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Customer]:
    """The known ones among `ids`, by id."""
    rows = await session.scalars(select(Customer).where(Customer.customer_id.in_(ids)))
    return {row.customer_id: row for row in rows}
