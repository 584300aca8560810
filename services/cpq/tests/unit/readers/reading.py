"""Models of the real constraint files, and complete configurations of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from cpq.configuration import document
from cpq.configuration.answers import State
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Attribute, AttributeType, Choice, Model, Node
from cpq.readers import Reading, cml

Configuration = dict[Quantity | AttributeOf, Value]


@cache
def read(path: Path) -> Reading:
    return cml.read(path.read_bytes(), name=path.name)


def documented(models: Iterable[Model]) -> None:
    """Every model can be kept as a document, and read back as it was."""
    for one in models:
        assert document.read(document.write(one)) == one


def model(path: Path, key: str) -> Model:
    return next(one for one in read(path).models if one.key == key)


def configured(model: Model, written: Mapping[str, str | int | bool]) -> Configuration:
    """A complete configuration: the defaults, what is written, and the parts that contain parts."""
    nodes = {one.key: one for one in model.nodes()}
    root = model.root
    parts = {key: int(value) for key, value in written.items() if root.attribute(key) is None}
    values: Configuration = {Quantity(root.key): Decimal(1)}
    for key, quantity in parts.items():
        values[Quantity(key)] = Decimal(quantity)
    for target in list(values):
        if isinstance(target, Quantity):
            for attribute in nodes[target.node].attributes:
                if _is_chosen(attribute):
                    values[AttributeOf(target.node, attribute.code)] = _first(attribute)
    given = {key: value for key, value in written.items() if root.attribute(key) is not None}
    for key, value in {**_drives(root, given), **given}.items():
        target = AttributeOf(root.key, key)
        values[target] = value if isinstance(value, str | bool) else Decimal(value)
    return values


def choices(model: Model, values: Configuration, *, only: bool = True) -> list[Choice]:
    """The values as choices; with `only`, all other parts are left out by choice too."""
    root = model.root.key
    found: list[Choice] = []
    for target, value in values.items():
        if isinstance(target, Quantity):
            if target.node == root:
                continue
            found.append(Choice(Selected(target.node), True))
        found.append(Choice(target, value))
    if only:
        found.extend(
            Choice(Selected(one.key), False)
            for one in model.nodes()
            if Quantity(one.key) not in values
        )
    return found


def proposed(model: Model, state: State) -> Configuration:
    """The configuration that an engine proposes."""
    values: Configuration = {Quantity(model.root.key): Decimal(1)}
    given = {one.target: one.value for one in state.domains}
    for node in model.nodes():
        units = given.get(Quantity(node.key), given.get(Selected(node.key)))
        if node is not model.root and not units:
            continue
        values.setdefault(
            Quantity(node.key), units if isinstance(units, Decimal) and units else Decimal(1)
        )
        for attribute in node.attributes:
            value = given.get(AttributeOf(node.key, attribute.code))
            if value is not None and _is_chosen(attribute):
                values[AttributeOf(node.key, attribute.code)] = value
    return values


def _is_chosen(attribute: Attribute) -> bool:
    return attribute.expression is None and attribute.type is not AttributeType.TEXT


def _first(attribute: Attribute) -> Value:
    if attribute.default is not None:
        return attribute.default
    if attribute.type is AttributeType.ENUMERATION:
        return attribute.options[0].code
    assert attribute.minimum is not None
    return attribute.minimum


def _drives(root: Node, written: Mapping[str, str | int | bool]) -> dict[str, int]:
    """The drives that the server's storage has room for."""
    if root.key != "Server":
        return {}
    front = int(str(written.get("FrontStorage", "12x3.5 inch Drives")).partition("x")[0])
    rear = str(written.get("RearStorage", "N/A")).partition("x")[0]
    behind = int(rear) if rear.isdecimal() else 0
    return {"frontDrives": front, "rearDrives": behind, "availableDrives": front + behind}
