"""Which tax a sale bears, and what of it is due.

Owns
    Tax rates by country, territory, category and day; tax profiles of accounts and settings of
    companies; what documents said of tax; VAT returns; withholding rates.

Invariants
    A tax category has at most one rate in a country or territory on a day; the tax that documents
    told is what they booked on the tax accounts; a posting is declared in one return, which keeps
    its figures.

Hears
    Nothing.

Says
    erp.tax: CompanyTaxChanged, when a company is opened and when its country's rates change.
"""
