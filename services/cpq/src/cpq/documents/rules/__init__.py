"""The laws of documents: what stands on one, in words, as HTML and as UBL."""

from cpq.documents.rules.configured import configured_values
from cpq.documents.rules.document import Line, QuoteDocument, Step, Value, document_of
from cpq.documents.rules.html import article, page, policy, style_of
from cpq.documents.rules.presentation import (
    LARGEST_LOGO,
    PNG,
    SVG,
    Logo,
    LogoIsNotAPicture,
    Presentation,
    PresentationHasChanged,
    Texts,
    examined_logo,
)
from cpq.documents.rules.spelled import Spelled, spelled
from cpq.documents.rules.ubl import quotation
from cpq.documents.rules.wording import Language, wording

__all__ = [
    "LARGEST_LOGO",
    "PNG",
    "SVG",
    "Language",
    "Line",
    "Logo",
    "LogoIsNotAPicture",
    "Presentation",
    "PresentationHasChanged",
    "QuoteDocument",
    "Spelled",
    "Step",
    "Texts",
    "Value",
    "article",
    "configured_values",
    "document_of",
    "examined_logo",
    "page",
    "policy",
    "quotation",
    "spelled",
    "style_of",
    "wording",
]
