"""Versions of price books: drafted, published for good, retired."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import orjson
from sqlalchemy import func, select

from cpq.pricing.models import PriceBook
from cpq.pricing.queries import document_of_book, published_books
from cpq.pricing.rules import (
    BookStatus,
    Finding,
    PriceBookIsNotDraft,
    PriceBookIsNotPublished,
    PriceBookKeepsItsKey,
    PriceBookMakesNoSense,
    PriceBooksOverlap,
    PriceBookValidityIsEmpty,
    Rule,
    faults_of,
    lint,
    refuse_ambiguity,
)
from cpq.pricing.schemas.books import BookIn
from cpq.pricing.service.shelf import book_of, rules_of
from servicekit.errors import Fault
from servicekit.uow import UnitOfWork
from servicekit.values import Period

_ANY_DAY = Period(date(1, 1, 1))


async def create_book(uow: UnitOfWork, book: BookIn) -> PriceBook:
    """Keep a document as the next version of its key. Raises `PriceBookMakesNoSense`."""
    _check(book)
    await _one_writer(uow)
    last = await uow.session.scalar(
        select(func.max(PriceBook.book_version)).where(PriceBook.key == book.key)
    )
    row = PriceBook(
        id=uow.new_id(),
        key=book.key,
        book_version=(last or 0) + 1,
        status=BookStatus.DRAFT.value,
        created_by=uow.principal.subject,
    )
    _describe(row, book)
    uow.add(row)
    uow.audit("price-book.drafted", "price-book", row.id, {"key": row.key})
    await uow.flush()
    return row


async def replace_book(uow: UnitOfWork, book_id: UUID, book: BookIn, *, expected: int) -> PriceBook:
    """Give a draft another document of the same key.

    Raises `PriceBookNotFound`, `Stale`, `PriceBookIsNotDraft`, `PriceBookKeepsItsKey`,
    `PriceBookMakesNoSense`.
    """
    _check(book)
    row = await uow.lock(PriceBook, book_id, expected)
    _check_draft(row)
    if row.key != book.key:
        raise PriceBookKeepsItsKey(f"the draft is of {row.key!r}", field="key")
    _describe(row, book)
    uow.audit("price-book.replaced", "price-book", row.id)
    await uow.flush()
    return row


async def discard_book(uow: UnitOfWork, book_id: UUID) -> None:
    """Throw a draft away. Raises `PriceBookNotFound`, `PriceBookIsNotDraft`."""
    row = await uow.lock(PriceBook, book_id)
    _check_draft(row)
    await uow.session.delete(row)
    uow.audit("price-book.discarded", "price-book", row.id)
    await uow.flush()


async def publish_book(
    uow: UnitOfWork, book_id: UUID, *, valid_from: date | None, valid_to: date | None, expected: int
) -> PriceBook:
    """Publish a draft from a day on (today unless one is named): from now on it never changes.

    The version before, if it has no end, ends on that day. Raises `PriceBookNotFound`, `Stale`,
    `PriceBookIsNotDraft`, `PriceBookValidityIsEmpty`, `PriceBooksOverlap`, `PriceBookIsAmbiguous`.
    """
    await _one_writer(uow)
    row = await uow.lock(PriceBook, book_id, expected)
    _check_draft(row)
    start = valid_from or uow.now.date()
    if valid_to is not None and valid_to <= start:
        raise PriceBookValidityIsEmpty(f"{valid_to} is not after {start}", field="valid_to")
    days = Period(start, valid_to)
    await _make_room(uow, row, days)
    book = book_of(await document_of_book(uow.session, row.id))
    rules = book.as_rules(days, _called(row))
    others: list[Rule] = []
    last = None if valid_to is None else valid_to - timedelta(days=1)
    for other in await published_books(uow.session, start, last):
        if other.key != row.key:
            others += rules_of(other, await document_of_book(uow.session, other.id))
    refuse_ambiguity(rules, others)
    row.status = BookStatus.PUBLISHED.value
    row.valid_from, row.valid_to, row.published_at = start, valid_to, uow.now
    uow.audit(
        "price-book.published",
        "price-book",
        row.id,
        {"valid_from": start.isoformat(), "content_hash": row.content_hash},
    )
    await uow.flush()
    return row


async def retire_book(uow: UnitOfWork, book_id: UUID, *, reason: str | None) -> PriceBook:
    """Let a version hold no more from today on; what was priced stays priced.

    Raises `PriceBookNotFound`, `PriceBookIsNotPublished`.
    """
    row = await uow.lock(PriceBook, book_id)
    if row.status != BookStatus.PUBLISHED.value or row.valid_from is None:
        raise PriceBookIsNotPublished(f"{_called(row)} is {row.status}")
    row.status, row.retired_at = BookStatus.RETIRED.value, uow.now
    last = max(uow.now.date(), row.valid_from)
    if row.valid_to is None or row.valid_to > last:
        row.valid_to = last
    uow.audit("price-book.retired", "price-book", row.id, {"reason": reason})
    await uow.flush()
    return row


def examine_book(book: BookIn) -> tuple[Sequence[Fault], Sequence[Finding]]:
    """What publishing would refuse of a document by itself, and what looks odd."""
    rules = book.as_rules(_ANY_DAY, book.key)
    return faults_of(rules), lint(rules)


def _check(book: BookIn) -> None:
    faults = faults_of(book.as_rules(_ANY_DAY, book.key))
    if faults:
        raise PriceBookMakesNoSense(
            f"{len(faults)} faults; the first: {faults[0].message}", faults=tuple(faults)
        )


def _check_draft(row: PriceBook) -> None:
    if row.status != BookStatus.DRAFT.value:
        raise PriceBookIsNotDraft(f"{_called(row)} is {row.status}")


def _called(row: PriceBook) -> str:
    return f"{row.key}:{row.book_version}"


def content_of(book: BookIn) -> bytes:
    """The document in its canonical form, as it is kept."""
    return orjson.dumps(
        book.model_dump(mode="json", exclude_defaults=True), option=orjson.OPT_SORT_KEYS
    )


def content_hash(content: bytes) -> str:
    """SHA-256 over the canonical form of a document, in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def _describe(row: PriceBook, book: BookIn) -> None:
    content = content_of(book)
    row.name, row.source, row.rule_count = book.name, book.source, len(book.rules)
    row.content_hash, row.document = content_hash(content), content


async def _make_room(uow: UnitOfWork, row: PriceBook, days: Period) -> None:
    """End the version before where it has no end. Raises `PriceBooksOverlap`."""
    others = await uow.session.scalars(
        select(PriceBook)
        .where(PriceBook.key == row.key, PriceBook.status == BookStatus.PUBLISHED.value)
        .order_by(PriceBook.valid_from)
        .with_for_update()
    )
    for other in others:
        assert other.valid_from is not None
        if not Period(other.valid_from, other.valid_to).overlaps(days):
            continue
        if other.valid_to is not None or other.valid_from >= days.start:
            raise PriceBooksOverlap(
                f"{_called(other)} holds from {other.valid_from} until "
                f"{other.valid_to or 'further notice'}",
                field="valid_from",
            )
        other.valid_to = days.start
        await uow.flush()


async def _one_writer(uow: UnitOfWork) -> None:
    """Let one writer at a time publish for a tenant: ambiguity is a law over several books."""
    key = func.hashtextextended(f"cpq.pricing.books:{uow.tenant}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(key)))
