"""The use cases of documents."""

from cpq.documents.service.presenting import (
    DocumentIsTooLong,
    LogoCannotBeDrawn,
    change_presentation,
    presentation_now,
)
from cpq.documents.service.printing import pdf_of
from cpq.documents.service.reading import QuoteShown, read_document

__all__ = [
    "DocumentIsTooLong",
    "LogoCannotBeDrawn",
    "QuoteShown",
    "change_presentation",
    "pdf_of",
    "presentation_now",
    "read_document",
]
