"""Reads of the credit projection."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.credit.models import CreditStatus

__all__ = ["CreditStatus", "credit_of"]


async def credit_of(
    session: AsyncSession, tenant: str, customer_id: UUID
) -> Sequence[CreditStatus]:
    """A customer's receivables accounts, one for each of our companies. One statement."""
    return (
        await session.scalars(
            select(CreditStatus)
            .where(CreditStatus.tenant == tenant, CreditStatus.customer_id == customer_id)
            .order_by(CreditStatus.account_id)
        )
    ).all()
