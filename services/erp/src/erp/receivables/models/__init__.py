"""The tables of receivables. Triggers and functions stand in the migrations."""

from erp.receivables.models.documents import (
    Account,
    ExposureRow,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Payment,
    TaxRate,
)
from erp.receivables.models.items import Matching, OpenItemRow

__all__ = [
    "Account",
    "ExposureRow",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "Matching",
    "OpenItemRow",
    "Payment",
    "TaxRate",
]
