"""Reads of the payment projection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.payment.models import Payment

__all__ = ["PaidOnDay", "Payment", "newest_payments", "payment_currencies", "purchases_by_day"]


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


@dataclass(frozen=True, slots=True)
class PaidOnDay:
    """What a customer paid on a day, in one currency."""

    customer_id: UUID
    received_on: date
    amount: Decimal


async def payment_currencies(session: AsyncSession) -> Sequence[str]:
    """The currencies in which anything was paid, in their order."""
    return (
        await session.scalars(select(Payment.currency).distinct().order_by(Payment.currency))
    ).all()


async def purchases_by_day(
    session: AsyncSession, currency: str, until: date
) -> Sequence[PaidOnDay]:
    """Payments in a currency up to a day that did not come back, by customer and day."""
    rows = await session.execute(
        select(Payment.customer_id, Payment.received_on, func.sum(Payment.amount))
        .where(
            Payment.currency == currency,
            Payment.amount > 0,
            Payment.received_on <= until,
            Payment.returned_on.is_(None),
        )
        .group_by(Payment.customer_id, Payment.received_on)
        .order_by(Payment.customer_id, Payment.received_on)
    )
    return [PaidOnDay(*row) for row in rows]
