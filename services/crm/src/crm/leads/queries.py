"""Reading leads and their history."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from crm.leads.models import LeadStep
from crm.people import queries as people
from servicekit.uow import ReadSession, UnitOfWork


async def history(reads: ReadSession, lead_id: UUID) -> Sequence[LeadStep]:
    """Every step of a lead, the first one first."""
    rows = await reads.session.scalars(
        select(LeadStep).where(LeadStep.lead_id == lead_id).order_by(LeadStep.id)
    )
    return rows.all()


async def is_at(uow: UnitOfWork, person_id: UUID, customer_id: UUID) -> bool:
    """Whether a person has a role at a customer; raises `PersonNotFound`."""
    profile = await people.profile(uow, person_id)
    return any(role.customer_id == customer_id for role in profile.roles)
