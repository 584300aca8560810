"""Hears what became of an acceptance: the ERP's order."""

from typing import Any

from contracts.erp import (
    OrderCancelledV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderInvoicedV1,
    OrderPlacedV1,
    OrderRejectedV1,
    OrderReleasedV1,
    OrderShippedV1,
)
from contracts.erp.order import OrderEvent
from cpq.quotes import service
from cpq.quotes.models import QuoteOrder
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

subscriptions = Subscriptions("cpq.orders", rebuild=[QuoteOrder])


@subscriptions.on(
    OrderPlacedV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderReleasedV1,
    OrderShippedV1,
    OrderInvoicedV1,
    OrderCancelledV1,
    OrderRejectedV1,
)
async def show_order(event: OrderEvent, uow: UnitOfWork) -> None:
    """Show on the quote how far its order is; orders without a quote are not ours."""
    if event.quote_id is None:
        return
    received = uow.cause
    assert received is not None
    await service.remember_order(
        uow,
        service.OrderNews(
            quote_id=event.quote_id,
            order_id=event.order_id,
            order_number=event.order_number,
            status=event.status,
            event_id=received.event_id,
            event_type=received.event_type,
            sequence=received.sequence,
            as_of=received.occurred_at,
            changes=_changes(event),
        ),
    )


def _changes(event: OrderEvent) -> dict[str, Any]:
    match event:
        case OrderHeldV1() | OrderRejectedV1():
            return {"reasons": [reason.model_dump(mode="json") for reason in event.reasons]}
        case OrderCancelledV1():
            return {"reasons": [{"code": "cancelled", "message": event.reason}]}
        case OrderConfirmedV1():
            return {"reasons": [], "promised_on": event.promised_on}
        case OrderReleasedV1():
            return {"reasons": []}
        case OrderShippedV1():
            return {"shipped_on": event.shipped_on}
        case OrderInvoicedV1():
            return {"invoice_number": event.invoice_number}
        case _:
            return {}
