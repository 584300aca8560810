"""A model's targets as finite-domain variables over literals.

Nothing about a node that is not selected varies: its quantity is 0, its attributes have no value,
and all their literals are false. So a configuration is exactly one assignment of the literals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Fact,
    FactType,
    Group,
    Model,
    Node,
    Target,
)
from cpq.solving.encoding.gates import TRUE, Gates
from cpq.solving.encoding.linear import Arithmetic, Linear, constant, weighted
from cpq.solving.refusals import ModelIsTooLarge, ModelMakesNoSense

FEW_VALUES: Final = 64
"""A number with up to so many values has a literal for each; one with more is written in binary."""

MOST_VALUES: Final = 2**62

LARGEST: Final = Decimal(10**9)
"""Where a number's declaration sets no bound."""


@dataclass(frozen=True, slots=True)
class Few:
    """A literal for each value; exactly one is true where the owner is selected, else none."""

    values: tuple[Value, ...]
    literals: tuple[int, ...]

    def literal(self, value: Value) -> int | None:
        """The literal of this value, None where there is no such value."""
        for known, literal in zip(self.values, self.literals, strict=True):
            if known == value and isinstance(known, bool) == isinstance(value, bool):
                return literal
        return None


@dataclass(frozen=True, slots=True)
class Many:
    """first + step * the binary number of the bits, lowest first; all false without the owner.

    `size` counts the values of the grid; the bits stay below it.
    """

    owner: int
    first: Decimal
    step: Decimal
    size: int
    bits: tuple[int, ...]

    def position(self, value: Value) -> int | None:
        """Which value of the grid it is, None where it is none of them."""
        if isinstance(value, bool) or not isinstance(value, Decimal) or not value.is_finite():
            return None
        position, rest = divmod(value - self.first, self.step)
        return int(position) if rest == 0 and 0 <= position < self.size else None

    def assumptions(self, position: int) -> list[int]:
        """What must be true for this value."""
        bits = [bit if position >> at & 1 else -bit for at, bit in enumerate(self.bits)]
        return [self.owner, *bits]

    def value(self, position: int) -> Decimal:
        """The value at a position of the grid."""
        return self.first + self.step * position


@dataclass(slots=True)
class Part:
    """A node of the tree with the literals of its quantity and attributes.

    `quantity` is None where it is 1 whenever the node is selected. `attributes` has those that are
    chosen; texts and calculated ones are not among them.
    """

    index: int
    node: Node
    parent: Part | None
    group: Group | None
    selected: int
    quantity: Few | Many | None = None
    attributes: dict[str, Few | Many] = field(default_factory=dict)
    children: dict[str, list[Part]] = field(default_factory=dict)
    """By the key of their group."""


