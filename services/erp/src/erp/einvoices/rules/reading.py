"""Reading UBL and CII into the document that both can say."""

from decimal import Decimal

from erp.einvoices.rules import cii, ubl
from erp.einvoices.rules.document import (
    ZERO,
    Address,
    Allowance,
    Document,
    Identifier,
    Line,
    Party,
    PaymentMeans,
    Preceding,
    Syntax,
    Totals,
    VatCategory,
    VatSubtotal,
)
from erp.einvoices.rules.markup import DocumentIsNotReadable, Reading, parsed
from servicekit.values.currencies import MINOR_UNITS

_UBL = {"c": ubl.CAC_NS, "b": ubl.CBC_NS}
_CII = {"m": cii.RSM_NS, "a": cii.RAM_NS, "u": cii.UDT_NS, "q": cii.QDT_NS}
_ROOTS = {
    f"{{{ubl.INVOICE_NS}}}Invoice": Syntax.UBL,
    f"{{{ubl.CREDIT_NOTE_NS}}}CreditNote": Syntax.UBL,
    f"{cii.RSM}CrossIndustryInvoice": Syntax.CII,
}


def syntax_of(content: bytes) -> Syntax:
    """Which syntax a file is in. Raises `DocumentIsNotReadable`."""
    return _syntax(parsed(content).tag)


def _syntax(tag: str) -> Syntax:
    syntax = _ROOTS.get(tag)
    if syntax is None:
        raise DocumentIsNotReadable(f"The root is {tag}.", field="content")
    return syntax


def read(content: bytes) -> Document:
    """The invoice or credit note of a file, in UBL 2.1 or CII, as it states itself.

    Nothing is corrected: `differences` tells where the figures do not tie. Raises
    `DocumentIsNotReadable`.
    """
    root = parsed(content)
    if _syntax(root.tag) is Syntax.UBL:
        return _of_ubl(Reading(root, _UBL))
    return _of_cii(Reading(root, _CII))


def _currency(code: str) -> str:
    if code not in MINOR_UNITS:
        raise DocumentIsNotReadable(f"{code[:10]!r} is no currency.", field="content")
    return code


def _of_ubl(at: Reading) -> Document:
    credit = at.at.tag.endswith("}CreditNote")
    seller, buyer = (
        at.one("c:AccountingSupplierParty/c:Party"),
        at.one("c:AccountingCustomerParty/c:Party"),
    )
    if seller is None or buyer is None:
        raise DocumentIsNotReadable("Seller or buyer is missing.", field="content")
    currency = _currency(at.required("b:DocumentCurrencyCode"))
    issued_on = at.day("b:IssueDate")
    if issued_on is None:
        raise DocumentIsNotReadable("b:IssueDate is missing.", field="content")
    taxes = [
        tax
        for tax in at.all("c:TaxTotal")
        if tax.attribute("b:TaxAmount", "currencyID") in (None, currency)
    ]
    money, means = at.one("c:LegalMonetaryTotal"), at.all("c:PaymentMeans")
    if money is None:
        raise DocumentIsNotReadable("c:LegalMonetaryTotal is missing.", field="content")
    due_on = at.day("b:DueDate")
    for each in means:
        due_on = due_on or each.day("b:PaymentDueDate")
    line_name, quantity = (
        ("c:CreditNoteLine", "b:CreditedQuantity")
        if credit
        else ("c:InvoiceLine", "b:InvoicedQuantity")
    )
    return Document(
        type_code=at.text("b:CreditNoteTypeCode" if credit else "b:InvoiceTypeCode")
        or ("381" if credit else "380"),
        number=at.required("b:ID"),
        issued_on=issued_on,
        due_on=due_on,
        currency=currency,
        seller=_ubl_party(seller),
        buyer=_ubl_party(buyer),
        lines=tuple(_ubl_line(line, quantity) for line in at.all(line_name)),
        vat=tuple(
            VatSubtotal(
                _ubl_category(part.one("c:TaxCategory")),
                part.amount("b:TaxableAmount"),
                part.amount("b:TaxAmount"),
            )
            for tax in taxes
            for part in tax.all("c:TaxSubtotal")
        ),
        totals=Totals(
            lines=money.amount("b:LineExtensionAmount"),
            net=money.amount("b:TaxExclusiveAmount"),
            tax=sum((tax.amount("b:TaxAmount") for tax in taxes), start=ZERO),
            gross=money.amount("b:TaxInclusiveAmount"),
            payable=money.amount("b:PayableAmount"),
            allowances=money.amount("b:AllowanceTotalAmount"),
            charges=money.amount("b:ChargeTotalAmount"),
            prepaid=money.amount("b:PrepaidAmount"),
            rounding=money.amount("b:PayableRoundingAmount"),
        ),
        allowances=tuple(_ubl_allowance(each) for each in at.all("c:AllowanceCharge")),
        payment=_ubl_means(means[0]) if means else None,
        payment_reference=means[0].text("b:PaymentID") if means else None,
        terms=at.text("c:PaymentTerms/b:Note"),
        buyer_reference=at.text("b:BuyerReference"),
        order_reference=at.text("c:OrderReference/b:ID"),
        despatch_advice=at.text("c:DespatchDocumentReference/b:ID"),
        preceding=tuple(
            Preceding(each.required("b:ID"), each.day("b:IssueDate"))
            for each in at.all("c:BillingReference/c:InvoiceDocumentReference")
        ),
        notes=tuple(note for each in at.all("b:Note") if (note := each.text("."))),
        delivered_on=at.day("c:Delivery/b:ActualDeliveryDate"),
        delivery_country=at.text(
            "c:Delivery/c:DeliveryLocation/c:Address/c:Country/b:IdentificationCode"
        ),
        guideline=at.text("b:CustomizationID") or "",
    )


