"""Pricing documents, and keeping the rules that price them."""

from cpq.pricing.rules import PriceIsTooLarge, Step
from cpq.pricing.service.books import (
    create_book,
    discard_book,
    examine_book,
    publish_book,
    replace_book,
    retire_book,
)
from cpq.pricing.service.documents import (
    PRICING_REFUSALS,
    AnyBuyer,
    ConfiguredPrice,
    Document,
    PricedDocument,
    PricedDocumentLine,
    Wanted,
    price_documents,
)
from cpq.pricing.service.single_rules import (
    add_quantity_break,
    add_tax_rate,
    add_tier_discount,
    end_rule,
)

__all__ = [
    "PRICING_REFUSALS",
    "AnyBuyer",
    "ConfiguredPrice",
    "Document",
    "PriceIsTooLarge",
    "PricedDocument",
    "PricedDocumentLine",
    "Step",
    "Wanted",
    "add_quantity_break",
    "add_tax_rate",
    "add_tier_discount",
    "create_book",
    "discard_book",
    "end_rule",
    "examine_book",
    "price_documents",
    "publish_book",
    "replace_book",
    "retire_book",
]
