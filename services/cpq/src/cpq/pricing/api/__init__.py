"""Price rules over HTTP."""

from cpq.pricing.api.books import price_books
from cpq.pricing.api.single_rules import quantity_breaks, tax_rates, tier_discounts

routers = [price_books, quantity_breaks, tier_discounts, tax_rates]

__all__ = ["routers"]
