"""Reading suppliers, bills, payments, open items and ageing."""

from erp.payables.queries.ageing import PayablesAgeing, PayablesAgeingRow, ageing, proofs
from erp.payables.queries.carried import carried_items
from erp.payables.queries.documents import (
    BillDetail,
    PaymentDetail,
    SupplierAllocation,
    allocation,
    approval_limits,
    bank_details,
    bill,
    items_of,
    payment,
)

__all__ = [
    "BillDetail",
    "PayablesAgeing",
    "PayablesAgeingRow",
    "PaymentDetail",
    "SupplierAllocation",
    "ageing",
    "allocation",
    "approval_limits",
    "bank_details",
    "bill",
    "carried_items",
    "items_of",
    "payment",
    "proofs",
]
