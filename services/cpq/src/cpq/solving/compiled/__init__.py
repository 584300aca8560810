"""A formula compiled once to a circuit that answers in time linear in its size, whatever is asked.

`compile_formula` turns clauses into an artefact with d4, in a process of its own that is bounded in
time and memory; `Circuit.load` reads the artefact and answers what is possible, how many
configurations there are, and draws some. Literals are those of DIMACS: variables count from 1, a
negative number negates.

A circuit is a d-DNNF (Darwiche, "Decomposable negation normal form", J. ACM 48, 2001): children of
a conjunction share no variables, children of a disjunction exclude each other, so that possibility
goes through it by "or" and "and", and counts by sum and product.
"""

from cpq.solving.compiled.artefact import ArtefactUnreadable, fingerprint
from cpq.solving.compiled.circuit import Circuit, Possible
from cpq.solving.compiled.compilation import (
    LONGEST_COMPILATION,
    MOST_MEGABYTES,
    Compiled,
    NotCompiled,
    WhyNotCompiled,
    compile_formula,
)

__all__ = [
    "LONGEST_COMPILATION",
    "MOST_MEGABYTES",
    "ArtefactUnreadable",
    "Circuit",
    "Compiled",
    "NotCompiled",
    "Possible",
    "WhyNotCompiled",
    "compile_formula",
    "fingerprint",
]
