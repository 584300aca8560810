"""Quotes over HTTP: `/v1/quotes`, from draft to answer."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from cpq.approvals.service import FactsAreStale
from cpq.contracts.service import ContractHasChanged
from cpq.promotions.service import PromotionBudgetIsExhausted
from cpq.quotes import queries, service
from cpq.quotes.models import Quote
from cpq.quotes.rules import (
    AcceptanceIsBeforeOffer,
    AcceptanceIsInTheFuture,
    ApprovedOfferIsFixed,
    CustomerIsNotActive,
    ExternalReferenceIsTaken,
    OfferHasChanged,
    OfferIsTooLarge,
    PromotionIsNotKnown,
    QuoteCurrencyDiffers,
    QuoteHasExpired,
    QuoteIsNotDraft,
    QuoteIsNotSent,
    QuoteNeedsApproval,
    QuoteNeedsLines,
    QuoteNotFound,
    Status,
    ValidityIsOver,
)
from cpq.quotes.schemas import (
    AcceptIn,
    DeclineIn,
    LinesIn,
    PriceIn,
    QuoteIn,
    QuoteOut,
    QuotePatch,
    QuoteRowsIn,
    QuoteSummaryOut,
    SendIn,
)
from cpq.quotes.service import QUOTING_REFUSALS
from servicekit.errors import Refusal
from servicekit.http import (
    BULK_BODY_BYTES,
    BulkOut,
    IfMatch,
    Listing,
    Minimal,
    Page,
    PageOut,
    Reads,
    RowOutcome,
    SliceRouter,
    Writes,
    choice,
    kept,
    prefixed,
    refused,
)
from servicekit.uow import UnitOfWork

READ = "cpq.quotes.read"
WRITE = "cpq.quotes.write"

router = SliceRouter(prefix="/v1/quotes", tags=["quotes"])

Shown = QuoteOut | QuoteSummaryOut
"""A quote after a command; without its lines for a client that prefers a minimal answer."""

LISTING = Listing(
    Quote,
    sorts={
        "created_at": Quote.created_at,
        "updated_at": Quote.updated_at,
        "number": Quote.number,
        "net": Quote.net,
        "valid_until": Quote.valid_until,
        "priced_on": Quote.priced_on,
    },
    filters={
        "status": choice(Quote.status, [status.value for status in Status]),
        "customer_id": Quote.customer_id,
        "opportunity_id": Quote.opportunity_id,
        "selling_company_id": Quote.selling_company_id,
        "currency": Quote.currency,
        "number": prefixed(Quote.number),
        "external_reference": prefixed(Quote.external_reference, insensitive=False),
        "customer_reference": Quote.customer_reference,
        "created_by": Quote.created_by,
        "created_at": Quote.created_at,
        "priced_on": Quote.priced_on,
        "valid_until": Quote.valid_until,
        "accepted_on": Quote.accepted_on,
        "net": Quote.net,
    },
    default_sort="-created_at",
)


@router.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(
        *QUOTING_REFUSALS,
        ExternalReferenceIsTaken,
        ValidityIsOver,
        PromotionIsNotKnown,
    ),
    max_body_bytes=BULK_BODY_BYTES,
)
async def create_quote(body: QuoteIn, uow: Writes, minimal: Minimal) -> Shown:
    """Start a quote and price it.

    Each line goes through the waterfall: list price of the day, or an agreed price with its
    reason; quantity break; discount of the customer's tier; manual discount with its reason; net.
    """
    return await shown(minimal, uow, await service.create_quote(uow, body.wish()))


@router.post("/bulk", permission="cpq.quotes.import", max_body_bytes=BULK_BODY_BYTES)
async def import_quotes(body: QuoteRowsIn, uow: Writes) -> BulkOut:
    """Take over quotes of another system, priced, sent and accepted at their own dates.

    A row whose external reference is known changes nothing. A row that is refused leaves nothing
    behind; `customer-not-known` and `item-not-known` may pass once CPQ has heard of them.
    """
    good = body.good()
    outcomes = await service.import_quotes(uow, [row.imported() for _, row in good])
    results = body.malformed()
    for (index, _), outcome in zip(good, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            results.append(refused(index, outcome))
        else:
            results.append(kept(index, RowOutcome(outcome.quote_id, outcome.created)))
    return BulkOut.of(results)


@router.get("", permission=READ)
async def list_quotes(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[QuoteSummaryOut]:
    """Quotes without their lines."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), QuoteSummaryOut.of)


@router.get("/{quote_id}", permission=READ, refusals=(QuoteNotFound,))
async def read_quote(quote_id: UUID, reads: Reads) -> QuoteOut:
    """A quote with its lines, margin, credit after the deal, stock promise and order.

    Every fact of another service names the event it came from and its age.
    """
    quote = await reads.get(Quote, quote_id)
    view = await queries.quote_view(reads.session, quote, now=reads.now)
    return QuoteOut.seen(view, reads.now)


