"""What a model means, said plainly: the value of an expression, what a configuration violates.

This is the reference that solvers are tested against, and shares nothing with them. It evaluates
one complete configuration at a time; `enumerate_valid` tries all of them, so only for small models.

A configuration is written as its selected nodes' quantities and their chosen attributes:
`{Quantity("disk"): 2, AttributeOf("disk", "size"): 4}`. Nodes that are not in it are not selected
and their attributes have no value, so that one configuration is written in one way only. Calculated
attributes follow from it and texts are outside of it.
"""

from cpq.configuration.evaluation.enumeration import (
    MOST_CONFIGURATIONS,
    assignments,
    canonical,
    domain,
    enumerate_valid,
    open_facts,
    violations,
)
from cpq.configuration.evaluation.semantics import EXACT, Configuration, Semantics, compare

__all__ = [
    "EXACT",
    "MOST_CONFIGURATIONS",
    "Configuration",
    "Semantics",
    "assignments",
    "canonical",
    "compare",
    "domain",
    "enumerate_valid",
    "open_facts",
    "violations",
]
