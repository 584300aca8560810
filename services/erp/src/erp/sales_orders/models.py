"""Tables of sales orders: orders, lines, shipments. An invoice names its order by itself."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.sales_orders.rules import OrderNotFound, OrderReferenceIsTaken
from erp.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Amount, Identified, PostedAmount, Versioned, minor_units_check


class Order(Base, Identified, Versioned):
    """A sales order. Amounts are in `currency`; net is rounded once, over all lines.

    `exposure` is the part of gross that counts as open order on the customer's account, `prepaid`
    what down payments asked for and no invoice has settled: it counts as open item instead.
    `invoiced_net` what invoices have taken of net (None: invoiced in part before it was kept).
    `holds` are reasons of a held or rejected order: `[{"code", "message"}]`.
    """

    __tablename__ = "sales_orders_order"
    __table_args__ = (
        UniqueConstraint("tenant", "number"),
        UniqueConstraint("tenant", "quote_id"),
        UniqueConstraint("tenant", "external_reference"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        ForeignKeyConstraint(
            ["tenant", "warehouse_id"], ["inventory_warehouse.tenant", "inventory_warehouse.id"]
        ),
        CheckConstraint(
            "status IN ('placed', 'held', 'confirmed', 'rejected', 'shipping', 'shipped',"
            " 'invoiced', 'cancelled')",
            name="status",
        ),
        CheckConstraint("net + tax = gross", name="gross"),
        CheckConstraint("exposure >= 0 AND exposure <= gross", name="exposure"),
        CheckConstraint(
            f"prepaid >= 0 AND prepaid <= gross AND {minor_units_check('prepaid', 'currency')}",
            name="prepaid",
        ),
        CheckConstraint(
            "status <> 'invoiced' OR cancel_reason IS NOT NULL OR invoiced_net IS NULL"
            " OR invoiced_net = net",
            name="invoiced_net",
        ),
        CheckConstraint(
            f"{minor_units_check('net', 'currency')} AND {minor_units_check('tax', 'currency')}"
            f" AND {minor_units_check('exposure', 'currency')}",
            name="minor_units",
        ),
        CheckConstraint(
            "delivered >= 0 AND delivered <= exposure"
            f" AND {minor_units_check('delivered', 'currency')}",
            name="delivered",
        ),
        CheckConstraint(
            f"released_amount IS NULL OR released_amount >= 0"
            f" AND {minor_units_check('released_amount', 'currency')}",
            name="released_amount",
        ),
        Index("ix_sales_orders_order_created_at", "tenant", "created_at", "id"),
        Index("ix_sales_orders_order_customer", "tenant", "customer_id", "created_at", "id"),
        Index("ix_sales_orders_order_status", "tenant", "status", "created_at", "id"),
        Index(
            "ix_sales_orders_order_horizon",
            "tenant",
            "company_id",
            "in_horizon",
            text("coalesce(requested_on, ordered_on)"),
            postgresql_where=text("exposure > 0"),
        ),
        Index(
            "ix_sales_orders_order_released_until",
            "tenant",
            "released_until",
            postgresql_where=text("status = 'confirmed' AND released_until IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )
    __missing__ = OrderNotFound
    __refusals__: ClassVar[dict[str, Callable[[], Refusal]]] = {
        "uq_sales_orders_order_tenant_external_reference": lambda: OrderReferenceIsTaken(
            "Another order has it.", field="external_reference"
        ),
    }

    number: Mapped[str]
    company_id: Mapped[UUID]
    warehouse_id: Mapped[UUID | None]
    customer_id: Mapped[UUID]
    account_id: Mapped[UUID]
    quote_id: Mapped[UUID | None]
    quote_number: Mapped[str | None]
    opportunity_id: Mapped[UUID | None]
    currency: Mapped[str]
    ordered_on: Mapped[date]
    requested_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    status: Mapped[str]
    holds: Mapped[list[Any]]
    net: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    gross: Mapped[PostedAmount]
    exposure: Mapped[PostedAmount]
    # What of the exposure has left; beyond the horizon of its company only that counts.
    delivered: Mapped[PostedAmount] = mapped_column(server_default="0")
    in_horizon: Mapped[bool] = mapped_column(server_default="true")
    invoiced_net: Mapped[PostedAmount | None]
    prepaid: Mapped[PostedAmount] = mapped_column(server_default="0")
    customer_reference: Mapped[str | None]
    external_reference: Mapped[str | None]
    placed_by: Mapped[str]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None]
    # What the order counted as exposure when it was released, and the last day of the release.
    released_amount: Mapped[PostedAmount | None]
    released_until: Mapped[date | None]
    cancel_reason: Mapped[str | None]


class Line(Base, Identified):
    """A line of an order, and how far it is. Quantities are in the item's unit.

    `list_unit_price` is the list price of the order's day, None where there was none (and on lines
    that are older than the column); `price_reason` says why the line has another one.
    """

    __tablename__ = "sales_orders_line"
    __table_args__ = (
        UniqueConstraint("tenant", "order_id", "position"),
        ForeignKeyConstraint(
            ["tenant", "order_id"], ["sales_orders_order.tenant", "sales_orders_order.id"]
        ),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint(
            "shipped >= 0 AND cancelled >= 0 AND shipped + cancelled <= quantity"
            " AND invoiced >= 0 AND invoiced <= shipped",
            name="progress",
        ),
        CheckConstraint(
            " AND ".join(
                f"{column} = round({column}, quantity_places)"
                for column in ("quantity", "shipped", "invoiced", "cancelled")
            ),
            name="quantity_places",
        ),
        CheckConstraint(
            "price_reason IS NOT NULL OR list_unit_price IS NULL"
            " OR net_unit_price = list_unit_price",
            name="price_reason",
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    order_id: Mapped[UUID]
    position: Mapped[int]
    # Not a foreign key: a rejected order may name an item that never existed.
    item_id: Mapped[UUID]
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    stocked: Mapped[bool]
    quantity: Mapped[Amount]
    net_unit_price: Mapped[Amount]
    net_amount: Mapped[Amount]
    tax_category: Mapped[str]
    list_unit_price: Mapped[Amount | None]
    price_reason: Mapped[str | None]
    # Those of the item; ten for lines that are older, or of a rejected quote: kept as signed.
    quantity_places: Mapped[int] = mapped_column(SmallInteger)
    shipped: Mapped[Amount]
    invoiced: Mapped[Amount]
    cancelled: Mapped[Amount]
    invoiced_amount: Mapped[Amount]


class Shipment(Base, Identified):
    """Goods that left for an order on a day."""

    __tablename__ = "sales_orders_shipment"
    __table_args__ = (
        UniqueConstraint("tenant", "number"),
        ForeignKeyConstraint(
            ["tenant", "order_id"], ["sales_orders_order.tenant", "sales_orders_order.id"]
        ),
        Index("ix_sales_orders_shipment_order", "tenant", "order_id"),
    )

    number: Mapped[str]
    order_id: Mapped[UUID]
    shipped_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ShipmentLine(Base, Identified):
    """How much of an order line left with a shipment."""

    __tablename__ = "sales_orders_shipment_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "shipment_id"],
            ["sales_orders_shipment.tenant", "sales_orders_shipment.id"],
        ),
        ForeignKeyConstraint(
            ["tenant", "line_id"], ["sales_orders_line.tenant", "sales_orders_line.id"]
        ),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_sales_orders_shipment_line_shipment", "tenant", "shipment_id"),
    )

    shipment_id: Mapped[UUID]
    line_id: Mapped[UUID]
    quantity: Mapped[Amount]
