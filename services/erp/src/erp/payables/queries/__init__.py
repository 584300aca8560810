"""Reading suppliers, bills, payments, open items and ageing."""

from erp.payables.queries.ageing import PayablesAgeing, PayablesAgeingRow, ageing, proofs
from erp.payables.queries.candidates import OpenToPay, open_to_pay
from erp.payables.queries.carried import carried_items
from erp.payables.queries.documents import (
    BillDetail,
    PaymentDetail,
    SupplierAllocation,
    allocation,
    approval_limits,
    bank_details,
    bill,
    bill_of_file,
    items_of,
    paid_by,
    payment,
)
from erp.payables.queries.payees import Payee, payees

__all__ = [
    "BillDetail",
    "OpenToPay",
    "PayablesAgeing",
    "PayablesAgeingRow",
    "Payee",
    "PaymentDetail",
    "SupplierAllocation",
    "ageing",
    "allocation",
    "approval_limits",
    "bank_details",
    "bill",
    "bill_of_file",
    "carried_items",
    "items_of",
    "open_to_pay",
    "paid_by",
    "payees",
    "payment",
    "proofs",
]
