"""E-invoices: the document of EN 16931, its two syntaxes, and how it comes from what is booked."""

from erp.einvoices.rules.cii import cii_of
from erp.einvoices.rules.composing import (
    AmountIsTooFineForEinvoice,
    Bank,
    Booked,
    BookedLine,
    BookedTax,
    EinvoiceIsIncomplete,
    check_amounts,
    company_identifier,
    compose,
)
from erp.einvoices.rules.details import (
    BuyerDetails,
    DetailsHaveChanged,
    NumberIsWrong,
    PartyDetails,
    SellerDetails,
)
from erp.einvoices.rules.document import (
    Address,
    Allowance,
    Difference,
    Document,
    Identifier,
    Line,
    Party,
    PaymentMeans,
    Preceding,
    Syntax,
    Totals,
    VatCategory,
    VatCode,
    VatSubtotal,
    differences,
)
from erp.einvoices.rules.findings import EinvoiceIsNotValid, Finding, Severity, is_fatal
from erp.einvoices.rules.markup import LARGEST_FILE, DocumentIsNotReadable, parsed
from erp.einvoices.rules.reading import read, syntax_of
from erp.einvoices.rules.spelled import Language, Spelled, language_for, spelled, wording
from erp.einvoices.rules.ubl import ubl_of


def written_as(document: Document, syntax: Syntax) -> bytes:
    """The document in a syntax."""
    return ubl_of(document) if syntax is Syntax.UBL else cii_of(document)


__all__ = [
    "LARGEST_FILE",
    "Address",
    "Allowance",
    "AmountIsTooFineForEinvoice",
    "Bank",
    "Booked",
    "BookedLine",
    "BookedTax",
    "BuyerDetails",
    "DetailsHaveChanged",
    "Difference",
    "Document",
    "DocumentIsNotReadable",
    "EinvoiceIsIncomplete",
    "EinvoiceIsNotValid",
    "Finding",
    "Identifier",
    "Language",
    "Line",
    "NumberIsWrong",
    "Party",
    "PartyDetails",
    "PaymentMeans",
    "Preceding",
    "SellerDetails",
    "Severity",
    "Spelled",
    "Syntax",
    "Totals",
    "VatCategory",
    "VatCode",
    "VatSubtotal",
    "check_amounts",
    "company_identifier",
    "compose",
    "differences",
    "is_fatal",
    "language_for",
    "parsed",
    "read",
    "spelled",
    "syntax_of",
    "wording",
    "written_as",
]
