"""Putting a quote up for approval, and what becomes of it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from cpq.approvals import service as approvals
from cpq.approvals.queries import place_of_step, policy_now
from cpq.approvals.service import (
    Deal,
    Policy,
    RequestStatus,
    check_freshness,
    matches,
    worsened,
)
from cpq.quotes import events
from cpq.quotes.models import Quote, QuoteLine
from cpq.quotes.queries import QuoteView, lines_of, quote_view
from cpq.quotes.rules import (
    QuoteNeedsApproval,
    SelectionNeedsApproval,
    Status,
    check_draft,
    check_pending,
)
from cpq.quotes.service.answering import check_account, freeze, load_pricing, validity_of
from cpq.quotes.service.dealing import deal_of, worth_of
from cpq.quotes.service.drafting import Written
from cpq.quotes.service.granting import give_promotions_back, take_promotions
from servicekit.uow import UnitOfWork


async def submit_quote(
    uow: UnitOfWork,
    quote_id: UUID,
    *,
    valid_until: date | None,
    comment: str | None,
    expected: int,
) -> Written:
    """Freeze a draft and ask whoever must approve it; nobody need be asked: it is approved.

    Raises `QuoteNotFound`, `Stale`, `QuoteIsNotDraft`, `QuoteNeedsLines`, `ValidityIsOver`,
    `QuoteCurrencyDiffers`, `FactsAreStale`, `PromotionBudgetIsExhausted`.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_draft(quote.status, quote.number)
    await check_account(uow, quote)
    lines = await lines_of(uow.session, quote_id)
    await load_pricing(uow, quote)
    today = uow.now.date()
    freeze(uow, quote, lines, valid_until=validity_of(quote, valid_until, today), day=today)
    await take_promotions(uow, quote)
    view = await quote_view(uow.session, quote, now=uow.now, lines=lines)
    policy = await policy_now(uow.session)
    check_freshness(view.flags)
    quote.status = Status.PENDING.value
    uow.publish(events.submitted(quote))
    assert quote.content_hash is not None
    deal = deal_of(view, uow.now)
    status = await approvals.request_approval(
        uow,
        approvals.Subject(
            quote_id=quote.id,
            number=quote.number,
            revision=quote.revision,
            content_hash=quote.content_hash,
            net=worth_of(deal),
            currency=quote.currency,
            made_by=quote.created_by,
            changed_by=quote.changed_by,
        ),
        deal,
        policy,
        comment=comment,
    )
    await _follow(uow, quote, status)
    await uow.flush()
    return Written(quote, lines)


async def decide_on_quote(
    uow: UnitOfWork,
    step_id: UUID,
    *,
    approves: bool,
    content_hash: str,
    comment: str | None,
) -> Written:
    """Decide on a step of a quote's approval; what is rejected is a draft again.

    Raises what `approvals.decide` raises.
    """
    quote_id, _ = await place_of_step(uow.session, step_id)
    # The quote first, as everything that changes it does: two who wait for each other never end.
    quote = await uow.lock(Quote, quote_id)
    _, status = await approvals.decide(
        uow, step_id, approves=approves, content_hash=content_hash, comment=comment
    )
    if quote.status == Status.PENDING:
        await _follow(uow, quote, status)
    await uow.flush()
    return Written(quote)


async def withdraw_quote(
    uow: UnitOfWork, quote_id: UUID, *, comment: str | None, expected: int
) -> Written:
    """Take a quote back from its approvers: it is a draft again, as its next revision.

    Raises `QuoteNotFound`, `Stale`, `QuoteIsNotPending`.
    """
    quote = await uow.lock(Quote, quote_id, expected)
    check_pending(quote.status, quote.number)
    await approvals.withdraw_request(uow, quote_id, comment=comment)
    await back_to_draft(uow, quote)
    await uow.flush()
    return Written(quote)


async def back_to_draft(uow: UnitOfWork, quote: Quote) -> None:
    """Make a locked quote a draft again: its next revision, and no hash to sign."""
    await give_promotions_back(uow, [quote])
    if quote.sent_at or (quote.valid_until and quote.valid_until < uow.now.date()):
        # What was sent had its time; the next offer holds as long as a new one.
        quote.valid_until = None
    quote.status = Status.DRAFT.value
    quote.revision += 1
    quote.content_hash = quote.sent_at = None
    quote.declined_at = quote.decline_reason = quote.expired_on = None
    uow.publish(events.revised(quote))


def check_approved(policy: Policy, view: QuoteView, now: datetime) -> None:
    """See that a draft may be sent without asking anybody.

    Raises `QuoteNeedsApproval`, `FactsAreStale`.
    """
    check_freshness(view.flags)
    found = matches(policy, deal_of(view, now))
    if found:
        raise QuoteNeedsApproval(
            f"quote {view.quote.number}: {'; '.join(each.rule.name for each in found)}",
            rules=[each.rule.key for each in found],
        )


async def deal_as_it_is(
    uow: UnitOfWork, quote: Quote, policy: Policy, lines: Sequence[QuoteLine]
) -> Deal | None:
    """The quote as the policy sees it; None: nobody has said anything, so nothing is asked."""
    if not policy.version:
        return None
    return deal_of(await quote_view(uow.session, quote, now=uow.now, lines=lines), uow.now)


def check_picked(policy: Policy, before: Deal | None, after: Deal | None) -> None:
    """See that a selection makes nothing worse than what was approved or needed no approval.

    Offers are looked at in their worst selection, at the prices of their lines; where picking
    changes those prices, a selection can be worse still. Raises `SelectionNeedsApproval`.
    """
    if before is None or after is None:
        return
    found = worsened(policy, before, after)
    if found:
        raise SelectionNeedsApproval("; ".join(each.rule.name for each in found), field="selected")


async def _follow(uow: UnitOfWork, quote: Quote, status: RequestStatus) -> None:
    if status is RequestStatus.APPROVED:
        quote.status = Status.APPROVED.value
        uow.publish(events.approved(quote))
    elif status is RequestStatus.REJECTED:
        await back_to_draft(uow, quote)
