"""Reads of the opportunities slice."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm.opportunities.models import Opportunity, StageChange, StageRow
from crm.opportunities.rules import (
    DEFAULT_PIPELINE,
    Pipeline,
    Stage,
    StageIsUnknown,
    StageKind,
    pipeline,
)
from servicekit.uow import ReadSession, UnitOfWork

__all__ = [
    "Opportunity",
    "history",
    "ids_by_reference",
    "open_amounts",
    "open_opportunities",
    "stage",
    "tenant_pipeline",
]

Reading = ReadSession | UnitOfWork


def stage_of(row: StageRow) -> Stage:
    """The value in a row."""
    return Stage(
        code=row.code,
        name=row.name,
        position=row.position,
        kind=StageKind(row.kind),
        next_stages=None if row.next_stages is None else tuple(row.next_stages),
    )


async def tenant_pipeline(reads: Reading) -> Pipeline:
    """The tenant's stages in their order; the default pipeline while it has none of its own."""
    rows = (
        await reads.session.scalars(select(StageRow).where(StageRow.tenant == reads.tenant))
    ).all()
    return pipeline([stage_of(row) for row in rows] or DEFAULT_PIPELINE)


async def stage(reads: Reading, code: str) -> Stage:
    """A stage of the tenant's pipeline; raises StageIsUnknown."""
    stages = await tenant_pipeline(reads)
    if code not in stages:
        raise StageIsUnknown(f"{code!r} is none of {', '.join(stages)}.", field="code")
    return stages[code]


async def history(reads: Reading, opportunity_id: UUID) -> Sequence[StageChange]:
    """Every step of an opportunity, the first one first. Ids are in the order of time."""
    return (
        await reads.session.scalars(
            select(StageChange)
            .where(
                StageChange.tenant == reads.tenant,
                StageChange.opportunity_id == opportunity_id,
            )
            .order_by(StageChange.id)
        )
    ).all()


async def open_opportunities(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Opportunity]:
    """What we hope to sell to a customer, the next to close first. One statement."""
    return (
        await session.scalars(
            select(Opportunity)
            .where(
                Opportunity.tenant == tenant,
                Opportunity.customer_id == customer_id,
                Opportunity.stage_kind == StageKind.OPEN,
            )
            .order_by(Opportunity.expected_close_on, Opportunity.id)
            .limit(limit)
        )
    ).all()


async def ids_by_reference(session: AsyncSession, references: Sequence[str]) -> dict[str, UUID]:
    """Opportunity ids by external reference; unknown ones are left out. One statement."""
    if not references:
        return {}
    rows = await session.execute(
        select(Opportunity.external_reference, Opportunity.id).where(
            Opportunity.external_reference.in_(references)
        )
    )
    return {str(row[0]): row[1] for row in rows}


async def open_amounts(session: AsyncSession, currency: str) -> dict[UUID, Decimal]:
    """What is hoped for by customer: open opportunities in a currency, summed. One statement."""
    rows = await session.execute(
        select(Opportunity.customer_id, func.sum(Opportunity.amount))
        .where(Opportunity.stage_kind == StageKind.OPEN.value, Opportunity.currency == currency)
        .group_by(Opportunity.customer_id)
    )
    return {customer_id: amount for customer_id, amount in rows if amount is not None}
