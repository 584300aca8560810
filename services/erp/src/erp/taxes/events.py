"""Own facts as contract events."""

from contracts.erp.tax import CompanyTaxChangedV1, TaxRateV1
from erp.taxes.queries import CompanyTaxed


def company_tax(company: CompanyTaxed) -> CompanyTaxChangedV1:
    """All rates that a company charges."""
    return CompanyTaxChangedV1(
        company_id=company.company_id,
        country=company.country,
        is_default=company.is_default,
        rates=[
            TaxRateV1(
                category=rate.category,
                rate=rate.rate,
                valid_from=rate.valid_from,
                valid_to=rate.valid_to,
            )
            for rate in company.rates
        ],
    )
