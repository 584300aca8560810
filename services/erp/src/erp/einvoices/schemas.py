"""Requests and answers of e-invoices."""

from dataclasses import asdict
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import StringConstraints, model_validator

from erp.einvoices.queries import BuyerRow, SellerRow
from erp.einvoices.rules import (
    BuyerDetails,
    Finding,
    SellerDetails,
    Severity,
    Syntax,
    is_fatal,
)
from servicekit.http.files import Base64Content, FileIn
from servicekit.http.schemas import CountryCode, EmailIn, In, Name, OneLine, Out, PhoneIn, ShortText

LanguageTag = Literal["en", "de", "fr", "zh-Hans"]
VatId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9A-Z+*]{2,12}$")]
Iban = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$")]
Bic = Annotated[str, StringConstraints(pattern=r"^[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?$")]
Scheme = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2,4}$")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=50), OneLine]


class _PartyIn(In):
    """What is told of a seller or a buyer. What is left out, documents do without."""

    name: Name | None = None
    """The legal name; null: the name that is known already."""
    trading_name: Name | None = None
    """The name that it trades under, where that is another one."""
    street: Name | None = None
    """Street and number."""
    additional: Name | None = None
    """A further line of the address."""
    city: ShortText | None = None
    """The town."""
    postcode: Number | None = None
    """The postal code."""
    subdivision: ShortText | None = None
    """Region, province or state."""
    country: CountryCode | None = None
    """The country of the address; null: the one that is known already."""
    registration: Number | None = None
    """The number in the register of companies."""
    registration_scheme: Scheme | None = None
    """The register, by its code in ISO 6523, such as 0002 for SIRENE."""
    vat_id: VatId | None = None
    """The VAT number with its country in front."""
    tax_number: Number | None = None
    """The number for taxes within the country."""
    electronic_address: Number | None = None
    """Where e-invoices are sent to."""
    electronic_scheme: Scheme | None = None
    """The kind of electronic address by the EAS list, such as 9930, or EM for e-mail."""
    contact_name: ShortText | None = None
    """Who may be asked."""
    telephone: PhoneIn | None = None
    """The telephone of the contact."""
    email: EmailIn | None = None
    """The e-mail address of the contact."""
    language: LanguageTag | None = None
    """The language of documents; null: that of the customer's country, or English."""

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if (self.electronic_address is None) != (self.electronic_scheme is None):
            raise ValueError("an electronic address and its scheme belong together")
        return self


class LegalDetailsIn(_PartyIn):
    """What a company's documents say of it from now on."""

    iban: Iban | None = None
    """The bank account to which customers pay, without spaces."""
    bic: Bic | None = None
    """The bank of the account."""
    account_name: Name | None = None
    """The holder of the account, where it is not the company by its legal name."""

    def details(self) -> SellerDetails:
        """The value that documents are made with."""
        return SellerDetails(**self.model_dump())


class BillingDetailsIn(_PartyIn):
    """What documents say of the customer of an account from now on."""

    buyer_reference: Number | None = None
    """What routes the document within the customer's house, such as a Leitweg-ID."""

    def details(self) -> BuyerDetails:
        """The value that documents are made with."""
        return BuyerDetails(**self.model_dump())


class _PartyOut(Out):
    """What is told of a seller or a buyer."""

    name: str | None
    """The legal name; null: the name that is known already."""
    trading_name: str | None
    """The name that it trades under, where that is another one."""
    street: str | None
    """Street and number."""
    additional: str | None
    """A further line of the address."""
    city: str | None
    """The town."""
    postcode: str | None
    """The postal code."""
    subdivision: str | None
    """Region, province or state."""
    country: str | None
    """The country of the address; null: the one that is known already."""
    registration: str | None
    """The number in the register of companies."""
    registration_scheme: str | None
    """The register, by its code in ISO 6523."""
    vat_id: str | None
    """The VAT number with its country in front."""
    tax_number: str | None
    """The number for taxes within the country."""
    electronic_address: str | None
    """Where e-invoices are sent to."""
    electronic_scheme: str | None
    """The kind of electronic address by the EAS list."""
    contact_name: str | None
    """Who may be asked."""
    telephone: str | None
    """The telephone of the contact."""
    email: str | None
    """The e-mail address of the contact."""
    language: str | None
    """The language of documents; null: that of the customer's country, or English."""
    version: int
    """0: nothing has been told yet."""


class LegalDetailsOut(_PartyOut):
    """What a company's documents say of it."""

    company_id: UUID
    """The company."""
    iban: str | None
    """The bank account to which customers pay."""
    bic: str | None
    """The bank of the account."""
    account_name: str | None
    """The holder of the account, where it is not the company by its legal name."""

    @classmethod
    def of(cls, row: SellerRow) -> Self:
        """Render the details."""
        return cls(company_id=row.company_id, version=row.version, **asdict(row.details))


class BillingDetailsOut(_PartyOut):
    """What documents say of the customer of an account."""

    account_id: UUID
    """The account."""
    buyer_reference: str | None
    """What routes the document within the customer's house."""

    @classmethod
    def of(cls, row: BuyerRow) -> Self:
        """Render the details."""
        return cls(account_id=row.account_id, version=row.version, **asdict(row.details))


class EinvoiceCheckIn(FileIn):
    """A document to be looked at."""

    content: Base64Content
    """The XML (UBL 2.1 or CII) in Base64; 5 MB at most."""


class FindingOut(Out):
    """A rule that the document breaks."""

    rule: str
    """The rule, such as BR-CO-15; XSD where the schema refuses it."""
    severity: Severity
    """Whether it keeps the document from being sent."""
    location: str
    """Where, as an XPath."""
    text: str
    """The rule in words."""


class EinvoiceCheckOut(Out):
    """What schema and official rules found."""

    syntax: Syntax
    """The syntax in which the document is written."""
    valid: bool
    """Whether nothing fatal was found."""
    findings: list[FindingOut]
    """Every rule that it breaks; empty: none."""

    @classmethod
    def of(cls, syntax: Syntax, findings: list[Finding]) -> Self:
        """Render a check."""
        return cls(
            syntax=syntax,
            valid=not is_fatal(findings),
            findings=[FindingOut.model_validate(each) for each in findings],
        )
