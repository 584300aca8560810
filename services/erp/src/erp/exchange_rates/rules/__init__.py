"""What a currency is worth in another, given some rates; which rates count; reading rate files."""

from erp.exchange_rates.rules.crossing import (
    Leg,
    RecordedRate,
    converted,
    route,
    worth,
)
from erp.exchange_rates.rules.history import (
    LARGEST_FILE,
    History,
    HistoryRate,
    RateFileIsUnreadable,
    read_history,
)
from erp.exchange_rates.rules.policy import (
    MOST_DAYS_OLD,
    ExchangeRateIsMissing,
    ExchangeRatePolicyNotFound,
    Policy,
)

__all__ = [
    "LARGEST_FILE",
    "MOST_DAYS_OLD",
    "ExchangeRateIsMissing",
    "ExchangeRatePolicyNotFound",
    "History",
    "HistoryRate",
    "Leg",
    "Policy",
    "RateFileIsUnreadable",
    "RecordedRate",
    "converted",
    "read_history",
    "route",
    "worth",
]
