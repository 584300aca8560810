"""Invoices as PDF, and as Factur-X: the same page with the CII inside, as PDF/A-3."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path

import facturx

from erp.einvoices.rules import Document, Language, spelled
from servicekit.printing.typesetting import typeset

TEMPLATE = Path(__file__).with_name("invoice.typ")


def printed(document: Document, language: Language, *, archival: bool = False) -> bytes:
    """The PDF, dated on the day of issue.

    It is tagged to be read aloud (PDF/UA-1); `archival` makes it PDF/A-3b instead.
    """
    inputs = {"document": json.dumps(asdict(spelled(document, language)), ensure_ascii=False)}
    made = datetime.combine(document.issued_on, time(), UTC)
    return typeset(
        TEMPLATE.read_bytes(),
        inputs,
        made_at=int(made.timestamp()),
        standard="a-3b" if archival else "ua-1",
    )


def factur_x_of(document: Document, cii: bytes, language: Language) -> bytes:
    """The page in PDF/A-3b with `factur-x.xml` inside: CII that has been validated before."""
    made: bytes = facturx.generate_from_binary(
        printed(document, language, archival=True),
        cii,
        flavor="factur-x",
        level="en16931",
        # Its own checks are not ours: the official rules have been run before, by Saxon.
        check_xsd=False,
        check_schematron=False,
        lang=language.value,
        pdf_metadata={
            "author": document.seller.name,
            "keywords": "Factur-X",
            "title": document.number,
            "subject": document.number,
        },
        afrelationship="alternative",
    )
    return made
