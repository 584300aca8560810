"""Price books over HTTP: `/v1/price-books`."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends

from cpq.pricing import queries, service
from cpq.pricing.models import PriceBook
from cpq.pricing.rules import (
    BookStatus,
    PriceBookIsAmbiguous,
    PriceBookIsNotDraft,
    PriceBookIsNotPublished,
    PriceBookKeepsItsKey,
    PriceBookMakesNoSense,
    PriceBookNotFound,
    PriceBooksOverlap,
    PriceBookValidityIsEmpty,
    PublishedPriceBookNeverChanges,
)
from cpq.pricing.schemas import (
    BookExaminationOut,
    BookIn,
    BookPublishIn,
    BookRetireIn,
    PriceBookOut,
)
from servicekit.http import (
    IfMatch,
    Listing,
    Page,
    PageOut,
    Reads,
    SliceRouter,
    Writes,
    choice,
    prefixed,
)

_READ = "cpq.pricing.read"
_WRITE = "cpq.pricing.write"
_PUBLISH = "cpq.pricing.publish"

BODY_BYTES = 32_000_000
"""A book of fifty thousand rules."""

price_books = SliceRouter(prefix="/v1/price-books", tags=["pricing"])

BOOKS = Listing(
    PriceBook,
    sorts={
        "created_at": PriceBook.created_at,
        "key": PriceBook.key,
        "name": PriceBook.name,
        "book_version": PriceBook.book_version,
        "valid_from": PriceBook.valid_from,
    },
    filters={
        "key": prefixed(PriceBook.key, insensitive=False),
        "name": prefixed(PriceBook.name),
        "status": choice(PriceBook.status, [status.value for status in BookStatus]),
        "book_version": PriceBook.book_version,
        "valid_from": PriceBook.valid_from,
        "valid_to": PriceBook.valid_to,
        "content_hash": PriceBook.content_hash,
    },
    default_sort="-created_at",
)


@price_books.post(
    "",
    permission=_WRITE,
    status_code=201,
    refusals=(PriceBookMakesNoSense,),
    max_body_bytes=BODY_BYTES,
)
async def create_price_book(body: BookIn, uow: Writes) -> PriceBookOut:
    """Keep a document as a draft: the next version of its key.

    What is wrong with it is named place by place; then nothing is kept.
    """
    return PriceBookOut.of(await service.create_book(uow, body))


@price_books.query("/validate", permission=_READ, max_body_bytes=BODY_BYTES)
async def validate_price_book(body: BookIn) -> BookExaminationOut:
    """Look at a document as publishing would, and name what looks odd: gaps, double discounts,
    rules that are never given, currencies that some items lack.
    """
    faults, findings = service.examine_book(body)
    return BookExaminationOut.of(faults, findings)


@price_books.get("", permission=_READ)
async def list_price_books(
    page: Annotated[Page, Depends(BOOKS)], reads: Reads
) -> PageOut[PriceBookOut]:
    """Versions of price books, without their rules."""
    return PageOut.of(await page.fetch(reads, BOOKS.select()), PriceBookOut.of)


@price_books.get("/{book_id}", permission=_READ, refusals=(PriceBookNotFound,))
async def read_price_book(book_id: UUID, reads: Reads) -> PriceBookOut:
    """A version, without its rules."""
    return PriceBookOut.of(await reads.get(PriceBook, book_id))


@price_books.get("/{book_id}/document", permission=_READ, refusals=(PriceBookNotFound,))
async def read_price_book_document(book_id: UUID, reads: Reads) -> dict[str, Any]:
    """The document of a version; its canonical form has the version's content_hash."""
    document: dict[str, Any] = orjson.loads(await queries.document_of_book(reads.session, book_id))
    return document


@price_books.put(
    "/{book_id}/document",
    permission=_WRITE,
    refusals=(
        PriceBookNotFound,
        PriceBookIsNotDraft,
        PublishedPriceBookNeverChanges,
        PriceBookKeepsItsKey,
        PriceBookMakesNoSense,
    ),
    max_body_bytes=BODY_BYTES,
)
async def replace_price_book_document(
    book_id: UUID, body: BookIn, expected: IfMatch, uow: Writes
) -> PriceBookOut:
    """Give a draft another document of the same key."""
    return PriceBookOut.of(await service.replace_book(uow, book_id, body, expected=expected))


@price_books.delete(
    "/{book_id}", permission=_WRITE, refusals=(PriceBookNotFound, PriceBookIsNotDraft)
)
async def discard_price_book(book_id: UUID, uow: Writes) -> None:
    """Throw a draft away."""
    await service.discard_book(uow, book_id)


@price_books.post(
    "/{book_id}/publish",
    permission=_PUBLISH,
    refusals=(
        PriceBookNotFound,
        PriceBookIsNotDraft,
        PriceBookValidityIsEmpty,
        PriceBooksOverlap,
        PriceBookIsAmbiguous,
    ),
)
async def publish_price_book(
    book_id: UUID, body: BookPublishIn, expected: IfMatch, uow: Writes
) -> PriceBookOut:
    """Publish a draft: from now on it never changes, and documents are priced with it.

    A version of the key that has no end ends on the first day of this one. Two rules of published
    books for the same case on the same day are refused.
    """
    return PriceBookOut.of(
        await service.publish_book(
            uow, book_id, valid_from=body.valid_from, valid_to=body.valid_to, expected=expected
        )
    )


@price_books.post(
    "/{book_id}/retire", permission=_PUBLISH, refusals=(PriceBookNotFound, PriceBookIsNotPublished)
)
async def retire_price_book(book_id: UUID, body: BookRetireIn, uow: Writes) -> PriceBookOut:
    """Let a version hold no more from today on; what was priced with it stays priced."""
    return PriceBookOut.of(await service.retire_book(uow, book_id, reason=body.reason))
