"""What recurs, and when it is due."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.models import Occurrence, Template

SOME = 50


async def due_templates(session: AsyncSession, today: date) -> Sequence[Template]:
    """Some templates that have an occurrence to post, locked; those of others are left out."""
    rows = await session.scalars(
        select(Template)
        .where(Template.active, Template.approved_by.is_not(None), Template.next_on <= today)
        .order_by(Template.next_on, Template.id)
        .limit(SOME)
        .with_for_update(skip_locked=True)
    )
    return rows.all()


async def occurrences(session: AsyncSession, template_id: UUID) -> Sequence[Occurrence]:
    """What a template has posted, the latest first; at most 500."""
    rows = await session.scalars(
        select(Occurrence)
        .where(Occurrence.template_id == template_id)
        .order_by(Occurrence.due_on.desc())
        .limit(500)
    )
    return rows.all()
