"""Sending an offer and recording the customer's answer."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from sqlalchemy import inspect, select

from cpq.projections import queries as known
from cpq.quotes import events
from cpq.quotes.models import KeptOffer, Quote, QuoteLine
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    OfferHasChanged,
    OfferIsTooLarge,
    QuoteNeedsLines,
    Status,
    canonical,
    check_acceptance,
    check_active,
    check_currency,
    check_draft,
    check_sent,
    check_validity,
    content_hash,
    offer_document,
)
from cpq.quotes.service.contracting import settle_contract
from cpq.quotes.service.drafting import Written
from cpq.quotes.service.granting import give_promotions_back
from cpq.quotes.service.offering import VALIDITY, offer_of
from servicekit.uow import UnitOfWork

EXPIRED_AT_ONCE = 500
"""Quotes per run of the expiry job; the next run takes the next ones."""


async def check_account(uow: UnitOfWork, quote: Quote) -> None:
    """See that the customer can be sold to, in the quote's currency.

    Raises `CustomerIsNotActive`, `QuoteCurrencyDiffers`.
    """
    for customer in await known.customers(uow.session, ids=[quote.customer_id]):
        check_active(customer.number, active=customer.active)
    account = known.account_at(
        await known.credits_of(uow.session, quote.customer_id), quote.selling_company_id
    )
    check_currency(quote.number, quote.currency, account.currency if account else None)


def mark_sent(
    uow: UnitOfWork,
    quote: Quote,
    lines: Sequence[QuoteLine],
    *,
    sent_on: date,
    valid_until: date | None,
) -> None:
    """Send a locked draft on a day, whatever the policy says; see `send_quote`."""
    check_draft(quote.status, quote.number)
    until = validity_of(quote, valid_until, sent_on)
    freeze(uow, quote, lines, valid_until=until, day=sent_on)
    say_sent(uow, quote)


def validity_of(quote: Quote, wanted: date | None, day: date) -> date:
    """The last day of an offer that goes out on a day."""
    return wanted or quote.valid_until or day + VALIDITY


def freeze(
    uow: UnitOfWork,
    quote: Quote,
    lines: Sequence[QuoteLine],
    *,
    valid_until: date,
    day: date,
) -> None:
    """Keep a draft's revision as it stands, with its hash, so that somebody can sign it.

    The quote's pricing must be loaded. Raises `QuoteNeedsLines`, `ValidityIsOver`,
    `OfferIsTooLarge`.
    """
    if not any(line.counts for line in lines):
        raise QuoteNeedsLines(f"quote {quote.number} has no lines that count")
    check_validity(valid_until, day)
    content = canonical(offer_document(offer_of(quote, lines, valid_until)))
    if not events.fits(lines, len(content)):
        raise OfferIsTooLarge(f"quote {quote.number} has {len(lines)} lines", field="lines")
    quote.valid_until = valid_until
    quote.content_hash = content_hash(content)
    uow.add(kept_offer(uow, quote, lines, content))


async def load_pricing(uow: UnitOfWork, quote: Quote) -> None:
    """Read what the prices of a quote came from, unless it is at hand."""
    if "pricing" in inspect(quote).unloaded:
        await uow.session.refresh(quote, ["pricing"])


def kept_offer(
    uow: UnitOfWork,
    quote: Quote,
    lines: Sequence[QuoteLine],
    content: bytes,
    label: str | None = None,
) -> KeptOffer:
    """A revision's offer with what its prices came from."""
    return KeptOffer(
        quote_id=quote.id,
        revision=quote.revision,
        content_hash=content_hash(content),
        content=content,
        pricing=quote.pricing,
        pricing_hash=quote.pricing_hash,
        waterfalls={str(line.position): line.steps for line in lines},
        label=label,
        kept_at=uow.now,
        kept_by=uow.principal.subject,
    )


