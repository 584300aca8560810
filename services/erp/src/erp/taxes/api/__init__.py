"""The HTTP door of taxes."""

from erp.taxes.api.rates import tax_rates
from erp.taxes.api.returns import imports, postings, previews, vat_returns, withholding
from erp.taxes.api.sales import companies, number_checks, profiles

routers = (
    tax_rates,
    imports,
    number_checks,
    profiles,
    companies,
    previews,
    vat_returns,
    postings,
    withholding,
)
