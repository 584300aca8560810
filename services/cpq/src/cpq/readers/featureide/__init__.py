"""The XML of FeatureIDE, read from what FeatureIDE itself reads: feature models, extended feature
models with attributes, and SXFM. docs/architecture/configuration-readers.md lists every construct
and what becomes of it.
"""

from typing import Final

from cpq.configuration.model import Model
from cpq.readers.feature_models import USUAL_AMOUNTS, AmountNames
from cpq.readers.featureide import sxfm
from cpq.readers.featureide.features import Features
from cpq.readers.featureide.formulas import Formulas
from cpq.readers.findings import Findings, Reading
from cpq.readers.markup import Element, parse
from cpq.readers.refusals import FileCannotBeRead, NothingToConfigure
from servicekit.values.currencies import CURRENCIES

__all__ = ["AmountNames", "read"]

_NOTED: Final = {
    "properties": "How the diagram looks decides nothing.",
    "calculations": "What FeatureIDE calculates by itself decides nothing.",
    "comments": "Comments decide nothing.",
    "featureOrder": "The order in which features are composed decides nothing.",
}
_CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}


def read(
    content: bytes,
    *,
    name: str,
    amounts: AmountNames = USUAL_AMOUNTS,
    currency: str | None = None,
) -> Reading:
    """The model of a file.

    Args:
        content: the file.
        name: what it is called in places and refusals.
        amounts: which attributes are the price and cost of their feature.
        currency: of these amounts; None: what their unit says, where it is a currency.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `NothingToConfigure`.
    """
    findings = Findings()
    root = parse(content, name)
    match root.tag:
        case "featureModel" | "extendedFeatureModel":
            model = _model(root, name, findings, amounts, currency)
        case "feature_model":
            model = sxfm.read(root, name, findings)
        case tag:
            raise FileCannotBeRead(
                f"{name}:{root.line}: {tag[:100]!r} is no feature model; featureModel, "
                "extendedFeatureModel and feature_model are."
            )
    return Reading((model,), tuple(findings))


def _model(
    root: Element, name: str, findings: Findings, amounts: AmountNames, currency: str | None
) -> Model:
    parts = {"struct", "constraints", *_NOTED}
    for one in root.children:
        if one.tag not in parts:
            findings.lost(
                one.tag[:100],
                f"{name}:{one.line}",
                "No part of a feature model is called so. It is not in the model.",
            )
    struct = root.child("struct")
    if struct is None or not struct.children:
        raise NothingToConfigure(f"{name} has no feature in its struct.")
    features = Features(name, findings, amounts)
    node = features.root(struct)
    constraints = root.child("constraints")
    formulas = Formulas(name, features.names, findings)
    rules = () if constraints is None else tuple(formulas.rules(constraints))
    for tag, because in _NOTED.items():
        found = root.child(tag)
        if found is not None and (found.children or found.attributes):
            findings.noted(tag, f"{name}:{found.line}", because)
    return Model(
        node.key,
        node.name,
        node,
        currency=currency or _currency(features.units, name, findings),
        rules=rules,
    )


def _currency(units: dict[str, int], name: str, findings: Findings) -> str | None:
    """The currency that all amounts have."""
    found = {_CURRENCIES.get(unit, unit) for unit in units}
    known = sorted(one for one in found if one in CURRENCIES)
    if len(found) == 1 and known:
        return known[0]
    for unit, line in units.items():
        findings.changed(
            f"unit {unit}"[:100],
            f"{name}:{line}",
            "It is no currency, or not that of the other amounts; amounts count without one.",
        )
    return None
