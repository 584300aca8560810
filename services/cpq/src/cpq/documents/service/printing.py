"""PDF by typst, in threads beside the event loop."""

import json
from base64 import b64encode
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from struct import unpack

import typst

from cpq.documents.rules import PNG, Logo, QuoteDocument, spelled
from cpq.settings import cpq_settings
from servicekit.errors import InvalidInput, Kind, Refusal
from servicekit.printing.typesetting import typeset
from servicekit.workshop import TooMuchWork, Workshop

TEMPLATE = Path(__file__).with_name("quote.typ")


class DocumentIsTooLong(Refusal):
    """A PDF of very many lines takes more memory than one request may have."""

    code = "document-too-long"
    kind = Kind.INVALID
    title = "The quote has too many lines for a PDF"
    hint = "Ask for the document as html or ubl, which have no such limit."


class LogoCannotBeDrawn(InvalidInput):
    """A logo that is broken inside would break every document."""

    code = "logo-cannot-be-drawn"
    title = "The logo cannot be drawn"
    hint = "Open it in a program for pictures, save it again, and send that."


async def pdf_of(document: QuoteDocument) -> bytes:
    """The document as PDF. Raises `DocumentIsTooLong`, `TooMuchWork`."""
    settings = cpq_settings()
    if len(document.lines) > settings.document_lines:
        raise DocumentIsTooLong(
            f"{document.number} has {len(document.lines)} lines, a PDF at most "
            f"{settings.document_lines}",
            field="format",
        )
    return await _workshop().do(lambda _: printed(document), seconds=settings.document_seconds)


async def check_drawable(logo: Logo) -> None:
    """Draw a logo alone. Raises `LogoCannotBeDrawn`, `TooMuchWork`."""

    def draw(_: float) -> None:
        try:
            page = b'#image(bytes(sys.inputs.logo), format: "svg")'
            typeset(page, {"logo": _vector(logo)}, made_at=0)
        except typst.TypstError as error:
            raise LogoCannotBeDrawn("it is broken inside", field="logo.content") from error

    await _workshop().do(draw, seconds=cpq_settings().document_seconds)


def printed(document: QuoteDocument) -> bytes:
    """The PDF (PDF/UA-1, tagged to be read aloud), dated on the day it was issued."""
    logo = document.presentation.logo
    inputs = {"document": json.dumps(asdict(spelled(document)), ensure_ascii=False)}
    if logo is not None:
        inputs["logo"] = _vector(logo)
    made = datetime.combine(document.issued_on, time(), UTC)
    made_at = int(made.timestamp())
    return typeset(TEMPLATE.read_bytes(), inputs, made_at=made_at, standard="ua-1")


def _vector(logo: Logo) -> str:
    """The logo as SVG, which can be handed over as text."""
    if logo.media_type != PNG:
        return logo.content.decode()
    width, height = unpack(">II", logo.content[16:24])
    content = b64encode(logo.content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{content}"/></svg>'
    )


@cache
def _workshop() -> Workshop:
    settings = cpq_settings()
    return Workshop("documents", threads=settings.document_threads, waiting=settings.document_queue)


PRINTING_REFUSALS: tuple[type[Refusal], ...] = (DocumentIsTooLong, TooMuchWork)
"""What asking for a PDF may be refused with."""
