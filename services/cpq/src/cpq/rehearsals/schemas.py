"""Dry runs over HTTP: what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from pydantic import Field

from cpq.rehearsals.rules import Sort, page_of
from cpq.rehearsals.service import Question, Rehearsed
from servicekit.http import AmountOut, CurrencyCode, DayIn, FractionOut, In, Out

MOST_BOOKS = 10
MOST_DAYS = 3_660

QuoteStatus = Literal[
    "draft", "pending", "approved", "sent", "accepted", "declined", "expired", "cancelled"
]


class RehearsalIn(In):
    """Which versions of price books are tried, and on which quotes."""

    books: Annotated[list[UUID], Field(min_length=1, max_length=MOST_BOOKS)]
    """Versions, by id: drafts as a rule. Each takes the place of the version of its key that a
    quote was priced by, and is added where there was none; other books stay as they were."""
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 90
    """Quotes that were priced on so many days, the last one included."""
    until: DayIn | None = None
    """The last day; null: today."""
    customer_id: UUID | None = None
    """Only quotes of this customer; null: of all."""
    currency: CurrencyCode | None = None
    """Only quotes in this currency; null: in any."""
    statuses: Annotated[list[QuoteStatus], Field(max_length=8)] = []  # noqa: RUF012
    """Only quotes in these states; empty: in any."""
    revisions: Literal["standing", "kept"] = "standing"
    """Each quote as it stands, or the newest version that was kept of it: sent, put up for
    approval, or kept by hand; then quotes that have none are left out."""
    rules_on: DayIn | None = None
    """The day whose rules of the books are tried, for books whose rules have days of their own;
    null: the day on which each quote was priced."""
    sort: Sort = Sort.LARGEST
    """The order of all lists: the largest difference first, what becomes dearest, or cheapest."""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Which page of each list, from 1."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """How many rows of each list a page holds."""

    def question(self) -> Question:
        """What is asked, for the use case."""
        return Question(
            books=tuple(self.books),
            days=self.days,
            until=self.until,
            rules_on=self.rules_on,
            customer_id=self.customer_id,
            currency=self.currency,
            statuses=frozenset(self.statuses),
            kept=self.revisions == "kept",
        )


class SidesOut(Out):
    """An amount by the rules of then, and by those that are tried."""

    before: AmountOut
    """By the rules of then."""
    after: AmountOut
    """By the rules that are tried."""
    difference: AmountOut
    """After less before: above zero it becomes dearer."""
    share: FractionOut | None
    """The difference as a share of what it was: "0.15" is 15 % dearer; null: it cost nothing."""


class RehearsalReasonOut(Out):
    """The rule that made the most of a difference."""

    step: str
    """The step of the price that it decides."""
    rule: str
    """What decides now, as the waterfall names it; where nothing does any more, what did then."""
    book: str | None
    """Its price book and version, such as `spring:3`; null: it is of none."""
    difference: AmountOut
    """What it made of it, not rounded; others may have made it more or less."""


class RehearsedQuoteOut(Out):
    """A quote that could be priced by both."""

    quote_id: UUID
    number: str
    revision: int
    status: QuoteStatus
    """Where the quote stands now."""
    customer_id: UUID
    customer_number: str
    customer_name: str
    priced_on: date
    currency: str
    """Of all its amounts."""
    changed: bool
    """Whether a line that counts costs something else."""
    net: SidesOut
    """Without tax."""
    gross: SidesOut
    """With estimated tax."""
    reason: RehearsalReasonOut | None
    """The rule that made the most of the difference; null: nothing did."""


class RehearsedCustomerOut(Out):
    """All quotes of a customer in a currency."""

    customer_id: UUID
    customer_number: str
    customer_name: str
    currency: str
    """Of all its amounts."""
    quotes: int
    """How many could be priced by both."""
    changed: int
    """How many of them change."""
    net: SidesOut
    """Without tax."""
    gross: SidesOut
    """With estimated tax."""


class RehearsedItemOut(Out):
    """All lines of an item in a currency that are part of what is offered."""

    item_id: UUID
    sku: str
    currency: str
    """Of all its amounts."""
    quotes: int
    """How many quotes have it."""
    changed: int
    """In how many of them its lines cost something else."""
    net: SidesOut
    """Without tax; lines are rounded as quotes show them, so that items sum to the totals."""


class RehearsedRuleOut(Out):
    """What a rule made of the differences of all quotes in a currency."""

    step: str
    """The step of the price that it decides."""
    rule: str
    """What decides now, as the waterfall names it; where nothing does any more, what did then."""
    book: str | None
    """Its price book and version, such as `spring:3`; null: it is of none."""
    currency: str
    """Of the difference."""
    quotes: int
    """On how many quotes it made a difference."""
    difference: AmountOut
    """Not rounded; it may be nothing where quotes become dearer and cheaper alike."""


class UnpricedQuoteOut(Out):
    """A quote that could not be priced: it is in no total but `unpriced`."""

    quote_id: UUID
    number: str
    revision: int
    status: QuoteStatus
    """Where the quote stands now."""
    customer_id: UUID
    customer_number: str
    customer_name: str
    priced_on: date
    currency: str
    """Of `quoted`."""
    quoted: AmountOut
    """Its net as the quote stands."""
    code: str
    """Why, as the code of a problem."""
    message: str
    """Why, in a sentence."""
    field: str | None
    """Where, as `lines.3.agreed_unit_price`; null: the quote as a whole."""


class RehearsalTotalOut(Out):
    """All quotes of a currency."""

    currency: str
    """Of all its amounts."""
    quotes: int
    """How many could be priced by both."""
    changed: int
    """How many of them have a line that costs something else."""
    dearer: int
    """How many become dearer."""
    cheaper: int
    """How many become cheaper."""
    net: SidesOut
    """Without tax."""
    gross: SidesOut
    """With estimated tax."""
    unpriced: int
    """How many could not be priced; they are in no other sum."""
    unpriced_quoted: AmountOut
    """Net of those, as they stand."""


class RehearsedBookOut(Out):
    """A version that was tried."""

    id: UUID
    key: str
    """Names the book; its versions share it."""
    book_version: int
    """1, 2, 3 … of the key."""
    name: str
    """What people call it."""
    status: Literal["draft", "published", "retired"]
    """Where the version stands."""
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of the document that was tried."""


