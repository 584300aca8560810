"""Versions of a quote over HTTP: kept, revised, copied, compared, cancelled, replayed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from cpq.quotes import queries, service
from cpq.quotes.api.quotes import READ, WRITE, Shown, shown
from cpq.quotes.rules import (
    QuoteCannotBeCancelled,
    QuoteCannotBeRevised,
    QuoteIsNotDraft,
    QuoteNotFound,
    QuoteVersionNotFound,
)
from cpq.quotes.schemas import (
    CancelIn,
    CloneIn,
    ComparisonOut,
    KeepIn,
    QuoteVersionsOut,
    ReplayOut,
)
from cpq.quotes.service import QUOTING_REFUSALS
from servicekit.http import IfMatch, Minimal, Reads, SliceRouter, Writes

versions = SliceRouter(prefix="/v1/quotes", tags=["quotes"])

Revision = Annotated[int, Query(ge=1, le=10**9, description="A revision that was kept.")]


@versions.get("/{quote_id}/versions", permission=READ, refusals=(QuoteNotFound,))
async def list_quote_versions(quote_id: UUID, reads: Reads) -> QuoteVersionsOut:
    """The revisions that were sent, put up for approval or kept by hand, the newest first."""
    return QuoteVersionsOut.of(await queries.kept_versions(reads, quote_id))


@versions.post("/{quote_id}/versions", permission=WRITE, refusals=(QuoteNotFound, QuoteIsNotDraft))
async def keep_quote_version(
    quote_id: UUID, body: KeepIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Keep a draft as it stands for good, to compare with it; the draft goes on."""
    kept = await service.keep_version(uow, quote_id, label=body.label, expected=expected)
    return await shown(minimal, uow, kept)


@versions.get(
    "/{quote_id}/comparison", permission=READ, refusals=(QuoteNotFound, QuoteVersionNotFound)
)
async def compare_quote_versions(
    quote_id: UUID,
    reads: Reads,
    before: Revision,
    after: Annotated[
        int | None,
        Query(ge=1, le=10**9, description="Another revision; null: as the quote stands now."),
    ] = None,
) -> ComparisonOut:
    """What a version says differently from an earlier one, line by line."""
    return ComparisonOut.of(
        await service.compare_versions(reads, quote_id, before=before, after=after)
    )


@versions.get("/{quote_id}/replay", permission=READ, refusals=(QuoteNotFound, QuoteVersionNotFound))
async def replay_quote(
    quote_id: UUID,
    reads: Reads,
    revision: Annotated[
        int | None, Query(ge=1, le=10**9, description="Null: the quote's own revision.")
    ] = None,
) -> ReplayOut:
    """Price a revision again from what was kept of it, and say whether it comes out the same.

    Nothing of today is looked at: no price, no rule, no tax rate.
    """
    return ReplayOut.of(await service.replay_quote(reads, quote_id, revision))


@versions.post(
    "/{quote_id}/revise", permission=WRITE, refusals=(QuoteNotFound, QuoteCannotBeRevised)
)
async def revise_quote(quote_id: UUID, expected: IfMatch, uow: Writes, minimal: Minimal) -> Shown:
    """Make a quote a draft again, as its next revision.

    The offer before can no longer be accepted; its approvals are asked for again only where
    something got worse.
    """
    return await shown(minimal, uow, await service.revise_quote(uow, quote_id, expected=expected))


@versions.post(
    "/{quote_id}/clone",
    permission=WRITE,
    status_code=201,
    refusals=(QuoteNotFound, *QUOTING_REFUSALS),
)
async def clone_quote(quote_id: UUID, body: CloneIn, uow: Writes, minimal: Minimal) -> Shown:
    """Start another draft with the same lines at today's prices."""
    cloned = await service.clone_quote(
        uow,
        quote_id,
        customer_id=body.customer_id,
        currency=body.currency,
        requested_on=body.requested_on,
    )
    return await shown(minimal, uow, cloned)


@versions.post(
    "/{quote_id}/cancel", permission=WRITE, refusals=(QuoteNotFound, QuoteCannotBeCancelled)
)
async def cancel_quote(
    quote_id: UUID, body: CancelIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Let nothing come of a quote that is not accepted."""
    cancelled = await service.cancel_quote(uow, quote_id, reason=body.reason, expected=expected)
    return await shown(minimal, uow, cancelled)
