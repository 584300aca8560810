"""Small models, tried out in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Final

from cpq.configuration.evaluation.semantics import (
    EXACT,
    NOTHING_KNOWN,
    Configuration,
    Semantics,
)
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Choice,
    FactType,
    Model,
    Node,
    Supply,
    Target,
)

MOST_CONFIGURATIONS: Final = 2_000_000
"""So many assignments are tried by `enumerate_valid`, and not more."""


def violations(
    model: Model,
    values: Configuration,
    facts: Mapping[str, Value] | None = None,
    supply: Supply = NOTHING_KNOWN,
) -> tuple[str, ...]:
    """What one configuration breaks; see `Semantics.violations`."""
    return Semantics(model, facts or {}, supply).violations(values)


def enumerate_valid(
    model: Model,
    facts: Mapping[str, Value] | None = None,
    supply: Supply = NOTHING_KNOWN,
    choices: Iterable[Choice] = (),
) -> Iterator[dict[Quantity | AttributeOf, Value]]:
    """Every valid configuration with these choices, each once.

    Where the request leaves a fact open, those that are valid for some value of it. Raises
    ValueError when more than MOST_CONFIGURATIONS would have to be tried.
    """
    asked = tuple(choices)
    worlds = [Semantics(model, complete, supply) for complete in open_facts(model, facts or {})]
    if _size(model.root, required=True) * len(worlds) > MOST_CONFIGURATIONS:
        raise ValueError(f"{model.key} is too large to enumerate")
    for values in _selected(model.root):
        for world in worlds:
            if world.is_valid(values) and all(world.agrees(values, one) for one in asked):
                yield values
                break


def assignments(model: Model) -> Iterator[dict[Quantity | AttributeOf, Value]]:
    """Every assignment of the domains alone: also such as break the tree.

    With them a test tells what some of the laws leave when the others are not asked.
    """
    each = [[{}, *_own_values(node)] for node in model.nodes()]
    for combination in product(*each):
        yield {key: value for part in combination for key, value in part.items()}


def open_facts(model: Model, facts: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """The facts, completed in every way that the model's declarations allow."""
    open_ones = [fact for fact in model.facts if fact.name not in facts]
    domains: list[list[Value]] = [
        list(fact.values)
        if fact.type is FactType.TEXT
        else list(_grid(fact.minimum, fact.maximum, fact.step))
        for fact in open_ones
    ]
    names = [fact.name for fact in open_ones]
    for combination in product(*domains):
        yield {**facts, **dict(zip(names, combination, strict=True))}


def canonical(
    model: Model, values: Iterable[tuple[Target, Value]]
) -> dict[Quantity | AttributeOf, Value]:
    """A completion's values as this module writes a configuration.

    A node of which only the selection is told has the quantity 1.
    """
    told = dict(values)
    found: dict[Quantity | AttributeOf, Value] = {}
    for node in model.nodes():
        quantity = told.get(Quantity(node.key), Decimal(bool(told.get(Selected(node.key)))))
        if not quantity:
            continue
        found[Quantity(node.key)] = quantity
        for attribute in node.attributes:
            target = AttributeOf(node.key, attribute.code)
            if _is_chosen(attribute):
                found[target] = told[target]
    return found


def domain(attribute: Attribute) -> list[Value]:
    """Every value that can be chosen, in order; none for a text or what is calculated."""
    if attribute.expression is not None:
        return []
    match attribute.type:
        case AttributeType.BOOLEAN:
            return [False, True]
        case AttributeType.ENUMERATION:
            return [option.code for option in attribute.options]
        case AttributeType.INTEGER | AttributeType.DECIMAL:
            return list(_grid(attribute.minimum, attribute.maximum, attribute.step))
        case AttributeType.TEXT:
            return []


def _grid(minimum: Decimal | None, maximum: Decimal | None, step: Decimal) -> Iterator[Decimal]:
    assert minimum is not None
    assert maximum is not None
    value = minimum
    while value <= maximum:
        yield value
        value = EXACT.add(value, step)


def _own_values(node: Node) -> list[dict[Quantity | AttributeOf, Value]]:
    """The quantities and attributes that a selected node may have."""
    chosen = [one for one in node.attributes if _is_chosen(one)]
    return [
        {
            Quantity(node.key): Decimal(quantity),
            **{
                AttributeOf(node.key, attribute.code): value
                for attribute, value in zip(chosen, combination, strict=True)
            },
        }
        for quantity in range(node.minimum, node.maximum + 1)
        for combination in product(*(domain(attribute) for attribute in chosen))
    ]


def _selected(node: Node) -> Iterator[dict[Quantity | AttributeOf, Value]]:
    """All configurations of a node that is selected, as far as the tree alone decides."""
    below = [
        list(_selected(member)) if member.required else [{}, *_selected(member)]
        for group in node.groups
        for member in group.members
    ]
    for combination in product(_own_values(node), *below):
        yield {key: value for part in combination for key, value in part.items()}


def _size(node: Node, *, required: bool) -> int:
    size = node.maximum - node.minimum + 1
    for attribute in node.attributes:
        if _is_chosen(attribute):
            size *= len(domain(attribute))
    for group in node.groups:
        for member in group.members:
            size *= _size(member, required=member.required)
    return size if required else size + 1


def _is_chosen(attribute: Attribute) -> bool:
    return attribute.expression is None and attribute.type is not AttributeType.TEXT
