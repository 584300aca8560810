"""Values that every rule may use: money, quantities, periods. Standard library only."""

from servicekit.values.decimals import plain, round_to
from servicekit.values.money import (
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    minor_units,
    round_together,
)
from servicekit.values.period import Period
from servicekit.values.quantity import Quantity, UnitMismatch

__all__ = [
    "CurrencyMismatch",
    "Money",
    "Period",
    "Quantity",
    "UnitMismatch",
    "UnknownCurrency",
    "minor_units",
    "plain",
    "round_to",
    "round_together",
]
