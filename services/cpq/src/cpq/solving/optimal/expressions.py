"""Expressions, tables and rules over the variables of a program, with their full meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
from cpq.configuration.model import Attribute, AttributeType, Table
from cpq.solving.optimal.program import Literal, Number, Program
from cpq.solving.optimal.tree import Codes, Grid, Part, Tree
from cpq.solving.refusals import ModelMakesNoSense


class Translator:
    """Expressions over a tree's variables. All refusals name `program.place`."""

    def __init__(self, tree: Tree, measure: Callable[[Measure], Number]) -> None:
        self._tree = tree
        self._program: Program = tree.program
        self._measure = measure
        self._literals: dict[Expression, Literal] = {}
        self._numbers: dict[Expression, Number] = {}
        self._calculating: set[AttributeOf] = set()

    def require(self, expression: Expression) -> None:
        """The expression holds. Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        match expression:
            case And(operands):
                for operand in operands:
                    self.require(operand)
            case Not(Or(operands)):
                for operand in operands:
                    self.require(Not(operand))
            case _:
                self._program.require(self._clause(expression))

    def _clause(self, expression: Expression) -> Iterable[Literal]:
        """Literals one of which is true exactly when the expression is."""
        match expression:
            case Or(operands):
                return [one for operand in operands for one in self._clause(operand)]
            case Not(And(operands)):
                return [self.literal(operand).negated() for operand in operands]
            case Implies(condition, consequence):
                return [*self._clause(Not(condition)), *self._clause(consequence)]
            case _:
                return [self.literal(expression)]

    def literal(self, expression: Expression) -> Literal:
        """A literal that is true exactly when the expression is."""
        known = self._literals.get(expression)
        if known is None:
            known = self._literals[expression] = self._literal(expression)
        return known

    def _literal(self, expression: Expression) -> Literal:
        program = self._program
        match expression:
            case Constant(value) if isinstance(value, bool):
                return program.true if value else program.false
            case Selected(node):
                return self._part(node).selected
            case AttributeOf():
                return self._boolean(expression)
            case Not(operand):
                return self.literal(operand).negated()
            case And(operands):
                return program.both([self.literal(one) for one in operands])
            case Or(operands):
                return program.either([self.literal(one) for one in operands])
            case Implies(condition, consequence):
                return program.either(
                    (self.literal(condition).negated(), self.literal(consequence))
                )
            case Equivalent(left, right):
                return program.same(self.literal(left), self.literal(right))
            case Compare(comparison, left, right):
                return self._compare(comparison, left, right)
            case _:
                raise self._nonsense("a number stands where a condition should")

    def number(self, expression: Expression) -> Number:
        """The number of a numeric expression."""
        known = self._numbers.get(expression)
        if known is None:
            known = self._numbers[expression] = self._number(expression)
        return known

    def _number(self, expression: Expression) -> Number:
        program = self._program
        match expression:
            case Constant(value) if not isinstance(value, bool | str):
                return program.constant(value)
            case Quantity(node):
                return self._part(node).quantity
            case AttributeOf():
                return self._amount(expression)
            case FactOf(name) if ("@", name) in self._tree.numbers:
                return self._tree.numbers["@", name]
            case MeasureOf(measure):
                return self._measure(measure)
            case CountOf(operands):
                return program.of_literals([(self.literal(one), 1) for one in operands])
            case Sum(terms):
                return program.add([self.number(term) for term in terms])
            case Product(left, right):
                return program.product(self.number(left), self.number(right))
            case _:
                raise self._nonsense("a condition or a code stands where a number should")

    def _compare(self, comparison: Comparison, left: Expression, right: Expression) -> Literal:
        program = self._program
        one, other = self._codes(left), self._codes(right)
        if one is not None and other is not None:
            ways = [
                program.both((literal, other[code]))
                for code, literal in one.items()
                if code in other
            ]
            if isinstance(left, FactOf) and isinstance(right, FactOf):
                ways.append(self._tree.equal_elsewhere(left.name, right.name))
            same = program.either(ways)
        elif self._is_boolean(left) and self._is_boolean(right):
            same = program.same(self.literal(left), self.literal(right))
        else:
            return program.compare(comparison, self.number(left), self.number(right))
        match comparison:
            case Comparison.EQUAL:
                return same
            case Comparison.DIFFERENT:
                return same.negated()
            case _:
                raise self._nonsense("an order is asked of what has none")

    def _codes(self, expression: Expression) -> Codes | None:
        """The literals of an enumeration's or a text's values; None for what is neither."""
        found: object = None
        match expression:
            case Constant(value) if isinstance(value, str):
                return {value: self._program.true}
            case FactOf(name):
                found = self._tree.facts.get(name)
            case AttributeOf(node, code):
                found = self._part(node).attributes.get(code)
        return found if isinstance(found, dict) else None

    def _is_boolean(self, expression: Expression) -> bool:
        match expression:
            case AttributeOf():
                return self._attribute(expression).type is AttributeType.BOOLEAN
            case Constant(value):
                return isinstance(value, bool)
            case Quantity() | FactOf() | MeasureOf() | CountOf() | Sum() | Product():
                return False
            case _:
                return True

    def _boolean(self, target: AttributeOf) -> Literal:
        attribute, part = self._attribute(target), self._part(target.node)
        if attribute.type is not AttributeType.BOOLEAN:
            raise self._nonsense(f"{target.node}.{target.attribute} is neither true nor false")
        if attribute.expression is None:
            found = part.attributes[target.attribute]
            assert not isinstance(found, dict | Grid)
            return found
        self._begin(target)
        found = self._program.both((part.selected, self.literal(attribute.expression)))
        self._calculating.discard(target)
        return found

    def _amount(self, target: AttributeOf) -> Number:
        attribute, part = self._attribute(target), self._part(target.node)
        if attribute.type not in (AttributeType.INTEGER, AttributeType.DECIMAL):
            raise self._nonsense(f"{target.node}.{target.attribute} is no number")
        if attribute.expression is None:
            return self._tree.numbers[target.node, target.attribute]
        self._begin(target)
        found = self._program.where(part.selected, self.number(attribute.expression))
        self._calculating.discard(target)
        return found

    def _begin(self, target: AttributeOf) -> None:
        if target in self._calculating:
            raise self._nonsense(f"{target.node}.{target.attribute} is calculated from itself")
        self._calculating.add(target)

    def require_table(self, table: Table) -> None:
        """Where the attributes' nodes are selected: one of the rows, or none of them."""
        program = self._program
        idle = [
            self._part(column.node).selected.negated()
            for column in table.columns
            if isinstance(column, AttributeOf)
        ]
        cells: dict[tuple[int, Value], Literal] = {}
        rows = []
        for row in table.rows:
            literals = []
            for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                if value is not None:
                    if (at, value) not in cells:
                        cells[at, value] = self.equals(column, value)
                    literals.append(cells[at, value])
            if table.allowed:
                rows.append(program.both(literals))
            else:
                program.require((*idle, *(literal.negated() for literal in literals)))
        if table.allowed:
            program.require((*idle, *rows))

    def equals(self, target: Selected | Quantity | AttributeOf, value: Value) -> Literal:
        """True exactly when the target has the value; false where it never does."""
        program = self._program
        if isinstance(target, Selected):
            selected = self._part(target.node).selected
            return selected if value is True else selected.negated()
        if isinstance(value, bool):
            literal = self._boolean(target) if isinstance(target, AttributeOf) else program.false
            return literal if value else literal.negated()
        if isinstance(value, str):
            codes = self._codes(target)
            return program.false if codes is None else codes.get(value, program.false)
        return program.compare(Comparison.EQUAL, self.number(target), program.constant(value))

    def _attribute(self, target: AttributeOf) -> Attribute:
        attribute = self._part(target.node).node.attribute(target.attribute)
        if attribute is None or attribute.type is AttributeType.TEXT:
            raise self._nonsense(f"{target.node}.{target.attribute} cannot be asked")
        return attribute

    def _part(self, node: str) -> Part:
        part = self._tree.parts.get(node)
        if part is None:
            raise self._nonsense(f"there is no {node}")
        return part

    def _nonsense(self, what: str) -> ModelMakesNoSense:
        place = self._program.place
        return ModelMakesNoSense(f"{place}: {what}", field=place)
