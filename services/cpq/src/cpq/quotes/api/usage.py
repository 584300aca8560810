"""Usage over HTTP: what it costs by the prices that a quote has kept."""

from uuid import UUID

from cpq.pricing.service import UsageIsTooLarge
from cpq.quotes import service
from cpq.quotes.api.quotes import READ
from cpq.quotes.rules import LineHasNoSuchUsage, LineIsNotThere, QuoteNotFound
from cpq.quotes.schemas import UsageRatingIn, UsageRatingOut
from servicekit.http import Reads, SliceRouter

usage = SliceRouter(prefix="/v1/quotes", tags=["quotes"])


@usage.query(
    "/{quote_id}/usage-rating",
    permission=READ,
    refusals=(QuoteNotFound, LineIsNotThere, LineHasNoSuchUsage, UsageIsTooLarge),
)
async def rate_quote_usage(quote_id: UUID, body: UsageRatingIn, reads: Reads) -> UsageRatingOut:
    """What usage costs by the price that the line has kept, step by step; nothing is written.

    It is the same whatever became of the quote and of the price book.
    """
    return UsageRatingOut.of(await service.rate_usage(reads, quote_id, body.asked()))
