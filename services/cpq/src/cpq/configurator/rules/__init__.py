"""The laws of configuring: how choices are written, what may be sold, what a whole consists of."""

from cpq.configurator.rules.composition import Composition, composition_of, quantity_of
from cpq.configurator.rules.refusals import (
    ConfigurationCurrencyDiffers,
    ConfigurationCustomerNotKnown,
    ConfigurationIsInConflict,
    ConfigurationNeedsCurrency,
    ConfigurationSellsAnotherItem,
    ConfigurationSellsNothing,
)
from cpq.configurator.rules.supplying import Ware, fingerprint, has_amounts, items_of, supply_of
from cpq.configurator.rules.wording import Wording, days, said

__all__ = [
    "Composition",
    "ConfigurationCurrencyDiffers",
    "ConfigurationCustomerNotKnown",
    "ConfigurationIsInConflict",
    "ConfigurationNeedsCurrency",
    "ConfigurationSellsAnotherItem",
    "ConfigurationSellsNothing",
    "Ware",
    "Wording",
    "composition_of",
    "days",
    "fingerprint",
    "has_amounts",
    "items_of",
    "quantity_of",
    "said",
    "supply_of",
]
