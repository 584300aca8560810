"""What clients send and receive about orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.sales_orders.queries import OrderDetail, OrderLine, ShipmentDetail
from erp.sales_orders.service import (
    NewLine,
    NewOrder,
    NewShipment,
)
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CurrencyCode,
    DayIn,
    In,
    Out,
    QuantityIn,
    QuantityOut,
    Reason,
    Reference,
    UnitCode,
)


class OrderLineIn(In):
    """A line to be ordered."""

    item_id: UUID | None = None
    sku: Code | None = None
    quantity: QuantityIn
    unit: UnitCode | None = None
    """Only to be sure: must be the item's unit."""
    net_unit_price: AmountIn | None = None
    """Without tax, unrounded. Left out: the list price of the order's day."""
    price_reason: Reason | None = None
    """Why net_unit_price is not the list price; required when it is not."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.item_id is None) == (self.sku is None):
            raise ValueError("name the item by item_id or by sku, and not by both")
        if self.price_reason is not None and self.net_unit_price is None:
            raise ValueError("price_reason goes with net_unit_price")
        return self


class OrderIn(In):
    """An order to be placed."""

    customer_id: UUID
    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=500)]
    company_id: UUID | None = None
    """Left out: the tenant's default company."""
    warehouse_id: UUID | None = None
    """Left out: the company's MAIN warehouse."""
    currency: CurrencyCode | None = None
    """Only to be sure: must be the currency of the customer's account."""
    ordered_on: DayIn | None = None
    """Left out: today (UTC)."""
    requested_on: DayIn | None = None
    """The day on which the customer wants the goods."""
    customer_reference: Reference | None = None
    external_reference: Reference | None = None

    def new(self) -> NewOrder:
        """The command."""
        lines = [NewLine(**dict(line)) for line in self.lines]
        return NewOrder(**dict(self) | {"lines": lines})


class OrderLineOut(Out):
    """A line of an order and how far it is; quantities in `unit`, amounts unrounded."""

    id: UUID
    position: int
    item_id: UUID
    sku: str
    name: str
    unit: str
    stocked: bool
    quantity: QuantityOut
    net_unit_price: AmountOut
    net_amount: AmountOut
    list_unit_price: AmountOut | None
    """Of the order's day; null: there was none."""
    price_reason: str | None
    """Why the price is not the list price."""
    tax_category: str
    reserved: QuantityOut
    backordered: QuantityOut
    """Wanted and not reserved."""
    shipped: QuantityOut
    invoiced: QuantityOut
    cancelled: QuantityOut
    open: QuantityOut
    """Neither shipped nor cancelled."""
    to_invoice: QuantityOut
    """Shipped and not invoiced."""
    invoiced_amount: AmountOut
    """What of `net_amount` invoices have taken, unrounded."""
    credited: QuantityOut
    """What of the invoiced quantity credit notes took back."""
    credited_amount: AmountOut
    """What credit notes took back of `invoiced_amount`, lowered prices included; unrounded."""

    @classmethod
    def of(cls, line: OrderLine) -> Self:
        """Render a line."""
        short = line.progress.open - line.reserved if line.stocked else Decimal(0)
        return cls(
            id=line.id,
            position=line.position,
            item_id=line.item_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit,
            stocked=line.stocked,
            quantity=line.quantity,
            net_unit_price=line.net_unit_price,
            net_amount=line.net_amount,
            list_unit_price=line.list_unit_price,
            price_reason=line.price_reason,
            tax_category=line.tax_category,
            reserved=line.reserved,
            backordered=short,
            shipped=line.shipped,
            invoiced=line.invoiced,
            cancelled=line.cancelled,
            open=line.progress.open,
            to_invoice=line.shipped - line.invoiced,
            invoiced_amount=line.invoiced_amount,
            credited=line.credited,
            credited_amount=line.credited_amount,
        )


class HoldOut(Out):
    """Why the order is held or was rejected."""

    code: str
    """Why, as a code that never changes, such as `credit-limit-exceeded`."""
    message: str


