"""Salesforce's Constraint Modeling Language (CML), read from what its documentation says.

A type becomes a node, a relation a group of nodes with quantities, a variable an attribute, a rule
a rule with its own words. docs/architecture/configuration-readers.md lists every construct and what
becomes of it; what a model cannot say is a finding with its name and line.
"""

from cpq.readers.cml.parsing import parse
from cpq.readers.cml.reading import Translation, models, translate
from cpq.readers.files import text_of
from cpq.readers.findings import Findings, Reading

__all__ = ["Translation", "models", "parse", "read", "translate"]


def read(content: bytes, *, name: str) -> Reading:
    """The models of a file: one for each type that is configured on its own.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `BundleIsCyclic`, `NothingToConfigure`.
    """
    findings = Findings()
    source = parse(text_of(content, name), name, findings)
    found = models(source, findings)
    return Reading(found, tuple(findings))
