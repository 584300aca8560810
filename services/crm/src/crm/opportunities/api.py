"""Addresses of the opportunities slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from crm.customers.queries import CustomerNotFound
from crm.opportunities import queries, service
from crm.opportunities.models import Opportunity
from crm.opportunities.rules import (
    AmountIsFinerThanItsCurrency,
    CustomerIsInactive,
    LossNeedsReason,
    OpportunityIsClosed,
    OpportunityIsOpen,
    OpportunityMustStartOpen,
    OpportunityNotFound,
    OpportunityReferenceIsTaken,
    PipelineNeedsEveryEnd,
    StageDoesNotFollow,
    StageIsInUse,
    StageIsUnknown,
)
from crm.opportunities.schemas import (
    HistoryOut,
    MoveIn,
    OpportunityIn,
    OpportunityOut,
    OpportunityPatch,
    PipelineOut,
    ReopeningIn,
    StageCode,
    StageIn,
    StageOut,
)
from servicekit.errors import Refusal
from servicekit.http import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    IfMatch,
    Listing,
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

router = SliceRouter(prefix="/v1/opportunities", tags=["opportunities"])
stages_router = SliceRouter(prefix="/v1/opportunity-stages", tags=["opportunities"])

READ, WRITE = "crm.opportunities.read", "crm.opportunities.write"

LISTING = Listing(
    Opportunity,
    sorts={
        "created_at": Opportunity.created_at,
        "updated_at": Opportunity.updated_at,
        "expected_close_on": Opportunity.expected_close_on,
        "name": Opportunity.name,
    },
    filters={
        "customer_id": Opportunity.customer_id,
        "stage": Opportunity.stage,
        "stage_kind": choice(Opportunity.stage_kind, ("open", "won", "lost")),
        "owner": Opportunity.owner,
        "expected_close_on": Opportunity.expected_close_on,
        "external_reference": Opportunity.external_reference,
        "created_at": Opportunity.created_at,
        "updated_at": Opportunity.updated_at,
    },
    default_sort="-created_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        CustomerNotFound,
        CustomerIsInactive,
        StageIsUnknown,
        OpportunityMustStartOpen,
        AmountIsFinerThanItsCurrency,
        OpportunityReferenceIsTaken,
    ),
)
async def open_opportunity(body: OpportunityIn, uow: Writes) -> OpportunityOut:
    """Record a chance to sell to a customer."""
    return OpportunityOut.of(await service.open_opportunity(uow, body.opportunity()))


@router.post("/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES)
async def open_opportunities(body: BulkIn[OpportunityIn], uow: Writes) -> BulkOut:
    """Record up to 1000 opportunities, each on its own merits; a known reference: `unchanged`."""
    rows = body.good()
    outcomes = await service.import_opportunities(uow, [row.opportunity() for _, row in rows])
    return BulkOut.of(
        [
            *body.malformed(),
            *(
                refused(index, outcome)
                if isinstance(outcome, Refusal)
                else kept(index, RowOutcome(outcome[0], created=outcome[1]))
                for (index, _), outcome in zip(rows, outcomes, strict=True)
            ),
        ]
    )


@router.get("", permission=READ)
async def opportunities(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[OpportunityOut]:
    """Opportunities, the newest first; filter by customer, stage, owner and expected close."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), OpportunityOut.of)


@router.get("/{opportunity_id}", permission=READ, refusals=(OpportunityNotFound,))
async def opportunity(opportunity_id: UUID, reads: Reads) -> OpportunityOut:
    """An opportunity."""
    return OpportunityOut.of(await reads.get(Opportunity, opportunity_id))


@router.patch(
    "/{opportunity_id}",
    permission=WRITE,
    refusals=(OpportunityNotFound, AmountIsFinerThanItsCurrency),
)
async def change_opportunity(
    opportunity_id: UUID, body: OpportunityPatch, expected: IfMatch, uow: Writes
) -> OpportunityOut:
    """Change name, owner, amount or expected close."""
    return OpportunityOut.of(
        await service.change_opportunity(uow, opportunity_id, expected, body.changes())
    )


@router.post(
    "/{opportunity_id}/stage",
    permission=WRITE,
    refusals=(
        OpportunityNotFound,
        StageIsUnknown,
        OpportunityIsClosed,
        StageDoesNotFollow,
        LossNeedsReason,
    ),
)
async def move_opportunity(
    opportunity_id: UUID, body: MoveIn, expected: IfMatch, uow: Writes
) -> OpportunityOut:
    """Move an opportunity along the pipeline, back, or to won or lost."""
    return OpportunityOut.of(
        await service.move_opportunity(
            uow, opportunity_id, expected, stage=body.stage, reason=body.reason
        )
    )


@router.post(
    "/{opportunity_id}/reopening",
    permission="crm.opportunities.reopen",
    refusals=(OpportunityNotFound, OpportunityIsOpen, StageIsUnknown, OpportunityMustStartOpen),
)
async def reopen_opportunity(
    opportunity_id: UUID, body: ReopeningIn, expected: IfMatch, uow: Writes
) -> OpportunityOut:
    """Take a won or lost opportunity up again; its history shows it."""
    return OpportunityOut.of(
        await service.reopen_opportunity(
            uow, opportunity_id, expected, stage=body.stage, reason=body.reason
        )
    )


@router.get("/{opportunity_id}/history", permission=READ, refusals=(OpportunityNotFound,))
async def opportunity_history(opportunity_id: UUID, reads: Reads) -> HistoryOut:
    """Every step through the pipeline: who, when, why, and how long it stood there."""
    await reads.get(Opportunity, opportunity_id)
    return HistoryOut.of(await queries.history(reads, opportunity_id))


@stages_router.get("", permission=READ)
async def opportunity_stages(reads: Reads) -> PipelineOut:
    """The tenant's pipeline, in its order."""
    stages = await queries.tenant_pipeline(reads)
    return PipelineOut(items=[StageOut.of(stage) for stage in stages.values()])


@stages_router.put(
    "/{code}",
    permission="crm.opportunities.configure",
    refusals=(PipelineNeedsEveryEnd, StageIsUnknown, StageIsInUse),
)
async def define_stage(code: Annotated[StageCode, Path()], body: StageIn, uow: Writes) -> StageOut:
    """Add a stage to the pipeline, or change it."""
    return StageOut.of(await service.define_stage(uow, body.stage(code)))


@stages_router.delete(
    "/{code}",
    permission="crm.opportunities.configure",
    refusals=(PipelineNeedsEveryEnd, StageIsUnknown, StageIsInUse),
)
async def drop_stage(code: Annotated[StageCode, Path()], uow: Writes) -> None:
    """Take a stage out of the pipeline."""
    await service.drop_stage(uow, code)