class Variables:
    """The literals of everything that a model lets one choose, in the model's order."""

    def __init__(self, model: Model, gates: Gates) -> None:
        """Number the literals. Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        self.model = model
        self.gates = gates
        self.arithmetic = Arithmetic(gates)
        self.parts: dict[str, Part] = {}
        self.facts: dict[str, Few | Many] = {}
        """Those that a rule asks for: made when they are met first."""
        self.undeclared: dict[tuple[str, str], int] = {}
        """Of two text facts that are compared: whether they are one and the same other text."""
        self._any: dict[str, int] = {}
        self._declared = {fact.name: fact for fact in model.facts}
        self._numbers: dict[Few | Many, Linear] = {}
        waiting: list[tuple[Node, Part | None, Group | None]] = [(model.root, None, None)]
        while waiting:
            node, parent, group = waiting.pop()
            part = self._part(node, parent, group)
            waiting.extend(
                (member, part, below)
                for below in reversed(node.groups)
                for member in reversed(below.members)
            )

    def _part(self, node: Node, parent: Part | None, group: Group | None) -> Part:
        if node.key in self.parts:
            raise ModelMakesNoSense(f"Two nodes have the key {node.key}", field=node.key)
        self.gates.place = f"node:{node.key}"
        selected = TRUE if parent is None else self.gates.new()
        part = Part(len(self.parts), node, parent, group, selected)
        self.parts[node.key] = part
        if parent is not None and group is not None:
            parent.children.setdefault(group.key, []).append(part)
        if not 1 <= node.minimum <= node.maximum:
            raise ModelMakesNoSense(f"{node.key} has no quantity", field=node.key)
        if node.maximum > 1:
            part.quantity = self._quantity(part)
        for attribute in node.attributes:
            if attribute.expression is None and attribute.type is not AttributeType.TEXT:
                part.attributes[attribute.code] = self._attribute(part, attribute)
        return part

    def _quantity(self, part: Part) -> Few | Many:
        low, high = part.node.minimum, part.node.maximum
        if high - low >= FEW_VALUES:
            return self._many(part.selected, Decimal(low), Decimal(1), high - low + 1)
        amounts = [Decimal(amount) for amount in range(low, high + 1)]
        few = self._few(part.selected, amounts)
        return Few((Decimal(0), *few.values), (-part.selected, *few.literals))

    def _attribute(self, part: Part, attribute: Attribute) -> Few | Many:
        if attribute.type is AttributeType.BOOLEAN:
            return self._few(part.selected, (False, True))
        if attribute.type is AttributeType.ENUMERATION:
            return self._few(part.selected, [option.code for option in attribute.options])
        step = attribute.step
        place = f"{part.node.key}.{attribute.code}"
        first, size = _grid(attribute.minimum, attribute.maximum, step, place)
        if size <= FEW_VALUES:
            return self._few(part.selected, [first + step * at for at in range(size)])
        return self._many(part.selected, first, step, size)

    def _few(self, owner: int, values: Iterable[Value]) -> Few:
        """Exactly one value where the owner is selected, none elsewhere."""
        listed = tuple(values)
        if not listed:
            raise ModelMakesNoSense(f"{self.gates.place} has no values", field=self.gates.place)
        if len(listed) == 1:
            return Few(listed, (owner,))
        if owner == TRUE and len(listed) == 2:
            second = self.gates.new()
            return Few(listed, (-second, second))
        literals = tuple(self.gates.new() for _ in listed)
        if owner != TRUE:
            for literal in literals:
                self.gates.define((-literal, owner))
        self.gates.define((-owner, *literals))
        for clause in self.gates.exclusive(literals):
            self.gates.define(clause)
        return Few(listed, literals)

    def _many(self, owner: int, first: Decimal, step: Decimal, size: int) -> Many:
        """A binary number below the size where the owner is selected, 0 elsewhere."""
        if size > MOST_VALUES:
            raise ModelIsTooLarge(f"{self.gates.place} has too many values", field=self.gates.place)
        bits = tuple(self.gates.new() for _ in range((size - 1).bit_length()))
        if owner != TRUE:
            for bit in bits:
                self.gates.define((-bit, owner))
        # Below the size: no bits agree with the last value above some bit that it lacks.
        last = size - 1
        for at, bit in enumerate(bits):
            if not last >> at & 1:
                above = [-bits[up] for up in range(at + 1, len(bits)) if last >> up & 1]
                self.gates.define((-bit, *above))
        return Many(owner, first, step, size, bits)

    def fact(self, name: str) -> Few | Many:
        """The literals of a fact. Raises `ModelMakesNoSense` where none is declared so."""
        known = self.facts.get(name)
        if known is None:
            declared = self._declared.get(name)
            if declared is None:
                raise ModelMakesNoSense(
                    f"{self.gates.place} asks for {name}, which is no fact of the model",
                    field=self.gates.place,
                )
            known = self.facts[name] = self._fact(declared)
        return known

    def declared(self, name: str) -> int:
        """A literal for: a text fact, which a request left open, is one of its declared values."""
        return self._any[name]

    def equal_elsewhere(self, one: str, other: str) -> int:
        """A literal for: two text facts are the same text, one that neither declares.

        Only the request can tell; it is false unless the request says so.
        """
        key = (min(one, other), max(one, other))
        known = self.undeclared.get(key)
        if known is None:
            known = self.undeclared[key] = self.gates.new()
            self.gates.define((-known, -self.declared(one)))
            self.gates.define((-known, -self.declared(other)))
        return known

    def _fact(self, fact: Fact) -> Few | Many:
        if fact.type is FactType.TEXT:
            # At most one: the request may name another text than those that are declared.
            literals = tuple(self.gates.new() for _ in fact.values)
            for clause in self.gates.exclusive(literals) if literals else ():
                self.gates.define(clause)
            self._any[fact.name] = self.gates.either(literals) if literals else TRUE
            return Few(fact.values, literals)
        step = fact.step if fact.type is FactType.NUMBER else Decimal(1)
        first, size = _grid(fact.minimum, fact.maximum, step, fact.name)
        if size <= FEW_VALUES:
            return self._few(TRUE, [first + step * at for at in range(size)])
        return self._many(TRUE, first, step, size)

    def domain(self, target: Target) -> Few | Many | None:
        """The literals of a target that is chosen; None where it is none of those."""
        match target:
            case Selected(key) if key in self.parts:
                selected = self.parts[key].selected
                return Few((False, True), (-selected, selected))
            case Quantity(key) if key in self.parts:
                part = self.parts[key]
                if part.quantity is not None:
                    return part.quantity
                return Few((Decimal(0), Decimal(1)), (-part.selected, part.selected))
            case AttributeOf(key, code) if key in self.parts:
                return self.parts[key].attributes.get(code)
            case _:
                return None

    def number(self, domain: Few | Many) -> Linear:
        """The value of a numeric domain; 0 where its owner is not selected."""
        known = self._numbers.get(domain)
        if known is None:
            known = self._numbers[domain] = self._number(domain)
        return known

    def _number(self, domain: Few | Many) -> Linear:
        if isinstance(domain, Many):
            first, step = constant(domain.first), constant(domain.step)
            places = max(first.places, step.places)
            start, unit = first.at(places).constant, step.at(places).constant
            pairs = [(bit, unit << at) for at, bit in enumerate(domain.bits)]
            number = weighted([(domain.owner, start), *pairs], places=places)
            last = start + unit * (domain.size - 1)
            idle = () if domain.owner == TRUE else (0,)
            return number.bounded(min(start, *idle, last), max(start, *idle, last))
        values = [constant(value) for value in domain.values if isinstance(value, Decimal)]
        places = max(value.places for value in values)
        weights = [value.at(places).constant for value in values]
        pairs = list(zip(domain.literals, weights, strict=True))
        return self.arithmetic.selected([pair for pair in pairs if pair[1]], places)


def _grid(
    minimum: Decimal | None, maximum: Decimal | None, step: Decimal, place: str
) -> tuple[Decimal, int]:
    """The first value of a grid and how many there are."""
    first = -LARGEST if minimum is None else minimum
    last = LARGEST if maximum is None else maximum
    if step <= 0 or last < first:
        raise ModelMakesNoSense(f"{place} has no values", field=place)
    return first, int((last - first) // step) + 1


def quantity_wish(part: Part) -> tuple[int, ...]:
    """The literals of a node's default quantity; none where it has none or another than it may."""
    default = part.node.default
    if default is None:
        return ()
    if default == 0:
        return (-part.selected,)
    if part.quantity is None:
        return (part.selected,) if default == 1 else ()
    return literals_of(part.quantity, Decimal(default))


def literals_of(domain: Few | Many, value: Value | None) -> tuple[int, ...]:
    """What holds exactly when a domain has a value; nothing where it has no such value."""
    if value is None:
        return ()
    if isinstance(domain, Few):
        literal = domain.literal(value)
        return () if literal is None else (literal,)
    position = domain.position(value)
    return () if position is None else tuple(domain.assumptions(position))
