"""Use cases of taxes, and what documents tell when they are booked."""

from erp.taxes.rules import WithholdingRateNotFound
from erp.taxes.service.imports import RateImport, import_rates
from erp.taxes.service.postings import (
    INPUT,
    OUTPUT,
    WITHHELD,
    TaxedDocument,
    TaxLine,
    output_lines,
    record_taxes,
    take_back_taxes,
)
from erp.taxes.service.profiles import (
    ExemptionInput,
    write_company_settings,
    write_tax_profile,
)
from erp.taxes.service.rates import add_tax_rate, end_tax_rate, prepare_company
from erp.taxes.service.returns import add_withholding_rate, file_return, withheld

__all__ = [
    "INPUT",
    "OUTPUT",
    "WITHHELD",
    "ExemptionInput",
    "RateImport",
    "TaxLine",
    "TaxedDocument",
    "WithholdingRateNotFound",
    "add_tax_rate",
    "add_withholding_rate",
    "end_tax_rate",
    "file_return",
    "import_rates",
    "output_lines",
    "prepare_company",
    "record_taxes",
    "take_back_taxes",
    "withheld",
    "write_company_settings",
    "write_tax_profile",
]
