"""What past documents would cost by other versions of price books; nothing is written."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from cpq.pricing.models import PriceBook
from cpq.pricing.rules import (
    Cause,
    DraftOfBook,
    PriceBookNotFound,
    PricedLine,
    Substitution,
    causes_of,
)
from cpq.pricing.rules.substituting import Days
from cpq.pricing.service.documents import PricedDocument, PricingBasis, priced_from
from cpq.pricing.service.records import KnownRules, basis_of
from cpq.pricing.service.shelf import book_of
from servicekit.errors import InvalidInput, RuleBroken
from servicekit.values import Period

__all__ = [
    "Cause",
    "KnownRules",
    "PriceBookIsTriedTwice",
    "PriceBookNotFound",
    "PricingHasNoRecord",
    "Rehearsed",
    "Substitution",
    "TriedBook",
    "books_to_try",
    "rehearse",
    "substitution_of",
]

_ANY_DAY = Period(date(1, 1, 1))


class PriceBookIsTriedTwice(InvalidInput):
    """One version takes the place of what is published under its key."""

    code = "price-book-is-tried-twice"
    title = "Two versions of one price book cannot be tried together"
    hint = "Name one version of each key; ask again for the other."


class PricingHasNoRecord(RuleBroken):
    """What nobody wrote down cannot be priced again."""

    code = "pricing-has-no-record"
    title = "There is no record of what the price came from"
    hint = "Price the quote again; one that was priced before records were kept has none."


@dataclass(frozen=True, slots=True)
class TriedBook:
    """A version that is to be tried, as it was kept."""

    id: UUID
    key: str
    book_version: int
    name: str
    status: str
    content_hash: str
    document: bytes
    days: dict[str, Days]
    """Of the versions of its key that were ever published."""

    @property
    def called(self) -> str:
        """What rules and steps call it."""
        return f"{self.key}:{self.book_version}"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A document as it was priced and as it would be."""

    before: PricedDocument
    after: PricedDocument
    causes: Sequence[Cause]
    """What made the difference, the most first; empty where every line costs the same."""


async def books_to_try(session: AsyncSession, book_ids: Sequence[UUID]) -> list[TriedBook]:
    """Versions of price books with their documents, in two statements.

    Raises `PriceBookNotFound`, `PriceBookIsTriedTwice`.
    """
    found = await session.scalars(
        select(PriceBook)
        .where(PriceBook.id.in_(book_ids))
        .options(undefer(PriceBook.document))
        .order_by(PriceBook.key, PriceBook.book_version)
    )
    rows = {row.id: row for row in found}
    keys: set[str] = set()
    for at, book_id in enumerate(book_ids):
        row = rows.get(book_id)
        if row is None:
            raise PriceBookNotFound(f"no price book {book_id}", field=f"books.{at}")
        if row.key in keys:
            raise PriceBookIsTriedTwice(
                f"{row.key!r} is there twice, once as version {row.book_version}",
                field=f"books.{at}",
            )
        keys.add(row.key)
    published = await session.execute(
        select(
            PriceBook.key, PriceBook.book_version, PriceBook.valid_from, PriceBook.valid_to
        ).where(PriceBook.key.in_(keys), PriceBook.valid_from.is_not(None))
    )
    days: dict[str, dict[str, Days]] = {key: {} for key in keys}
    for key, number, first, end in published:
        assert first is not None
        days[key][f"{key}:{number}"] = (first, end)
    return [
        TriedBook(
            row.id,
            row.key,
            row.book_version,
            row.name,
            row.status,
            row.content_hash,
            row.document,
            days[row.key],
        )
        for row in rows.values()
    ]


def substitution_of(books: Sequence[TriedBook], on: date | None) -> Substitution:
    """Read the documents; a large one takes a second."""
    return Substitution(
        [
            DraftOfBook.of(
                book.key,
                book.called,
                book_of(book.document).as_rules(_ANY_DAY, book.called),
                book.days,
            )
            for book in books
        ],
        on,
    )


def rehearse(
    record: bytes | None, substitution: Substitution, known: KnownRules | None = None
) -> Rehearsed:
    """Price a document from its record, by the rules of then and by those that are tried.

    `known` are rules that records of the same tenant had, to be read once.

    Raises `PricingHasNoRecord`, `PriceBookIsAmbiguous`, and one of PRICING_REFUSALS.
    """
    basis = _basis(record, known)
    before = priced_from(basis)
    rules = substitution.rules_for(basis.document, basis.rules)
    if rules is None:
        return Rehearsed(before, before, ())
    after = priced_from(PricingBasis(basis.document, rules, basis.tax_categories, basis.taxes))
    lines = basis.document.lines
    return Rehearsed(before, after, causes_of(lines, _by_key(before), _by_key(after)))


def _basis(record: bytes | None, known: KnownRules | None) -> PricingBasis:
    if record is None:
        raise PricingHasNoRecord("it was priced before records were kept")
    try:
        return basis_of(record, known)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise PricingHasNoRecord(f"its record cannot be read: {type(error).__name__}") from error


def _by_key(priced: PricedDocument) -> dict[str, PricedLine]:
    requests = priced.basis.document.lines
    return {one.key: line.priced for one, line in zip(requests, priced.lines, strict=True)}
