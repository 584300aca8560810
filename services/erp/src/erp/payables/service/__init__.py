"""Use cases of payables, and the types their callers build.

Order of locks, for everybody who books: the document, then its supplier, then document numbers,
then the ledger.
"""

from erp.ledger.service import AmountHasTooManyDecimals, AmountIsTooLarge, DimensionIsUnknown
from erp.payables.rules import (
    ApprovalExceedsLimit,
    ApproverEnteredIt,
    BankDetailsAreWrong,
    BillAccountIsWrong,
    BillDoesNotTie,
    BillIsEnteredAlready,
    BillItemIsUnknown,
    BillKind,
    BillLineInput,
    BillVatCode,
    ReferenceIsWrong,
    SelfAssessedRateIsMissing,
    StatedTax,
    StatedTaxIsOff,
    SupplierIsInactive,
    SupplierNotFound,
    SupplierNumberIsTaken,
    VatCodeDoesNotFit,
    VatNumberIsWrong,
    WithholdingDoesNotFit,
    check_four_eyes,
    check_limit,
    checked_bank_details,
    checked_vat_number,
)
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
from erp.payables.service.payments import PaymentInput, pay_by_run, pay_supplier
from erp.payables.service.returns import CameBack, return_payment
from erp.payables.service.suppliers import (
    add_supplier,
    change_supplier,
    decide_bank_details,
    enter_bank_details,
    remove_approval_limit,
    set_approval_limit,
)

ENTERING = (
    SupplierNotFound,
    SupplierIsInactive,
    BillIsEnteredAlready,
    BillDoesNotTie,
    StatedTaxIsOff,
    VatCodeDoesNotFit,
    SelfAssessedRateIsMissing,
    BillAccountIsWrong,
    BillItemIsUnknown,
    WithholdingDoesNotFit,
    ReferenceIsWrong,
    DimensionIsUnknown,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
)
"""What entering a bill may be refused for."""

__all__ = [
    "ENTERING",
    "ApprovalExceedsLimit",
    "ApproverEnteredIt",
    "BankDetailsAreWrong",
    "BillInput",
    "BillKind",
    "BillLineInput",
    "BillVatCode",
    "CameBack",
    "PaymentInput",
    "StatedTax",
    "SupplierNumberIsTaken",
    "VatNumberIsWrong",
    "add_supplier",
    "allocate",
    "approve_bill",
    "change_supplier",
    "check_four_eyes",
    "check_limit",
    "checked_bank_details",
    "checked_vat_number",
    "decide_bank_details",
    "dispute_bill",
    "enter_bank_details",
    "enter_bill",
    "lock_suppliers",
    "move_carrying",
    "open_amounts",
    "pay_by_run",
    "pay_supplier",
    "post_bill",
    "reject_bill",
    "remove_approval_limit",
    "return_payment",
    "set_approval_limit",
    "undo_allocation",
]
