"""The laws of pricing: the waterfall, which rule applies, the estimated tax, the totals."""

from cpq.pricing.rules.estimate import TaxEstimate, TaxRate, estimate_tax, total, usual_rate
from cpq.pricing.rules.schedule import (
    PriceRules,
    QuantityBreak,
    RuleEndsBeforeItBegins,
    RuleOverlapsAnother,
    TierDiscount,
    refuse_overlap,
)
from cpq.pricing.rules.waterfall import (
    AgreedPriceNeedsReason,
    DiscountNeedsReason,
    ItemHasNoListPrice,
    PricedLine,
    PriceIsTooLarge,
    Request,
    Step,
    StepName,
    margin,
    price_line,
)

__all__ = [
    "AgreedPriceNeedsReason",
    "DiscountNeedsReason",
    "ItemHasNoListPrice",
    "PriceIsTooLarge",
    "PriceRules",
    "PricedLine",
    "QuantityBreak",
    "Request",
    "RuleEndsBeforeItBegins",
    "RuleOverlapsAnother",
    "Step",
    "StepName",
    "TaxEstimate",
    "TaxRate",
    "TierDiscount",
    "estimate_tax",
    "margin",
    "price_line",
    "refuse_overlap",
    "total",
    "usual_rate",
]
