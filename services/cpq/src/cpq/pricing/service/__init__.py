"""Pricing documents, and keeping the rules that price them."""

from cpq.pricing.rules import Attribute, PriceIsTooLarge, Step, UsageIsTooLarge, usage_amount
from cpq.pricing.service.books import (
    content_hash,
    content_of,
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
    PricingBasis,
    Wanted,
    price_documents,
    priced_from,
)
from cpq.pricing.service.options import nets_of
from cpq.pricing.service.records import (
    hash_of,
    promotions_given,
    read_attribute,
    recorded,
    replayed,
    written_attribute,
)
from cpq.pricing.service.shelf import running_promotions
from cpq.pricing.service.single_rules import (
    add_quantity_break,
    add_tax_rate,
    add_tier_discount,
    end_rule,
)

__all__ = [
    "PRICING_REFUSALS",
    "AnyBuyer",
    "Attribute",
    "ConfiguredPrice",
    "Document",
    "PriceIsTooLarge",
    "PricedDocument",
    "PricedDocumentLine",
    "PricingBasis",
    "Step",
    "UsageIsTooLarge",
    "Wanted",
    "add_quantity_break",
    "add_tax_rate",
    "add_tier_discount",
    "content_hash",
    "content_of",
    "create_book",
    "discard_book",
    "end_rule",
    "examine_book",
    "hash_of",
    "nets_of",
    "price_documents",
    "priced_from",
    "promotions_given",
    "publish_book",
    "read_attribute",
    "recorded",
    "replace_book",
    "replayed",
    "retire_book",
    "running_promotions",
    "usage_amount",
    "written_attribute",
]
