"""Expressions as literals, linear sums and clauses."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

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
)
from cpq.configuration.model import AttributeType
from cpq.solving.encoding.gates import FALSE, TRUE, Gates
from cpq.solving.encoding.linear import Linear, add, constant, weighted
from cpq.solving.refusals import ModelMakesNoSense
from cpq.solving.variables import Few, Many, Part, Variables

MOST_CLAUSES: Final = 64
"""Up to so many clauses a rule is multiplied out; beyond, its parts become gates."""

Clause = tuple[int, ...]

_HOLDS: Final[Mapping[Comparison, Callable[[Any, Any], bool]]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.DIFFERENT: operator.ne,
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE: operator.gt,
    Comparison.AT_LEAST: operator.ge,
}


class Translator:
    """Expressions over a model's variables."""

    def __init__(self, variables: Variables, measure: Callable[[Measure], Linear]) -> None:
        self.variables = variables
        self.gates: Gates = variables.gates
        self.arithmetic = variables.arithmetic
        self._measure = measure
        self._calculated: dict[AttributeOf, int | Linear | None] = {}

    def clauses(self, expression: Expression) -> list[Clause]:
        """Clauses that hold together exactly when the expression does."""
        found = self._clauses(expression, positive=True)
        return [clause for clause in (simplified(one) for one in found) if clause is not None]

    def _clauses(self, expression: Expression, *, positive: bool) -> list[Clause]:
        match expression:
            case Not(operand):
                return self._clauses(operand, positive=not positive)
            case And(operands):
                return self._joined([(one, positive) for one in operands], together=positive)
            case Or(operands):
                return self._joined([(one, positive) for one in operands], together=not positive)
            case Implies(condition, consequence):
                pair = [(condition, not positive), (consequence, positive)]
                return self._joined(pair, together=not positive)
            case Equivalent(left, right):
                one, other = self.literal(left), self.literal(right)
                other = other if positive else -other
                return [(-one, other), (one, -other)]
            case _:
                literal = self.literal(expression)
                return [(literal if positive else -literal,)]

    def _joined(self, parts: Sequence[tuple[Expression, bool]], *, together: bool) -> list[Clause]:
        """All parts together, or one of them: then multiplied out while it stays small."""
        if together:
            return [
                clause
                for part, positive in parts
                for clause in self._clauses(part, positive=positive)
            ]
        result: list[Clause] = [()]
        for part, positive in parts:
            found = self._clauses(part, positive=positive)
            if len(found) * len(result) > MOST_CLAUSES:
                found = [(self.gates.both(self.gates.either(clause) for clause in found),)]
            result = [above + clause for above in result for clause in found]
        return result

    def literal(self, expression: Expression) -> int:
        """A literal that is true exactly when the expression is."""
        match expression:
            case Constant(value) if isinstance(value, bool):
                return TRUE if value else FALSE
            case Selected(node):
                return self._part(node).selected
            case AttributeOf():
                return self._boolean(expression)
            case Not(operand):
                return -self.literal(operand)
            case And(operands):
                return self.gates.both([self.literal(one) for one in operands])
            case Or(operands):
                return self.gates.either([self.literal(one) for one in operands])
            case Implies(condition, consequence):
                return self.gates.either((-self.literal(condition), self.literal(consequence)))
            case Equivalent(left, right):
                return -self.gates.differ(self.literal(left), self.literal(right))
            case Compare(comparison, left, right):
                return self._compare(comparison, left, right)
            case _:
                raise self._nonsense(expression, "is neither true nor false")

    def _boolean(self, target: AttributeOf) -> int:
        part = self._part(target.node)
        attribute = part.node.attribute(target.attribute)
        if attribute is None or attribute.type is not AttributeType.BOOLEAN:
            raise self._nonsense(target, "is neither true nor false")
        if attribute.expression is not None:
            found = self._calculate(target, part, attribute.expression, boolean=True)
            assert isinstance(found, int)
            return found
        domain = part.attributes[target.attribute]
        assert isinstance(domain, Few)
        return domain.literals[1]

    def _calculate(
        self, target: AttributeOf, part: Part, expression: Expression, *, boolean: bool
    ) -> int | Linear:
        """A calculated attribute, which is false or 0 where its node is not selected."""
        if target in self._calculated:
            known = self._calculated[target]
            if known is None:
                raise self._nonsense(target, "is calculated from itself")
            return known
        self._calculated[target] = None
        found: int | Linear
        if boolean:
            found = self.gates.both((part.selected, self.literal(expression)))
        else:
            owner = weighted([(part.selected, 1)])
            found = self.arithmetic.product(owner, self.number(expression))
        self._calculated[target] = found
        return found

    def number(self, expression: Expression) -> Linear:
        """The linear sum of a numeric expression."""
        match expression:
            case Constant(value) if not isinstance(value, bool | str):
                return constant(value)
            case Quantity(node):
                part = self._part(node)
                if part.quantity is None:
                    return weighted([(part.selected, 1)])
                return self.variables.number(part.quantity)
            case AttributeOf():
                return self._amount(expression)
            case FactOf(name):
                domain = self.variables.fact(name)
                if self._texts(domain) is not None:
                    raise self._nonsense(expression, "is no number")
                return self.variables.number(domain)
            case MeasureOf(measure):
                return self._measure(measure)
            case CountOf(operands):
                return weighted([(self.literal(one), 1) for one in operands])
            case Sum(terms):
                return add([self.number(term) for term in terms])
            case Product(left, right):
                return self.arithmetic.product(self.number(left), self.number(right))
            case _:
                raise self._nonsense(expression, "is no number")

    def _amount(self, target: AttributeOf) -> Linear:
        part = self._part(target.node)
        attribute = part.node.attribute(target.attribute)
        numeric = (AttributeType.INTEGER, AttributeType.DECIMAL)
        if attribute is None or attribute.type not in numeric:
            raise self._nonsense(target, "is no number")
        if attribute.expression is not None:
            found = self._calculate(target, part, attribute.expression, boolean=False)
            assert isinstance(found, Linear)
            return found
        return self.variables.number(part.attributes[target.attribute])

    def _compare(self, comparison: Comparison, left: Expression, right: Expression) -> int:
        one, other = self._codes(left), self._codes(right)
        if one is not None or other is not None:
            if (
                one is None
                or other is None
                or comparison
                not in (
                    Comparison.EQUAL,
                    Comparison.DIFFERENT,
                )
            ):
                raise self._nonsense(left, "is compared with what it cannot be compared with")
            ways = [
                self.gates.both((literal, other[code]))
                for code, literal in one.items()
                if code in other
            ]
            if isinstance(left, FactOf) and isinstance(right, FactOf):
                if left == right:
                    ways.append(TRUE)
                else:
                    ways.append(self.variables.equal_elsewhere(left.name, right.name))
            same = self.gates.either(ways)
            return same if comparison is Comparison.EQUAL else -same
        if self._is_boolean(left) and self._is_boolean(right):
            differ = self.gates.differ(self.literal(left), self.literal(right))
            return differ if comparison is Comparison.DIFFERENT else -differ
        simple = self._threshold(comparison, left, right)
        if simple is not None:
            return simple
        difference = add([self.number(left), self.number(right).times(-1)])
        arithmetic = self.arithmetic
        match comparison:
            case Comparison.EQUAL:
                return arithmetic.equals(difference, 0)
            case Comparison.DIFFERENT:
                return -arithmetic.equals(difference, 0)
            case Comparison.LESS:
                return -arithmetic.at_least(difference, 0)
            case Comparison.AT_LEAST:
                return arithmetic.at_least(difference, 0)
            case Comparison.MORE:
                return arithmetic.at_least(difference, 1)
            case Comparison.AT_MOST:
                return -arithmetic.at_least(difference, 1)

    def _threshold(self, comparison: Comparison, left: Expression, right: Expression) -> int | None:
        """A number of few values compared with a constant: one of those values, no arithmetic."""
        domain = self._few(left)
        if domain is None or not isinstance(right, Constant) or isinstance(right.value, bool | str):
            return None
        bound = right.value
        holds = _HOLDS[comparison]
        pairs = list(zip(domain.values, domain.literals, strict=True))
        # Where the owner is not selected no literal is true, and the number reads 0.
        if holds(0, bound):
            return -self.gates.either(
                literal for value, literal in pairs if not holds(value, bound)
            )
        return self.gates.either(literal for value, literal in pairs if holds(value, bound))

    def _few(self, expression: Expression) -> Few | None:
        domain: Few | Many | None = None
        match expression:
            case Quantity(node):
                domain = self._part(node).quantity
            case AttributeOf(node, code):
                domain = self._part(node).attributes.get(code)
            case FactOf(name):
                domain = self.variables.fact(name)
        if isinstance(domain, Few) and all(isinstance(one, Decimal) for one in domain.values):
            return domain
        return None

    def _codes(self, expression: Expression) -> Mapping[str, int] | None:
        """The literal of each code that an enumeration or text may have; None for what is none."""
        match expression:
            case Constant(value) if isinstance(value, str):
                return {value: TRUE}
            case FactOf(name):
                return self._texts(self.variables.fact(name))
            case AttributeOf(node, code):
                part = self._part(node)
                attribute = part.node.attribute(code)
                if attribute is None:
                    raise self._nonsense(expression, "does not exist")
                if attribute.type is AttributeType.TEXT:
                    raise self._nonsense(expression, "is free text, which no rule may ask")
                if attribute.type is AttributeType.ENUMERATION:
                    return self._texts(part.attributes[code])
        return None

    def _texts(self, domain: Few | Many) -> Mapping[str, int] | None:
        if isinstance(domain, Many):
            return None
        codes = {
            value: literal
            for value, literal in zip(domain.values, domain.literals, strict=True)
            if isinstance(value, str)
        }
        return codes if len(codes) == len(domain.values) else None

    def _is_boolean(self, expression: Expression) -> bool:
        match expression:
            case AttributeOf(node, code):
                attribute = self._part(node).node.attribute(code)
                return attribute is not None and attribute.type is AttributeType.BOOLEAN
            case Constant(value):
                return isinstance(value, bool)
            case Quantity() | FactOf() | MeasureOf() | CountOf() | Sum() | Product():
                return False
            case _:
                return True

    def _part(self, node: str) -> Part:
        part = self.variables.parts.get(node)
        if part is None:
            raise ModelMakesNoSense(
                f"{self.gates.place} speaks of {node}, which the model does not have",
                field=self.gates.place,
            )
        return part

    def _nonsense(self, expression: Expression, what: str) -> ModelMakesNoSense:
        match expression:
            case AttributeOf(node, code):
                name = f"{node}.{code}"
            case FactOf(fact):
                name = f"@{fact}"
            case _:
                name = type(expression).__name__
        return ModelMakesNoSense(f"{self.gates.place}: {name} {what}", field=self.gates.place)


def simplified(clause: Clause) -> Clause | None:
    """The clause without repetitions; None where it always holds."""
    literals = dict.fromkeys(literal for literal in clause if literal != FALSE)
    if TRUE in literals or any(-literal in literals for literal in literals):
        return None
    return tuple(literals)
