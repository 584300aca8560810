"""A dry run: read in batches, priced in a thread, summed up, kept in memory for the next page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from typing import TypeAlias, TypeVar
from uuid import UUID

from cpq.configurator.service.keeping import Kept
from cpq.pricing.service.rehearsing import (
    KnownRules,
    PriceBookIsTriedTwice,
    PriceBookNotFound,
    Substitution,
    TriedBook,
    books_to_try,
    substitution_of,
)
from cpq.quotes.service.pricings import PastQuote, PastQuotes, past_quotes, records_of
from cpq.rehearsals.rules import (
    QuoteChangedMeanwhile,
    Rehearsal,
    RehearsalIsTooLarge,
    RehearsalTakesTooLong,
    Tally,
)
from cpq.rehearsals.service.pricing import count_in, refuse
from cpq.settings import cpq_settings
from servicekit.errors import Refusal
from servicekit.uow import ReadSession
from servicekit.workshop import TooMuchWork, Workshop

T = TypeVar("T")

Opens = Callable[[], AbstractAsyncContextManager[ReadSession]]
"""Opens a transaction to read in; none is held while quotes are priced."""

BATCH_QUOTES = 100
BATCH_LINES = 2_000
"""What is read and priced together: some megabytes, and a fraction of a second."""
KEPT_BYTES = 64_000_000
"""Answers in memory for whoever turns the page."""
ROW_BYTES = 1_000
"""Bytes of a row of an answer, roughly."""

REHEARSING_REFUSALS: tuple[type[Refusal], ...] = (
    PriceBookNotFound,
    PriceBookIsTriedTwice,
    RehearsalIsTooLarge,
    RehearsalTakesTooLong,
    TooMuchWork,
)
"""Why a dry run may be refused."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which versions are tried, and on which quotes."""

    books: tuple[UUID, ...]
    days: int
    """So many days, the last one included."""
    until: date | None = None
    """The last day; None: today."""
    rules_on: date | None = None
    """The day whose rules of the books count; None: the day of each quote."""
    customer_id: UUID | None = None
    currency: str | None = None
    statuses: frozenset[str] = frozenset()
    """Empty: any."""
    kept: bool = False
    """The newest version that was kept of each quote; else the quotes as they stand."""

    def quotes(self, today: date) -> PastQuotes:
        """Which quotes are looked at."""
        last = self.until or today
        return PastQuotes(
            first=last - timedelta(days=min(self.days - 1, (last - date.min).days)),
            last=last,
            customer_id=self.customer_id,
            currency=self.currency,
            statuses=self.statuses,
            kept=self.kept,
        )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The answer, and what it is the answer to."""

    rehearsal: Rehearsal
    books: Sequence[TriedBook]
    looked_at: PastQuotes


_Key: TypeAlias = tuple[object, ...]


async def rehearse(opens: Opens, question: Question) -> Rehearsed:
    """What past quotes would have cost by the versions that are tried; nothing is written.

    Raises `PriceBookNotFound`, `PriceBookIsTriedTwice`, `RehearsalIsTooLarge`,
    `RehearsalTakesTooLong`, `TooMuchWork`.
    """
    deadline = _Deadline(cpq_settings().rehearsal_seconds)
    async with opens() as reads:
        books = await books_to_try(reads.session, question.books)
        wanted = question.quotes(reads.now.date())
        quotes = await past_quotes(reads.session, wanted, cpq_settings().rehearsal_quotes)
        key = _key(reads.tenant, question, books, quotes)
    _check_size(quotes)
    found = _answers().find(key)
    if found is None:
        found = await _rehearsed(opens, question, books, quotes, deadline)
        _answers().put(key, found)
    return Rehearsed(found, books, wanted)


async def _rehearsed(
    opens: Opens,
    question: Question,
    books: Sequence[TriedBook],
    quotes: Sequence[PastQuote],
    deadline: _Deadline,
) -> Rehearsal:
    tally, known = Tally(), KnownRules()
    substitution = await deadline.do(lambda: substitution_of(books, question.rules_on))
    for batch in _batches(quotes):
        async with opens() as reads:
            records = await records_of(reads.session, batch, kept=question.kept)
        await deadline.do(_counting(tally, substitution, batch, records, known, deadline))
    return await deadline.do(tally.result)


def _counting(
    tally: Tally,
    substitution: Substitution,
    batch: Sequence[PastQuote],
    records: Mapping[UUID, bytes | None],
    known: KnownRules,
    deadline: _Deadline,
) -> Callable[[], None]:
    def count() -> None:
        for quote in batch:
            deadline.check()
            if quote.id in records:
                count_in(tally, quote, records[quote.id], substitution, known)
            else:
                refuse(tally, quote, QuoteChangedMeanwhile("it was another one a moment ago"))

    return count


class _Deadline:
    """When the dry run has to be through, whatever it waits for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    async def do(self, work: Callable[[], T]) -> T:
        """Run work in a thread. Raises `RehearsalTakesTooLong`, `TooMuchWork`."""
        self.check()
        return await _workshop().do(lambda _: work(), seconds=self._end - time.monotonic())

    def check(self) -> None:
        """Raise `RehearsalTakesTooLong` if it is over."""
        if time.monotonic() >= self._end:
            raise RehearsalTakesTooLong(
                f"it was ended after {cpq_settings().rehearsal_seconds:g} s"
            )


def _check_size(quotes: Sequence[PastQuote]) -> None:
    most, lines = cpq_settings().rehearsal_quotes, cpq_settings().rehearsal_lines
    if len(quotes) > most:
        raise RehearsalIsTooLarge(
            f"more than {most} quotes were priced on these days", most=most, field="days"
        )
    found = sum(quote.line_count for quote in quotes)
    if found > lines:
        raise RehearsalIsTooLarge(
            f"the quotes have {found} lines, and a dry run looks at {lines}",
            most=lines,
            field="days",
        )


def _batches(quotes: Sequence[PastQuote]) -> Iterator[Sequence[PastQuote]]:
    batch: list[PastQuote] = []
    lines = 0
    for quote in quotes:
        if batch and (len(batch) >= BATCH_QUOTES or lines + quote.line_count > BATCH_LINES):
            yield batch
            batch, lines = [], 0
        batch.append(quote)
        lines += quote.line_count
    if batch:
        yield batch


def _key(
    tenant: str, question: Question, books: Sequence[TriedBook], quotes: Sequence[PastQuote]
) -> _Key:
    """Equal for questions with the same answer: nothing that it depends on has changed."""
    tried = tuple((book.id, book.content_hash, tuple(sorted(book.days.items()))) for book in books)
    seen = sha256()
    for quote in quotes:
        seen.update(f"{quote.id} {quote.version} {quote.revision};".encode())
    return (tenant, question.rules_on, question.kept, tried, seen.digest())


@cache
def _answers() -> Kept[_Key, Rehearsal]:
    return Kept("rehearsal", limit=KEPT_BYTES, size_of=lambda found: ROW_BYTES * (found.rows + 1))


@cache
def _workshop() -> Workshop:
    settings = cpq_settings()
    return Workshop(
        "rehearsals", threads=settings.rehearsal_threads, waiting=settings.rehearsal_queue
    )
