"""Everything that a question may be refused with, for the doors that list it."""

from typing import Final

from cpq.catalog.service import ConfigurationModelIsNotPublished, ConfigurationModelNotFound
from cpq.configurator.rules import (
    ConfigurationCurrencyDiffers,
    ConfigurationCustomerNotKnown,
    ConfigurationIsInConflict,
    ConfigurationNeedsCurrency,
    ConfigurationSellsAnotherItem,
    ConfigurationSellsNothing,
)
from cpq.solving import (
    ChosenTwice,
    ConfigurationTakesTooLong,
    FactMakesNoSense,
    ModelIsTooLarge,
    ModelMakesNoSense,
    UnknownFact,
    UnknownTarget,
    UnknownValue,
    ValueIsCalculated,
)
from servicekit.errors import Refusal
from servicekit.workshop import TooMuchWork

VERSION_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    ConfigurationModelNotFound,
    ConfigurationModelIsNotPublished,
    TooMuchWork,
)
ASKING_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    *VERSION_REFUSALS,
    ConfigurationCustomerNotKnown,
    ConfigurationCurrencyDiffers,
    ConfigurationNeedsCurrency,
    UnknownTarget,
    UnknownValue,
    ValueIsCalculated,
    ChosenTwice,
    UnknownFact,
    FactMakesNoSense,
    ModelIsTooLarge,
    ModelMakesNoSense,
    ConfigurationTakesTooLong,
)
LINE_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    *ASKING_REFUSALS,
    ConfigurationIsInConflict,
    ConfigurationSellsNothing,
    ConfigurationSellsAnotherItem,
)
"""Why a configured line may not be quoted."""
