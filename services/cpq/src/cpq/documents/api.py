"""Documents over HTTP: `/v1/quotes/{id}/document` and `/v1/quote-presentation`."""

from enum import StrEnum
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from cpq.documents import service
from cpq.documents.rules import (
    Language,
    LogoIsNotAPicture,
    PresentationHasChanged,
    page,
    quotation,
    spelled,
)
from cpq.documents.schemas import PresentationIn, PresentationOut
from cpq.documents.service.printing import PRINTING_REFUSALS
from cpq.quotes.service import QuoteNotFound
from servicekit.http import BULK_BODY_BYTES, IfMatch, Reading, Reads, SliceRouter, Writes

documents = SliceRouter(prefix="/v1/quotes", tags=["documents"])
presentations = SliceRouter(prefix="/v1/quote-presentation", tags=["documents"])
routers = [documents, presentations]


class Format(StrEnum):
    """What a document may be had as."""

    PDF = "pdf"
    HTML = "html"
    UBL = "ubl"


@documents.get(
    "/{quote_id}/document",
    permission="cpq.quotes.read",
    refusals=(QuoteNotFound, *PRINTING_REFUSALS),
    produces=("application/pdf", "text/html", "application/xml"),
)
async def read_quote_document(
    quote_id: UUID,
    reading: Reading,
    format: Annotated[  # noqa: A002
        Format, Query(description="PDF, HTML, or UBL 2.1 Quotation as XML.")
    ] = Format.PDF,
    language: Annotated[
        Language | None, Query(description="The language; null: the seller's own.")
    ] = None,
) -> Response:
    """The quote as its customer reads it.

    What was sent comes from the bytes that were sent, with the letterhead and the terms of that
    instant; the same question always has the same bytes as its answer. A draft is marked as one.
    """
    async with reading() as reads:
        shown = await service.read_document(reads, quote_id, language)
    document = shown.document
    match format:
        case Format.PDF:
            content, media_type = await service.pdf_of(document), "application/pdf"
            headers = {}
        case Format.HTML:
            text, policy = page(spelled(document), document.presentation.logo)
            content, media_type = text.encode(), "text/html; charset=utf-8"
            headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
        case Format.UBL:
            content, media_type = quotation(document), "application/xml"
            headers = {}
    name = f"{document.number}.{'xml' if format is Format.UBL else format.value}"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    headers["Content-Language"] = document.language.value
    headers["ETag"] = f'"{sha256(content).hexdigest()[:32]}"'
    return Response(content, headers=headers, media_type=media_type)


@presentations.get("", permission="cpq.documents.read")
async def read_quote_presentation(reads: Reads) -> PresentationOut:
    """How the seller presents itself on documents now; version 0: it has said nothing yet."""
    return PresentationOut.of(await service.presentation_now(reads))


@presentations.put(
    "",
    permission="cpq.documents.write",
    refusals=(PresentationHasChanged, LogoIsNotAPicture, service.LogoCannotBeDrawn),
    max_body_bytes=BULK_BODY_BYTES,
)
async def change_quote_presentation(
    body: PresentationIn, expected: IfMatch, uow: Writes
) -> PresentationOut:
    """Write the next version of it. What was sent before keeps the version that held then.

    The first version is written with `If-Match: "0"`.
    """
    written = await service.change_presentation(uow, body.presentation(), expected=expected)
    return PresentationOut.of(written)
