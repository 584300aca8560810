"""The value of expressions, what a configuration violates, what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from functools import cached_property
from typing import Final

from cpq.configuration.answers import Totals
from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    CountOf,
    Equivalent,
    Expression,
    FactOf,
    Implies,
    Measure,
    MeasureOf,
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
    Value,
)
from cpq.configuration.model import (
    Amounts,
    AnswerTo,
    AttributeType,
    Choice,
    Model,
    Node,
    Option,
    Supply,
    Table,
)

Configuration = Mapping[Quantity | AttributeOf, Value]

EXACT: Final = Context(prec=10_000, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
"""Sums and products of an expression lose no digit."""

NOTHING_KNOWN: Final = Supply({})
"""No amount is known and all is sold."""


@dataclass(frozen=True)
class Semantics:
    """A model, at a moment of supply, asked by a request that brings all facts of the model."""

    model: Model
    facts: Mapping[str, Value]
    supply: Supply = NOTHING_KNOWN

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Every node by its key."""
        return {node.key: node for node in self.model.nodes()}

    @cached_property
    def _all_nodes(self) -> tuple[Node, ...]:
        return tuple(self.model.nodes())

    @cached_property
    def parents(self) -> dict[str, Node]:
        """The parent of every node but the root, by the child's key."""
        return {
            member.key: node
            for node in self.model.nodes()
            for group in node.groups
            for member in group.members
        }

    @cached_property
    def _unavailable(self) -> frozenset[str]:
        return frozenset(one.item for one in self.supply.unavailable)

    def evaluate(self, expression: Expression, values: Configuration) -> Value | None:
        """The value of the expression; None for an enumeration of a node that is not selected.

        Raises KeyError for what the model or the facts do not have.
        """
        match expression:
            case Constant(value):
                return value
            case Selected(node):
                return self._quantity(node, values) > 0
            case Quantity(node):
                return self._quantity(node, values)
            case AttributeOf():
                return self._attribute(expression, values)
            case MeasureOf(measure):
                return self._measure(measure, values)
            case FactOf(name):
                return self.facts[name]
            case Not(operand):
                return not self.evaluate(operand, values)
            case And(operands):
                return all(self.evaluate(operand, values) for operand in operands)
            case Or(operands):
                return any(self.evaluate(operand, values) for operand in operands)
            case Implies(condition, consequence):
                return not self.evaluate(condition, values) or bool(
                    self.evaluate(consequence, values)
                )
            case Equivalent(left, right):
                return self.evaluate(left, values) is self.evaluate(right, values)
            case CountOf(operands):
                return Decimal(sum(bool(self.evaluate(operand, values)) for operand in operands))
            case Compare(comparison, left, right):
                return compare(
                    comparison, self.evaluate(left, values), self.evaluate(right, values)
                )
            case Sum(terms):
                total = Decimal(0)
                for term in terms:
                    total = EXACT.add(total, _number(self.evaluate(term, values)))
                return total
            case Product(left, right):
                return EXACT.multiply(
                    _number(self.evaluate(left, values)), _number(self.evaluate(right, values))
                )

    def _quantity(self, node: str, values: Configuration) -> Decimal:
        self.nodes[node]
        return _number(values.get(Quantity(node), Decimal(0)))

    def _attribute(self, target: AttributeOf, values: Configuration) -> Value | None:
        attribute = self.nodes[target.node].attribute(target.attribute)
        if attribute is None:
            raise KeyError(target)
        if self._quantity(target.node, values) == 0:
            return _NEUTRAL[attribute.type]
        if attribute.expression is not None:
            return self.evaluate(attribute.expression, values)
        return values[target]

    def _measure(self, measure: Measure, values: Configuration) -> Decimal:
        """An amount that is not known counts as nothing here; `totals` says None."""
        totals = self._totals(values, missing=0)
        found = {
            Measure.PRICE: totals.price,
            Measure.COST: totals.cost,
            Measure.DELIVERY_DAYS: totals.delivery_days,
        }[measure]
        assert found is not None
        return Decimal(found)

    def totals(self, values: Configuration) -> Totals:
        """Price, cost and delivery of one unit of the root; None: some amount is not known."""
        return self._totals(values, missing=None)

    def _totals(self, values: Configuration, missing: int | None) -> Totals:
        unknown = None if missing is None else Decimal(missing)
        price: Decimal | None = Decimal(0)
        cost: Decimal | None = Decimal(0)
        days: int | None = 0
        for units, one in self._counted(values):
            price = _plus(price, unknown if one.price is None else one.price, units)
            cost = _plus(cost, unknown if one.cost is None else one.cost, units)
            later = missing if one.delivery_days is None else one.delivery_days
            days = None if days is None or later is None else max(days, later)
        return Totals(price, cost, days)

    def _counted(self, values: Configuration) -> Iterator[tuple[Decimal, Amounts]]:
        """The amounts of each selected node, option and item, and of how many units."""
        for node in self._all_nodes:
            if self._quantity(node.key, values) == 0:
                continue
            units = self.units(node.key, values)
            parts = [(node.price, node.cost, node.item)]
            parts.extend((one.price, one.cost, one.item) for one in _chosen(node, values))
            for price, cost, item in parts:
                # What the model itself does not say is nothing, and delays nothing.
                yield units, Amounts(price or Decimal(0), cost or Decimal(0), 0)
                if item is not None:
                    yield units, self.supply.amounts.get(item, Amounts())

    def units(self, key: str, values: Configuration) -> Decimal:
        """How many of the node belong to one unit of the root.

        A node above it of which there is one at most counts as one. Where the tree holds it is
        there; where it does not (tests ask what some laws leave without the others), engines do
        not look either.
        """
        units = Decimal(1)
        while key in self.parents:
            if self.nodes[key].maximum > 1:
                units = EXACT.multiply(units, self._quantity(key, values))
            key = self.parents[key].key
        return units

    def violations(self, values: Configuration) -> tuple[str, ...]:
        """What the configuration breaks, as `Reason.rules` names it; empty when it is valid.

        Quantities and attributes have to lie in their domains already.
        """
        return tuple(dict.fromkeys(self._violations(values)))

    def is_valid(self, values: Configuration) -> bool:
        """Whether the configuration breaks nothing."""
        return next(self._violations(values), None) is None

    def _violations(self, values: Configuration) -> Iterator[str]:
        for node in self._all_nodes:
            yield from self._broken_by(node, values)
        for table in self.model.tables:
            if not self._keeps(table, values):
                yield table.key
        for rule in self.model.rules:
            if not self.evaluate(rule.condition, values):
                yield rule.key

    def _broken_by(self, node: Node, values: Configuration) -> Iterator[str]:
        """The tree, the groups and the items of one node."""
        selected = self._quantity(node.key, values) > 0
        parent = self.parents.get(node.key)
        above = parent is None or self._quantity(parent.key, values) > 0
        if (selected and not above) or (
            above and not selected and (parent is None or node.required)
        ):
            yield f"node:{node.key}"
        if not selected:
            return
        for item in (node.item, *(option.item for option in _chosen(node, values))):
            if item in self._unavailable:
                yield f"item:{item}"
        for group in node.groups:
            quantities = [self._quantity(member.key, values) for member in group.members]
            different = sum(quantity > 0 for quantity in quantities)
            units = sum(quantities)
            if (
                different < group.minimum
                or (group.maximum is not None and different > group.maximum)
                or (group.least_units is not None and units < group.least_units)
                or (group.most_units is not None and units > group.most_units)
            ):
                yield group.key

    def _keeps(self, table: Table, values: Configuration) -> bool:
        """Whether a row allows the configuration, or none forbids it."""
        if not all(
            self._quantity(column.node, values) > 0
            for column in table.columns
            if isinstance(column, AttributeOf)
        ):
            return True
        found = [self.evaluate(column, values) for column in table.columns]
        matches = any(
            all(cell is None or cell == value for cell, value in zip(row, found, strict=True))
            for row in table.rows
        )
        return matches is table.allowed

    def agrees(self, values: Configuration, choice: Choice) -> bool:
        """Whether the configuration has what was chosen."""
        match choice.target:
            case AnswerTo(key):
                question = next(one for one in self.model.questions if one.key == key)
                answer = next(one for one in question.answers if one.code == choice.value)
                return bool(self.evaluate(answer.then, values))
            case AttributeOf(node, code) as target:
                attribute = self.nodes[node].attribute(code)
                assert attribute is not None
                if self._quantity(node, values) == 0:
                    return False
                return attribute.type is AttributeType.TEXT or values[target] == choice.value
            case target:
                return self.evaluate(target, values) == choice.value


