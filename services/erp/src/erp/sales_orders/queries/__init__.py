"""Reading orders, their shipments, and the proofs that they hold."""

from erp.sales_orders.queries.collecting import delivered, orders_to_collect
from erp.sales_orders.queries.horizon import across_the_horizon, released_too_long
from erp.sales_orders.queries.orders import (
    OrderDetail,
    OrderLine,
    Reasoned,
    lock_order,
    lock_orders,
    lock_orders_of_lines,
    order,
    with_lines,
)
from erp.sales_orders.queries.proofs import broken_proofs, proofs
from erp.sales_orders.queries.shipments import (
    ShipmentDetail,
    ShippedQuantity,
    last_shipments,
    shipments,
)

__all__ = [
    "OrderDetail",
    "OrderLine",
    "Reasoned",
    "ShipmentDetail",
    "ShippedQuantity",
    "across_the_horizon",
    "broken_proofs",
    "delivered",
    "last_shipments",
    "lock_order",
    "lock_orders",
    "lock_orders_of_lines",
    "order",
    "orders_to_collect",
    "proofs",
    "released_too_long",
    "shipments",
    "with_lines",
]
