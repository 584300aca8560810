"""HTTP payloads of quotes."""

from cpq.quotes.schemas.answers import QuoteOut, QuoteSummaryOut
from cpq.quotes.schemas.editing import (
    CancelIn,
    CloneIn,
    EditsIn,
    KeepIn,
    SelectionIn,
    SheetPreviewOut,
    SpreadsheetIn,
)
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
from cpq.quotes.schemas.versions import ComparisonOut, QuoteVersionsOut, ReplayOut

__all__ = [
    "AcceptIn",
    "CancelIn",
    "CloneIn",
    "ComparisonOut",
    "DeclineIn",
    "EditsIn",
    "KeepIn",
    "LinesIn",
    "PriceIn",
    "QuoteIn",
    "QuoteOut",
    "QuotePatch",
    "QuoteRowsIn",
    "QuoteSummaryOut",
    "QuoteVersionsOut",
    "ReplayOut",
    "SelectionIn",
    "SendIn",
    "SheetPreviewOut",
    "SpreadsheetIn",
]
