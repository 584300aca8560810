"""Promotion budgets over HTTP: `/v1/promotion-budgets`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from cpq.promotions import service
from cpq.promotions.models import PromotionBudget, PromotionEntry
from cpq.promotions.rules import (
    PromotionBudgetExists,
    PromotionBudgetIsTaken,
    PromotionBudgetIsTooFine,
    PromotionBudgetNotFound,
)
from cpq.promotions.schemas import (
    PromotionBudgetChangeIn,
    PromotionBudgetIn,
    PromotionBudgetOut,
    PromotionEntryOut,
)
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes, prefixed

router = SliceRouter(prefix="/v1/promotion-budgets", tags=["pricing"])

_READ = "cpq.pricing.read"
_WRITE = "cpq.pricing.write"

BUDGETS = Listing(
    PromotionBudget,
    sorts={
        "code": PromotionBudget.code,
        "created_at": PromotionBudget.created_at,
        "taken": PromotionBudget.taken,
    },
    filters={
        "code": prefixed(PromotionBudget.code),
        "currency": PromotionBudget.currency,
        "taken": PromotionBudget.taken,
    },
    default_sort="code",
)
ENTRIES = Listing(
    PromotionEntry,
    sorts={"recorded_at": PromotionEntry.recorded_at, "amount": PromotionEntry.amount},
    filters={
        "quote_id": PromotionEntry.quote_id,
        "amount": PromotionEntry.amount,
        "recorded_at": PromotionEntry.recorded_at,
    },
    default_sort="-recorded_at",
)


@router.post(
    "",
    permission=_WRITE,
    status_code=201,
    refusals=(PromotionBudgetExists, PromotionBudgetIsTooFine),
)
async def create_promotion_budget(body: PromotionBudgetIn, uow: Writes) -> PromotionBudgetOut:
    """Limit what a promotion may cost in a currency, from now on.

    A quote takes from it when it is put up for approval or sent, and gives it back when it is
    revised, rejected, declined, expired or cancelled. Drafts take nothing.
    """
    row = await service.create_budget(
        uow, code=body.code, budget=body.money, most_uses=body.most_uses, note=body.note
    )
    return PromotionBudgetOut.of(row)


@router.get("", permission=_READ)
async def list_promotion_budgets(
    page: Annotated[Page, Depends(BUDGETS)], reads: Reads
) -> PageOut[PromotionBudgetOut]:
    """The budgets, with what is left of each."""
    return PageOut.of(await page.fetch(reads, BUDGETS.select()), PromotionBudgetOut.of)


@router.get("/{budget_id}", permission=_READ, refusals=(PromotionBudgetNotFound,))
async def read_promotion_budget(budget_id: UUID, reads: Reads) -> PromotionBudgetOut:
    """One budget."""
    return PromotionBudgetOut.of(await reads.get(PromotionBudget, budget_id))


@router.put(
    "/{budget_id}",
    permission=_WRITE,
    refusals=(PromotionBudgetNotFound, PromotionBudgetIsTaken, PromotionBudgetIsTooFine),
)
async def change_promotion_budget(
    budget_id: UUID, body: PromotionBudgetChangeIn, expected: IfMatch, uow: Writes
) -> PromotionBudgetOut:
    """Give a budget more or less, but never less than is taken."""
    row = await service.change_budget(uow, budget_id, **dict(body), expected=expected)
    return PromotionBudgetOut.of(row)


@router.get("/{budget_id}/entries", permission=_READ, refusals=(PromotionBudgetNotFound,))
async def list_promotion_entries(
    budget_id: UUID, page: Annotated[Page, Depends(ENTRIES)], reads: Reads
) -> PageOut[PromotionEntryOut]:
    """Which quotes took of a budget and gave back to it; the amounts sum to what is taken."""
    await reads.get(PromotionBudget, budget_id)
    found = ENTRIES.select().where(PromotionEntry.budget_id == budget_id)
    return PageOut.of(await page.fetch(reads, found), PromotionEntryOut.of)
