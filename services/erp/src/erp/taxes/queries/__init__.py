"""Reading tax rates."""

from erp.taxes.queries.rates import (
    RATES_ON,
    CompanyTaxed,
    companies_taxed,
    holding,
    rates_of,
    tax_rates,
)
from erp.taxes.rules import TaxRateIsMissing, check_rates

__all__ = [
    "RATES_ON",
    "CompanyTaxed",
    "TaxRateIsMissing",
    "check_rates",
    "companies_taxed",
    "holding",
    "rates_of",
    "tax_rates",
]
