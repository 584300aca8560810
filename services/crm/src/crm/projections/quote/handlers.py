"""Remembers what CPQ says about quotes."""

from typing import Any

from contracts.cpq import (
    QuoteAcceptedV1,
    QuoteApprovedV1,
    QuoteCancelledV1,
    QuoteCreatedV1,
    QuoteDeclinedV1,
    QuoteExpiredV1,
    QuotePricedV1,
    QuoteRevisedV1,
    QuoteSentV1,
    QuoteSubmittedV1,
)
from contracts.cpq.quote import QuoteEvent
from crm.projections.quote.models import Quote
from crm.projections.remembering import remember
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[Quote])


@projections.on(
    QuoteCreatedV1,
    QuotePricedV1,
    QuoteSentV1,
    QuoteAcceptedV1,
    QuoteDeclinedV1,
    QuoteExpiredV1,
    QuoteRevisedV1,
    QuoteCancelledV1,
    QuoteSubmittedV1,
    QuoteApprovedV1,
)
async def remember_quote(event: QuoteEvent, uow: UnitOfWork) -> None:
    """Write what the event says; what it leaves out stays as it was."""
    facts: dict[str, Any] = {
        "quote_id": event.quote_id,
        "customer_id": event.customer_id,
        "opportunity_id": event.opportunity_id,
        "number": event.quote_number,
        "revision": event.revision,
        "currency": event.currency,
    }
    await remember(uow, Quote, "quote_id", facts | step(event))


def step(event: QuoteEvent) -> dict[str, Any]:
    """What this kind of event adds."""
    match event:
        case QuoteCreatedV1():
            return {"status": "draft"}
        case QuotePricedV1():
            return {
                "status": "priced",
                "net": event.net.amount,
                "gross_estimate": event.gross_estimate.amount,
                "line_count": event.line_count,
            }
        case QuoteSentV1():
            return {
                "status": "sent",
                "net": event.net.amount,
                "gross_estimate": event.gross_estimate.amount,
                "valid_until": event.valid_until,
            }
        case QuoteAcceptedV1():
            return {
                "status": "accepted",
                "net": event.net.amount,
                "gross_estimate": event.gross_estimate.amount,
                "line_count": len(event.lines),
                "accepted_on": event.accepted_on,
            }
        case QuoteDeclinedV1():
            return {"status": "declined", "reason": event.reason}
        case QuoteExpiredV1():
            return {"status": "expired"}
        case QuoteRevisedV1():
            return {"status": "draft"}
        case QuoteSubmittedV1():
            return {"status": "pending", "net": event.net.amount}
        case QuoteApprovedV1():
            return {"status": "approved", "net": event.net.amount}
        case QuoteCancelledV1():
            return {"status": "cancelled", "reason": event.reason}
    raise TypeError(f"nobody said what {type(event).__name__} does to a quote")
