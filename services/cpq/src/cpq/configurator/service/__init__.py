"""What configuring can be asked."""

from cpq.catalog.service import compute
from cpq.configurator.rules import (
    ConfigurationCurrencyDiffers,
    ConfigurationIsInConflict,
    ConfigurationNeedsCurrency,
    ConfigurationSellsAnotherItem,
    ConfigurationSellsNothing,
)
from cpq.configurator.service.answering import (
    Answered,
    complete,
    count,
    explain,
    lint,
    repairs,
    sample,
    state,
)
from cpq.configurator.service.asking import Form, Opens, Question, Ready, form, ready
from cpq.configurator.service.living import Deal, Part, live, whole_promise
from cpq.configurator.service.quoting import Configured, configured
from cpq.configurator.service.refusing import ASKING_REFUSALS, LINE_REFUSALS, VERSION_REFUSALS

__all__ = [
    "ASKING_REFUSALS",
    "LINE_REFUSALS",
    "VERSION_REFUSALS",
    "Answered",
    "ConfigurationCurrencyDiffers",
    "ConfigurationIsInConflict",
    "ConfigurationNeedsCurrency",
    "ConfigurationSellsAnotherItem",
    "ConfigurationSellsNothing",
    "Configured",
    "Deal",
    "Form",
    "Opens",
    "Part",
    "Question",
    "Ready",
    "complete",
    "compute",
    "configured",
    "count",
    "explain",
    "form",
    "lint",
    "live",
    "ready",
    "repairs",
    "sample",
    "state",
    "whole_promise",
]
