"""The tables of receivables. Triggers and functions stand in the migrations."""

from erp.receivables.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteTax
from erp.receivables.models.documents import (
    Account,
    ExposureRow,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Payment,
)
from erp.receivables.models.items import Matching, OpenItemRow

__all__ = [
    "Account",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "ExposureRow",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "Matching",
    "OpenItemRow",
    "Payment",
]
