"""Reads of the payment projection."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.payment.models import Payment

__all__ = ["Payment", "newest_payments"]


async def newest_payments(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Payment]:
    """A customer's payments, the last received first. One statement."""
    return (
        await session.scalars(
            select(Payment)
            .where(Payment.tenant == tenant, Payment.customer_id == customer_id)
            .order_by(Payment.received_on.desc(), Payment.payment_id.desc())
            .limit(limit)
        )
    ).all()
