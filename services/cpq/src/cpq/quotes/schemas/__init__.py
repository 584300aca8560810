"""HTTP payloads of quotes."""

from cpq.quotes.schemas.answers import QuoteOut, QuoteSummaryOut
from cpq.quotes.schemas.approving import (
    ApprovalsOut,
    ApprovalStepOut,
    DecisionIn,
    SubmitIn,
    WithdrawIn,
)
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
from cpq.quotes.schemas.sheets import asked_rows
from cpq.quotes.schemas.usage import UsageRatingIn, UsageRatingOut
from cpq.quotes.schemas.versions import ComparisonOut, QuoteVersionsOut, ReplayOut

__all__ = [
    "AcceptIn",
    "ApprovalStepOut",
    "ApprovalsOut",
    "CancelIn",
    "CloneIn",
    "ComparisonOut",
    "DecisionIn",
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
    "SubmitIn",
    "UsageRatingIn",
    "UsageRatingOut",
    "WithdrawIn",
    "asked_rows",
]