class RehearsalCountsOut(Out):
    """How many rows each list has on all its pages."""

    quotes: int
    """Quotes that could be priced."""
    customers: int
    """Customers, once for each currency."""
    items: int
    """Items, once for each currency."""
    rules: int
    """Rules that made a difference, once for each currency."""
    unpriced: int
    """Quotes that could not be priced."""


class RehearsalOut(Out):
    """What past quotes would have cost by other versions of price books."""

    books: list[RehearsedBookOut]
    """The versions that were tried."""
    first: date
    """The first day of pricing that was looked at."""
    last: date
    """The last one."""
    totals: list[RehearsalTotalOut]
    """Once for each currency; they do not depend on the page."""
    counts: RehearsalCountsOut
    """How many rows there are."""
    quotes: list[RehearsedQuoteOut]
    """The page's quotes, those that stay as they are included."""
    customers: list[RehearsedCustomerOut]
    """The page's customers."""
    items: list[RehearsedItemOut]
    """The page's items."""
    rules: list[RehearsedRuleOut]
    """The page's rules."""
    unpriced: list[UnpricedQuoteOut]
    """The page's quotes that could not be priced, by number."""

    @classmethod
    def of(cls, answer: Rehearsed, asked: RehearsalIn) -> Self:
        """Render a page of it."""
        found = answer.rehearsal.ordered(asked.sort)
        return cls(
            books=[RehearsedBookOut.model_validate(book) for book in answer.books],
            first=answer.looked_at.first,
            last=answer.looked_at.last,
            totals=[RehearsalTotalOut.model_validate(total) for total in found.totals],
            counts=RehearsalCountsOut(
                quotes=len(found.quotes),
                customers=len(found.customers),
                items=len(found.items),
                rules=len(found.rules),
                unpriced=len(found.unpriced),
            ),
            quotes=_rows(RehearsedQuoteOut, found.quotes, asked),
            customers=_rows(RehearsedCustomerOut, found.customers, asked),
            items=_rows(RehearsedItemOut, found.items, asked),
            rules=_rows(RehearsedRuleOut, found.rules, asked),
            unpriced=_rows(UnpricedQuoteOut, found.unpriced, asked),
        )


OutT = TypeVar("OutT", bound=Out)


def _rows(form: type[OutT], rows: Sequence[object], asked: RehearsalIn) -> list[OutT]:
    """The rows of the page that was asked for."""
    return [form.model_validate(row) for row in page_of(rows, asked.page, asked.limit)]
