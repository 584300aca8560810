"""Taking over quotes from another system: priced, sent and accepted at their own dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, func, literal, select

from cpq.quotes.models import Quote, QuoteLine
from cpq.quotes.rules import (
    AcceptanceIsInTheFuture,
    PricingDayIsInTheFuture,
    QuoteNeedsLines,
    ValidityIsOver,
)
from cpq.quotes.service.answering import mark_accepted, mark_sent
from cpq.quotes.service.contracting import settle_contract
from cpq.quotes.service.drafting import create_quotes
from cpq.quotes.service.offering import VALIDITY
from cpq.quotes.service.wishes import QuoteWish
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class ImportedQuote:
    """A quote of another system; its wish names an external reference and the day of pricing."""

    wish: QuoteWish
    sent: bool
    accepted_on: date | None
    """None: not accepted."""
    accepted_by: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a row."""

    quote_id: UUID
    created: bool


async def import_quotes(uow: UnitOfWork, rows: Sequence[ImportedQuote]) -> list[Imported | Refusal]:
    """Take over quotes, set by set; a known external reference changes nothing.

    A row that a rule refuses yields its refusal and leaves nothing behind. One import at a time
    runs per tenant, so that two of them never race for a reference.
    """
    lock = func.hashtextextended(f"cpq.quotes.import:{uow.tenant}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(lock)))
    answers = await _present(uow, rows)
    wanted: dict[str, ImportedQuote] = {}
    for row in rows:
        reference = row.wish.external_reference or ""
        if reference in answers or reference in wanted:
            continue
        refusal = _impossible(row, uow.now.date())
        if refusal is None:
            wanted[reference] = row
        else:
            answers[reference] = refusal
    made = await create_quotes(uow, [row.wish for row in wanted.values()])
    for (reference, row), answer in zip(wanted.items(), made, strict=True):
        if isinstance(answer, Refusal):
            answers[reference] = answer
        else:
            quote, lines = answer
            await _carry_on(uow, row, quote, lines)
            answers[reference] = Imported(quote.id, created=True)
    await uow.flush()
    return _in_order(rows, answers)


async def _present(uow: UnitOfWork, rows: Sequence[ImportedQuote]) -> dict[str, Imported | Refusal]:
    references = [row.wish.external_reference for row in rows]
    found = await uow.session.execute(
        select(Quote.external_reference, Quote.id).where(
            Quote.external_reference == any_(literal(references, ARRAY(Text())))
        )
    )
    return {reference: Imported(id_, created=False) for reference, id_ in found if reference}


def _impossible(row: ImportedQuote, today: date) -> Refusal | None:
    """Everything that sending and accepting would refuse, before anything is written."""
    if (row.sent or row.accepted_on) and not row.wish.lines:
        return QuoteNeedsLines("the row has no lines", field="lines")
    if row.accepted_on and row.accepted_on > today:
        return AcceptanceIsInTheFuture(
            f"{row.accepted_on} is after today, {today}", field="accepted_on"
        )
    day, until = row.wish.priced_on or today, row.wish.valid_until
    if day > today:
        return PricingDayIsInTheFuture(f"{day} is after today, {today}", field="quoted_on")
    if until and until < (row.accepted_on or day):
        return ValidityIsOver(
            f"valid_until {until} is before {row.accepted_on or day}", field="valid_until"
        )
    if row.accepted_on and row.accepted_on < day:
        return ValidityIsOver(
            f"accepted_on {row.accepted_on} is before quoted_on {day}", field="accepted_on"
        )
    return None


async def _carry_on(
    uow: UnitOfWork, row: ImportedQuote, quote: Quote, lines: Sequence[QuoteLine]
) -> None:
    if row.accepted_on is None and not row.sent:
        return
    until = row.wish.valid_until or max(
        quote.priced_on + VALIDITY, row.accepted_on or quote.priced_on + timedelta()
    )
    mark_sent(uow, quote, lines, sent_on=quote.priced_on, valid_until=until)
    if row.accepted_on is not None:
        mark_accepted(
            uow,
            quote,
            lines,
            offered_on=quote.priced_on,
            signed_hash=quote.content_hash or "",
            accepted_by=row.accepted_by,
            accepted_on=row.accepted_on,
        )
        await settle_contract(uow, quote, lines)


def _in_order(
    rows: Sequence[ImportedQuote], answers: dict[str, Imported | Refusal]
) -> list[Imported | Refusal]:
    """One answer a row; a reference that comes twice was created once."""
    seen: set[str] = set()
    ordered: list[Imported | Refusal] = []
    for row in rows:
        reference = row.wish.external_reference or ""
        answer = answers[reference]
        if isinstance(answer, Imported) and reference in seen:
            answer = Imported(answer.quote_id, created=False)
        seen.add(reference)
        ordered.append(answer)
    return ordered
