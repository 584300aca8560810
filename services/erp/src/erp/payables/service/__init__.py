"""Use cases of payables, and the types their callers build.

Order of locks, for everybody who books: the document, then its supplier, then document numbers,
then the ledger.
"""

from erp.payables.rules import BillKind, BillLineInput, StatedTax
from erp.payables.service.bills import (
    BillInput,
    approve_bill,
    dispute_bill,
    enter_bill,
    post_bill,
    reject_bill,
)
from erp.payables.service.differences import lock_suppliers, move_carrying, open_amounts
from erp.payables.service.items import allocate, undo_allocation
from erp.payables.service.payments import PaymentInput, pay_supplier
from erp.payables.service.suppliers import (
    add_supplier,
    change_supplier,
    decide_bank_details,
    enter_bank_details,
    remove_approval_limit,
    set_approval_limit,
)

__all__ = [
    "BillInput",
    "BillKind",
    "BillLineInput",
    "PaymentInput",
    "StatedTax",
    "add_supplier",
    "allocate",
    "approve_bill",
    "change_supplier",
    "decide_bank_details",
    "dispute_bill",
    "enter_bank_details",
    "enter_bill",
    "lock_suppliers",
    "move_carrying",
    "open_amounts",
    "pay_supplier",
    "post_bill",
    "reject_bill",
    "remove_approval_limit",
    "set_approval_limit",
    "undo_allocation",
]