def say_sent(uow: UnitOfWork, quote: Quote) -> None:
    """Let what is frozen be sent."""
    assert quote.valid_until is not None
    quote.status = Status.SENT.value
    quote.sent_at = uow.now
    uow.publish(events.sent(quote, quote.valid_until))
    uow.audit("quote.sent", "quote", quote.id, {"content_hash": quote.content_hash})


async def accept_quote(
    uow: UnitOfWork,
    quote_id: UUID,
    *,
    signed_hash: str,
    accepted_by: str,
    accepted_on: date | None,
    comment: str | None = None,
) -> Written:
    """Record that the customer accepted what the hash names.

    A second acceptance of the same offer changes nothing and answers the same. Raises
    `QuoteNotFound`, `OfferHasChanged`, `QuoteIsNotSent`, `QuoteHasExpired`,
    `AcceptanceIsInTheFuture`, `AcceptanceIsBeforeOffer`.
    """
    quote = await uow.lock(Quote, quote_id)
    if quote.status == Status.ACCEPTED:
        if quote.content_hash != signed_hash:
            raise OfferHasChanged(
                f"quote {quote.number} was accepted with content hash {quote.content_hash}",
                field="content_hash",
            )
        return Written(quote)
    check_sent(quote.status, quote.number)
    lines = await lines_of(uow.session, quote_id)
    assert quote.sent_at is not None
    quote.acceptance_comment = comment
    mark_accepted(
        uow,
        quote,
        lines,
        offered_on=max(quote.sent_at.astimezone(UTC).date(), quote.priced_on),
        signed_hash=signed_hash,
        accepted_by=accepted_by,
        accepted_on=accepted_on or uow.now.date(),
    )
    await settle_contract(uow, quote, lines)
    await uow.flush()
    return Written(quote, lines)


def mark_accepted(
    uow: UnitOfWork,
    quote: Quote,
    lines: Sequence[QuoteLine],
    *,
    offered_on: date,
    signed_hash: str,
    accepted_by: str,
    accepted_on: date,
) -> None:
    """Accept a locked, sent quote on a day; see `accept_quote`."""
    assert quote.valid_until is not None
    check_acceptance(
        number=quote.number,
        offered_on=offered_on,
        valid_until=quote.valid_until,
        accepted_on=accepted_on,
        today=uow.now.date(),
        signed=signed_hash,
        offered=quote.content_hash or "",
    )
    quote.status = Status.ACCEPTED.value
    quote.accepted_at = uow.now
    quote.accepted_on = accepted_on
    quote.accepted_by = accepted_by
    uow.publish(events.accepted(quote, lines))
    uow.audit("quote.accepted", "quote", quote.id, {"content_hash": signed_hash})


async def decline_quote(uow: UnitOfWork, quote_id: UUID, *, reason: str | None) -> Written:
    """Record that the customer said no; twice is once. Raises `QuoteNotFound`, `QuoteIsNotSent`."""
    quote = await uow.lock(Quote, quote_id)
    if quote.status == Status.DECLINED:
        return Written(quote)
    check_sent(quote.status, quote.number)
    quote.status = Status.DECLINED.value
    quote.declined_at = uow.now
    quote.decline_reason = reason
    await give_promotions_back(uow, [quote])
    uow.publish(events.declined(quote))
    uow.audit("quote.declined", "quote", quote.id)
    await uow.flush()
    return Written(quote)


async def expire_quotes(uow: UnitOfWork) -> int:
    """Expire sent quotes whose last day has passed (UTC); return how many.

    Quotes that somebody is answering at this moment are left to the next run.
    """
    today = uow.now.date()
    over = await uow.session.scalars(
        select(Quote)
        .where(Quote.status == Status.SENT.value, Quote.valid_until < today)
        .order_by(Quote.valid_until, Quote.id)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expired = over.all()
    await give_promotions_back(uow, expired)
    for quote in expired:
        assert quote.valid_until is not None
        quote.status = Status.EXPIRED.value
        quote.expired_on = quote.valid_until + timedelta(days=1)
        uow.publish(events.expired(quote, quote.expired_on))
    await uow.flush()
    return len(expired)
