"""Use cases of e-invoices."""

from erp.einvoices.rules import (
    Document,
    DocumentIsNotReadable,
    differences,
    read,
)
from erp.einvoices.service.details import tell_buyer, tell_seller
from erp.einvoices.service.documents import Shown, credit_note_document, invoice_document
from erp.einvoices.service.leaving import (
    DocumentIsTooLong,
    check,
    einvoice,
    factur_x,
    passed,
    pdf,
)
from erp.einvoices.service.opening import xml_of
from servicekit.workshop import TooMuchWork


def read_document(content: bytes) -> Document:
    """The invoice or credit note in a file of UBL 2.1 or CII, as it states itself.

    Raises `DocumentIsNotReadable`.
    """
    return read(content)


__all__ = [
    "Document",
    "DocumentIsNotReadable",
    "DocumentIsTooLong",
    "Shown",
    "TooMuchWork",
    "check",
    "credit_note_document",
    "differences",
    "einvoice",
    "factur_x",
    "invoice_document",
    "passed",
    "pdf",
    "read_document",
    "tell_buyer",
    "tell_seller",
    "xml_of",
]
