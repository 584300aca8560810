"""HTTP payloads of quotes."""

from cpq.quotes.schemas.answers import QuoteOut, QuoteSummaryOut
from cpq.quotes.schemas.requests import (
    AcceptIn,
    DeclineIn,
    LinesIn,
    PriceIn,
    QuoteIn,
    QuotePatch,
    QuoteRowsIn,
    SendIn,
)

__all__ = [
    "AcceptIn",
    "DeclineIn",
    "LinesIn",
    "PriceIn",
    "QuoteIn",
    "QuoteOut",
    "QuotePatch",
    "QuoteRowsIn",
    "QuoteSummaryOut",
    "SendIn",
]
