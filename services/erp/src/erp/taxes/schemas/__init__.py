"""What the HTTP door of taxes takes and gives."""

from erp.taxes.schemas.rates import TaxRateEndIn, TaxRateIn, TaxRateOut
from erp.taxes.schemas.returns import (
    RateImportIn,
    RateImportOut,
    TaxPostingOut,
    VatBoxOut,
    VatFiguresOut,
    VatPreviewOut,
    VatReturnIn,
    VatReturnOut,
    WithholdingRateIn,
    WithholdingRateOut,
)
from erp.taxes.schemas.sales import (
    CompanyTaxIn,
    CompanyTaxOut,
    TaxNumberCheckIn,
    TaxNumberCheckOut,
    TaxProfileIn,
    TaxProfileOut,
    TreatmentOut,
)

__all__ = [
    "CompanyTaxIn",
    "CompanyTaxOut",
    "RateImportIn",
    "RateImportOut",
    "TaxNumberCheckIn",
    "TaxNumberCheckOut",
    "TaxPostingOut",
    "TaxProfileIn",
    "TaxProfileOut",
    "TaxRateEndIn",
    "TaxRateIn",
    "TaxRateOut",
    "TreatmentOut",
    "VatBoxOut",
    "VatFiguresOut",
    "VatPreviewOut",
    "VatReturnIn",
    "VatReturnOut",
    "WithholdingRateIn",
    "WithholdingRateOut",
]
