"""Topic `erp.tax`: the tax that companies charge. Each event carries all rates of a company."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.base import CountryCode, DecimalString, Event, WireModel


class TaxRateV1(WireModel):
    """What a company charges on a category, and the days on which that holds."""

    category: str
    """Tax category of items, such as `standard`."""
    rate: DecimalString
    """A fraction: 0.19 is 19 %."""
    valid_from: date
    """First day on which the rate holds."""
    valid_to: date | None = None
    """First day on which it no longer holds; none: for ever."""


class TaxEvent(Event):
    """What all events of `erp.tax` carry."""

    topic: ClassVar[str] = "erp.tax"
    key_field: ClassVar[str] = "company_id"

    company_id: UUID
    country: CountryCode
    """Where the company is, whose rates these are."""
    is_default: bool
    """It sells where nobody names a company."""


class CompanyTaxChangedV1(TaxEvent):
    """The company's rates are now these; its invoices are taxed by them and by no others."""

    rates: list[TaxRateV1]
    """By category and first day; a category without one on a day cannot be invoiced then."""
