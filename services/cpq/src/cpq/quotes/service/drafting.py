"""Making and changing drafts. Any number of quotes and lines is a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import class_mapper

from cpq.choices.asked import Asked
from cpq.configurator.service import Configured
from cpq.pricing import service as pricing
from cpq.projections.queries import Source
from cpq.quotes import events
from cpq.quotes.models import Quote, QuoteLine, QuoteNumber
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import Status, Term, check_draft
from cpq.quotes.service.wishes import (
    ConfigurationWish,
    Draft,
    LineWish,
    QuoteWish,
    known_drafts,
)
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork
from servicekit.values import plain

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
    `ExternalReferenceIsTaken`, and the refusals of pricing.
    """
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
        if isinstance(price, Refusal):
            answers.append(price)
            continue
        assert isinstance(draft, Draft)
        quote = _quote(uow, draft, next(numbers))
        lines = _apply(uow, quote, draft, price)
        answers.append((quote, lines))
    made = [answer for answer in answers if isinstance(answer, tuple)]
    uow.add(*(quote for quote, _ in made))
    await uow.flush()  # Quotes first: their lines refer to them.
    await _insert(uow, [line for _, lines in made for line in lines])
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
    """Change what a draft says beside its lines; it is priced anew if prices depend on that."""
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    for name, value in change.fields.items():
        setattr(quote, name, value)
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
    )
    (draft,) = await known_drafts(uow, [wish])
    if isinstance(draft, Refusal):
        raise draft
    (price,) = await pricing.price_documents(uow.session, [draft.document])
    if isinstance(price, Refusal):
        raise price
    await uow.session.execute(delete(QuoteLine).where(QuoteLine.quote_id == quote.id))
    quote.revision += 1
    priced = _apply(uow, quote, draft, price)
    await uow.flush()
    await _insert(uow, priced)
    uow.publish(events.priced(quote))
    uow.audit("quote.priced", "quote", quote.id, {"revision": quote.revision})
    return Written(quote, priced)


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
        created_by=uow.principal.subject,
    )


def _apply(
    uow: UnitOfWork, quote: Quote, draft: Draft, price: pricing.PricedDocument
) -> list[QuoteLine]:
    """Write a pricing onto the quote and return its lines."""
    document, customer = draft.document, draft.customer
    quote.priced_on = document.day
    quote.customer_number = customer.number
    quote.customer_name = customer.name
    quote.tier = customer.tier
    quote.country = customer.country
    quote.pricing = pricing.recorded(price.basis)
    quote.pricing_hash = pricing.hash_of(price.lines)
    quote.line_count = len(price.lines)
    quote.net = price.totals.net.amount
    quote.tax_estimate = price.totals.tax.amount
    quote.gross_estimate = price.totals.gross.amount
    return [
        QuoteLine(
            id=uow.new_id(),
            quote_id=quote.id,
            key=asked.key,
            position=position,
            parent=asked.parent,
            group=asked.group,
            optional=asked.optional,
            selected=asked.selected,
            counts=wanted.counts,
            alternative_of=asked.alternative_of,
            item_id=wanted.item.item_id,
            sku=wanted.item.sku,
            name=wanted.item.name,
            unit=wanted.item.unit,
            category=wanted.item.category,
            stocked=wanted.item.stocked,
            tax_category=wanted.item.tax_category,
            tax_rate=line.tax.rate,
            tax_reason=line.tax.reason,
            quantity=wanted.quantity,
            agreed_unit_price=wanted.agreed_unit_price,
            agreed_reason=wanted.agreed_reason,
            discount=wanted.discount,
            discount_reason=wanted.discount_reason,
            list_unit_price=line.priced.list_unit_price,
            net_unit_price=line.priced.net_unit_price,
            discount_fraction=line.priced.discount_fraction,
            net_amount=line.priced.net_amount,
            selling_model=asked.selling_model,
            attributes={
                name: pricing.written_attribute(value) for name, value in asked.attributes.items()
            },
            term=_written_term(asked.term),
            start_on=term and term.start_on,
            end_on=term and term.end_on,
            term_multiplier=wanted.term_multiplier,
            term_reason=term and term.reason,
            steps=[step.written() for step in line.priced.steps],
            price_source=_stored(line.price_source),
            configuration=_kept(draft.configured.get(position - 1)),
        )
        for position, (asked, term, wanted, line) in enumerate(
            zip(draft.lines, draft.terms, document.lines, price.lines, strict=True), start=1
        )
    ]


def wish_of(line: QuoteLine) -> LineWish:
    """What a line was asked for, to ask for it once more."""
    return LineWish(
        quantity=line.quantity,
        item_id=line.item_id,
        agreed_unit_price=line.agreed_unit_price,
        agreed_reason=line.agreed_reason,
        discount=line.discount,
        discount_reason=line.discount_reason,
        configuration=_remembered(line.configuration),
        key=line.key,
        parent=line.parent,
        group=line.group,
        optional=line.optional,
        selected=line.selected,
        alternative_of=line.alternative_of,
        selling_model=line.selling_model,
        attributes={name: pricing.read_attribute(kept) for name, kept in line.attributes.items()},
        term=_TERMS.validate_python(line.term) if line.term else None,
    )


_TERMS = TypeAdapter(Term)


def _written_term(term: Term | None) -> dict[str, Any] | None:
    if term is None:
        return None
    written: dict[str, Any] = _TERMS.dump_python(term, mode="json")
    return written


def _kept(made: Configured | None) -> dict[str, Any] | None:
    """What the line remembers of its configuration."""
    if made is None:
        return None
    return {
        "model": made.model,
        "model_version": made.model_version,
        "model_id": str(made.model_id),
        "content_hash": made.content_hash,
        "choices": list(made.choices),
        "facts": made.facts,
        "values": list(made.values),
        "parts": [
            {
                "item_id": str(part.item_id),
                "sku": part.sku,
                "quantity": str(part.quantity),
                "stocked": part.stocked,
            }
            for part in made.parts
        ],
        "own_cost": plain(made.own_cost),
    }


def _remembered(kept: Mapping[str, Any] | None) -> ConfigurationWish | None:
    """The same configuration once more, of the same version."""
    if kept is None:
        return None
    return ConfigurationWish(
        model=kept["model"],
        model_version=kept["model_version"],
        choices=[
            Asked(target, None, choice["value"])
            if isinstance(target := choice["target"], str)
            else Asked(None, target["question"], choice["value"])
            for choice in kept["choices"]
        ],
        facts=kept["facts"],
    )


def _stored(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {
        "event_id": str(source.event_id),
        "event_type": source.event_type,
        "sequence": source.sequence,
        "as_of": source.as_of.isoformat(),
    }


_COLUMNS = [column.name for column in class_mapper(QuoteLine).local_table.columns]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_INSERT_LINES = text(
    f"INSERT INTO quotes_line ({_NAMES}) SELECT {_NAMES} "  # noqa: S608
    "FROM jsonb_populate_recordset(NULL::quotes_line, CAST(:lines AS jsonb))"
)


async def _insert(uow: UnitOfWork, lines: Sequence[QuoteLine]) -> None:
    """Insert lines in one statement with one parameter.

    The objects never join the session: tracking a thousand lines costs more than pricing them.
    """
    if lines:
        rows = [
            {name: getattr(line, name) for name in _COLUMNS} | {"tenant": uow.tenant}
            for line in lines
        ]
        await uow.session.execute(_INSERT_LINES, {"lines": to_json(rows).decode()})


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
