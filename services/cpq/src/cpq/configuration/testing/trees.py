"""Random small trees of nodes, groups and attributes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from cpq.configuration.evaluation import domain
from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.model import Attribute, AttributeType, Group, Model, Node, Option
from cpq.configuration.testing.drawing import Chooser
from cpq.configuration.testing.expressions import Scope, arithmetic, condition

ITEMS: Final = ("SKU-1", "SKU-2", "SKU-3", "SKU-4")
DEEPEST: Final = 3
MOST_CONFIGURATIONS: Final = 800

_RANGES: Final = (("0", "2"), ("-1", "1"), ("2", "3"), ("4", "4"))
_GRIDS: Final = (
    ("0", "1", "0.5"),
    ("-0.25", "0.25", "0.25"),
    ("0", "0.3", "0.1"),
    ("1.5", "1.5", "0.1"),
)


def tree(choose: Chooser, scope: Scope, most_nodes: int) -> tuple[Node, list[Node]]:
    """A root with all that is below it, and the list of all nodes; the scope learns their names."""
    grower = _Grower(choose, scope, choose.number(1, most_nodes))
    root = grower.node(0)
    return root, list(Model("", "", root).nodes())


def amount(choose: Chooser) -> Decimal | None:
    """A price or a cost, or none."""
    found = choose.pick((None, "1", "0", "2.50", "9.99", "12", "-1"))
    return None if found is None else Decimal(found)


class _Grower:
    """Grows a tree while there is something left of nodes and of configurations."""

    def __init__(self, choose: Chooser, scope: Scope, nodes: int) -> None:
        self._choose = choose
        self._scope = scope
        self._left = nodes
        self._configurations = MOST_CONFIGURATIONS
        self._nodes = 0
        self._groups = 0

    def _afford(self, factor: int) -> bool:
        """Whether the model may have so many times more configurations."""
        if factor > self._configurations:
            return False
        self._configurations //= factor
        return True

    def node(self, depth: int) -> Node:
        """A node with what is below it."""
        choose = self._choose
        key = f"n{self._nodes}"
        self._nodes += 1
        self._left -= 1
        required = depth > 0 and choose.one_in(4)
        minimum, maximum = (1, 1) if depth == 0 else choose.pick(((1, 1), (1, 1), (1, 3), (2, 3)))
        if not self._afford(maximum - minimum + 2 - required):
            minimum = maximum = 1
        self._scope.truths.append(Selected(key))
        self._scope.numbers.append(Quantity(key))
        attributes = self._attributes(key)
        groups = []
        if depth < DEEPEST:
            while self._left > 0 and (depth == 0 or choose.one_in(3)):
                groups.append(self._group(depth))
        shown = choose.maybe(lambda: condition(choose, self._scope, depth=1), 4)
        least = (None, *range(minimum, maximum + 1))
        defaults = least if required else (*least, 0)
        return Node(
            key,
            f"Node {key}",
            required=required,
            minimum=minimum,
            maximum=maximum,
            default=choose.pick(defaults) if depth else None,
            item=choose.pick((None, *ITEMS)),
            price=amount(choose),
            cost=amount(choose),
            abstract=choose.one_in(3),
            attributes=attributes,
            groups=tuple(groups),
            visible_when=shown,
        )

    def _group(self, depth: int) -> Group:
        choose = self._choose
        self._groups += 1
        key = f"g{self._groups}"
        members = [self.node(depth + 1)]
        while self._left > 0 and not choose.one_in(4):
            members.append(self.node(depth + 1))
        minimum = choose.number(0, min(2, len(members)))
        most = sum(member.maximum for member in members)
        least_units = choose.maybe(lambda: choose.number(0, most), 6)
        required = [member for member in members if member.required]
        fewest = max(1, minimum, len(required))
        bottom = max(fewest, least_units or 0, sum(member.minimum for member in required))
        return Group(
            key,
            f"Group {key}",
            tuple(members),
            minimum=minimum,
            maximum=choose.maybe(lambda: choose.number(fewest, len(members))),
            least_units=least_units,
            most_units=choose.maybe(lambda: choose.number(bottom, max(bottom, most + 1)), 5),
        )

    def _attributes(self, key: str) -> tuple[Attribute, ...]:
        """Attributes of a node; a calculated one speaks of what was made before it."""
        made = []
        for number in range(self._choose.number(0, 2)):
            attribute = self._attribute(f"a{number}")
            values = domain(attribute)
            if values and not self._afford(len(values)):
                continue
            if values:
                attribute = replace(attribute, default=self._choose.pick((None, *values)))
            self._enter(key, attribute)
            made.append(attribute)
        return tuple(made)

    def _attribute(self, code: str) -> Attribute:
        choose = self._choose
        kind = choose.pick(tuple(AttributeType))
        made = Attribute(code, f"Attribute {code}", kind)
        calculated = choose.one_in(4)
        shown = choose.maybe(lambda: condition(choose, self._scope, depth=1), 4)
        made = replace(made, visible_when=shown)
        match kind:
            case AttributeType.ENUMERATION:
                options = [self._option(at) for at in range(choose.number(1, 3))]
                return replace(made, options=tuple(options))
            case AttributeType.TEXT:
                return replace(made, longest=20, default=choose.pick((None, "as before")))
            case AttributeType.BOOLEAN if calculated:
                found = condition(choose, self._scope, depth=1)
                return replace(made, expression=found)
            case AttributeType.BOOLEAN:
                return made
            case _ if calculated:
                # Halves among the terms make it a decimal.
                found = arithmetic(choose, self._scope)
                return replace(made, type=AttributeType.DECIMAL, expression=found)
            case AttributeType.INTEGER:
                low, high = map(Decimal, choose.pick(_RANGES))
                return replace(made, minimum=low, maximum=high)
            case AttributeType.DECIMAL:
                low, high, step = map(Decimal, choose.pick(_GRIDS))
                return replace(made, minimum=low, maximum=high, step=step)

    def _option(self, at: int) -> Option:
        choose = self._choose
        item = choose.pick((None, None, *ITEMS))
        return Option(f"v{at}", f"Value {at}", item, amount(choose), amount(choose))

    def _enter(self, key: str, attribute: Attribute) -> None:
        target = AttributeOf(key, attribute.code)
        match attribute.type:
            case AttributeType.BOOLEAN:
                self._scope.truths.append(target)
            case AttributeType.INTEGER | AttributeType.DECIMAL:
                self._scope.numbers.append(target)
            case AttributeType.ENUMERATION:
                codes = [option.code for option in attribute.options]
                self._scope.codes.append((target, codes))
            case AttributeType.TEXT:
                pass