def _ubl_party(at: Reading) -> Party:
    place = "c:PostalAddress"
    numbers = {
        (tax.text("c:TaxScheme/b:ID") or "").upper(): tax.text("b:CompanyID")
        for tax in at.all("c:PartyTaxScheme")
    }
    vat_id = numbers.pop("VAT", None)
    return Party(
        name=at.text("c:PartyLegalEntity/b:RegistrationName") or at.required("c:PartyName/b:Name"),
        trading_name=at.text("c:PartyName/b:Name"),
        address=Address(
            country=at.text(f"{place}/c:Country/b:IdentificationCode"),
            street=at.text(f"{place}/b:StreetName"),
            additional=at.text(f"{place}/b:AdditionalStreetName"),
            line=at.text(f"{place}/c:AddressLine/b:Line"),
            city=at.text(f"{place}/b:CityName"),
            postcode=at.text(f"{place}/b:PostalZone"),
            subdivision=at.text(f"{place}/b:CountrySubentity"),
        ),
        identifier=_identifier(at, "c:PartyIdentification/b:ID"),
        registration=_identifier(at, "c:PartyLegalEntity/b:CompanyID"),
        vat_id=vat_id,
        tax_number=next(iter(numbers.values()), None),
        electronic=_identifier(at, "b:EndpointID"),
        contact_name=at.text("c:Contact/b:Name"),
        telephone=at.text("c:Contact/b:Telephone"),
        email=at.text("c:Contact/b:ElectronicMail"),
    )


def _identifier(at: Reading, path: str) -> Identifier | None:
    value = at.text(path)
    return None if value is None else Identifier(value, at.attribute(path, "schemeID"))


def _ubl_category(at: Reading | None) -> VatCategory:
    if at is None:
        return VatCategory("", None)
    return VatCategory(
        at.text("b:ID") or "",
        at.decimal("b:Percent"),
        at.text("b:TaxExemptionReason"),
        at.text("b:TaxExemptionReasonCode"),
    )


def _ubl_allowance(at: Reading) -> Allowance:
    category = at.one("c:TaxCategory")
    return Allowance(
        amount=at.amount("b:Amount"),
        charge=at.text("b:ChargeIndicator") in ("true", "1"),
        category=None if category is None else _ubl_category(category),
        reason=at.text("b:AllowanceChargeReason"),
        reason_code=at.text("b:AllowanceChargeReasonCode"),
        base=at.decimal("b:BaseAmount"),
        percent=at.decimal("b:MultiplierFactorNumeric"),
    )


def _ubl_means(at: Reading) -> PaymentMeans:
    account = "c:PayeeFinancialAccount"
    return PaymentMeans(
        at.text("b:PaymentMeansCode") or "1",
        at.text(f"{account}/b:ID"),
        at.text(f"{account}/b:Name"),
        at.text(f"{account}/c:FinancialInstitutionBranch/b:ID"),
    )


