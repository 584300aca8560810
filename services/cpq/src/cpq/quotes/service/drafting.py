"""Making and changing drafts. Any number of quotes and lines is a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from cpq.pricing import service as pricing
from cpq.quotes import events
from cpq.quotes.models import Quote, QuoteLine, QuoteNumber
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import Status, check_draft, check_promotions, check_validity
from cpq.quotes.service.contracting import check_amendment, kept_amendment
from cpq.quotes.service.drafts import Draft, known_drafts
from cpq.quotes.service.rows import insert_lines, wish_of, write_pricing
from cpq.quotes.service.wishes import LineWish, QuoteWish
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

PRICED_BY = frozenset(
    {"selling_company_id", "requested_on", "price_book", "partner_level", "promotions", "groups"}
)
"""Members of a quote that its lines depend on."""


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """Fields of a draft to change; the absent ones stay."""

    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A quote and, when the use case had them in hand, its lines in their order."""

    quote: Quote
    lines: Sequence[QuoteLine] | None = None


async def create_quote(uow: UnitOfWork, wish: QuoteWish) -> Written:
    """Start a draft and price it.

    Raises `CustomerIsNotKnown`, `CustomerIsNotActive`, `ItemIsNotKnown`, `ItemIsNotForSale`,
    `QuantityIsTooFine`, `QuoteNeedsCurrency`, `PricingDayIsInTheFuture`,
    `ExternalReferenceIsTaken`, `ValidityIsOver`, `PromotionIsNotKnown`, and the refusals
    of pricing.
    """
    if wish.valid_until is not None:
        check_validity(wish.valid_until, uow.now.date())
    await _check_promotions(uow, wish.promotions, wish.priced_on or uow.now.date())
    (answer,) = await create_quotes(uow, [wish])
    if isinstance(answer, Refusal):
        raise answer
    return Written(*answer)


async def create_quotes(
    uow: UnitOfWork, wishes: Sequence[QuoteWish]
) -> list[tuple[Quote, list[QuoteLine]] | Refusal]:
    """Start and price many drafts; a wish that a rule refuses yields its refusal."""
    drafts = await known_drafts(uow, wishes)
    good = [draft for draft in drafts if isinstance(draft, Draft)]
    prices = iter(await pricing.price_documents(uow.session, [draft.document for draft in good]))
    priced = [(d, d if isinstance(d, Refusal) else next(prices)) for d in drafts]
    count = sum(1 for _, price in priced if isinstance(price, pricing.PricedDocument))
    numbers = iter(await _numbers(uow, count))
    answers: list[tuple[Quote, list[QuoteLine]] | Refusal] = []
    for draft, price in priced:
        if isinstance(draft, Refusal) or isinstance(price, Refusal):
            assert isinstance(price, Refusal)
            answers.append(draft.placed(price) if isinstance(draft, Draft) else price)
            continue
        quote = _quote(uow, draft, next(numbers))
        lines = write_pricing(uow, quote, draft, price)
        answers.append((quote, lines))
    made = [answer for answer in answers if isinstance(answer, tuple)]
    uow.add(*(quote for quote, _ in made))
    await uow.flush()  # Quotes first: their lines refer to them.
    await insert_lines(uow, [line for _, lines in made for line in lines])
    for quote, _ in made:
        uow.publish(events.created(quote))
        uow.publish(events.priced(quote))
        uow.audit("quote.created", "quote", quote.id, {"number": quote.number})
    return answers


