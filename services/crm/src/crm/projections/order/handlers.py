"""Remembers what the ERP says about sales orders."""

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
from crm.projections.order.models import Order
from crm.projections.remembering import remember
from servicekit.messaging import Subscriptions
from servicekit.uow import UnitOfWork

projections = Subscriptions("crm.projections", rebuild=[Order])


@projections.on(
    OrderPlacedV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderReleasedV1,
    OrderShippedV1,
    OrderInvoicedV1,
    OrderCancelledV1,
    OrderRejectedV1,
)
async def remember_order(event: OrderEvent, uow: UnitOfWork) -> None:
    """Write what the event says; what it leaves out stays as it was."""
    facts: dict[str, Any] = {
        "order_id": event.order_id,
        "customer_id": event.customer_id,
        "company_id": event.company_id,
        "quote_id": event.quote_id,
        "number": event.order_number,
        "status": event.status,
    }
    facts |= step(event)
    once: dict[str, Any] = {} if "reasons" in facts else {"reasons": []}
    await remember(uow, Order, "order_id", facts, once=once)


def step(event: OrderEvent) -> dict[str, Any]:
    """What this kind of event adds."""
    match event:
        case OrderPlacedV1():
            return {
                "currency": event.currency,
                "net": event.net.amount,
                "gross": event.gross.amount,
                "ordered_on": event.ordered_on,
                "requested_on": event.requested_on,
            }
        case OrderConfirmedV1():
            return {"promised_on": event.promised_on, "reasons": []}
        case OrderHeldV1() | OrderRejectedV1():
            return {"reasons": [reason.model_dump() for reason in event.reasons]}
        case OrderReleasedV1():
            return {"reasons": []}
        case OrderShippedV1():
            return {"shipped_on": event.shipped_on}
        case OrderInvoicedV1():
            return {}
        case OrderCancelledV1():
            return {"reasons": [{"code": "cancelled", "message": event.reason}]}
    raise TypeError(f"nobody said what {type(event).__name__} does to an order")
