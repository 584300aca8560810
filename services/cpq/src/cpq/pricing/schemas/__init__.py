"""HTTP payloads of price books and single price rules."""

from cpq.pricing.schemas.books import (
    BookExaminationOut,
    BookIn,
    BookPublishIn,
    BookRetireIn,
    PriceBookOut,
)
from cpq.pricing.schemas.single_rules import (
    QuantityBreakIn,
    QuantityBreakOut,
    RuleEndIn,
    TaxRateIn,
    TaxRateOut,
    TierDiscountIn,
    TierDiscountOut,
)

__all__ = [
    "BookExaminationOut",
    "BookIn",
    "BookPublishIn",
    "BookRetireIn",
    "PriceBookOut",
    "QuantityBreakIn",
    "QuantityBreakOut",
    "RuleEndIn",
    "TaxRateIn",
    "TaxRateOut",
    "TierDiscountIn",
    "TierDiscountOut",
]
