"""The variables of a model's tree and facts, and what the tree and its groups demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import Value
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Fact,
    FactType,
    Group,
    Model,
    Node,
)
from cpq.solving.optimal.program import Literal, Number, Program, Variable
from cpq.solving.refusals import ModelMakesNoSense

LARGEST: Final = Decimal(10**9)
"""Where a number's declaration sets no bound."""


@dataclass(frozen=True, slots=True)
class Grid:
    """first + step * position, for positions from 0 to size - 1; position 0 without the owner."""

    first: Decimal
    step: Decimal
    size: int
    position: Variable

    def at(self, value: Decimal) -> int | None:
        """The position of a value; None where it is not on the grid."""
        position, rest = EXACT.divmod(EXACT.subtract(value, self.first), self.step)
        return int(position) if rest == 0 and 0 <= position < self.size else None

    def value(self, position: int) -> Decimal:
        """The value at a position."""
        return EXACT.add(self.first, EXACT.multiply(self.step, Decimal(position)))


Codes = dict[str, Literal]
"""The literal of each value of an enumeration: one is true where its node is selected."""


@dataclass(slots=True)
class Part:
    """A node with its variables.

    `attributes` has those that are chosen: a literal for a boolean, codes for an enumeration, a
    grid for a number. `units` is how many there are for one unit of the root.
    """

    node: Node
    parent: Part | None
    selected: Literal
    quantity: Number
    attributes: dict[str, Literal | Codes | Grid] = field(default_factory=dict)


class Tree:
    """A model's parts in its order, and its facts."""

    def __init__(self, model: Model, program: Program) -> None:
        """Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        self.program = program
        self.parts: dict[str, Part] = {}
        self.facts: dict[str, Codes | Grid] = {}
        self.undeclared: dict[tuple[str, str], Literal] = {}
        """Of two text facts: a request names the same text for both, one that neither declares."""
        self.numbers: dict[tuple[str, str], Number] = {}
        """Of numeric attributes; 0 where their node is not selected."""
        waiting: list[tuple[Node, Part | None]] = [(model.root, None)]
        while waiting:
            node, parent = waiting.pop()
            part = self._part(node, parent)
            waiting.extend(
                (member, part)
                for group in reversed(node.groups)
                for member in reversed(group.members)
            )
        for part in self.parts.values():
            for group in part.node.groups:
                self._group(part, group)
        for fact in model.facts:
            program.place = fact.name
            self.facts[fact.name] = self._fact(fact)

    def equal_elsewhere(self, one: str, other: str) -> Literal:
        """A literal for: two text facts are the same text, one that neither declares."""
        key = (min(one, other), max(one, other))
        if key not in self.undeclared:
            self.undeclared[key] = self.program.boolean()
        return self.undeclared[key]

    def named_elsewhere(self, facts: Mapping[str, Value]) -> Iterator[Literal]:
        """What a request makes of `equal_elsewhere`."""
        for (one, other), literal in self.undeclared.items():
            same = one in facts and facts[one] == facts.get(other)
            declared = [
                domain for name in (one, other) if isinstance(domain := self.facts[name], dict)
            ]
            elsewhere = same and not any(facts[one] in domain for domain in declared)
            yield literal if elsewhere else literal.negated()

    def _part(self, node: Node, parent: Part | None) -> Part:
        program = self.program
        program.place = f"node:{node.key}"
        if node.key in self.parts:
            raise ModelMakesNoSense(f"Two nodes have the key {node.key}", field=node.key)
        if not 1 <= node.minimum <= node.maximum:
            raise ModelMakesNoSense(f"{node.key} has no quantity", field=node.key)
        selected = program.true
        if parent is not None:
            selected = parent.selected if node.required else program.boolean()
            program.require((selected.negated(), parent.selected))
        part = Part(node, parent, selected, self._quantity(node, selected))
        self.parts[node.key] = part
        for attribute in node.attributes:
            if attribute.expression is None and attribute.type is not AttributeType.TEXT:
                program.place = f"{node.key}.{attribute.code}"
                part.attributes[attribute.code] = self._attribute(part, attribute)
        return part

    def _quantity(self, node: Node, selected: Literal) -> Number:
        program = self.program
        if node.minimum == node.maximum:
            return program.of_literals([(selected, node.minimum)])
        variable = program.variable(0, node.maximum)
        program.model.add(variable >= node.minimum).only_enforce_if(selected)
        program.model.add(variable == 0).only_enforce_if(selected.negated())
        return program.of_variable(variable, 0, node.maximum)

    def _attribute(self, part: Part, attribute: Attribute) -> Literal | Codes | Grid:
        program, owner = self.program, part.selected
        if attribute.type is AttributeType.BOOLEAN:
            value = program.boolean()
            program.require((value.negated(), owner))
            return value
        if attribute.type is AttributeType.ENUMERATION:
            if not attribute.options:
                raise ModelMakesNoSense(f"{program.place} has no values", field=program.place)
            codes = {option.code: program.boolean() for option in attribute.options}
            program.model.add(sum(codes.values()) == owner)
            return codes
        grid = self._grid(attribute.minimum, attribute.maximum, attribute.step)
        program.model.add(grid.position == 0).only_enforce_if(owner.negated())
        first = program.where(owner, program.constant(grid.first))
        self.numbers[part.node.key, attribute.code] = program.add((first, self._steps(grid)))
        return grid

    def _steps(self, grid: Grid) -> Number:
        position = self.program.of_variable(grid.position, 0, grid.size - 1)
        return self.program.times(position, grid.step)

    def _grid(self, minimum: Decimal | None, maximum: Decimal | None, step: Decimal) -> Grid:
        program = self.program
        first = -LARGEST if minimum is None else minimum
        last = LARGEST if maximum is None else maximum
        if step <= 0 or last < first:
            raise ModelMakesNoSense(f"{program.place} has no values", field=program.place)
        size = int(EXACT.divide_int(EXACT.subtract(last, first), step)) + 1
        return Grid(first, step, size, program.variable(0, size - 1))

    def _fact(self, fact: Fact) -> Codes | Grid:
        if fact.type is FactType.TEXT:
            codes = {value: self.program.boolean() for value in fact.values}
            self.program.model.add_at_most_one(list(codes.values()))
            return codes
        step = fact.step if fact.type is FactType.NUMBER else Decimal(1)
        grid = self._grid(fact.minimum, fact.maximum, step)
        self.numbers["@", fact.name] = self.program.add(
            (self.program.constant(grid.first), self._steps(grid))
        )
        return grid

    def _group(self, part: Part, group: Group) -> None:
        """The limits hold while the node is selected; without it no member is."""
        program = self.program
        program.place = group.key
        members = [self.parts[member.key] for member in group.members]
        different = program.of_literals([(member.selected, 1) for member in members])
        units = program.add([member.quantity for member in members])
        for number, least, most in (
            (different, group.minimum, group.maximum),
            (units, group.least_units, group.most_units),
        ):
            total = program.expression(number)
            if least is not None and least > 0:
                program.model.add(total >= least).only_enforce_if(part.selected)
            if most is not None and most < number.high:
                program.model.add(total <= most).only_enforce_if(part.selected)
