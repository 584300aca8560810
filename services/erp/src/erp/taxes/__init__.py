"""Which tax a sale bears, and what of it is due.

Owns
    Tax rates by country, territory, category and day.

Invariants
    A tax category has at most one rate in a country or territory on a day.

Hears
    Nothing.

Says
    erp.tax: CompanyTaxChanged, when a company is opened and when its country's rates change.
"""