async def replace_lines(
    uow: UnitOfWork, quote_id: UUID, lines: Sequence[LineWish], *, expected: int
) -> Written:
    """Give a draft other lines and price it on its day.

    Raises `QuoteNotFound`, `Stale`, `QuoteIsNotDraft`, and what `create_quote` raises.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    return await price_anew(uow, quote, lines, quote.priced_on)


async def price_again(
    uow: UnitOfWork, quote_id: UUID, *, priced_on: date | None, expected: int
) -> Written:
    """Price a draft with the prices and rules of another day, today unless one is named."""
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    wishes = [wish_of(line) for line in await lines_of(uow.session, quote_id)]
    return await price_anew(uow, quote, wishes, priced_on or uow.now.date())


async def change_quote(
    uow: UnitOfWork, quote_id: UUID, change: QuoteChange, *, expected: int
) -> Written:
    """Change what a draft says beside its lines; it is priced anew if prices depend on that.

    A code that is named anew must be of a promotion that runs. Raises `QuoteNotFound`, `Stale`,
    `QuoteIsNotDraft`, and what `create_quote` raises.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    if until := change.fields.get("valid_until"):
        check_validity(until, uow.now.date())
    named = change.fields.get("promotions", ())
    if not set(named) <= set(quote.promotions):
        await _check_promotions(uow, named, quote.priced_on)
    for name, value in change.fields.items():
        setattr(quote, name, value)
    if change.fields:
        note_change(uow, quote)
    if PRICED_BY & change.fields.keys():
        lines = [wish_of(line) for line in await lines_of(uow.session, quote_id)]
        uow.audit("quote.changed", "quote", quote.id, {"fields": sorted(change.fields)})
        return await price_anew(uow, quote, lines, quote.priced_on)
    if change.fields:
        quote.revision += 1
        uow.audit("quote.changed", "quote", quote.id, {"fields": sorted(change.fields)})
    await uow.flush()
    return Written(quote)


async def price_anew(
    uow: UnitOfWork, quote: Quote, lines: Sequence[LineWish], day: date
) -> Written:
    """Give a locked draft lines and price them on a day. Raises what `create_quote` raises."""
    wish = QuoteWish(
        quote.customer_id,
        lines,
        currency=quote.currency,
        selling_company_id=quote.selling_company_id,
        priced_on=day,
        requested_on=quote.requested_on,
        groups=quote.groups,
        price_book=quote.price_book,
        partner_level=quote.partner_level,
        promotions=quote.promotions,
        contract_id=quote.contract_id,
        amends=quote.amends,
    )
    (draft,) = await known_drafts(uow, [wish])
    if isinstance(draft, Refusal):
        raise draft
    check_amendment(quote, draft)
    note_change(uow, quote)
    (price,) = await pricing.price_documents(uow.session, [draft.document])
    if isinstance(price, Refusal):
        raise draft.placed(price)
    await uow.session.execute(delete(QuoteLine).where(QuoteLine.quote_id == quote.id))
    quote.revision += 1
    priced = write_pricing(uow, quote, draft, price)
    await uow.flush()
    await insert_lines(uow, priced)
    uow.publish(events.priced(quote))
    uow.audit("quote.priced", "quote", quote.id, {"revision": quote.revision})
    return Written(quote, priced)


async def _check_promotions(uow: UnitOfWork, named: Sequence[str], day: date) -> None:
    if named:
        check_promotions(named, await pricing.running_promotions(uow.session, day), day)


def note_change(uow: UnitOfWork, quote: Quote) -> None:
    """Remember who changes a quote: they do not approve it."""
    if uow.principal.subject not in quote.changed_by:
        quote.changed_by = [*quote.changed_by, uow.principal.subject]


def _quote(uow: UnitOfWork, draft: Draft, number: str) -> Quote:
    wish = draft.wish
    return Quote(
        id=uow.new_id(),
        number=number,
        revision=1,
        status=Status.DRAFT.value,
        customer_id=wish.customer_id,
        opportunity_id=wish.opportunity_id,
        selling_company_id=wish.selling_company_id,
        currency=draft.document.currency,
        requested_on=wish.requested_on,
        valid_until=wish.valid_until,
        customer_reference=wish.customer_reference,
        external_reference=wish.external_reference,
        groups=[dict(group) for group in wish.groups],
        price_book=wish.price_book,
        partner_level=wish.partner_level,
        promotions=list(wish.promotions),
        cloned_from=wish.cloned_from,
        contract_id=wish.contract_id,
        amends=kept_amendment(draft),
        created_by=uow.principal.subject,
    )


async def _numbers(uow: UnitOfWork, count: int) -> list[str]:
    """Take the next numbers of the year; the counter's row is locked until the commit.

    So it is taken last, after everything was read and priced.
    """
    if not count:
        return []
    year = uow.now.year
    counter = insert(QuoteNumber).values(tenant=uow.tenant, year=year, last=count)
    taken = await uow.session.scalar(
        counter.on_conflict_do_update(
            index_elements=["tenant", "year"], set_={"last": QuoteNumber.last + count}
        ).returning(QuoteNumber.last)
    )
    assert taken is not None
    return [f"Q-{year}-{number:06d}" for number in range(taken - count + 1, taken + 1)]
