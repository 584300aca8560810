"""A quote as UBL 2.1 Quotation (OASIS Universal Business Language 2.1, ISO/IEC 19845).

Elements stand in the order that the schema asks for. Amounts are at the currency's minor units but
prices, which keep their places: one for a unit over the whole term, so that price times quantity is
the amount of the line. What an amendment gives back is credited by itself, outside of the totals,
and said in notes. A line that does not count stands as an alternative below the line
that it may replace; what is optional and not chosen is not part of a Quotation.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from cpq.documents.rules.document import Line, QuoteDocument
from cpq.documents.rules.spelled import returned_words
from cpq.documents.rules.wording import wording
from servicekit.taxation import CategoryTax
from servicekit.values import Money, minor_units, plain, round_to
from servicekit.values.decimals import ARITHMETIC

QUOTATION: Final = "urn:oasis:names:specification:ubl:schema:xsd:Quotation-2"
AGGREGATE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
BASIC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

_UNITS: Final = {
    "pcs": "H87", "each": "EA", "h": "HUR", "day": "DAY", "month": "MON", "year": "ANN",
    "kg": "KGM", "g": "GRM", "t": "TNE", "m": "MTR", "cm": "CMT", "mm": "MMT", "km": "KMT",
    "l": "LTR", "m2": "MTK", "m3": "MTQ", "box": "XBX", "set": "SET", "pair": "PR",
}  # fmt: skip
"""Units by their codes of UNECE Recommendation 20 and 21; others are mutually agreed, `ZZ`."""
_TAX_CATEGORIES: Final = {"zero": "Z", "exempt": "E", "reverse": "AE", "export": "G"}
"""Categories by their codes of UNCL 5305; all others are standard rated, `S`."""


def quotation(document: QuoteDocument) -> bytes:
    """The document as XML in UTF-8."""
    for prefix, name in (("", QUOTATION), ("cac", AGGREGATE), ("cbc", BASIC)):
        register_namespace(prefix, name)
    root = Element(f"{{{QUOTATION}}}Quotation")
    words = wording(document.language)
    counted = [line for line in document.lines if line.counts]
    _basic(root, "UBLVersionID", "2.1")
    _basic(root, "ID", document.number)
    _basic(root, "CopyIndicator", "false")
    _basic(root, "UUID", document.quote_id)
    _basic(root, "IssueDate", document.issued_on.isoformat())
    says = document.presentation.says(document.language)
    if document.draft:
        _note(root, words.text("draft"), document)
    returned = returned_words(document, words)
    for text in (says.introduction, *returned, *says.terms, says.closing):
        if text:
            _note(root, text, document)
    _basic(root, "PricingCurrencyCode", document.currency)
    _basic(root, "LineCountNumeric", str(len(counted)))
    period = _aggregate(root, "ValidityPeriod")
    _basic(period, "EndDate", document.valid_until.isoformat())
    if document.customer_reference:
        reference = _aggregate(root, "RequestForQuotationDocumentReference")
        _basic(reference, "ID", document.customer_reference)
    _signed_offer(root, document)
    _seller(_aggregate(root, "SellerSupplierParty"), document)
    customer = _aggregate(root, "BuyerCustomerParty")
    _party(customer, document.customer_name, document.customer_number)
    if document.requested_on is not None:
        wanted = _aggregate(_aggregate(root, "Delivery"), "RequestedDeliveryPeriod")
        _basic(wanted, "EndDate", document.requested_on.isoformat())
    _tax_total(root, document)
    total = _aggregate(root, "QuotedMonetaryTotal")
    for name, money in (
        ("LineExtensionAmount", document.net),
        ("TaxExclusiveAmount", document.net),
        ("TaxInclusiveAmount", document.gross),
        ("PayableAmount", document.gross),
    ):
        _amount(total, name, money)
    for line in counted:
        _line(root, line, document)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _basic(parent: Element, name: str, text: str, **attributes: str) -> Element:
    made = SubElement(parent, f"{{{BASIC}}}{name}", attributes)
    made.text = text
    return made


def _aggregate(parent: Element, name: str) -> Element:
    return SubElement(parent, f"{{{AGGREGATE}}}{name}")


def _note(parent: Element, text: str, document: QuoteDocument) -> None:
    _basic(parent, "Note", text, languageID=document.language.value)


def _amount(parent: Element, name: str, money: Money) -> None:
    places = minor_units(money.currency)
    text = format(round_to(money.amount, places), "f")
    _basic(parent, name, text, currencyID=money.currency)


def _signed_offer(root: Element, document: QuoteDocument) -> None:
    """Which bytes this quotation stands for, so that it can be proved."""
    reference = _aggregate(root, "AdditionalDocumentReference")
    _basic(reference, "ID", document.content_hash)
    _basic(reference, "DocumentType", "SHA-256")


def _seller(parent: Element, document: QuoteDocument) -> None:
    shown = document.presentation
    _party(
        parent,
        shown.seller_name,
        None,
        address=shown.seller_address,
        country=shown.seller_country,
        tax_number=shown.tax_number,
    )


def _party(
    parent: Element,
    name: str,
    number: str | None,
    *,
    address: Iterable[str] = (),
    country: str = "",
    tax_number: str = "",
) -> None:
    party = _aggregate(parent, "Party")
    if number:
        _basic(_aggregate(party, "PartyIdentification"), "ID", number)
    if name:
        _basic(_aggregate(party, "PartyName"), "Name", name)
    lines = [line for line in address if line]
    if lines or country:
        place = _aggregate(party, "PostalAddress")
        for line in lines:
            _basic(_aggregate(place, "AddressLine"), "Line", line)
        if country:
            _basic(_aggregate(place, "Country"), "IdentificationCode", country)
    if tax_number:
        scheme = _aggregate(party, "PartyTaxScheme")
        _basic(scheme, "CompanyID", tax_number)
        _basic(_aggregate(scheme, "TaxScheme"), "ID", "VAT")


def _tax_total(root: Element, document: QuoteDocument) -> None:
    total = _aggregate(root, "TaxTotal")
    _amount(total, "TaxAmount", document.tax)
    for part in document.taxes:
        _tax_part(total, part)


def _tax_part(total: Element, part: CategoryTax) -> None:
    made = _aggregate(total, "TaxSubtotal")
    _amount(made, "TaxableAmount", part.base)
    _amount(made, "TaxAmount", part.tax)
    category = part.category.rpartition(" ")[0]
    _tax_category(_aggregate(made, "TaxCategory"), category, part.rate)


def _tax_category(element: Element, category: str, rate: Decimal) -> None:
    _basic(element, "ID", _TAX_CATEGORIES.get(category, "S"))
    _basic(element, "Name", category)
    _basic(element, "Percent", plain(rate * 100))
    _basic(_aggregate(element, "TaxScheme"), "ID", "VAT")


def _line(root: Element, line: Line, document: QuoteDocument) -> None:
    outer = _aggregate(root, "QuotationLine")
    _basic(outer, "ID", str(line.position))
    _item_line(_aggregate(outer, "LineItem"), line, document)
    for other in document.lines:
        if other.alternative_of == line.position and not other.counts:
            _item_line(_aggregate(outer, "AlternativeLineItem"), other, document)


def _item_line(made: Element, line: Line, document: QuoteDocument) -> None:
    _basic(made, "ID", str(line.position))
    if line.group:
        _note(made, line.group, document)
    if line.times != 1:
        words = wording(document.language)
        once = words.money(line.unit_price, document.currency)
        times = words.text("line.due", times=words.number(line.times))
        _note(made, f"{once}: {times}", document)
    unit = _UNITS.get(line.unit, "ZZ")
    _basic(made, "Quantity", plain(line.quantity), unitCode=unit)
    _amount(made, "LineExtensionAmount", line.amount)
    if line.start_on or line.end_on:
        _period(_aggregate(made, "Delivery"), line.start_on, line.end_on)
    price = _aggregate(made, "Price")
    whole = ARITHMETIC.multiply(line.unit_price, line.times)
    _basic(price, "PriceAmount", plain(whole), currencyID=document.currency)
    _basic(price, "BaseQuantity", "1", unitCode=unit)
    item = _aggregate(made, "Item")
    _basic(item, "Name", line.name)
    _basic(_aggregate(item, "SellersItemIdentification"), "ID", line.sku)
    _tax_category(_aggregate(item, "ClassifiedTaxCategory"), line.tax_category, line.tax_rate)
    for value in line.values:
        described = _aggregate(item, "AdditionalItemProperty")
        _basic(described, "Name", value.name or line.name)
        _basic(described, "Value", value.value)


def _period(delivery: Element, start: date | None, end: date | None) -> None:
    period = _aggregate(delivery, "PromisedDeliveryPeriod")
    if start is not None:
        _basic(period, "StartDate", start.isoformat())
    if end is not None:
        _basic(period, "EndDate", end.isoformat())
