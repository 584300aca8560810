"""Sending an offer: a draft that nobody need approve, or what was approved."""

from datetime import date
from uuid import UUID

from cpq.approvals.queries import policy_now
from cpq.approvals.service import check_freshness
from cpq.quotes.models import Quote
from cpq.quotes.queries import lines_of, quote_view
from cpq.quotes.rules import (
    ApprovedOfferIsFixed,
    Status,
    check_draft,
    check_validity,
)
from cpq.quotes.service.answering import (
    check_account,
    load_pricing,
    mark_sent,
    say_sent,
    validity_of,
)
from cpq.quotes.service.approving import check_approved
from cpq.quotes.service.drafting import Written
from cpq.quotes.service.granting import take_promotions
from servicekit.uow import UnitOfWork


async def send_quote(uow: UnitOfWork, quote_id: UUID, *, valid_until: date | None) -> Written:
    """Freeze a draft, or send what was approved: it has its hash and no longer changes.

    Raises `QuoteNotFound`, `QuoteIsNotDraft`, `QuoteNeedsLines`, `ValidityIsOver`,
    `QuoteCurrencyDiffers`, `QuoteNeedsApproval`, `FactsAreStale`, `ApprovedOfferIsFixed`,
    `PromotionBudgetIsExhausted`.
    """
    quote = await uow.lock(Quote, quote_id)
    approved = quote.status == Status.APPROVED
    if not approved:
        check_draft(quote.status, quote.number)
    await check_account(uow, quote)
    lines = await lines_of(uow.session, quote_id)
    policy = await policy_now(uow.session)
    if approved:
        assert quote.valid_until is not None
        if valid_until not in (None, quote.valid_until):
            raise ApprovedOfferIsFixed(
                f"quote {quote.number} was approved with {quote.valid_until}", field="valid_until"
            )
        check_validity(quote.valid_until, uow.now.date())
        if policy.fact_limits:
            view = await quote_view(uow.session, quote, now=uow.now, lines=lines)
            check_freshness(view.flags)
        say_sent(uow, quote)
    else:
        if policy.version:
            # What is asked about is what will be sent, its last day too.
            quote.valid_until = validity_of(quote, valid_until, uow.now.date())
            view = await quote_view(uow.session, quote, now=uow.now, lines=lines)
            check_approved(policy, view, uow.now)
        await load_pricing(uow, quote)
        mark_sent(uow, quote, lines, sent_on=uow.now.date(), valid_until=valid_until)
        await take_promotions(uow, quote)
    await uow.flush()
    return Written(quote, lines)
