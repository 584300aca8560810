"""UN/CEFACT Cross Industry Invoice D16B, by CEN/TS 16931-3-3, as Factur-X EN 16931 embeds it."""

from datetime import date
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

_STANDARD = "urn:un:unece:uncefact:data:standard:"
RSM_NS = f"{_STANDARD}CrossIndustryInvoice:100"
RAM_NS = f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100"
UDT_NS = f"{_STANDARD}UnqualifiedDataType:100"
QDT_NS = f"{_STANDARD}QualifiedDataType:100"
RSM, RAM, UDT, QDT = (f"{{{each}}}" for each in (RSM_NS, RAM_NS, UDT_NS, QDT_NS))


def cii_of(document: Document) -> bytes:
    """The document as CII."""
    return _Writer(document).written()


class _Writer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.places = places(document.currency)

    def written(self) -> bytes:
        document = self.document
        names = {"rsm": RSM_NS, "ram": RAM_NS, "udt": UDT_NS, "qdt": QDT_NS}
        root = etree.Element(f"{RSM}CrossIndustryInvoice", nsmap=names)
        context = element(root, f"{RSM}ExchangedDocumentContext")
        guideline = element(context, f"{RAM}GuidelineSpecifiedDocumentContextParameter")
        element(guideline, f"{RAM}ID", document.guideline)
        head = element(root, f"{RSM}ExchangedDocument")
        element(head, f"{RAM}ID", document.number)
        element(head, f"{RAM}TypeCode", document.type_code)
        _day(head, "IssueDateTime", document.issued_on)
        for note in document.notes:
            element(element(head, f"{RAM}IncludedNote"), f"{RAM}Content", note)
        trade = element(root, f"{RSM}SupplyChainTradeTransaction")
        for line in document.lines:
            self._line(trade, line)
        self._agreement(element(trade, f"{RAM}ApplicableHeaderTradeAgreement"))
        self._delivery(element(trade, f"{RAM}ApplicableHeaderTradeDelivery"))
        self._settlement(element(trade, f"{RAM}ApplicableHeaderTradeSettlement"))
        return written(root)

    def _line(self, trade: etree._Element, line: Line) -> None:
        at = element(trade, f"{RAM}IncludedSupplyChainTradeLineItem")
        head = element(at, f"{RAM}AssociatedDocumentLineDocument")
        element(head, f"{RAM}LineID", line.identifier)
        if line.note:
            element(element(head, f"{RAM}IncludedNote"), f"{RAM}Content", line.note)
        product = element(at, f"{RAM}SpecifiedTradeProduct")
        _text(product, "SellerAssignedID", line.seller_item)
        element(product, f"{RAM}Name", line.name)
        _text(product, "Description", line.description)
        agreement = element(at, f"{RAM}SpecifiedLineTradeAgreement")
        price = element(agreement, f"{RAM}NetPriceProductTradePrice")
        element(price, f"{RAM}ChargeAmount", number(line.unit_price))
        if line.price_quantity != 1:
            quantity = number(line.price_quantity)
            element(price, f"{RAM}BasisQuantity", quantity, unitCode=line.unit)
        delivery = element(at, f"{RAM}SpecifiedLineTradeDelivery")
        element(delivery, f"{RAM}BilledQuantity", number(line.quantity), unitCode=line.unit)
        settlement = element(at, f"{RAM}SpecifiedLineTradeSettlement")
        _category(element(settlement, f"{RAM}ApplicableTradeTax"), line.category)
        for each in line.allowances:
            self._allowance(settlement, each)
        sums = element(settlement, f"{RAM}SpecifiedTradeSettlementLineMonetarySummation")
        self._amount(sums, "LineTotalAmount", line.net_amount)

    def _agreement(self, at: etree._Element) -> None:
        document = self.document
        _text(at, "BuyerReference", document.buyer_reference)
        _party(element(at, f"{RAM}SellerTradeParty"), document.seller, seller=True)
        _party(element(at, f"{RAM}BuyerTradeParty"), document.buyer, seller=False)
        if document.order_reference:
            order = element(at, f"{RAM}BuyerOrderReferencedDocument")
            element(order, f"{RAM}IssuerAssignedID", document.order_reference)

    def _delivery(self, at: etree._Element) -> None:
        document = self.document
        if document.delivery_country:
            place = element(at, f"{RAM}ShipToTradeParty")
            address = element(place, f"{RAM}PostalTradeAddress")
            element(address, f"{RAM}CountryID", document.delivery_country)
        if document.delivered_on:
            event = element(at, f"{RAM}ActualDeliverySupplyChainEvent")
            _day(event, "OccurrenceDateTime", document.delivered_on)
        if document.despatch_advice:
            despatch = element(at, f"{RAM}DespatchAdviceReferencedDocument")
            element(despatch, f"{RAM}IssuerAssignedID", document.despatch_advice)

    def _settlement(self, at: etree._Element) -> None:
        document, means = self.document, self.document.payment
        _text(at, "PaymentReference", document.payment_reference)
        element(at, f"{RAM}InvoiceCurrencyCode", document.currency)
        if means:
            inside = element(at, f"{RAM}SpecifiedTradeSettlementPaymentMeans")
            element(inside, f"{RAM}TypeCode", means.code)
            if means.iban:
                account = element(inside, f"{RAM}PayeePartyCreditorFinancialAccount")
                element(account, f"{RAM}IBANID", means.iban)
                _text(account, "AccountName", means.account_name)
            if means.bic:
                bank = element(inside, f"{RAM}PayeeSpecifiedCreditorFinancialInstitution")
                element(bank, f"{RAM}BICID", means.bic)
        for part in document.vat:
            inside = element(at, f"{RAM}ApplicableTradeTax")
            self._amount(inside, "CalculatedAmount", part.tax)
            element(inside, f"{RAM}TypeCode", "VAT")
            _text(inside, "ExemptionReason", part.category.reason)
            self._amount(inside, "BasisAmount", part.base)
            element(inside, f"{RAM}CategoryCode", part.category.code)
            _text(inside, "ExemptionReasonCode", part.category.reason_code)
            if part.category.percent is not None:
                element(inside, f"{RAM}RateApplicablePercent", number(part.category.percent))
        for each in document.allowances:
            self._allowance(at, each)
        if document.terms or document.due_on:
            terms = element(at, f"{RAM}SpecifiedTradePaymentTerms")
            _text(terms, "Description", document.terms)
            if document.due_on:
                _day(terms, "DueDateDateTime", document.due_on)
        self._totals(element(at, f"{RAM}SpecifiedTradeSettlementHeaderMonetarySummation"))
        for preceding in document.preceding:
            reference = element(at, f"{RAM}InvoiceReferencedDocument")
            element(reference, f"{RAM}IssuerAssignedID", preceding.number)
            if preceding.issued_on:
                day = element(reference, f"{RAM}FormattedIssueDateTime")
                text = preceding.issued_on.strftime("%Y%m%d")
                element(day, f"{QDT}DateTimeString", text, format="102")

    def _allowance(self, parent: etree._Element, each: Allowance) -> None:
        at = element(parent, f"{RAM}SpecifiedTradeAllowanceCharge")
        indicator = element(at, f"{RAM}ChargeIndicator")
        element(indicator, f"{UDT}Indicator", "true" if each.charge else "false")
        if each.percent is not None:
            element(at, f"{RAM}CalculationPercent", number(each.percent))
        if each.base is not None:
            self._amount(at, "BasisAmount", each.base)
        self._amount(at, "ActualAmount", each.amount)
        _text(at, "ReasonCode", each.reason_code)
        _text(at, "Reason", each.reason)
        if each.category:
            _category(element(at, f"{RAM}CategoryTradeTax"), each.category)

    def _totals(self, at: etree._Element) -> None:
        totals = self.document.totals
        self._amount(at, "LineTotalAmount", totals.lines)
        self._amount(at, "ChargeTotalAmount", totals.charges)
        self._amount(at, "AllowanceTotalAmount", totals.allowances)
        self._amount(at, "TaxBasisTotalAmount", totals.net)
        tax = amount(totals.tax, self.places)
        element(at, f"{RAM}TaxTotalAmount", tax, currencyID=self.document.currency)
        if totals.rounding:
            self._amount(at, "RoundingAmount", totals.rounding)
        self._amount(at, "GrandTotalAmount", totals.gross)
        self._amount(at, "TotalPrepaidAmount", totals.prepaid)
        self._amount(at, "DuePayableAmount", totals.payable)

    def _amount(self, parent: etree._Element, name: str, value: Decimal) -> None:
        element(parent, f"{RAM}{name}", amount(value, self.places))


