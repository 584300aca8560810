"""Offers to make documents of, as `cpq.quotes` writes them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cpq.documents.rules import (
    SVG,
    Language,
    Presentation,
    QuoteDocument,
    Texts,
    document_of,
    examined_logo,
)
from servicekit.taxation import TaxableLine, document_totals
from servicekit.values import plain

LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 60">'
    b'<path d="M10 48 L40 8 L70 48 Z" fill="#1f4e79"/>'
    b'<path d="M36 48 L60 18 L84 48 Z" fill="#5b9bd5" fill-opacity="0.8"/></svg>'
)
SELLER = Presentation(
    version=1,
    seller_name="Nordwind Fahrräder AG",
    seller_address=("Hafenstraße 12", "20457 Hamburg"),
    seller_country="DE",
    seller_contact=("+49 40 1234567", "verkauf@nordwind.example"),
    tax_number="DE123456789",
    texts={
        Language.GERMAN: Texts("Vielen Dank für Ihre Anfrage.", ("Zahlbar in 30 Tagen.",)),
        Language.ENGLISH: Texts("Thank you for your enquiry.", ("Payable within 30 days.",)),
        Language.CHINESE: Texts("感谢贵方询价。", ("30 天内付清。",)),
    },
    logo=examined_logo(SVG, LOGO),
)
RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "zero": Decimal(0)}


def line(position: int, amount: str = "100", **changes: Any) -> dict[str, Any]:
    """A line of an offer that costs so much."""
    return {
        "position": position,
        "item_id": f"00000000-0000-0000-0000-{position:012d}",
        "sku": f"BK-{position:04d}",
        "name": f"Touring bicycle {position}",
        "quantity": "1",
        "unit": "pcs",
        "net_unit_price": amount,
        "discount_fraction": "0",
        "net_amount": amount,
        "tax_category": "standard",
        "tax_rate": plain(RATES[changes.get("tax_category", "standard")]),
    } | changes


def offer(lines: Sequence[dict[str, Any]], currency: str = "EUR", **changes: Any) -> dict[str, Any]:
    """An offer whose totals are those of its lines."""
    counted = [each for each in lines if each.get("selected", True)]
    totals = document_totals(
        [TaxableLine(Decimal(x["net_amount"]), x["tax_category"]) for x in counted],
        RATES,
        currency,
    )
    return {
        "form": "tradewind.cpq.offer.v1",
        "quote_id": "00000000-0000-0000-0000-00000000000a",
        "quote_number": "Q-2026-000123",
        "revision": 1,
        "customer": {"id": "x", "number": "C-1042", "name": "Müller & Söhne GmbH"},
        "selling_company_id": None,
        "currency": currency,
        "priced_on": "2026-11-23",
        "valid_until": "2026-12-23",
        "requested_on": None,
        "customer_reference": None,
        "lines": list(lines),
        "net": plain(totals.net.amount),
        "tax_estimate": plain(totals.tax.amount),
        "gross_estimate": plain(totals.gross.amount),
    } | changes


def document(
    lines: Sequence[dict[str, Any]],
    *,
    currency: str = "EUR",
    language: Language = Language.ENGLISH,
    presentation: Presentation = SELLER,
    draft: bool = False,
    **more: Any,
) -> QuoteDocument:
    """The document of such an offer."""
    return document_of(
        offer(lines, currency, **more.pop("offered", {})),
        presentation,
        language,
        content_hash="ab" * 32,
        draft=draft,
        issued_on=date(2026, 11, 23),
        **more,
    )
