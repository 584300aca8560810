"""The tables of taxes. Triggers stand in the migrations."""

from erp.taxes.models.postings import ReturnItem, TaxPosting, VatReturn, WithholdingRate
from erp.taxes.models.profiles import CompanyTax, Exemption, TaxProfile, Territory
from erp.taxes.models.rates import TaxRate

__all__ = [
    "CompanyTax",
    "Exemption",
    "ReturnItem",
    "TaxPosting",
    "TaxProfile",
    "TaxRate",
    "Territory",
    "VatReturn",
    "WithholdingRate",
]
