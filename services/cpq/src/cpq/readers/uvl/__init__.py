"""The Universal Variability Language (UVL), read from its published grammar.

All language levels are read: features with types, cardinalities of groups and of features,
attributes, constraints with arithmetic, aggregates and texts, and files that import each other.
docs/architecture/configuration-readers.md lists every construct and what becomes of it.
"""

from cpq.readers.feature_models import USUAL_AMOUNTS, AmountNames
from cpq.readers.findings import Findings, Reading
from cpq.readers.uvl.composing import Others, beside, compose, nothing_beside
from cpq.readers.uvl.reading import model_of

__all__ = ["AmountNames", "Others", "beside", "read"]


def read(
    content: bytes,
    *,
    name: str,
    others: Others = nothing_beside,
    amounts: AmountNames = USUAL_AMOUNTS,
    currency: str | None = None,
) -> Reading:
    """The model of a file with the files that it imports.

    Args:
        content: the file.
        name: what it is called in places and refusals; imports are looked for beside it.
        others: the files beside it, for example `beside(path)`.
        amounts: which attributes are the price and cost of their feature.
        currency: of these amounts; the language says none.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `BundleIsCyclic`, `NothingToConfigure`.
    """
    findings = Findings()
    composed = compose(content, name, others, findings)
    model = model_of(composed, findings, amounts, currency)
    return Reading((model,), tuple(findings))
