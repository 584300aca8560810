"""What clients send and receive about orders."""

from erp.sales_orders.schemas.collective import CollectionOut, CollectiveInvoicingIn
from erp.sales_orders.schemas.invoices import (
    DownPaymentCreditIn,
    DownPaymentCreditOut,
    DownPaymentIn,
    OrderInvoiceOut,
    OrderInvoicingIn,
    OrderProofOut,
    OrderProofsOut,
)
from erp.sales_orders.schemas.orders import (
    HoldOut,
    OrderIn,
    OrderInvoiceIn,
    OrderLineIn,
    OrderLineOut,
    OrderOut,
    OrderShipmentIn,
    ReasonIn,
    ShipmentIn,
    ShipmentLineIn,
    ShipmentOut,
    ShipmentsOut,
    ShippedQuantityOut,
    _NamesOrder,
)

__all__ = [
    "CollectionOut",
    "CollectiveInvoicingIn",
    "DownPaymentCreditIn",
    "DownPaymentCreditOut",
    "DownPaymentIn",
    "HoldOut",
    "OrderIn",
    "OrderInvoiceIn",
    "OrderInvoiceOut",
    "OrderInvoicingIn",
    "OrderLineIn",
    "OrderLineOut",
    "OrderOut",
    "OrderProofOut",
    "OrderProofsOut",
    "OrderShipmentIn",
    "ReasonIn",
    "ShipmentIn",
    "ShipmentLineIn",
    "ShipmentOut",
    "ShipmentsOut",
    "ShippedQuantityOut",
    "_NamesOrder",
]
