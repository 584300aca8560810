"""Approvals of quotes over HTTP: submit, decide, and the trail."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from cpq.approvals.queries import ApprovalStep, trail_of
from cpq.approvals.service import (
    AboveApproversLimit,
    ApprovalStepIsNotOpen,
    ApprovalStepNotFound,
    ApprovedContentDiffers,
    FactsAreStale,
    MakerIsNotChecker,
    NotAnApprover,
    StepStatus,
)
from cpq.promotions.service import PromotionBudgetIsExhausted
from cpq.quotes import service
from cpq.quotes.api.quotes import READ, WRITE, Shown, shown
from cpq.quotes.models import Quote
from cpq.quotes.rules import (
    CustomerIsNotActive,
    OfferIsTooLarge,
    QuoteCurrencyDiffers,
    QuoteIsNotDraft,
    QuoteIsNotPending,
    QuoteNeedsLines,
    QuoteNotFound,
    ValidityIsOver,
)
from cpq.quotes.schemas import (
    ApprovalsOut,
    ApprovalStepOut,
    DecisionIn,
    SubmitIn,
    WithdrawIn,
)
from servicekit.errors import Refusal
from servicekit.http import (
    IfMatch,
    Listing,
    Minimal,
    Page,
    PageOut,
    Reads,
    SliceRouter,
    Writes,
    choice,
)

submitting = SliceRouter(prefix="/v1/quotes", tags=["approvals"])
deciding = SliceRouter(prefix="/v1/approvals", tags=["approvals"])

STEPS = Listing(
    ApprovalStep,
    sorts={"created_at": ApprovalStep.created_at, "updated_at": ApprovalStep.updated_at},
    filters={
        "status": choice(ApprovalStep.status, [status.value for status in StepStatus]),
        "group": ApprovalStep.group_key,
        "quote_id": ApprovalStep.quote_id,
        "submitted_by": ApprovalStep.submitted_by,
        "decided_by": ApprovalStep.decided_by,
        "created_at": ApprovalStep.created_at,
    },
    default_sort="-created_at",
)

_DECIDING: tuple[type[Refusal], ...] = (
    ApprovalStepNotFound,
    ApprovalStepIsNotOpen,
    ApprovedContentDiffers,
    MakerIsNotChecker,
    NotAnApprover,
    AboveApproversLimit,
)


@submitting.post(
    "/{quote_id}/submit",
    permission=WRITE,
    refusals=(
        QuoteNotFound,
        QuoteIsNotDraft,
        QuoteNeedsLines,
        ValidityIsOver,
        CustomerIsNotActive,
        QuoteCurrencyDiffers,
        FactsAreStale,
        PromotionBudgetIsExhausted,
        OfferIsTooLarge,
    ),
)
async def submit_quote(
    quote_id: UUID, body: SubmitIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Freeze a draft and ask whoever must approve it.

    What was approved of an earlier revision and did not get worse is not asked again. Where nobody
    need be asked, the quote is approved at once.
    """
    submitted = await service.submit_quote(
        uow, quote_id, valid_until=body.valid_until, comment=body.comment, expected=expected
    )
    return await shown(minimal, uow, submitted)


@submitting.post(
    "/{quote_id}/withdraw", permission=WRITE, refusals=(QuoteNotFound, QuoteIsNotPending)
)
async def withdraw_quote(
    quote_id: UUID, body: WithdrawIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Take a quote back from its approvers: it is a draft again."""
    taken = await service.withdraw_quote(uow, quote_id, comment=body.comment, expected=expected)
    return await shown(minimal, uow, taken)


@submitting.get("/{quote_id}/approvals", permission=READ, refusals=(QuoteNotFound,))
async def read_quote_approvals(quote_id: UUID, reads: Reads) -> ApprovalsOut:
    """Who was asked about the quote, why, and what they said: the whole trail."""
    await reads.get(Quote, quote_id)
    return ApprovalsOut.of(await trail_of(reads.session, quote_id))


@deciding.get("", permission="cpq.approvals.read")
async def list_approvals(
    page: Annotated[Page, Depends(STEPS)], reads: Reads
) -> PageOut[ApprovalStepOut]:
    """Steps of all quotes; `status=open` are those that somebody is asked about now."""
    return PageOut.of(await page.fetch(reads, STEPS.select()), ApprovalStepOut.of)


@deciding.post("/{step_id}/approve", permission="cpq.approvals.decide", refusals=_DECIDING)
async def approve_step(step_id: UUID, body: DecisionIn, uow: Writes, minimal: Minimal) -> Shown:
    """Say yes to exactly what the hash names; twice is once.

    Whoever made or submitted the quote may not; a deputy may while the approver is away.
    """
    decided = await service.decide_on_quote(
        uow, step_id, approves=True, content_hash=body.content_hash, comment=body.comment
    )
    return await shown(minimal, uow, decided)


@deciding.post("/{step_id}/reject", permission="cpq.approvals.decide", refusals=_DECIDING)
async def reject_step(step_id: UUID, body: DecisionIn, uow: Writes, minimal: Minimal) -> Shown:
    """Say no: the quote is a draft again, as its next revision, and nobody else is asked."""
    decided = await service.decide_on_quote(
        uow, step_id, approves=False, content_hash=body.content_hash, comment=body.comment
    )
    return await shown(minimal, uow, decided)
