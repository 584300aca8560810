"""VAT returns, what they are made of, withholding, and files of rates."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from erp.taxes.models import TaxPosting, VatReturn, WithholdingRate
from erp.taxes.queries import ReturnPreview
from erp.taxes.rules import FileFinding
from erp.taxes.service import RateImport
from servicekit.http.schemas import (
    AmountOut,
    Code,
    CountryCode,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    Name,
    Out,
)


class VatBoxOut(Out):
    """One figure of a return, in the company's base currency."""

    code: str
    """The box: OUT- sales, DUE- tax owed as a customer, IN- deduction, OSS- other countries."""
    title: str
    """What it is."""
    direction: str
    """output (owed), input (deducted) or withheld."""
    vat_code: str
    """VAT category code of EN 16931."""
    rate: FractionOut
    country: str
    """Whose tax it is."""
    base: AmountOut
    """What the tax is of."""
    tax: AmountOut
    """The tax."""
    count: int
    """How many postings it is made of."""


class VatFiguresOut(Out):
    """What a return says, in `currency`."""

    company_id: UUID
    currency: str
    """The company's base currency."""
    period_from: date
    """The first day of the period."""
    period_to: date
    """The last day of the period."""
    output_tax: AmountOut
    """Tax owed on sales, and on purchases for which the company owes it."""
    input_tax: AmountOut
    """Tax that is deducted."""
    payable: AmountOut
    """Output tax less input tax; below zero when it is paid back."""
    late_items: int
    """How many postings belong to a period that was filed before they came."""
    boxes: list[VatBoxOut]
    """The figures, by code."""


class VatPreviewOut(VatFiguresOut):
    """What a return would say now; nothing is filed."""

    @classmethod
    def of(cls, row: ReturnPreview) -> Self:
        """Render a preview."""
        return cls(
            company_id=row.company_id,
            currency=row.currency,
            period_from=row.period_from,
            period_to=row.period_to,
            output_tax=row.figures.output_tax,
            input_tax=row.figures.input_tax,
            payable=row.figures.payable,
            late_items=row.late_items,
            boxes=[VatBoxOut.model_validate(box) for box in row.figures.boxes],
        )


class VatReturnIn(In):
    """Files the return of a period that is over."""

    company_id: UUID | None = None
    period_from: DayIn
    """The first day of the period."""
    period_to: DayIn
    """The last day of the period."""


class VatReturnOut(VatFiguresOut):
    """A return as it was filed; it never changes."""

    id: UUID
    filed_at: datetime
    """When it was filed, in UTC."""
    filed_by: str
    """Who filed it: the subject of their access token."""

    @classmethod
    def of(cls, row: VatReturn) -> Self:
        """Render a return."""
        return cls.model_validate(row)


class TaxPostingOut(Out):
    """The tax of one category of a document, as it was booked."""

    id: UUID
    company_id: UUID
    source_type: str
    source_id: UUID
    number: str
    """The number of the document."""
    direction: str
    """output (owed), input (deducted) or withheld."""
    category: str
    """Tax category, such as `standard`."""
    vat_code: str
    """VAT category code of EN 16931."""
    exemption_code: str | None
    """VATEX code of the reason why there is no tax, or null."""
    rate: FractionOut
    country: str
    """Whose tax it is."""
    partner_id: UUID | None
    """The customer or supplier."""
    partner_vat_number: str | None
    """Their VAT number, as it was then."""
    currency: str
    base: AmountOut
    """What the tax is of, in `currency`; below zero on a credit note."""
    tax: AmountOut
    """The tax, in `currency`."""
    home_currency: str
    """The company's base currency."""
    home_base: AmountOut
    """What the tax is of, in the company's base currency."""
    home_tax: AmountOut
    """The tax, in the company's base currency."""
    posted_on: date
    """The day on which it counts."""
    document_on: date
    """The day of the document."""
    recorded_at: datetime

    @classmethod
    def of(cls, row: TaxPosting) -> Self:
        """Render a posting."""
        return cls.model_validate(row)


class WithholdingRateIn(In):
    """The share that is withheld of a kind of payment in a country."""

    country: CountryCode
    kind: Code
    """What is paid for, such as `professional-services`."""
    name: Name
    rate: FractionIn
    """A share of the base: "0.15" is 15 %."""
    valid_from: DayIn
    valid_to: DayIn | None = None


class WithholdingRateOut(Out):
    """The share that is withheld of a kind of payment in a country."""

    id: UUID
    country: str
    kind: str
    """What is paid for, such as `professional-services`."""
    name: str
    rate: FractionOut
    """A share of the base: "0.15" is 15 %."""
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, row: WithholdingRate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)


class RateImportIn(In):
    """A file of tax rates, as it is published."""

    file: dict[str, Any]
    """The file's object: `rates` by country as of its `version`, or `items` with histories."""
    valid_from: DayIn | None = None
    """From when on its rates hold. Left out: the file's own days."""
    countries: Annotated[list[CountryCode], Field(min_length=1, max_length=300)] | None = None
    """Only these countries. Left out: all of them."""
    dry_run: bool = False
    """True: say what would come of it, and write nothing."""


class VatReturnFindingOut(Out):
    """What was noticed at an entry of the file."""

    place: str
    """Where in the file."""
    code: str
    """What it is, in a word."""
    detail: str
    error: bool
    """True: the file is not taken with it."""

    @classmethod
    def of(cls, found: FileFinding) -> Self:
        """Render a finding."""
        return cls.model_validate(found)


class ImportedRateOut(Out):
    """A rate that is new."""

    country: str
    region: str
    """A territory of the country, or empty."""
    category: str
    """Tax category, such as `standard`."""
    rate: FractionOut
    valid_from: date
    valid_to: date | None


class RateImportOut(Out):
    """What came of a file, or would."""

    dry_run: bool
    """True: nothing was written."""
    added: int
    """How many rates are new."""
    ended: int
    """How many rates end where a new one begins."""
    unchanged: int
    """How many rates hold already."""
    territories: int
    """How many territories with rates of their own the file names."""
    findings: list[VatReturnFindingOut]
    """What was noticed, by country."""
    rates: list[ImportedRateOut]
    """The new rates, by country, category and day."""

    @classmethod
    def of(cls, found: RateImport, *, dry_run: bool) -> Self:
        """Render what came of a file."""
        return cls(
            dry_run=dry_run,
            added=len(found.added),
            ended=found.ended,
            unchanged=found.unchanged,
            territories=found.territories,
            findings=[VatReturnFindingOut.of(one) for one in found.findings],
            rates=[
                ImportedRateOut(
                    country=rate.country,
                    region=rate.region,
                    category=rate.category,
                    rate=rate.rate,
                    valid_from=rate.valid_from,
                    valid_to=valid_to,
                )
                for rate, valid_to in found.added
            ],
        )
