"""What the HTTP door of receivables takes and gives."""

from erp.receivables.schemas.accounts import (
    AccountIn,
    AccountOut,
    AccountPatch,
    AgeingOut,
    ReceivablesProofsOut,
)
from erp.receivables.schemas.credit_notes import (
    CreditNoteDetailOut,
    CreditNoteIn,
    CreditNoteOut,
    InvoiceCreditIn,
)
from erp.receivables.schemas.documents import (
    AllocatePaymentIn,
    AllocationDetailOut,
    InvoiceDetailOut,
    InvoiceIn,
    InvoiceOut,
    OpenItemsOut,
    PaymentIn,
    PaymentOut,
    UndoingIn,
    wanted,
)

__all__ = [
    "AccountIn",
    "AccountOut",
    "AccountPatch",
    "AgeingOut",
    "AllocatePaymentIn",
    "AllocationDetailOut",
    "CreditNoteDetailOut",
    "CreditNoteIn",
    "CreditNoteOut",
    "InvoiceCreditIn",
    "InvoiceDetailOut",
    "InvoiceIn",
    "InvoiceOut",
    "OpenItemsOut",
    "PaymentIn",
    "PaymentOut",
    "ReceivablesProofsOut",
    "UndoingIn",
    "wanted",
]
