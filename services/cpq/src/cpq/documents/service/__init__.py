"""The use cases of documents."""

from cpq.documents.rules import Language, QuoteDocument, article, spelled, style_of
from cpq.documents.service.presenting import (
    DocumentIsTooLong,
    LogoCannotBeDrawn,
    change_presentation,
    presentation_now,
)
from cpq.documents.service.printing import PRINTING_REFUSALS, pdf_of
from cpq.documents.service.reading import QuoteShown, read_document

__all__ = [
    "PRINTING_REFUSALS",
    "DocumentIsTooLong",
    "Language",
    "LogoCannotBeDrawn",
    "QuoteDocument",
    "QuoteShown",
    "article",
    "change_presentation",
    "pdf_of",
    "presentation_now",
    "read_document",
    "spelled",
    "style_of",
]
