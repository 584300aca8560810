"""Versions of a quote: kept, revised, copied, compared, and priced again from what was kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cpq.approvals import service as approvals
from cpq.pricing import service as pricing
from cpq.quotes import events
from cpq.quotes.models import KeptOffer, Quote
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    Comparison,
    QuoteVersionNotFound,
    Status,
    UsageProof,
    canonical,
    check_cancellable,
    check_draft,
    check_revisable,
    compare,
    offer_document,
)
from cpq.quotes.service.answering import kept_offer, load_pricing
from cpq.quotes.service.approving import back_to_draft
from cpq.quotes.service.drafting import Written, create_quote
from cpq.quotes.service.drafts import known_drafts
from cpq.quotes.service.granting import give_promotions_back
from cpq.quotes.service.offering import VALIDITY, offer_of
from cpq.quotes.service.rows import wish_of
from cpq.quotes.service.using import prove_usage
from cpq.quotes.service.wishes import QuoteWish
from servicekit.errors import Refusal
from servicekit.uow import ReadSession, UnitOfWork


async def keep_version(
    uow: UnitOfWork, quote_id: UUID, *, label: str | None, expected: int
) -> Written:
    """Keep a draft's revision for good, to compare with it; the draft goes on as the next one.

    Raises `QuoteNotFound`, `Stale`, `QuoteIsNotDraft`.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    lines = await lines_of(uow.session, quote_id)
    await load_pricing(uow, quote)
    until = quote.valid_until or uow.now.date() + VALIDITY
    content = canonical(offer_document(offer_of(quote, lines, until)))
    uow.add(kept_offer(uow, quote, lines, content, label))
    uow.audit("quote.kept", "quote", quote.id, {"revision": quote.revision})
    quote.revision += 1
    await uow.flush()
    return Written(quote, lines)


