"""The tables of payables. Triggers and functions stand in the migrations."""

from erp.payables.models.bills import Bill, BillLine, BillTax, SupplierPayment
from erp.payables.models.items import PayableCarrying, PayableItem, PayableMatching
from erp.payables.models.returns import PaymentReturn
from erp.payables.models.suppliers import ApprovalLimit, BankDetails, Supplier

__all__ = [
    "ApprovalLimit",
    "BankDetails",
    "Bill",
    "BillLine",
    "BillTax",
    "PayableCarrying",
    "PayableItem",
    "PayableMatching",
    "PaymentReturn",
    "Supplier",
    "SupplierPayment",
]