def _party(at: etree._Element, party: Party, *, seller: bool) -> None:
    if party.identifier:
        name = "GlobalID" if party.identifier.scheme else "ID"
        _identifier(at, name, party.identifier)
    element(at, f"{RAM}Name", party.name)
    if party.registration or party.trading_name:
        legal = element(at, f"{RAM}SpecifiedLegalOrganization")
        if party.registration:
            _identifier(legal, "ID", party.registration)
        _text(legal, "TradingBusinessName", party.trading_name)
    if party.contact_name or party.telephone or party.email:
        contact = element(at, f"{RAM}DefinedTradeContact")
        _text(contact, "PersonName", party.contact_name)
        if party.telephone:
            phone = element(contact, f"{RAM}TelephoneUniversalCommunication")
            element(phone, f"{RAM}CompleteNumber", party.telephone)
        if party.email:
            mail = element(contact, f"{RAM}EmailURIUniversalCommunication")
            element(mail, f"{RAM}URIID", party.email)
    address, place = party.address, element(at, f"{RAM}PostalTradeAddress")
    _text(place, "PostcodeCode", address.postcode)
    _text(place, "LineOne", address.street)
    _text(place, "LineTwo", address.additional)
    _text(place, "LineThree", address.line)
    _text(place, "CityName", address.city)
    _text(place, "CountryID", address.country)
    _text(place, "CountrySubDivisionName", address.subdivision)
    if party.electronic:
        _identifier(element(at, f"{RAM}URIUniversalCommunication"), "URIID", party.electronic)
    for value, scheme in ((party.vat_id, "VA"), (party.tax_number if seller else None, "FC")):
        if value:
            tax = element(at, f"{RAM}SpecifiedTaxRegistration")
            element(tax, f"{RAM}ID", value, schemeID=scheme)


def _identifier(parent: etree._Element, name: str, said: Identifier) -> None:
    scheme = {"schemeID": said.scheme} if said.scheme else {}
    element(parent, f"{RAM}{name}", said.value, **scheme)


def _category(at: etree._Element, category: VatCategory) -> None:
    element(at, f"{RAM}TypeCode", "VAT")
    element(at, f"{RAM}CategoryCode", category.code)
    if category.percent is not None:
        element(at, f"{RAM}RateApplicablePercent", number(category.percent))


def _text(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        element(parent, f"{RAM}{name}", text)


def _day(parent: etree._Element, name: str, day: date) -> None:
    inside = element(parent, f"{RAM}{name}")
    element(inside, f"{UDT}DateTimeString", day.strftime("%Y%m%d"), format="102")
