"""What sales orders say to the other services."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.base import MoneyV1
from contracts.erp.order import (
    OrderCancelledV1,
    OrderConfirmedV1,
    OrderedLineV1,
    OrderHeldV1,
    OrderInvoicedV1,
    OrderPlacedV1,
    OrderReasonV1,
    OrderRejectedV1,
    OrderReleasedV1,
    OrderShippedV1,
    ShippedLineV1,
)
from erp.sales_orders.queries import OrderDetail, Reasoned
from erp.sales_orders.rules import OrderStatus


def _base(order: OrderDetail, status: OrderStatus | None = None) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "order_number": order.number,
        "company_id": order.company_id,
        "customer_id": order.customer_id,
        "quote_id": order.quote_id,
        "status": (status or order.status).value,
    }


def _reasons(reasons: Iterable[Reasoned]) -> list[OrderReasonV1]:
    return [OrderReasonV1(code=reason.code, message=reason.message) for reason in reasons]


def order_placed(order: OrderDetail) -> OrderPlacedV1:
    """An order was opened."""
    return OrderPlacedV1(
        **_base(order, OrderStatus.PLACED),
        currency=order.currency,
        ordered_on=order.ordered_on,
        requested_on=order.requested_on,
        lines=[
            OrderedLineV1(
                line_id=line.id,
                item_id=line.item_id,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit=line.unit,
                net_unit_price=line.net_unit_price,
                net_amount=line.net_amount,
            )
            for line in order.lines
        ],
        net=MoneyV1(amount=order.net, currency=order.currency),
        tax=MoneyV1(amount=order.tax, currency=order.currency),
        gross=MoneyV1(amount=order.gross, currency=order.currency),
    )


def order_confirmed(order: OrderDetail) -> OrderConfirmedV1:
    """We will deliver."""
    return OrderConfirmedV1(**_base(order), promised_on=order.promised_on)


def order_held(order: OrderDetail) -> OrderHeldV1:
    """The order waits until somebody releases it."""
    return OrderHeldV1(**_base(order), reasons=_reasons(order.holds))


def order_rejected(order: OrderDetail) -> OrderRejectedV1:
    """The accepted quote could not become an order."""
    return OrderRejectedV1(**_base(order), reasons=_reasons(order.holds))


def order_released(order: OrderDetail, *, released_by: str, reason: str) -> OrderReleasedV1:
    """A held order goes on."""
    return OrderReleasedV1(**_base(order), released_by=released_by, reason=reason)


def order_shipped(
    order: OrderDetail,
    *,
    shipment_id: UUID,
    number: str,
    shipped_on: date,
    lines: Sequence[tuple[UUID, UUID, Decimal]],
    complete: bool,
) -> OrderShippedV1:
    """Goods left; `lines` are (line id, item id, quantity)."""
    return OrderShippedV1(
        **_base(order),
        shipment_id=shipment_id,
        shipment_number=number,
        shipped_on=shipped_on,
        lines=[
            ShippedLineV1(line_id=line_id, item_id=item_id, quantity=quantity)
            for line_id, item_id, quantity in lines
        ],
        complete=complete,
    )


def order_invoiced(
    order: OrderDetail, *, invoice_id: UUID, number: str, gross: Decimal, complete: bool
) -> OrderInvoicedV1:
    """An invoice was posted for the order."""
    return OrderInvoicedV1(
        **_base(order),
        invoice_id=invoice_id,
        invoice_number=number,
        gross=MoneyV1(amount=gross, currency=order.currency),
        complete=complete,
    )


def order_cancelled(order: OrderDetail, *, reason: str) -> OrderCancelledV1:
    """What was open will not be delivered."""
    return OrderCancelledV1(**_base(order), reason=reason)
