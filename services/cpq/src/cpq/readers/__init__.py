"""Readers of other programs' files: each turns bytes into models and says what it left behind.

Every reader answers a `Reading`: the models that the file describes, and a `Finding` for each
construct that they do not say as the file does. What cannot be read at all is refused by name.
"""

from cpq.readers.findings import Effect, Finding, Findings, Reading
from cpq.readers.refusals import (
    BundleIsCyclic,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
)

__all__ = [
    "BundleIsCyclic",
    "Effect",
    "FileCannotBeRead",
    "FileIsTooLarge",
    "Finding",
    "Findings",
    "NothingToConfigure",
    "Reading",
]