def compare(comparison: Comparison, left: Value | None, right: Value | None) -> bool:
    """Compare two values; an enumeration that has none equals nothing."""
    if comparison is Comparison.EQUAL:
        return left is not None and left == right
    if comparison is Comparison.DIFFERENT:
        return left is None or left != right
    one, other = _number(left), _number(right)
    match comparison:
        case Comparison.LESS:
            return one < other
        case Comparison.AT_MOST:
            return one <= other
        case Comparison.MORE:
            return one > other
        case Comparison.AT_LEAST:
            return one >= other


def _chosen(node: Node, values: Configuration) -> Iterator[Option]:
    """The options of a node's enumerations that the configuration has."""
    for attribute in node.attributes:
        code = values.get(AttributeOf(node.key, attribute.code))
        yield from (option for option in attribute.options if option.code == code)


_NEUTRAL: Final[Mapping[AttributeType, Value | None]] = {
    AttributeType.BOOLEAN: False,
    AttributeType.ENUMERATION: None,
    AttributeType.INTEGER: Decimal(0),
    AttributeType.DECIMAL: Decimal(0),
    AttributeType.TEXT: None,
}


def _plus(total: Decimal | None, amount: Decimal | None, units: Decimal) -> Decimal | None:
    if total is None or amount is None:
        return None
    return EXACT.add(total, EXACT.multiply(amount, units))


def _number(value: Value | None) -> Decimal:
    assert isinstance(value, Decimal), value
    return value