@router.get("/{quote_id}/offer", permission=READ, refusals=(QuoteNotFound, QuoteIsNotSent))
async def read_offer(quote_id: UUID, reads: Reads) -> dict[str, Any]:
    """Exactly what was offered. Its canonical form (RFC 8785) has the quote's content_hash."""
    offer = await queries.sent_offer(reads.session, quote_id)
    content: dict[str, Any] = json.loads(offer.content)
    return content


@router.patch(
    "/{quote_id}",
    permission=WRITE,
    refusals=(
        QuoteNotFound,
        QuoteIsNotDraft,
        ValidityIsOver,
        PromotionIsNotKnown,
        *QUOTING_REFUSALS,
    ),
)
async def change_quote(
    quote_id: UUID, body: QuotePatch, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Change what a draft says beside its lines; prices that depend on it are worked out anew."""
    changed = await service.change_quote(uow, quote_id, body.change(), expected=expected)
    return await shown(minimal, uow, changed)


@router.put(
    "/{quote_id}/lines",
    permission=WRITE,
    refusals=(QuoteNotFound, QuoteIsNotDraft, *QUOTING_REFUSALS),
    max_body_bytes=BULK_BODY_BYTES,
)
async def replace_lines(
    quote_id: UUID, body: LinesIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Give a draft other lines, priced on the quote's day."""
    lines = [line.wish() for line in body.lines]
    return await shown(
        minimal, uow, await service.replace_lines(uow, quote_id, lines, expected=expected)
    )


@router.post(
    "/{quote_id}/price",
    permission=WRITE,
    refusals=(QuoteNotFound, QuoteIsNotDraft, *QUOTING_REFUSALS),
)
async def price_quote(
    quote_id: UUID, body: PriceIn, expected: IfMatch, uow: Writes, minimal: Minimal
) -> Shown:
    """Price a draft with the prices and rules of today, or of another day."""
    priced = await service.price_again(uow, quote_id, priced_on=body.priced_on, expected=expected)
    return await shown(minimal, uow, priced)


@router.post(
    "/{quote_id}/send",
    permission=WRITE,
    refusals=(
        QuoteNotFound,
        QuoteIsNotDraft,
        QuoteNeedsLines,
        ValidityIsOver,
        CustomerIsNotActive,
        QuoteCurrencyDiffers,
        QuoteNeedsApproval,
        FactsAreStale,
        PromotionBudgetIsExhausted,
        ApprovedOfferIsFixed,
        OfferIsTooLarge,
    ),
)
async def send_quote(quote_id: UUID, body: SendIn, uow: Writes, minimal: Minimal) -> Shown:
    """Send a draft, or what was approved: it stays as it is, and its content_hash names it.

    A draft that the approval policy asks about is refused: submit it first.
    """
    return await shown(
        minimal, uow, await service.send_quote(uow, quote_id, valid_until=body.valid_until)
    )


@router.post(
    "/{quote_id}/accept",
    permission=WRITE,
    refusals=(
        QuoteNotFound,
        QuoteIsNotSent,
        QuoteHasExpired,
        OfferHasChanged,
        AcceptanceIsInTheFuture,
        AcceptanceIsBeforeOffer,
        ContractHasChanged,
    ),
)
async def accept_quote(quote_id: UUID, body: AcceptIn, uow: Writes, minimal: Minimal) -> Shown:
    """Record that the customer accepted what the hash names; twice is once.

    The ERP opens the order and answers; `order` shows its answer when it has come.
    """
    accepted = await service.accept_quote(
        uow,
        quote_id,
        signed_hash=body.content_hash,
        accepted_by=body.accepted_by,
        accepted_on=body.accepted_on,
    )
    return await shown(minimal, uow, accepted)


@router.post(
    "/{quote_id}/decline",
    permission=WRITE,
    refusals=(QuoteNotFound, QuoteIsNotSent, QuoteHasExpired),
)
async def decline_quote(quote_id: UUID, body: DeclineIn, uow: Writes, minimal: Minimal) -> Shown:
    """Record that the customer said no."""
    return await shown(minimal, uow, await service.decline_quote(uow, quote_id, reason=body.reason))


async def shown(minimal: bool, uow: UnitOfWork, written: service.Written) -> Shown:
    """The quote as it stands after a command, without its lines where that is enough."""
    if minimal:
        return QuoteSummaryOut.of(written.quote)
    view = await queries.quote_view(uow.session, written.quote, now=uow.now, lines=written.lines)
    return QuoteOut.seen(view, uow.now)
