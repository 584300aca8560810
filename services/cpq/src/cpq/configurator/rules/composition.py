"""What a finished configuration consists of: its items, and the model's own amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Model, Node, Target
from servicekit.values.decimals import ARITHMETIC


@dataclass(frozen=True, slots=True)
class Composition:
    """One unit of the whole, taken apart."""

    parts: Mapping[str, int]
    """Units of each item by SKU, in the order of the model, the root's own included."""
    own_price: Decimal
    """The sum of the model's own prices that count, in its currency."""
    own_cost: Decimal


def composition_of(model: Model, values: Mapping[Target, Value]) -> Composition:
    """Take a complete configuration apart; a node counts as often as it and those above it do."""
    parts: dict[str, int] = {}
    price = cost = Decimal(0)
    waiting: list[tuple[Node, int]] = [(model.root, 1)]
    while waiting:
        node, times = waiting.pop()
        for item, own_price, own_cost in _bought(node, values):
            if item is not None:
                parts[item] = parts.get(item, 0) + times
            price = ARITHMETIC.add(price, ARITHMETIC.multiply(own_price or _NONE, times))
            cost = ARITHMETIC.add(cost, ARITHMETIC.multiply(own_cost or _NONE, times))
        members = [member for group in node.groups for member in group.members]
        waiting.extend(
            (member, times * units)
            for member in reversed(members)
            if (units := quantity_of(member, values))
        )
    return Composition(parts, price, cost)


def quantity_of(node: Node, values: Mapping[Target, Value]) -> int:
    """How many of a node belong to one unit of its parent."""
    units = values.get(Quantity(node.key))
    if units is not None:
        return int(units)
    return 1 if values.get(Selected(node.key)) is True else 0


_NONE = Decimal(0)
_Bought = tuple[str | None, Decimal | None, Decimal | None]


def _bought(node: Node, values: Mapping[Target, Value]) -> list[_Bought]:
    found: list[_Bought] = [(node.item, node.price, node.cost)]
    for attribute in node.attributes:
        chosen = values.get(AttributeOf(node.key, attribute.code))
        found.extend(
            (option.item, option.price, option.cost)
            for option in attribute.options
            if option.code == chosen
        )
    return found
