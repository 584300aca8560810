"""The tables of taxes. Triggers stand in the migrations."""

from erp.taxes.models.rates import TaxRate

__all__ = ["TaxRate"]
