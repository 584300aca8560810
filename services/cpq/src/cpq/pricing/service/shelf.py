"""Published price books of this process: read once, since they never change but for their end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cpq.pricing.models import PriceBook
from cpq.pricing.queries import document_of_book, published_books
from cpq.pricing.rules import Promotion, Rule
from cpq.pricing.schemas.books import BookIn
from servicekit.values import Period

MOST_RULES_KEPT = 200_000
"""Rules in memory, of all books together; about a kilobyte each."""


def book_of(content: bytes) -> BookIn:
    """The document of a version; it was checked when it was kept."""
    return BookIn.model_validate_json(content)


def rules_of(row: PriceBook, content: bytes) -> list[Rule]:
    """The rules of a published version, on its days."""
    assert row.valid_from is not None
    days = Period(row.valid_from, row.valid_to)
    return book_of(content).as_rules(days, f"{row.key}:{row.book_version}")


class Shelf:
    """Rules by what they are looked up by, of the versions that were asked for last."""

    def __init__(self, most: int = MOST_RULES_KEPT) -> None:
        self._most = most
        self._books: OrderedDict[tuple[object, ...], dict[str | None, list[Rule]]] = OrderedDict()
        self._rules = 0

    async def rules(
        self,
        session: AsyncSession,
        first: date,
        last: date,
        subjects: Collection[str],
    ) -> list[Rule]:
        """The rules for some items, and those for any, that hold on a day from first to last."""
        found: list[Rule] = []
        for book in await self._read(session, first, last):
            for subject in (None, *subjects):
                found += book.get(subject, ())
        return found

    async def promotions(self, session: AsyncSession, day: date) -> set[str]:
        """The codes of the promotions that run on a day."""
        return {
            rule.deed.code
            for book in await self._read(session, day, day)
            for rules in book.values()
            for rule in rules
            if isinstance(rule.deed, Promotion)
        }

    async def _read(
        self, session: AsyncSession, first: date, last: date
    ) -> list[dict[str | None, list[Rule]]]:
        found = []
        for row in await published_books(session, first, last):
            book = self._find(row)
            if book is None:
                book = self._put(row, await document_of_book(session, row.id))
            found.append(book)
        return found

    def _key(self, row: PriceBook) -> tuple[object, ...]:
        # The end may come sooner; everything else of a published version stays.
        return (row.tenant, row.id, row.valid_to)

    def _find(self, row: PriceBook) -> dict[str | None, list[Rule]] | None:
        key = self._key(row)
        book = self._books.get(key)
        if book is not None:
            self._books.move_to_end(key)
        return book

    def _put(self, row: PriceBook, content: bytes) -> dict[str | None, list[Rule]]:
        book: dict[str | None, list[Rule]] = {}
        for rule in rules_of(row, content):
            book.setdefault(rule.scope.subject, []).append(rule)
        self._books[self._key(row)] = book
        self._rules += row.rule_count
        while self._rules > self._most and len(self._books) > 1:
            _, dropped = self._books.popitem(last=False)
            self._rules -= sum(map(len, dropped.values()))
        return book


@cache
def shelf() -> Shelf:
    """The shelf of this process."""
    return Shelf()


async def running_promotions(session: AsyncSession, day: date) -> set[str]:
    """The codes of the promotions that run on a day, whichever items they are for."""
    return await shelf().promotions(session, day)


def subjects_of(items: Sequence[tuple[UUID, str]]) -> list[str]:
    """What the rules of items are looked up by: their SKUs and ids."""
    return list({subject for item_id, sku in items for subject in (str(item_id), sku)})
