"""UBL 2.1: Invoice and CreditNote, by CEN/TS 16931-3-2."""

from decimal import Decimal

from lxml import etree

from erp.einvoices.rules.document import (
    Allowance,
    Document,
    Identifier,
    Line,
    Party,
    VatCategory,
    places,
)
from erp.einvoices.rules.markup import amount, element, number, written

INVOICE_NS = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE_NS = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CAC_NS = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC_NS = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC, CBC = f"{{{CAC_NS}}}", f"{{{CBC_NS}}}"


def ubl_of(document: Document) -> bytes:
    """The document as UBL."""
    return _Writer(document).written()


class _Writer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.credit = document.is_credit_note
        self.places = places(document.currency)
        namespace = CREDIT_NOTE_NS if self.credit else INVOICE_NS
        name = "CreditNote" if self.credit else "Invoice"
        self.root = etree.Element(
            f"{{{namespace}}}{name}", nsmap={None: namespace, "cac": CAC_NS, "cbc": CBC_NS}
        )

    def written(self) -> bytes:
        document, root = self.document, self.root
        self._head()
        self._party(element(root, f"{CAC}AccountingSupplierParty"), document.seller, seller=True)
        self._party(element(root, f"{CAC}AccountingCustomerParty"), document.buyer, seller=False)
        self._delivery()
        self._payment()
        for each in document.allowances:
            self._allowance(root, each)
        self._vat()
        self._totals()
        for line in document.lines:
            self._line(line)
        return written(root)

    def _head(self) -> None:
        document, root = self.document, self.root
        element(root, f"{CBC}CustomizationID", document.guideline)
        element(root, f"{CBC}ID", document.number)
        element(root, f"{CBC}IssueDate", document.issued_on.isoformat())
        if document.due_on and not self.credit:
            element(root, f"{CBC}DueDate", document.due_on.isoformat())
        kind = "CreditNoteTypeCode" if self.credit else "InvoiceTypeCode"
        element(root, f"{CBC}{kind}", document.type_code)
        for note in document.notes:
            element(root, f"{CBC}Note", note)
        element(root, f"{CBC}DocumentCurrencyCode", document.currency)
        _text(root, "BuyerReference", document.buyer_reference)
        if document.order_reference:
            order = element(root, f"{CAC}OrderReference")
            element(order, f"{CBC}ID", document.order_reference)
        for each in document.preceding:
            billing = element(root, f"{CAC}BillingReference")
            reference = element(billing, f"{CAC}InvoiceDocumentReference")
            element(reference, f"{CBC}ID", each.number)
            if each.issued_on:
                element(reference, f"{CBC}IssueDate", each.issued_on.isoformat())
        if document.despatch_advice:
            despatch = element(root, f"{CAC}DespatchDocumentReference")
            element(despatch, f"{CBC}ID", document.despatch_advice)

    def _party(self, parent: etree._Element, party: Party, *, seller: bool) -> None:
        at = element(parent, f"{CAC}Party")
        _identifier(at, f"{CBC}EndpointID", party.electronic)
        if party.identifier:
            inside = element(at, f"{CAC}PartyIdentification")
            _identifier(inside, f"{CBC}ID", party.identifier)
        if party.trading_name:
            element(element(at, f"{CAC}PartyName"), f"{CBC}Name", party.trading_name)
        self._address(at, party)
        numbers = [(party.vat_id, "VAT"), (party.tax_number if seller else None, "TAX")]
        for value, scheme in numbers:
            if value:
                tax = element(at, f"{CAC}PartyTaxScheme")
                element(tax, f"{CBC}CompanyID", value)
                element(element(tax, f"{CAC}TaxScheme"), f"{CBC}ID", scheme)
        legal = element(at, f"{CAC}PartyLegalEntity")
        element(legal, f"{CBC}RegistrationName", party.name)
        _identifier(legal, f"{CBC}CompanyID", party.registration)
        if party.contact_name or party.telephone or party.email:
            contact = element(at, f"{CAC}Contact")
            _text(contact, "Name", party.contact_name)
            _text(contact, "Telephone", party.telephone)
            _text(contact, "ElectronicMail", party.email)

    def _address(self, parent: etree._Element, party: Party) -> None:
        address, at = party.address, element(parent, f"{CAC}PostalAddress")
        _text(at, "StreetName", address.street)
        _text(at, "AdditionalStreetName", address.additional)
        _text(at, "CityName", address.city)
        _text(at, "PostalZone", address.postcode)
        _text(at, "CountrySubentity", address.subdivision)
        if address.line:
            element(element(at, f"{CAC}AddressLine"), f"{CBC}Line", address.line)
        if address.country:
            element(element(at, f"{CAC}Country"), f"{CBC}IdentificationCode", address.country)

    def _delivery(self) -> None:
        document = self.document
        if not (document.delivered_on or document.delivery_country):
            return
        at = element(self.root, f"{CAC}Delivery")
        if document.delivered_on:
            element(at, f"{CBC}ActualDeliveryDate", document.delivered_on.isoformat())
        if document.delivery_country:
            place = element(element(at, f"{CAC}DeliveryLocation"), f"{CAC}Address")
            country = element(place, f"{CAC}Country")
            element(country, f"{CBC}IdentificationCode", document.delivery_country)

    def _payment(self) -> None:
        document, means = self.document, self.document.payment
        if means:
            at = element(self.root, f"{CAC}PaymentMeans")
            element(at, f"{CBC}PaymentMeansCode", means.code)
            if self.credit and document.due_on:
                element(at, f"{CBC}PaymentDueDate", document.due_on.isoformat())
            _text(at, "PaymentID", document.payment_reference)
            if means.iban:
                account = element(at, f"{CAC}PayeeFinancialAccount")
                element(account, f"{CBC}ID", means.iban)
                _text(account, "Name", means.account_name)
                if means.bic:
                    branch = element(account, f"{CAC}FinancialInstitutionBranch")
                    element(branch, f"{CBC}ID", means.bic)
        if document.terms:
            element(element(self.root, f"{CAC}PaymentTerms"), f"{CBC}Note", document.terms)

    def _allowance(self, parent: etree._Element, each: Allowance) -> None:
        at = element(parent, f"{CAC}AllowanceCharge")
        element(at, f"{CBC}ChargeIndicator", "true" if each.charge else "false")
        _text(at, "AllowanceChargeReasonCode", each.reason_code)
        _text(at, "AllowanceChargeReason", each.reason)
        if each.percent is not None:
            element(at, f"{CBC}MultiplierFactorNumeric", number(each.percent))
        self._amount(at, "Amount", each.amount)
        if each.base is not None:
            self._amount(at, "BaseAmount", each.base)
        if each.category:
            _category(element(at, f"{CAC}TaxCategory"), each.category, reasons=False)

    def _vat(self) -> None:
        at = element(self.root, f"{CAC}TaxTotal")
        self._amount(at, "TaxAmount", self.document.totals.tax)
        for part in self.document.vat:
            inside = element(at, f"{CAC}TaxSubtotal")
            self._amount(inside, "TaxableAmount", part.base)
            self._amount(inside, "TaxAmount", part.tax)
            _category(element(inside, f"{CAC}TaxCategory"), part.category, reasons=True)

    def _totals(self) -> None:
        totals, at = self.document.totals, element(self.root, f"{CAC}LegalMonetaryTotal")
        self._amount(at, "LineExtensionAmount", totals.lines)
        self._amount(at, "TaxExclusiveAmount", totals.net)
        self._amount(at, "TaxInclusiveAmount", totals.gross)
        for name, value, told in (
            ("AllowanceTotalAmount", totals.allowances, self._has(charge=False)),
            ("ChargeTotalAmount", totals.charges, self._has(charge=True)),
            ("PrepaidAmount", totals.prepaid, bool(totals.prepaid)),
            ("PayableRoundingAmount", totals.rounding, bool(totals.rounding)),
        ):
            if told:
                self._amount(at, name, value)
        self._amount(at, "PayableAmount", totals.payable)

    def _has(self, *, charge: bool) -> bool:
        return any(each.charge is charge for each in self.document.allowances)

    def _line(self, line: Line) -> None:
        kind = "CreditNote" if self.credit else "Invoice"
        at = element(self.root, f"{CAC}{kind}Line")
        element(at, f"{CBC}ID", line.identifier)
        _text(at, "Note", line.note)
        quantity = "CreditedQuantity" if self.credit else "InvoicedQuantity"
        element(at, f"{CBC}{quantity}", number(line.quantity), unitCode=line.unit)
        self._amount(at, "LineExtensionAmount", line.net_amount)
        for each in line.allowances:
            self._allowance(at, each)
        item = element(at, f"{CAC}Item")
        _text(item, "Description", line.description)
        element(item, f"{CBC}Name", line.name)
        if line.seller_item:
            inside = element(item, f"{CAC}SellersItemIdentification")
            element(inside, f"{CBC}ID", line.seller_item)
        _category(element(item, f"{CAC}ClassifiedTaxCategory"), line.category, reasons=False)
        price = element(at, f"{CAC}Price")
        currency = self.document.currency
        element(price, f"{CBC}PriceAmount", number(line.unit_price), currencyID=currency)
        if line.price_quantity != 1:
            quantity = number(line.price_quantity)
            element(price, f"{CBC}BaseQuantity", quantity, unitCode=line.unit)

    def _amount(self, parent: etree._Element, name: str, value: Decimal) -> None:
        text = amount(value, self.places)
        element(parent, f"{CBC}{name}", text, currencyID=self.document.currency)


def _text(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        element(parent, f"{CBC}{name}", text)


def _identifier(parent: etree._Element, name: str, said: Identifier | None) -> None:
    if said:
        scheme = {"schemeID": said.scheme} if said.scheme else {}
        element(parent, name, said.value, **scheme)


def _category(at: etree._Element, category: VatCategory, *, reasons: bool) -> None:
    element(at, f"{CBC}ID", category.code)
    if category.percent is not None:
        element(at, f"{CBC}Percent", number(category.percent))
    if reasons:
        _text(at, "TaxExemptionReasonCode", category.reason_code)
        _text(at, "TaxExemptionReason", category.reason)
    element(element(at, f"{CAC}TaxScheme"), f"{CBC}ID", "VAT")
