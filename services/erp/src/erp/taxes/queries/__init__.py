"""Reading rates, what decides the tax of a sale, and VAT returns."""

from erp.taxes.queries.rates import (
    RATES_ON,
    CompanyTaxed,
    companies_taxed,
    holding,
    rates_of,
    tax_rates,
)
from erp.taxes.queries.returns import (
    ReturnPreview,
    postings_of_return,
    preview_return,
    returns_of,
    tax_proof,
    withholding_rate,
)
from erp.taxes.queries.sales import (
    TAX_FACTS,
    TaxProfileDetail,
    account_exists,
    company_tax_settings,
    sale_of,
    sale_to,
    tax_profile,
)
from erp.taxes.rules import (
    Sale,
    Supply,
    TaxedSale,
    TaxRateIsMissing,
    Treatment,
    VatCode,
    check_rates,
    plain_code,
    treat_all,
)

__all__ = [
    "RATES_ON",
    "TAX_FACTS",
    "CompanyTaxed",
    "ReturnPreview",
    "Sale",
    "Supply",
    "TaxProfileDetail",
    "TaxRateIsMissing",
    "TaxedSale",
    "Treatment",
    "VatCode",
    "account_exists",
    "check_rates",
    "companies_taxed",
    "company_tax_settings",
    "holding",
    "plain_code",
    "postings_of_return",
    "preview_return",
    "rates_of",
    "returns_of",
    "sale_of",
    "sale_to",
    "tax_profile",
    "tax_proof",
    "tax_rates",
    "treat_all",
    "withholding_rate",
]
