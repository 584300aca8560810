"""HTTP payloads of configurations."""

from cpq.configurator.schemas.answers import (
    CompletedOut,
    CountOut,
    ExplanationOut,
    LintReportOut,
    LiveOut,
    RepairsOut,
    SampleOut,
    StateOut,
)
from cpq.configurator.schemas.form import FormOut
from cpq.configurator.schemas.requests import (
    CompleteIn,
    ConfigurationIn,
    ExplainIn,
    LintIn,
    LiveIn,
    SampleIn,
    StateIn,
    TimedIn,
)

__all__ = [
    "CompleteIn",
    "CompletedOut",
    "ConfigurationIn",
    "CountOut",
    "ExplainIn",
    "ExplanationOut",
    "FormOut",
    "LintIn",
    "LintReportOut",
    "LiveIn",
    "LiveOut",
    "RepairsOut",
    "SampleIn",
    "SampleOut",
    "StateIn",
    "StateOut",
    "TimedIn",
]