class OrderOut(Out):
    """An order; amounts in `currency`, rounded once for the whole order."""

    id: UUID
    number: str
    status: str
    """placed, held, confirmed, rejected, shipping, shipped, invoiced or cancelled."""
    company_id: UUID
    warehouse_id: UUID | None
    customer_id: UUID
    account_id: UUID
    quote_id: UUID | None
    quote_number: str | None
    currency: str
    ordered_on: date
    requested_on: date | None
    promised_on: date | None
    holds: list[HoldOut]
    """Why it is held or was rejected; empty when it is not."""
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    exposure: AmountOut
    """The part of gross that is neither invoiced nor asked for in advance."""
    delivered: AmountOut
    """What of the exposure has left and is not invoiced."""
    in_horizon: bool
    """Whether all of its exposure counts as credit; else it is due too late, and what left does."""
    invoiced_net: AmountOut | None
    """What invoices have taken of net; null for orders that are older than this figure."""
    prepaid: AmountOut
    """What down payments asked for (tax included) and no invoice has settled."""
    customer_reference: str | None
    external_reference: str | None
    placed_by: str
    released_by: str | None
    released_at: datetime | None
    release_reason: str | None
    released_amount: AmountOut | None
    """What it counted as exposure when it was released; null: it was not, or before it was kept."""
    released_until: date | None
    """The last day of the release, after which it is held unless it has left; null: no end."""
    cancel_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    lines: list[OrderLineOut]

    @classmethod
    def of(cls, order: OrderDetail) -> Self:
        """Render an order with its lines."""
        return cls(
            id=order.id,
            number=order.number,
            status=order.status.value,
            company_id=order.company_id,
            warehouse_id=order.warehouse_id,
            customer_id=order.customer_id,
            account_id=order.account_id,
            quote_id=order.quote_id,
            quote_number=order.quote_number,
            currency=order.currency,
            ordered_on=order.ordered_on,
            requested_on=order.requested_on,
            promised_on=order.promised_on,
            holds=[HoldOut(code=hold.code, message=hold.message) for hold in order.holds],
            net=order.net,
            tax=order.tax,
            gross=order.gross,
            exposure=order.exposure,
            delivered=order.delivered,
            in_horizon=order.in_horizon,
            invoiced_net=order.invoiced_net,
            prepaid=order.prepaid,
            customer_reference=order.customer_reference,
            external_reference=order.external_reference,
            placed_by=order.placed_by,
            released_by=order.released_by,
            released_at=order.released_at,
            release_reason=order.release_reason,
            released_amount=order.released_amount,
            released_until=order.released_until,
            cancel_reason=order.cancel_reason,
            version=order.version,
            created_at=order.created_at,
            updated_at=order.updated_at,
            lines=[OrderLineOut.of(line) for line in order.lines],
        )


class ReasonIn(In):
    """Why somebody does it, for the audit trail."""

    reason: Reason


class OrderReleaseIn(ReasonIn):
    """Why an order is released, and until when."""

    until: date | None = None
    """The last day (UTC) of the release: who has not begun to leave by then is held again. Left
    out: it does not end."""


class ShipmentLineIn(In):
    """How much of an order line leaves."""

    line_id: UUID
    quantity: QuantityIn


class ShipmentIn(In):
    """A shipment to be made."""

    shipped_on: DayIn | None = None
    """Left out: today (UTC)."""
    lines: Annotated[list[ShipmentLineIn], Field(min_length=1, max_length=500)] | None = None
    """Left out: all that is reserved."""

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        lines = [line.line_id for line in self.lines or []]
        if len(set(lines)) != len(lines):
            raise ValueError("name each line once")
        return self

    def new(self, order_id: UUID) -> NewShipment:
        """The command."""
        wanted = None if self.lines is None else {ln.line_id: ln.quantity for ln in self.lines}
        return NewShipment(order_id=order_id, shipped_on=self.shipped_on, lines=wanted)


class _NamesOrder(In):
    order_id: UUID | None = None
    external_reference: Reference | None = None
    """The order's external reference, which it has from its quote."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.order_id is None) == (self.external_reference is None):
            raise ValueError("name the order by order_id or by external_reference, not by both")
        return self


class OrderShipmentIn(_NamesOrder):
    """An order that left in full on a day."""

    shipped_on: DayIn | None = None

    def new(self) -> NewShipment:
        """The command."""
        return NewShipment(self.order_id, self.external_reference, self.shipped_on)


class OrderInvoiceIn(_NamesOrder):
    """An order to be invoiced as of a day."""

    issued_on: DayIn | None = None


class ShippedQuantityOut(Out):
    """How much of an order line left."""

    line_id: UUID
    item_id: UUID
    sku: str
    quantity: QuantityOut
    unit: str


class ShipmentOut(Out):
    """A shipment."""

    id: UUID
    number: str
    order_id: UUID
    shipped_on: date
    recorded_at: datetime
    recorded_by: str
    lines: list[ShippedQuantityOut]
    order_status: str | None = None
    """Where the order stands now; only in the answer to a shipment just made."""

    @classmethod
    def of(cls, shipment: ShipmentDetail, order: OrderDetail | None = None) -> Self:
        """Render a shipment."""
        return cls(
            id=shipment.id,
            number=shipment.number,
            order_id=shipment.order_id,
            shipped_on=shipment.shipped_on,
            recorded_at=shipment.recorded_at,
            recorded_by=shipment.recorded_by,
            lines=[ShippedQuantityOut.model_validate(line) for line in shipment.lines],
            order_status=order.status.value if order else None,
        )


class ShipmentsOut(Out):
    """An order's shipments, oldest first."""

    items: list[ShipmentOut]
