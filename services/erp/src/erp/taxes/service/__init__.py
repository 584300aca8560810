"""Use cases of taxes."""

from erp.taxes.service.rates import add_tax_rate, end_tax_rate, prepare_company

__all__ = ["add_tax_rate", "end_tax_rate", "prepare_company"]
