"""Rates by day."""

from erp.taxes.rules.rates import (
    NewRate,
    RatePeriod,
    TaxRateEndsBeforeItBegins,
    TaxRateExistsAlready,
    TaxRateIsMissing,
    TaxRateNotFound,
    TaxRatesOverlap,
    check_end,
    check_rates,
    plan_rate,
)
from erp.taxes.rules.standard_rates import standard_rates

__all__ = [
    "NewRate",
    "RatePeriod",
    "TaxRateEndsBeforeItBegins",
    "TaxRateExistsAlready",
    "TaxRateIsMissing",
    "TaxRateNotFound",
    "TaxRatesOverlap",
    "check_end",
    "check_rates",
    "plan_rate",
    "standard_rates",
]
