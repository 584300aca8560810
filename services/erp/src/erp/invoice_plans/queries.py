"""Reading invoice plans."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.invoice_plans.models import InvoicePlan, PlannedInvoice

SOME = 50


async def due_plans(
    session: AsyncSession, today: date, *, of_orders: bool = False
) -> Sequence[InvoicePlan]:
    """Some plans that have an invoice to issue, locked; those that others hold are left out.

    Those `of_orders`, or all others.
    """
    rows = await session.scalars(
        select(InvoicePlan)
        .where(
            InvoicePlan.active,
            InvoicePlan.next_on <= today,
            InvoicePlan.order_id.is_not(None) == of_orders,
        )
        .order_by(InvoicePlan.problem.is_not(None), InvoicePlan.next_on, InvoicePlan.id)
        .limit(SOME)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def planned_invoices(session: AsyncSession, plan_id: UUID) -> Sequence[PlannedInvoice]:
    """What a plan has issued, the latest first; at most 500."""
    rows = await session.scalars(
        select(PlannedInvoice)
        .where(PlannedInvoice.plan_id == plan_id)
        .order_by(PlannedInvoice.due_on.desc())
        .limit(500)
    )
    return rows.all()