def _ubl_line(at: Reading, quantity: str) -> Line:
    return Line(
        identifier=at.required("b:ID"),
        name=at.text("c:Item/b:Name") or at.text("c:Item/b:Description") or "",
        quantity=at.decimal(quantity) or ZERO,
        unit=at.attribute(quantity, "unitCode") or "",
        unit_price=at.amount("c:Price/b:PriceAmount"),
        net_amount=at.amount("b:LineExtensionAmount"),
        category=_ubl_category(at.one("c:Item/c:ClassifiedTaxCategory")),
        price_quantity=at.decimal("c:Price/b:BaseQuantity") or Decimal(1),
        description=at.text("c:Item/b:Description"),
        seller_item=at.text("c:Item/c:SellersItemIdentification/b:ID"),
        note=at.text("b:Note"),
        allowances=tuple(_ubl_allowance(each) for each in at.all("c:AllowanceCharge")),
    )


def _of_cii(at: Reading) -> Document:
    head, trade = at.one("m:ExchangedDocument"), at.one("m:SupplyChainTradeTransaction")
    agreement = trade and trade.one("a:ApplicableHeaderTradeAgreement")
    settlement = trade and trade.one("a:ApplicableHeaderTradeSettlement")
    seller = agreement and agreement.one("a:SellerTradeParty")
    buyer = agreement and agreement.one("a:BuyerTradeParty")
    money = settlement and settlement.one("a:SpecifiedTradeSettlementHeaderMonetarySummation")
    if not (head and trade and agreement and settlement and seller and buyer and money):
        raise DocumentIsNotReadable("Head, parties or totals are missing.", field="content")
    issued_on = head.day("a:IssueDateTime/u:DateTimeString")
    if issued_on is None:
        raise DocumentIsNotReadable("a:IssueDateTime is missing.", field="content")
    currency = _currency(settlement.required("a:InvoiceCurrencyCode"))
    means = settlement.one("a:SpecifiedTradeSettlementPaymentMeans")
    return Document(
        type_code=head.required("a:TypeCode"),
        number=head.required("a:ID"),
        issued_on=issued_on,
        due_on=settlement.day("a:SpecifiedTradePaymentTerms/a:DueDateDateTime/u:DateTimeString"),
        currency=currency,
        seller=_cii_party(seller),
        buyer=_cii_party(buyer),
        lines=tuple(_cii_line(line) for line in trade.all("a:IncludedSupplyChainTradeLineItem")),
        vat=tuple(
            VatSubtotal(
                _cii_category(part), part.amount("a:BasisAmount"), part.amount("a:CalculatedAmount")
            )
            for part in settlement.all("a:ApplicableTradeTax")
        ),
        totals=Totals(
            lines=money.amount("a:LineTotalAmount"),
            net=money.amount("a:TaxBasisTotalAmount"),
            tax=sum(
                (
                    tax.amount(".")
                    for tax in money.all("a:TaxTotalAmount")
                    if tax.at.get("currencyID") in (None, currency)
                ),
                start=ZERO,
            ),
            gross=money.amount("a:GrandTotalAmount"),
            payable=money.amount("a:DuePayableAmount"),
            allowances=money.amount("a:AllowanceTotalAmount"),
            charges=money.amount("a:ChargeTotalAmount"),
            prepaid=money.amount("a:TotalPrepaidAmount"),
            rounding=money.amount("a:RoundingAmount"),
        ),
        allowances=tuple(
            _cii_allowance(each) for each in settlement.all("a:SpecifiedTradeAllowanceCharge")
        ),
        payment=None if means is None else _cii_means(means),
        payment_reference=settlement.text("a:PaymentReference"),
        terms=settlement.text("a:SpecifiedTradePaymentTerms/a:Description"),
        buyer_reference=agreement.text("a:BuyerReference"),
        order_reference=agreement.text("a:BuyerOrderReferencedDocument/a:IssuerAssignedID"),
        despatch_advice=trade.text(
            "a:ApplicableHeaderTradeDelivery/a:DespatchAdviceReferencedDocument/a:IssuerAssignedID"
        ),
        preceding=tuple(
            Preceding(
                each.required("a:IssuerAssignedID"),
                each.day("a:FormattedIssueDateTime/q:DateTimeString"),
            )
            for each in settlement.all("a:InvoiceReferencedDocument")
        ),
        notes=tuple(
            note for each in head.all("a:IncludedNote/a:Content") if (note := each.text("."))
        ),
        delivered_on=trade.day(
            "a:ApplicableHeaderTradeDelivery/a:ActualDeliverySupplyChainEvent/"
            "a:OccurrenceDateTime/u:DateTimeString"
        ),
        delivery_country=trade.text(
            "a:ApplicableHeaderTradeDelivery/a:ShipToTradeParty/a:PostalTradeAddress/a:CountryID"
        ),
        guideline=at.text(
            "m:ExchangedDocumentContext/a:GuidelineSpecifiedDocumentContextParameter/a:ID"
        )
        or "",
    )


