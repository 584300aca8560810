"""The tax kernel: one arithmetic for quote, order and invoice, so that they agree to the cent.

It rounds at the points that docs/architecture/rounding.md names and nowhere else. It knows no
rates: who prices or invoices brings them.
"""

from servicekit.taxation.documents import (
    CategoryTax,
    DocumentTotals,
    TaxableLine,
    categories_without_rate,
    document_totals,
    shown_bases,
)
from servicekit.taxation.parts import TakenPart, part_totals

__all__ = [
    "CategoryTax",
    "DocumentTotals",
    "TakenPart",
    "TaxableLine",
    "categories_without_rate",
    "document_totals",
    "part_totals",
    "shown_bases",
]
