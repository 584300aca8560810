"""What configure-price-quote announces."""

from contracts.cpq.quote import (
    QuoteAcceptedV1,
    QuoteCreatedV1,
    QuoteDeclinedV1,
    QuotedLineV1,
    QuoteEvent,
    QuoteExpiredV1,
    QuotePricedV1,
    QuoteSentV1,
)

__all__ = [
    "QuoteAcceptedV1",
    "QuoteCreatedV1",
    "QuoteDeclinedV1",
    "QuoteEvent",
    "QuoteExpiredV1",
    "QuotePricedV1",
    "QuoteSentV1",
    "QuotedLineV1",
]
