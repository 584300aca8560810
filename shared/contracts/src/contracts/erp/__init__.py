"""What the back office announces."""

from contracts.erp.adjustment import (
    AdjustmentEvent,
    AdjustmentPostedV1,
    AdjustmentReversedV1,
)
from contracts.erp.bill import BillEvent, BillPostedV1
from contracts.erp.cost import CostEvent, StandardCostChangedV1, StandardCostV1
from contracts.erp.credit import CreditEvent, CreditStatusChangedV1
from contracts.erp.credit_note import CreditedLineV1, CreditNoteEvent, CreditNoteIssuedV1
from contracts.erp.invoice import (
    InvoiceEvent,
    InvoiceIssuedV1,
    InvoiceOverdueV1,
    InvoicePaidV1,
    InvoicePartiallyPaidV1,
    InvoiceReopenedV1,
)
from contracts.erp.item import (
    ItemChangedV1,
    ItemDiscontinuedV1,
    ItemEvent,
    ItemReleasedV1,
    ItemStateV1,
)
from contracts.erp.order import (
    OrderCancelledV1,
    OrderConfirmedV1,
    OrderedLineV1,
    OrderEvent,
    OrderHeldV1,
    OrderInvoicedV1,
    OrderPlacedV1,
    OrderReasonV1,
    OrderRejectedV1,
    OrderReleasedV1,
    OrderShippedV1,
    ShippedLineV1,
)
from contracts.erp.payment import (
    PaymentAllocationV1,
    PaymentEvent,
    PaymentReceivedV1,
    PaymentReturnedV1,
)
from contracts.erp.price import ListPriceChangedV1, ListPriceV1, PriceEvent
from contracts.erp.stock import StockEvent, StockPromiseChangedV1, StockPromiseV1, WarehouseStockV1
from contracts.erp.supplier import SupplierEvent, SupplierPaidV1
from contracts.erp.tax import CompanyTaxChangedV1, TaxEvent, TaxRateV1

__all__ = [
    "AdjustmentEvent",
    "AdjustmentPostedV1",
    "AdjustmentReversedV1",
    "BillEvent",
    "BillPostedV1",
    "CompanyTaxChangedV1",
    "CostEvent",
    "CreditEvent",
    "CreditNoteEvent",
    "CreditNoteIssuedV1",
    "CreditStatusChangedV1",
    "CreditedLineV1",
    "InvoiceEvent",
    "InvoiceIssuedV1",
    "InvoiceOverdueV1",
    "InvoicePaidV1",
    "InvoicePartiallyPaidV1",
    "InvoiceReopenedV1",
    "ItemChangedV1",
    "ItemDiscontinuedV1",
    "ItemEvent",
    "ItemReleasedV1",
    "ItemStateV1",
    "ListPriceChangedV1",
    "ListPriceV1",
    "OrderCancelledV1",
    "OrderConfirmedV1",
    "OrderEvent",
    "OrderHeldV1",
    "OrderInvoicedV1",
    "OrderPlacedV1",
    "OrderReasonV1",
    "OrderRejectedV1",
    "OrderReleasedV1",
    "OrderShippedV1",
    "OrderedLineV1",
    "PaymentAllocationV1",
    "PaymentEvent",
    "PaymentReceivedV1",
    "PaymentReturnedV1",
    "PriceEvent",
    "ShippedLineV1",
    "StandardCostChangedV1",
    "StandardCostV1",
    "StockEvent",
    "StockPromiseChangedV1",
    "StockPromiseV1",
    "SupplierEvent",
    "SupplierPaidV1",
    "TaxEvent",
    "TaxRateV1",
    "WarehouseStockV1",
]