async def revise_quote(uow: UnitOfWork, quote_id: UUID, *, expected: int) -> Written:
    """Make a quote a draft again, as its next revision: the offer before can no longer be accepted.

    Raises `QuoteNotFound`, `Stale`, `QuoteCannotBeRevised`.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_revisable(quote.status, quote.number)
    before = quote.status
    await approvals.withdraw_request(uow, quote_id, comment=None)
    await back_to_draft(uow, quote)
    uow.audit("quote.revised", "quote", quote.id, {"was": before, "revision": quote.revision})
    await uow.flush()
    return Written(quote)


async def clone_quote(
    uow: UnitOfWork,
    quote_id: UUID,
    *,
    customer_id: UUID | None,
    currency: str | None,
    requested_on: date | None,
) -> Written:
    """Start another draft with the same lines, priced today, for the same or another customer.

    Prices that were agreed in another currency, and codes of promotions that do not run any more,
    stay behind. Raises `QuoteNotFound`, and what `create_quote` raises.
    """
    quote = await uow.get(Quote, quote_id)
    lines = await lines_of(uow.session, quote_id)
    same = customer_id in (None, quote.customer_id)
    running = await pricing.running_promotions(uow.session, uow.now.date())
    wish = QuoteWish(
        customer_id=customer_id or quote.customer_id,
        lines=[wish_of(line) for line in lines],
        currency=currency or (quote.currency if same else None),
        opportunity_id=quote.opportunity_id if same else None,
        selling_company_id=quote.selling_company_id,
        requested_on=requested_on,
        customer_reference=quote.customer_reference if same else None,
        groups=quote.groups,
        price_book=quote.price_book if same else None,
        partner_level=quote.partner_level,
        promotions=[code for code in quote.promotions if code in running],
        cloned_from=quote.id,
    )
    agreed = [line.key for line in lines if line.agreed_unit_price is not None]
    if not agreed or await _currency_of(uow, wish) == quote.currency:
        return await create_quote(uow, wish)
    # Another currency's amounts would be other prices.
    written = await create_quote(
        uow,
        replace(
            wish,
            lines=[replace(one, agreed_unit_price=None, agreed_reason=None) for one in wish.lines],
        ),
    )
    uow.audit("quote.agreed_prices_dropped", "quote", written.quote.id, {"lines": agreed})
    return written


async def _currency_of(uow: UnitOfWork, wish: QuoteWish) -> str:
    """The currency that a quote would be in. Raises what `create_quote` raises."""
    (draft,) = await known_drafts(uow, [replace(wish, lines=[])])
    if isinstance(draft, Refusal):
        raise draft
    return draft.document.currency


async def cancel_quote(
    uow: UnitOfWork, quote_id: UUID, *, reason: str | None, expected: int
) -> Written:
    """Let nothing come of a quote. Raises `QuoteNotFound`, `Stale`, `QuoteCannotBeCancelled`."""
    quote = await uow.lock(Quote, quote_id, expected)
    check_cancellable(quote.status, quote.number)
    await approvals.withdraw_request(uow, quote_id, comment=reason)
    await give_promotions_back(uow, [quote])
    quote.status = Status.CANCELLED.value
    quote.cancelled_at, quote.cancel_reason = uow.now, reason
    uow.publish(events.cancelled(quote))
    uow.audit("quote.cancelled", "quote", quote.id, {"reason": reason})
    await uow.flush()
    return Written(quote)


async def compare_versions(
    reads: ReadSession, quote_id: UUID, *, before: int, after: int | None
) -> Comparison:
    """What a version says differently from an earlier one; None: as the quote stands now.

    Raises `QuoteNotFound`, `QuoteVersionNotFound`.
    """
    quote = await reads.get(Quote, quote_id)
    earlier = await _content(reads, quote, before)
    if after is not None and after != quote.revision:
        return compare(earlier, await _content(reads, quote, after))
    lines = await lines_of(reads.session, quote_id)
    until = quote.valid_until or reads.now.date() + VALIDITY
    return compare(earlier, offer_document(offer_of(quote, lines, until)))


async def _content(reads: ReadSession, quote: Quote, revision: int) -> Mapping[str, Any]:
    content = await reads.session.scalar(
        select(KeptOffer.content).where(
            KeptOffer.quote_id == quote.id, KeptOffer.revision == revision
        )
    )
    if content is None:
        raise QuoteVersionNotFound(
            f"revision {revision} of quote {quote.number} was not kept", field="from"
        )
    found: Mapping[str, Any] = json.loads(content)
    return found


@dataclass(frozen=True, slots=True)
class Replay:
    """A revision priced again from nothing but what was kept of it."""

    revision: int
    kept_hash: str
    hash: str
    net: str
    gross: str
    usage: Sequence[UsageProof] = ()
    """The samples of usage, rated again."""

    @property
    def same(self) -> bool:
        """Every price and every step came out as they were."""
        return self.hash == self.kept_hash


async def replay_quote(reads: ReadSession, quote_id: UUID, revision: int | None) -> Replay:
    """Price a revision again from its record, whatever prices and rules say today.

    Raises `QuoteNotFound`, `QuoteVersionNotFound`.
    """
    quote = await reads.get(Quote, quote_id)
    if revision in (None, quote.revision):
        columns = select(Quote.pricing, Quote.pricing_hash).where(Quote.id == quote_id)
    else:
        columns = select(KeptOffer.pricing, KeptOffer.pricing_hash).where(
            KeptOffer.quote_id == quote_id, KeptOffer.revision == revision
        )
    row = (await reads.session.execute(columns)).first()
    if row is None or row[0] is None or row[1] is None:
        raise QuoteVersionNotFound(
            f"revision {revision or quote.revision} of quote {quote.number} has no record of its "
            "prices",
            field="revision",
        )
    record, kept_hash = row[0], row[1]
    priced = pricing.replayed(record)
    return Replay(
        revision=revision or quote.revision,
        kept_hash=kept_hash,
        hash=pricing.hash_of(priced.lines),
        net=str(priced.totals.net.amount),
        gross=str(priced.totals.gross.amount),
        usage=await prove_usage(reads, quote, revision, priced),
    )
