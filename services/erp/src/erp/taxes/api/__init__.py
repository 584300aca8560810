"""The HTTP door of taxes."""

from erp.taxes.api.rates import tax_rates

routers = (tax_rates,)
