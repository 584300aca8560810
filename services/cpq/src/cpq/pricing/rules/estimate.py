"""Totals of a document and its estimated tax.

Tax rates belong to the ERP, whose invoice decides: what it said of the selling company is what a
quote is taxed by. As long as it has said nothing, CPQ takes rates of its own by the customer's
country and the tax category.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from cpq.pricing.rules.steps import LARGEST, PriceIsTooLarge
from servicekit.taxation import DocumentTotals, TaxableLine, document_totals
from servicekit.values import Period

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate kept for estimates."""

    id: UUID
    country: str
    tax_category: str
    rate: Decimal
    """A fraction: 0.19 is 19 %."""
    period: Period

    @property
    def conditions(self) -> tuple[object, ...]:
        """Equal for two rates that would answer the same question."""
        return (self.country, self.tax_category)


@dataclass(frozen=True, slots=True)
class TaxEstimate:
    """The rate that a line is estimated with, and why."""

    rate: Decimal
    reason: str


# What most sellers of goods meet first, so that an estimate is there before anybody has entered
# a rate: standard and reduced VAT rates (the reduced one that is usual where there are several).
_USUAL: Mapping[str, tuple[str, str]] = {
    "AT": ("0.20", "0.10"),
    "BE": ("0.21", "0.06"),
    "CH": ("0.081", "0.026"),
    "DE": ("0.19", "0.07"),
    "DK": ("0.25", "0.25"),
    "ES": ("0.21", "0.10"),
    "FR": ("0.20", "0.055"),
    "GB": ("0.20", "0.05"),
    "IE": ("0.23", "0.135"),
    "IT": ("0.22", "0.10"),
    "NL": ("0.21", "0.09"),
    "PL": ("0.23", "0.08"),
    "PT": ("0.23", "0.13"),
    "SE": ("0.25", "0.12"),
}


def usual_rate(country: str, tax_category: str) -> Decimal | None:
    """The built-in rate of a country, for the categories `standard` and `reduced`, if it has one.

    A data test compares the table with the rates that the European Commission publishes.
    """
    rates = _USUAL.get(country)
    if rates is None or tax_category not in ("standard", "reduced"):
        return None
    return Decimal(rates[0 if tax_category == "standard" else 1])


def seller_estimate(
    country: str, tax_category: str, day: date, rate: Decimal | None
) -> TaxEstimate:
    """What the selling company charges on a category, as the ERP said; None: it has no rate."""
    if rate is None:
        return TaxEstimate(
            _NONE, f"The selling company has no rate for {tax_category} on {day.isoformat()}"
        )
    return TaxEstimate(rate, f"Rate of the selling company in {country}, {tax_category}")


def estimate_tax(
    country: str | None, tax_category: str, day: date, rates: Sequence[TaxRate]
) -> TaxEstimate:
    """The rate for a customer's country on a day: an entered one, else the usual one, else zero."""
    if tax_category in ("zero", "exempt"):
        return TaxEstimate(_NONE, f"Tax category {tax_category}")
    if country is None:
        return TaxEstimate(_NONE, "The customer has no address, so no country")
    entered = [
        rate
        for rate in rates
        if rate.country == country and rate.tax_category == tax_category and day in rate.period
    ]
    if entered:
        newest = max(entered, key=lambda rate: (rate.period.start, rate.id))
        return TaxEstimate(newest.rate, f"Rate entered for {country}, {tax_category}")
    usual = usual_rate(country, tax_category)
    if usual is not None:
        return TaxEstimate(usual, f"Usual rate of {country}, {tax_category}")
    return TaxEstimate(_NONE, f"No rate is known for {country}, {tax_category}")


def total(
    lines: Sequence[TaxableLine], rates: Mapping[str, Decimal], currency: str
) -> DocumentTotals:
    """Total a document with the tax kernel, as the order and the invoice will.

    Raises `UnknownCurrency`, `PriceIsTooLarge`.
    """
    totals = document_totals(lines, rates, currency)
    if totals.gross.amount >= LARGEST:
        raise PriceIsTooLarge(
            f"The document's total of {totals.net} and {totals.tax} tax is too large", field="lines"
        )
    return totals
