"""Addresses of the interactions slice: the timeline of a customer, live if wanted."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import select

from crm.customers import queries as customers
from crm.customers.queries import ContactIsAnothers, CustomerNotFound
from crm.interactions import queries, service
from crm.interactions.queries import TIMELINE
from crm.interactions.rules import (
    DirectionIsMissing,
    InteractionIsAlreadyCorrected,
    InteractionLiesInTheFuture,
    InteractionNamesNoCustomer,
    InteractionNotFound,
    InteractionReferenceIsTaken,
    Place,
    StreamPositionIsUnreadable,
)
from crm.interactions.schemas import (
    CorrectionIn,
    EntryOut,
    ImportedInteractionIn,
    InteractionIn,
)
from servicekit.errors import Refusal
from servicekit.http import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    EventStream,
    Listing,
    LiveEvent,
    LiveStream,
    Page,
    PageOut,
    Reads,
    RowOutcome,
    SliceRouter,
    Writes,
    choice,
    kept,
    refused,
)
from servicekit.uow import ReadSession

router = SliceRouter(prefix="/v1", tags=["interactions"])

READ, WRITE = "crm.interactions.read", "crm.interactions.write"

ENTRY_KINDS = ("call", "mail", "meeting", "note", "visit", "quote", "order", "invoice", "payment")

LISTING = Listing(
    TIMELINE,  # type: ignore[arg-type]
    sorts={"occurred_at": TIMELINE.c.occurred_at, "recorded_at": TIMELINE.c.recorded_at},
    filters={
        "kind": choice(TIMELINE.c.kind, ENTRY_KINDS),
        "contact_id": TIMELINE.c.contact_id,
        "document_id": TIMELINE.c.document_id,
        "occurred_at": TIMELINE.c.occurred_at,
    },
    default_sort="-occurred_at",
    keys=[TIMELINE.c.id],
)


@router.post(
    "/customers/{customer_id}/interactions",
    permission=WRITE,
    status_code=201,
    refusals=(
        CustomerNotFound,
        ContactIsAnothers,
        DirectionIsMissing,
        InteractionLiesInTheFuture,
        InteractionReferenceIsTaken,
    ),
)
async def log_interaction(customer_id: UUID, body: InteractionIn, uow: Writes) -> EntryOut:
    """Write down a call, mail, meeting, note or visit; followers of the timeline see it at once."""
    logged = await service.log_interaction(uow, body.interaction(customer_id))
    return EntryOut.of(await queries.entry(uow, logged.id), uow.now)


@router.post(
    "/interactions/bulk",
    permission=WRITE,
    max_body_bytes=BULK_BODY_BYTES,
    refusals=(InteractionNamesNoCustomer,),
)
async def log_interactions(body: BulkIn[ImportedInteractionIn], uow: Writes) -> BulkOut:
    """Write down up to 1000 entries, each on its own merits; a known reference is `unchanged`."""
    rows = body.good()
    outcomes = await service.import_interactions(uow, [row.imported() for _, row in rows])
    return BulkOut.of(
        [
            *body.malformed(),
            *(
                refused(index, outcome)
                if isinstance(outcome, Refusal)
                else kept(index, RowOutcome(outcome.id, created=outcome.created))
                for (index, _), outcome in zip(rows, outcomes, strict=True)
            ),
        ]
    )


@router.post(
    "/interactions/{interaction_id}/correction",
    permission=WRITE,
    status_code=201,
    refusals=(
        InteractionNotFound,
        InteractionIsAlreadyCorrected,
        ContactIsAnothers,
        DirectionIsMissing,
        InteractionLiesInTheFuture,
    ),
)
async def correct_interaction(interaction_id: UUID, body: CorrectionIn, uow: Writes) -> EntryOut:
    """Put a new entry in the place of a wrong one, which stays readable."""
    wrong = await queries.entry(uow, interaction_id)
    corrected = await service.correct_interaction(
        uow, interaction_id, body.interaction(wrong.customer_id), reason=body.reason
    )
    return EntryOut.of(await queries.entry(uow, corrected.id), uow.now)


@router.get("/interactions/{interaction_id}", permission=READ, refusals=(InteractionNotFound,))
async def interaction(interaction_id: UUID, reads: Reads) -> EntryOut:
    """One of our own entries."""
    return EntryOut.of(await queries.entry(reads, interaction_id), reads.now)


@router.get("/customers/{customer_id}/timeline", permission=READ, refusals=(CustomerNotFound,))
async def timeline(
    customer_id: UUID, page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[EntryOut]:
    """Everything that passed between us and a customer: ours and what other services told."""
    await customers.brief(reads, customer_id)
    statement = select(TIMELINE).where(
        TIMELINE.c.tenant == reads.tenant, TIMELINE.c.customer_id == customer_id
    )
    fetched = await page.fetch_rows(reads, statement)
    return PageOut.of(fetched, lambda row: EntryOut.of(row, reads.now))


@router.get(
    "/customers/{customer_id}/timeline/stream",
    permission=READ,
    refusals=(CustomerNotFound, StreamPositionIsUnreadable),
)
async def follow_timeline(customer_id: UUID, stream: LiveStream) -> EventStream:
    """Follow a timeline: server-sent events named `entry`, each with an `EntryOut` as its data.

    Begins with the twenty newest entries; a client that comes back with Last-Event-ID is sent
    every entry since, none twice and none left out.
    """

    async def since(reads: ReadSession, last: str | None) -> Sequence[LiveEvent]:
        await customers.brief(reads, customer_id)
        place = None if last is None else Place.parse(last)
        rows = await queries.entries_since(reads.session, reads.tenant, customer_id, place)
        return [
            LiveEvent(
                id=str(Place(row.written_in, row.position)),
                event="entry",
                data=EntryOut.of(row, reads.now),
            )
            for row in rows
        ]

    return await stream.open(since)
