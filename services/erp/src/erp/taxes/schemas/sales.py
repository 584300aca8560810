"""Numbers, profiles and settings that decide the tax of a sale."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from erp.taxes.models import CompanyTax
from erp.taxes.queries import TaxProfileDetail
from erp.taxes.rules import (
    DISTANCE_SALES_THRESHOLD,
    CheckedNumber,
    DistanceScheme,
    Treatment,
)
from erp.taxes.schemas.rates import RegionCode
from erp.taxes.service import ExemptionInput
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    CountryCode,
    DayIn,
    FractionOut,
    In,
    Name,
    Out,
    Reason,
)

VatNumber = Annotated[str, StringConstraints(min_length=1, max_length=40)]
VatexCode = Annotated[str, StringConstraints(pattern=r"^VATEX-[A-Z0-9-]{1,40}$")]


class TaxNumberCheckIn(In):
    """A VAT number as somebody typed it."""

    number: VatNumber
    """With or without the country's prefix; separators do not matter."""
    country: CountryCode | None = None
    """The country of a number without prefix."""


class TaxNumberCheckOut(Out):
    """Whether form and checksum are right. Whether it is in force only its country can say."""

    number: str
    """The number with its prefix and without separators."""
    country: str | None
    """Whose number it is; XI is Northern Ireland; null: nobody's that we can check."""
    valid: bool
    """Whether form and checksum are right."""
    reason: str | None
    """`unknown-country`, `invalid-length`, `invalid-format`, `invalid-checksum` or
    `invalid-component`; null: it is valid."""
    detail: str

    @classmethod
    def of(cls, found: CheckedNumber) -> Self:
        """Render a checked number."""
        return cls.model_validate(found)


class ExemptionIn(In):
    """A certificate by which a customer bears no tax in a country."""

    country: CountryCode
    """The country whose tax it is about: that of the selling company."""
    number: Name
    """The number of the certificate."""
    exemption_code: VatexCode | None = None
    """The VATEX code of the reason, where there is one."""
    reason: Reason
    """Why there is no tax, as invoices say it."""
    valid_from: DayIn
    valid_to: DayIn | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to is after valid_from")
        return self


class TaxProfileIn(In):
    """Where a customer is taxed, and as what."""

    country: CountryCode
    """Where the goods go, or the services are used."""
    region: RegionCode = ""
    """A territory of the country with rates of its own, or outside the VAT area."""
    business: bool
    """True: it buys as a business; false: as a consumer."""
    vat_number: VatNumber | None = None
    """The VAT number of a business; refused with the reason if form or checksum are wrong."""
    exemptions: Annotated[list[ExemptionIn], Field(max_length=100, default_factory=list)]
    """Certificates; those that were there before are replaced."""

    def certificates(self) -> list[ExemptionInput]:
        """The certificates as the service takes them."""
        return [ExemptionInput(**dict(one)) for one in self.exemptions]


class ExemptionOut(Out):
    """A certificate by which a customer bears no tax in a country."""

    country: str
    """The country whose tax it is about."""
    number: str
    """The number of the certificate."""
    exemption_code: str | None
    """The VATEX code of the reason, or null."""
    reason: str
    """Why there is no tax, as invoices say it."""
    valid_from: date
    valid_to: date | None


class TaxProfileOut(Out):
    """Where a customer is taxed, and as what."""

    account_id: UUID
    country: str
    """Where the goods go, or the services are used."""
    region: str
    """A territory of the country, or empty."""
    business: bool
    """True: it buys as a business; false: as a consumer."""
    vat_number: str | None
    """The VAT number in its plain form, or null."""
    exemptions: list[ExemptionOut]
    """Certificates, in the order in which they were given."""
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, detail: TaxProfileDetail) -> Self:
        """Render a profile."""
        row = detail.profile
        return cls(
            account_id=row.account_id,
            country=row.country,
            region=row.region,
            business=row.business,
            vat_number=row.vat_number,
            exemptions=[ExemptionOut.model_validate(one) for one in detail.exemptions],
            version=row.version,
            updated_at=row.updated_at,
        )


class CompanyTaxIn(In):
    """How a company taxes consumers in other member states of the European Union."""

    scheme: DistanceScheme = DistanceScheme.THRESHOLD
    """`threshold`: at home until such sales pass the threshold; `destination` or `origin`."""
    threshold: AmountIn = DISTANCE_SALES_THRESHOLD
    """A calendar year's sales up to which `threshold` taxes at home, in the base currency."""
    vat_number: VatNumber | None = None
    """The company's own VAT number."""


class CompanyTaxOut(Out):
    """How a company taxes consumers in other member states of the European Union."""

    company_id: UUID
    scheme: str
    """threshold, destination or origin."""
    threshold: AmountOut
    """A calendar year's sales up to which `threshold` taxes at home, in the base currency."""
    vat_number: str | None
    """The company's own VAT number, or null."""
    version: int

    @classmethod
    def of(cls, row: CompanyTax) -> Self:
        """Render the settings."""
        return cls.model_validate(row)


class TreatmentOut(Out):
    """Which tax a sale bears, and how that was found."""

    vat_code: str
    """VAT category code of EN 16931: S, Z, E, AE, K, G or O."""
    rate: FractionOut
    country: str
    """Whose tax it is."""
    exemption_code: str | None
    """VATEX code of the reason why there is no tax, or null."""
    exemption_reason: str | None
    """Why there is no tax, or null."""
    trace: list[str]
    """The steps of the decision, in their order."""

    @classmethod
    def of(cls, found: Treatment) -> Self:
        """Render a treatment."""
        return cls(
            vat_code=found.code.value,
            rate=found.rate,
            country=found.country,
            exemption_code=found.exemption_code,
            exemption_reason=found.reason,
            trace=list(found.trace),
        )
