"""The timeline: our own entries and what other services told, as one list."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Row,
    Text,
    cast,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm.interactions.models import ForeignFact, Interaction
from crm.interactions.rules import Place
from servicekit.uow import ReadSession, UnitOfWork

Reading = ReadSession | UnitOfWork

STREAM_BATCH = 100
"""How many entries one question of a stream returns at most; the next one follows at once."""

STREAM_START = 20
"""With how many of the newest entries a stream begins that does not say where it stopped."""

_uuid, _text = PG_UUID(as_uuid=True), Text()
_correction = aliased(Interaction)

_own = select(
    Interaction.tenant,
    Interaction.id,
    Interaction.customer_id,
    Interaction.kind,
    Interaction.subject,
    Interaction.occurred_at,
    Interaction.logged_at.label("recorded_at"),
    Interaction.written_in,
    Interaction.position,
    Interaction.contact_id,
    Interaction.direction,
    Interaction.body,
    Interaction.duration_minutes,
    Interaction.logged_by,
    Interaction.corrects,
    Interaction.correction_reason,
    # A join would keep PostgreSQL from merging the two tables in the order of their indexes.
    select(_correction.id)
    .where(_correction.tenant == Interaction.tenant, _correction.corrects == Interaction.id)
    .scalar_subquery()
    .label("corrected_by"),
    cast(null(), _uuid).label("document_id"),
    cast(null(), _text).label("document_number"),
    cast(null(), ForeignFact.amount.type).label("amount"),
    cast(null(), _text).label("currency"),
    cast(null(), JSONB()).label("details"),
    cast(null(), _uuid).label("source_event_id"),
    cast(null(), _text).label("source_event_type"),
    cast(null(), BigInteger()).label("source_sequence"),
    cast(null(), TIMESTAMP(timezone=True)).label("as_of"),
)

_told = select(
    ForeignFact.tenant,
    ForeignFact.id,
    ForeignFact.customer_id,
    ForeignFact.kind,
    ForeignFact.subject,
    ForeignFact.occurred_at,
    ForeignFact.as_of.label("recorded_at"),
    ForeignFact.written_in,
    ForeignFact.position,
    cast(null(), _uuid).label("contact_id"),
    cast(null(), _text).label("direction"),
    cast(null(), _text).label("body"),
    cast(null(), Interaction.duration_minutes.type).label("duration_minutes"),
    cast(null(), _text).label("logged_by"),
    cast(null(), _uuid).label("corrects"),
    cast(null(), _text).label("correction_reason"),
    cast(null(), _uuid).label("corrected_by"),
    ForeignFact.document_id,
    ForeignFact.document_number,
    ForeignFact.amount,
    ForeignFact.currency,
    ForeignFact.details,
    ForeignFact.source_event_id,
    ForeignFact.source_event_type,
    ForeignFact.source_sequence,
    ForeignFact.as_of,
)

TIMELINE = union_all(_own, _told).subquery("timeline")

# Rows at or above the oldest running transaction could still be joined by late commits, so a
# stream waits with them. A row from beyond the newest transaction was restored from a dump of
# another cluster; nothing can be late there.
_oldest_running = literal_column(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger()
)
_next_to_come = literal_column(
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger()
)


async def entries_since(
    session: AsyncSession, tenant: str, customer_id: UUID, place: Place | None
) -> Sequence[Row[tuple[object, ...]]]:
    """Entries after a place, in the order of streaming; the newest few when there is no place.

    Never skips an entry, however late its transaction commits: what might still be overtaken is
    held back until it cannot be any more. One statement.
    """
    c = TIMELINE.c
    settled = (
        select(TIMELINE)
        .where(c.tenant == tenant, c.customer_id == customer_id)
        .where(or_(c.written_in < _oldest_running, c.written_in >= _next_to_come))
    )
    if place is None:
        statement = settled.order_by(c.written_in.desc(), c.position.desc()).limit(STREAM_START)
        return list(reversed((await session.execute(statement)).all()))
    after = tuple_(c.written_in, c.position) > tuple_(place.transaction, place.position)
    statement = settled.where(after).order_by(c.written_in, c.position).limit(STREAM_BATCH)
    return (await session.execute(statement)).all()


async def recent_entries(
    session: AsyncSession, tenant: str, customer_id: UUID, limit: int
) -> Sequence[Row[tuple[object, ...]]]:
    """What happened last with a customer, the newest first. One statement."""
    c = TIMELINE.c
    statement = (
        select(TIMELINE)
        .where(c.tenant == tenant, c.customer_id == customer_id)
        .order_by(c.occurred_at.desc(), c.id.desc())
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def entry(reads: Reading, interaction_id: UUID) -> Row[tuple[object, ...]]:
    """One of our own entries; raises InteractionNotFound."""
    c = TIMELINE.c
    row = (
        await reads.session.execute(
            select(TIMELINE).where(
                c.tenant == reads.tenant, c.id == interaction_id, c.source_event_id.is_(None)
            )
        )
    ).one_or_none()
    if row is None:
        raise Interaction.__missing__(f"There is no interaction {interaction_id}.")
    return row


async def ids_by_reference(session: AsyncSession, references: Sequence[str]) -> dict[str, UUID]:
    """Interaction ids by external reference; unknown ones are left out. One statement."""
    if not references:
        return {}
    rows = await session.execute(
        select(Interaction.external_reference, Interaction.id).where(
            Interaction.external_reference.in_(references)
        )
    )
    return {str(row[0]): row[1] for row in rows}
