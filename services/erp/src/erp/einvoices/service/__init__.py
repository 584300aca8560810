"""Use cases of e-invoices."""

from erp.einvoices.rules import Document, read
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


def read_document(content: bytes) -> Document:
    """The invoice or credit note in a file of UBL 2.1 or CII, as it states itself.

    Raises `DocumentIsNotReadable`.
    """
    return read(content)


__all__ = [
    "Document",
    "DocumentIsTooLong",
    "Shown",
    "check",
    "credit_note_document",
    "einvoice",
    "factur_x",
    "invoice_document",
    "passed",
    "pdf",
    "read_document",
    "tell_buyer",
    "tell_seller",
]
