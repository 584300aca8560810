"""What the doors may ask of sales orders."""

from erp.sales_orders.service.backorders import fill_backorders
from erp.sales_orders.service.collecting import (
    CollectedOrder,
    Collecting,
    Collection,
    CollectiveInvoice,
    LeftOut,
    collect_invoices,
)
from erp.sales_orders.service.down_payments import (
    NewDownPayment,
    ask_down_payment,
    give_back_down_payment,
)
from erp.sales_orders.service.holds import cancel_order, release_order
from erp.sales_orders.service.horizon import end_order_releases, move_the_horizon
from erp.sales_orders.service.invoicing import IssuedInvoice, invoice_order, invoice_orders
from erp.sales_orders.service.milestones import ask_milestones, plan_milestones
from erp.sales_orders.service.placing import NewLine, NewOrder, place_order
from erp.sales_orders.service.quotes import open_order_of_quote
from erp.sales_orders.service.shipping import MadeShipment, NewShipment, ship_order, ship_orders

__all__ = [
    "CollectedOrder",
    "Collecting",
    "Collection",
    "CollectiveInvoice",
    "IssuedInvoice",
    "LeftOut",
    "MadeShipment",
    "NewDownPayment",
    "NewLine",
    "NewOrder",
    "NewShipment",
    "ask_down_payment",
    "ask_milestones",
    "cancel_order",
    "collect_invoices",
    "end_order_releases",
    "fill_backorders",
    "give_back_down_payment",
    "invoice_order",
    "invoice_orders",
    "move_the_horizon",
    "open_order_of_quote",
    "place_order",
    "plan_milestones",
    "release_order",
    "ship_order",
    "ship_orders",
]
