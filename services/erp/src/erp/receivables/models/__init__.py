"""The tables of receivables. Triggers and functions stand in the migrations."""

from erp.receivables.models.adjustments import (
    Adjustment,
    AdjustmentTax,
    InstalmentDiscount,
    InvoiceDiscount,
    PaymentTermsRow,
    Policy,
)
from erp.receivables.models.credit_notes import CreditNote, CreditNoteLine, CreditNoteTax
from erp.receivables.models.documents import (
    Account,
    ExposureRow,
    Invoice,
    InvoiceLine,
    InvoiceOrder,
    InvoiceTax,
    Payment,
)
from erp.receivables.models.dunning import Dunning, DunningPolicy, Pause
from erp.receivables.models.items import Matching, OpenItemRow, ReceivableCarrying
from erp.receivables.models.releases import Release

__all__ = [
    "Account",
    "Adjustment",
    "AdjustmentTax",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "Dunning",
    "DunningPolicy",
    "ExposureRow",
    "InstalmentDiscount",
    "Invoice",
    "InvoiceDiscount",
    "InvoiceLine",
    "InvoiceOrder",
    "InvoiceTax",
    "Matching",
    "OpenItemRow",
    "Pause",
    "Payment",
    "PaymentTermsRow",
    "Policy",
    "ReceivableCarrying",
    "Release",
]
