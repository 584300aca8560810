"""The laws of rehearsals: what is summed up, and what is refused."""

from cpq.rehearsals.rules.outcomes import (
    CurrencyTotal,
    CustomerTotal,
    ItemKey,
    ItemTotal,
    QuoteOutcome,
    Reason,
    RuleTotal,
    Sides,
    Sort,
    UnpricedQuote,
    page_of,
)
from cpq.rehearsals.rules.refusals import (
    QuoteChangedMeanwhile,
    RehearsalIsTooLarge,
    RehearsalTakesTooLong,
)
from cpq.rehearsals.rules.tally import Rehearsal, Tally

__all__ = [
    "CurrencyTotal",
    "CustomerTotal",
    "ItemKey",
    "ItemTotal",
    "QuoteChangedMeanwhile",
    "QuoteOutcome",
    "Reason",
    "Rehearsal",
    "RehearsalIsTooLarge",
    "RehearsalTakesTooLong",
    "RuleTotal",
    "Sides",
    "Sort",
    "Tally",
    "UnpricedQuote",
    "page_of",
]
