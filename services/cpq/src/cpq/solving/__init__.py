"""Solvers behind one face: what is possible, why not, what mends it, what is best, how many.

`Engine` answers questions about a `cpq.configuration` model. Search is done by libraries only:
SAT (python-sat) for domains and explanations, a compiled circuit (d-DNNF) where a model has one,
CP-SAT (ortools) for optimisation.
"""

from cpq.solving.engine import Engine
from cpq.solving.refusals import (
    ChoicesClash,
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

__all__ = [
    "ChoicesClash",
    "ChosenTwice",
    "ConfigurationTakesTooLong",
    "Engine",
    "FactMakesNoSense",
    "ModelIsTooLarge",
    "ModelMakesNoSense",
    "UnknownFact",
    "UnknownTarget",
    "UnknownValue",
    "ValueIsCalculated",
]