def _cii_party(at: Reading) -> Party:
    place = "a:PostalTradeAddress"
    numbers = {
        each.attribute("a:ID", "schemeID"): each.text("a:ID")
        for each in at.all("a:SpecifiedTaxRegistration")
    }
    return Party(
        name=at.required("a:Name"),
        trading_name=at.text("a:SpecifiedLegalOrganization/a:TradingBusinessName"),
        address=Address(
            country=at.text(f"{place}/a:CountryID"),
            street=at.text(f"{place}/a:LineOne"),
            additional=at.text(f"{place}/a:LineTwo"),
            line=at.text(f"{place}/a:LineThree"),
            city=at.text(f"{place}/a:CityName"),
            postcode=at.text(f"{place}/a:PostcodeCode"),
            subdivision=at.text(f"{place}/a:CountrySubDivisionName"),
        ),
        identifier=_identifier(at, "a:GlobalID") or _identifier(at, "a:ID"),
        registration=_identifier(at, "a:SpecifiedLegalOrganization/a:ID"),
        vat_id=numbers.get("VA"),
        tax_number=numbers.get("FC"),
        electronic=_identifier(at, "a:URIUniversalCommunication/a:URIID"),
        contact_name=at.text("a:DefinedTradeContact/a:PersonName"),
        telephone=at.text(
            "a:DefinedTradeContact/a:TelephoneUniversalCommunication/a:CompleteNumber"
        ),
        email=at.text("a:DefinedTradeContact/a:EmailURIUniversalCommunication/a:URIID"),
    )


def _cii_category(at: Reading | None) -> VatCategory:
    if at is None:
        return VatCategory("", None)
    return VatCategory(
        at.text("a:CategoryCode") or "",
        at.decimal("a:RateApplicablePercent"),
        at.text("a:ExemptionReason"),
        at.text("a:ExemptionReasonCode"),
    )


def _cii_allowance(at: Reading) -> Allowance:
    category = at.one("a:CategoryTradeTax")
    return Allowance(
        amount=at.amount("a:ActualAmount"),
        charge=at.text("a:ChargeIndicator/u:Indicator") in ("true", "1"),
        category=None if category is None else _cii_category(category),
        reason=at.text("a:Reason"),
        reason_code=at.text("a:ReasonCode"),
        base=at.decimal("a:BasisAmount"),
        percent=at.decimal("a:CalculationPercent"),
    )


def _cii_means(at: Reading) -> PaymentMeans:
    account = "a:PayeePartyCreditorFinancialAccount"
    return PaymentMeans(
        at.text("a:TypeCode") or "1",
        at.text(f"{account}/a:IBANID") or at.text(f"{account}/a:ProprietaryID"),
        at.text(f"{account}/a:AccountName"),
        at.text("a:PayeeSpecifiedCreditorFinancialInstitution/a:BICID"),
    )


def _cii_line(at: Reading) -> Line:
    settlement = at.one("a:SpecifiedLineTradeSettlement")
    price = "a:SpecifiedLineTradeAgreement/a:NetPriceProductTradePrice"
    quantity = "a:SpecifiedLineTradeDelivery/a:BilledQuantity"
    if settlement is None:
        raise DocumentIsNotReadable("A line has no settlement.", field="content")
    return Line(
        identifier=at.required("a:AssociatedDocumentLineDocument/a:LineID"),
        name=at.text("a:SpecifiedTradeProduct/a:Name") or "",
        quantity=at.decimal(quantity) or ZERO,
        unit=at.attribute(quantity, "unitCode") or "",
        unit_price=at.amount(f"{price}/a:ChargeAmount"),
        net_amount=settlement.amount(
            "a:SpecifiedTradeSettlementLineMonetarySummation/a:LineTotalAmount"
        ),
        category=_cii_category(settlement.one("a:ApplicableTradeTax")),
        price_quantity=at.decimal(f"{price}/a:BasisQuantity") or Decimal(1),
        description=at.text("a:SpecifiedTradeProduct/a:Description"),
        seller_item=at.text("a:SpecifiedTradeProduct/a:SellerAssignedID"),
        note=at.text("a:AssociatedDocumentLineDocument/a:IncludedNote/a:Content"),
        allowances=tuple(
            _cii_allowance(each) for each in settlement.all("a:SpecifiedTradeAllowanceCharge")
        ),
    )
