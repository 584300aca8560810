"""Finding the XML of a file that came from outside."""

from io import BytesIO

from facturx import get_xml_from_pdf

from erp.einvoices.rules import LARGEST_FILE, DocumentIsNotReadable


def xml_of(content: bytes) -> bytes:
    """The XML in a PDF (Factur-X, ZUGFeRD), or the file itself.

    Raises `DocumentIsNotReadable` for a PDF that cannot be opened, or has no invoice inside.
    """
    if not content.startswith(b"%PDF"):
        return content
    try:
        name, xml = get_xml_from_pdf(BytesIO(content), check_xsd=False)
    except Exception as error:
        raise DocumentIsNotReadable("The PDF cannot be opened.", field="content") from error
    if not name or not xml:
        raise DocumentIsNotReadable("The PDF has no invoice inside.", field="content")
    if len(xml) > LARGEST_FILE:
        raise DocumentIsNotReadable("The invoice in the PDF is too large.", field="content")
    return bytes(xml)
