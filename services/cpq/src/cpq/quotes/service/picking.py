"""What a customer sees of a sent quote, and picking its options at the prices that were offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from cpq.approvals.queries import policy_now
from cpq.pricing import service as pricing
from cpq.promotions.service import PromotionBudgetIsExhausted
from cpq.quotes import events
from cpq.quotes.models import Quote, QuoteLine, QuoteOrder
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    QuoteIsNotSent,
    Status,
    check_answerable,
    check_structure,
    counting,
    with_and_without,
)
from cpq.quotes.service.answering import freeze, load_pricing
from cpq.quotes.service.approving import check_picked, deal_as_it_is
from cpq.quotes.service.contracting import is_outdated
from cpq.quotes.service.editing import chosen
from cpq.quotes.service.granting import take_promotions
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import Money

_SHOWN: Mapping[str, Literal["sent", "accepted", "declined", "expired", "cancelled"]] = {
    Status.SENT.value: "sent",
    Status.ACCEPTED.value: "accepted",
    Status.DECLINED.value: "declined",
    Status.EXPIRED.value: "expired",
    Status.CANCELLED.value: "cancelled",
}

MOST_PRICED_ANEW = 20_000
"""Lines times options up to which the whole offer is priced with and without each option."""


@dataclass(frozen=True, slots=True)
class CustomersAnswer:
    """Where an offer stands, for its customer."""

    status: Literal["sent", "accepted", "declined", "expired", "cancelled"]
    can_be_answered: bool
    outdated: bool
    """It waits for an answer, but the contract that it amends has changed since it was made."""
    accepted_by: str | None
    accepted_on: date | None
    decline_reason: str | None
    order_number: str | None
    order_status: str | None


@dataclass(frozen=True, slots=True)
class OfferedOption:
    """A line that the customer may take or leave.

    The amount is what the whole offer costs more with it than without it, parts, shares and
    schedules of other lines and all segments of a ramp included, rounded. Of offers beyond
    `MOST_PRICED_ANEW` it is what it costs itself, with its parts and segments.
    """

    key: str
    name: str
    quantities: Sequence[Decimal]
    """That of the line; of a ramp, that of each segment."""
    unit: str
    amount: Decimal
    selected: bool
    choice: str | None
    """The line of whose alternatives one is taken; None: it may be left out."""


async def check_offered(uow: UnitOfWork, quote_id: UUID) -> date:
    """See that a quote was offered; its last day. Raises `QuoteNotFound`, `QuoteIsNotSent`."""
    quote = await uow.get(Quote, quote_id)
    if quote.status not in _SHOWN or quote.sent_at is None or quote.valid_until is None:
        raise QuoteIsNotSent(f"quote {quote.number} is {quote.status}")
    return quote.valid_until


async def check_known(reads: ReadSession | UnitOfWork, quote_id: UUID) -> None:
    """Raise `QuoteNotFound` unless the tenant has this quote."""
    await reads.get(Quote, quote_id)


async def customers_answer(reads: ReadSession | UnitOfWork, quote_id: UUID) -> CustomersAnswer:
    """Where an offer stands. Raises `QuoteNotFound`, `QuoteIsNotSent` while it is being changed."""
    quote = await reads.get(Quote, quote_id)
    status = _SHOWN.get(quote.status)
    if status is None or quote.sent_at is None or quote.valid_until is None:
        raise QuoteIsNotSent("the seller is changing this offer")
    outdated = status == "sent" and await is_outdated(reads, quote)
    order = await reads.session.scalar(select(QuoteOrder).where(QuoteOrder.quote_id == quote_id))
    return CustomersAnswer(
        status=status,
        can_be_answered=status == "sent" and not outdated and quote.valid_until >= reads.now.date(),
        outdated=outdated,
        accepted_by=quote.accepted_by,
        accepted_on=quote.accepted_on,
        decline_reason=quote.decline_reason,
        order_number=order.order_number if order else None,
        order_status=order.status if order else None,
    )


async def offered_options(reads: ReadSession | UnitOfWork, quote_id: UUID) -> list[OfferedOption]:
    """The lines that the customer may take or leave, in their order."""
    quote = await reads.get(Quote, quote_id)
    lines = await lines_of(reads.session, quote_id)
    heads = {line.alternative_of for line in lines if line.alternative_of is not None}
    options = [
        line
        for line in lines
        if (line.optional or line.alternative_of is not None or line.key in heads)
        and line.ramp in (None, line.key)
    ]
    record = None
    if options and len(options) * len(lines) <= MOST_PRICED_ANEW:
        record = await reads.session.scalar(select(Quote.pricing).where(Quote.id == quote_id))
    amounts = (
        _costs(record, lines, options)
        if record
        else [_whole(line, lines, quote.currency) for line in options]
    )
    return [
        OfferedOption(
            key=line.key,
            name=line.name,
            quantities=[one.quantity for one in lines if line.key in (one.key, one.ramp)],
            unit=line.unit,
            amount=amount,
            selected=line.selected,
            choice=line.alternative_of or (line.key if line.key in heads else None),
        )
        for line, amount in zip(options, amounts, strict=True)
    ]


def _whole(option: QuoteLine, lines: Sequence[QuoteLine], currency: str) -> Decimal:
    """What a line, its segments and all that is part of it cost, as they are priced now."""
    by_key = {line.key: line for line in lines}

    def is_part(line: QuoteLine) -> bool:
        above = by_key.get(line.parent or "")
        return option.key in (line.key, line.ramp) or (above is not None and is_part(above))

    total = sum((line.net_amount for line in lines if is_part(line)), start=Decimal(0))
    return Money(total, currency).round().amount


def _costs(
    record: bytes, lines: Sequence[QuoteLine], options: Sequence[QuoteLine]
) -> list[Decimal]:
    """What the whole offer costs more with each option than without it."""
    ramps = {line.key: line.ramp for line in lines}
    choices = [one for line in options for one in with_and_without(lines, ramps, line.key)]
    nets = pricing.nets_of(record, choices)
    return [(taken - left).amount for taken, left in zip(nets[::2], nets[1::2], strict=True)]


async def pick_offered(uow: UnitOfWork, quote_id: UUID, selected: Mapping[str, bool]) -> None:
    """Take or leave options of a sent quote, priced by the record of what was offered.

    The offer becomes its next revision with a hash of its own; what cannot be picked is refused.
    Raises `QuoteNotFound`, `QuoteIsNotSent`, `QuoteHasExpired`, `LineIsNotThere`,
    `LineIsNotOptional`, `AlternativesNeedOne`, `PromotionBudgetIsExhausted`,
    `SelectionNeedsApproval`, and what pricing raises.
    """
    quote = await uow.lock(Quote, quote_id)
    check_answerable(quote.status, quote.number, quote.valid_until, uow.now.date())
    found = await uow.session.scalars(
        select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(QuoteLine.position)
    )
    lines = found.all()
    taken = chosen(lines, selected)
    if all(line.selected == taken[line.key] for line in lines):
        return
    policy = await policy_now(uow.session)
    before = await deal_as_it_is(uow, quote, policy, lines)
    for line in lines:
        line.selected = taken[line.key]
    check_structure(lines, {group["key"] for group in quote.groups})
    counted = counting(lines)
    for line in lines:
        line.counts = line.key in counted
    await load_pricing(uow, quote)
    _price_by_record(quote, lines)
    check_picked(policy, before, await deal_as_it_is(uow, quote, policy, lines))
    quote.revision += 1
    assert quote.valid_until is not None
    freeze(uow, quote, lines, valid_until=quote.valid_until, day=uow.now.date())
    try:
        await take_promotions(uow, quote)
    except PromotionBudgetIsExhausted:
        # What is left of it is the seller's own.
        raise PromotionBudgetIsExhausted(
            "the promotion does not last for what is picked", field="selected"
        ) from None
    uow.publish(events.priced(quote))
    uow.publish(events.sent(quote, quote.valid_until))
    picked = {"selected": [line.key for line in lines if line.optional and line.selected]}
    uow.audit("quote.options-picked", "quote", quote.id, picked)
    await uow.flush()


def _price_by_record(quote: Quote, lines: Sequence[QuoteLine]) -> None:
    """Write what the lines cost as they count now, from nothing but the kept record."""
    if quote.pricing is None:
        raise QuoteIsNotSent(f"quote {quote.number} was sent before options could be picked")
    priced = pricing.replayed(quote.pricing, counts={line.key: line.counts for line in lines})
    by_key = {
        request.key: found.priced
        for request, found in zip(priced.basis.document.lines, priced.lines, strict=True)
    }
    for line in lines:
        found = by_key[line.key]
        line.net_unit_price = found.net_unit_price
        line.net_amount = found.net_amount
        line.discount_fraction = found.discount_fraction
        line.steps = found.written_steps()
    quote.net = priced.totals.net.amount
    quote.tax_estimate = priced.totals.tax.amount
    quote.gross_estimate = priced.totals.gross.amount
    quote.pricing = pricing.recorded(priced.basis)
    quote.pricing_hash = pricing.hash_of(priced.lines)
