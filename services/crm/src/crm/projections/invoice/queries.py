"""Reads of the invoice projection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.projections.invoice.models import Invoice
from crm.projections.invoice.rules import is_open

__all__ = ["Invoice", "Owed", "is_open", "newest_invoices", "owed"]


@dataclass(frozen=True, slots=True)
class Owed:
    """What a customer owes in one currency, over all its invoices and all our companies."""

    currency: str
    open: Decimal
    overdue: Decimal
    open_count: int
    overdue_count: int
    as_of: datetime
    """The age of the oldest fact in the sums."""


async def newest_invoices(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Invoice]:
    """A customer's invoices: what is open first, by due date, then the rest. One statement."""
    return (
        await session.scalars(
            select(Invoice)
            .where(Invoice.tenant == tenant, Invoice.customer_id == customer_id)
            .order_by(
                Invoice.status == "paid",
                Invoice.due_on,
                Invoice.as_of.desc(),
                Invoice.invoice_id.desc(),
            )
            .limit(limit)
        )
    ).all()


async def owed(session: AsyncSession, tenant: str, customer_id: UUID) -> list[Owed]:
    """What a customer owes by currency; empty when nothing is open. One statement."""
    overdue = Invoice.overdue_since.is_not(None)
    rows = await session.execute(
        select(
            Invoice.currency,
            func.sum(Invoice.open),
            func.sum(Invoice.open).filter(overdue),
            func.count(),
            func.count().filter(overdue),
            func.min(Invoice.as_of),
        )
        .where(
            Invoice.tenant == tenant,
            Invoice.customer_id == customer_id,
            Invoice.status != "paid",
        )
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [
        Owed(
            currency=row[0],
            open=row[1] or Decimal(0),
            overdue=row[2] or Decimal(0),
            open_count=row[3],
            overdue_count=row[4],
            as_of=row[5],
        )
        for row in rows
    ]
