"""Topic `erp.order`: what we promised to deliver, and how far that is."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from contracts.base import CurrencyCode, DecimalString, Event, Known, MoneyV1, WireModel

OrderStatus = Annotated[
    str,
    Known(
        "placed", "held", "confirmed", "rejected", "shipping", "shipped", "invoiced", "cancelled"
    ),
]


class OrderedLineV1(WireModel):
    """One line of a sales order."""

    line_id: UUID
    item_id: UUID
    sku: str
    name: str
    quantity: DecimalString
    unit: str
    net_unit_price: DecimalString
    """In the order's currency, without tax, not rounded."""
    net_amount: DecimalString
    """Quantity times net unit price, not rounded."""


class ShippedLineV1(WireModel):
    """How much of an order line left with a shipment."""

    line_id: UUID
    item_id: UUID
    quantity: DecimalString


class OrderReasonV1(WireModel):
    """Why an order was held or rejected."""

    code: str
    """Stable, for programs: `credit-limit-exceeded`."""
    message: str
    """For people."""


class OrderEvent(Event):
    """What all events of `erp.order` carry."""

    topic: ClassVar[str] = "erp.order"
    key_field: ClassVar[str] = "order_id"

    order_id: UUID
    order_number: str
    company_id: UUID
    customer_id: UUID
    quote_id: UUID | None = None
    """The accepted quote that the order came from."""
    status: OrderStatus
    """The order's status after this event."""


class OrderPlacedV1(OrderEvent):
    """An order was opened, from an accepted quote or directly."""

    currency: CurrencyCode
    ordered_on: date
    requested_on: date | None = None
    lines: list[OrderedLineV1]
    net: MoneyV1
    tax: MoneyV1
    gross: MoneyV1


class OrderConfirmedV1(OrderEvent):
    """Credit and stock allow it: we will deliver."""

    promised_on: date | None = None


class OrderHeldV1(OrderEvent):
    """The order waits until somebody releases it."""

    reasons: list[OrderReasonV1]


class OrderReleasedV1(OrderEvent):
    """Somebody with the right to do so let a held order go on."""

    released_by: str
    reason: str


class OrderShippedV1(OrderEvent):
    """Goods left the warehouse."""

    shipment_id: UUID
    shipment_number: str
    shipped_on: date
    lines: list[ShippedLineV1]
    complete: bool
    """Nothing is left to ship."""


class OrderInvoicedV1(OrderEvent):
    """An invoice was posted for the order."""

    invoice_id: UUID
    invoice_number: str
    gross: MoneyV1
    complete: bool
    """Nothing is left to invoice."""


class OrderCancelledV1(OrderEvent):
    """The order will not be delivered; its reservations are free again."""

    reason: str


class OrderRejectedV1(OrderEvent):
    """The accepted quote could not become an order."""

    reasons: list[OrderReasonV1]
