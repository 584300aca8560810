"""What the HTTP door of taxes takes and gives."""

from erp.taxes.schemas.rates import TaxRateEndIn, TaxRateIn, TaxRateOut

__all__ = ["TaxRateEndIn", "TaxRateIn", "TaxRateOut"]
