"""The tax kernel: one arithmetic for quote, order and invoice, so that they agree to the cent.

It rounds at the points that docs/architecture/rounding.md names and nowhere else. It knows no
rates: who prices or invoices brings them.
"""

from servicekit.taxation.breakdown import Breakdown, BreakdownRow, TaxedPart, breakdown
from servicekit.taxation.documents import (
    CategoryTax,
    DocumentTotals,
    TaxableLine,
    categories_without_rate,
    document_totals,
    shown_bases,
)
from servicekit.taxation.inclusive import inclusive_totals, net_of
from servicekit.taxation.parts import TakenPart, part_totals
from servicekit.taxation.withholding import Withheld, withhold

__all__ = [
    "Breakdown",
    "BreakdownRow",
    "CategoryTax",
    "DocumentTotals",
    "TakenPart",
    "TaxableLine",
    "TaxedPart",
    "Withheld",
    "breakdown",
    "categories_without_rate",
    "document_totals",
    "inclusive_totals",
    "net_of",
    "part_totals",
    "shown_bases",
    "withhold",
]
