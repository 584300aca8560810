"""What a configured line consists of, in the words of its model."""

from collections.abc import Mapping, Sequence
from typing import Any

from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.language import unparse
from cpq.configuration.model import Attribute, Model
from cpq.documents.rules.document import Value

SAID = {True: "✓", False: "–"}
"""A question that is answered by yes or no, in every language."""


def configured_values(model: Model, kept: Sequence[Mapping[str, Any]]) -> tuple[Value, ...]:
    """The parts and attributes that a line was configured with, in the order of the model.

    `kept` are the values of the offer: `[{target, value}]`. A part stands under its group's name,
    an attribute beside its own; what is not there is not named, nor are answers to questions.
    """
    values = {held["target"]: held["value"] for held in kept if isinstance(held["target"], str)}
    groups = {
        member.key: group.name
        for node in model.nodes()
        for group in node.groups
        for member in group.members
    }
    found: list[Value] = []
    for node in model.nodes():
        if node is not model.root and not _there(node.key, values):
            continue
        if node is not model.root:
            count = values.get(unparse(Quantity(node.key)))
            times = "" if count in (None, "1") else f"{count} × "
            found.append(Value(groups.get(node.key, ""), f"{times}{node.name}"))
        for attribute in node.attributes:
            value = values.get(unparse(AttributeOf(node.key, attribute.code)))
            if value is not None:
                found.append(Value(attribute.name, _said(attribute, value)))
    return tuple(found)


def _there(node: str, values: Mapping[str, Any]) -> bool:
    count = values.get(unparse(Quantity(node)))
    return values.get(unparse(Selected(node))) is True or count not in (None, "0")


def _said(attribute: Attribute, value: bool | str) -> str:
    if isinstance(value, bool):
        return SAID[value]
    return next((option.name for option in attribute.options if option.code == value), value)
