"""What leaves the house: written, held against the official rules, and only then answered.

Computing runs in threads of its own: ten to a hundred milliseconds for a document, and seconds for
the first one of a thread, which compiles the rules.
"""

from functools import cache

from erp.einvoices.rules import (
    Document,
    EinvoiceIsNotValid,
    Finding,
    Severity,
    Syntax,
    check_amounts,
    is_fatal,
    syntax_of,
    written_as,
)
from erp.einvoices.service.documents import Shown
from erp.einvoices.service.printing import factur_x_of, printed
from erp.einvoices.service.validation import validated
from servicekit.errors import Fault, InvalidInput
from servicekit.workshop import Workshop

THREADS, WAITING, SECONDS = 1, 32, 30.0
"""One thread keeps one set of compiled rules; who would wait longer is told to come back."""
MOST_LINES = 2_000
"""Lines of the longest PDF; a page of it takes memory that one request may not have for itself."""


class DocumentIsTooLong(InvalidInput):
    """A PDF of very many lines takes more memory than one request may have."""

    code = "document-too-long"
    title = "The document has too many lines for a PDF"
    hint = "Ask for it as XML (/einvoice), which has no such limit."


async def einvoice(document: Document, syntax: Syntax) -> bytes:
    """The document in a syntax, which the official rules have passed.

    Raises `AmountIsTooFineForEinvoice`, `EinvoiceIsNotValid`, `TooMuchWork`.
    """
    return await _workshop().do(lambda _: passed(document, syntax), seconds=SECONDS)


def passed(document: Document, syntax: Syntax) -> bytes:
    """The document, written and held against the official rules.

    Raises `AmountIsTooFineForEinvoice`, `EinvoiceIsNotValid`.
    """
    check_amounts(document)
    content = written_as(document, syntax)
    findings = validated(content, syntax)
    if is_fatal(findings):
        faults = [
            Fault(each.location, f"{each.rule}: {each.text}")
            for each in findings
            if each.severity is Severity.FATAL
        ]
        raise EinvoiceIsNotValid(
            f"{document.number} breaks {len(faults)} of the official rules.", faults=faults
        )
    return content


async def pdf(shown: Shown) -> bytes:
    """The page. Raises `DocumentIsTooLong`, `TooMuchWork`."""
    _check_length(shown.document)
    return await _workshop().do(lambda _: printed(shown.document, shown.language), seconds=SECONDS)


async def factur_x(shown: Shown) -> bytes:
    """The page with validated CII inside.

    Raises `AmountIsTooFineForEinvoice`, `EinvoiceIsNotValid`, `DocumentIsTooLong`, `TooMuchWork`.
    """
    _check_length(shown.document)

    def make(_: float) -> bytes:
        content = passed(shown.document, Syntax.CII)
        return factur_x_of(shown.document, content, shown.language)

    return await _workshop().do(make, seconds=SECONDS)


async def check(content: bytes) -> tuple[Syntax, list[Finding]]:
    """What schema and official rules find in any document.

    Raises `DocumentIsNotReadable`, `TooMuchWork`.
    """

    def look(_: float) -> tuple[Syntax, list[Finding]]:
        syntax = syntax_of(content)
        return syntax, validated(content, syntax)

    return await _workshop().do(look, seconds=SECONDS)


def _check_length(document: Document) -> None:
    if len(document.lines) > MOST_LINES:
        raise DocumentIsTooLong(
            f"{document.number} has {len(document.lines)} lines, a PDF at most {MOST_LINES}."
        )


@cache
def _workshop() -> Workshop:
    return Workshop("einvoices", threads=THREADS, waiting=WAITING)
