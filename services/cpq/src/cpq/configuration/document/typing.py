"""Whether an expression speaks of what the model has, and makes sense: kinds of values fit."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from cpq.configuration.document.names import Names
from cpq.configuration.document.problems import Flaw, Problems
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
    parts,
)
from cpq.configuration.language import Parsed
from cpq.configuration.model import AttributeType, FactType


class Sort(StrEnum):
    """What sort of value an expression has."""

    TRUTH = "a truth value"
    NUMBER = "a number"
    CODE = "a text"


_SORTS: Final = {
    AttributeType.BOOLEAN: Sort.TRUTH,
    AttributeType.ENUMERATION: Sort.CODE,
    AttributeType.INTEGER: Sort.NUMBER,
    AttributeType.DECIMAL: Sort.NUMBER,
}


class Checker:
    """Checks the expressions of one document against its names."""

    def __init__(self, names: Names, problems: Problems) -> None:
        self._names = names
        self._problems = problems

    def check(self, parsed: Parsed, at: str, wanted: Sort) -> bool:
        """Whether the expression is sound and of the wanted sort; what is wrong is noted."""
        return _Check(self._names, self._problems, parsed, at).wants(parsed.expression, wanted)


class _Check:
    """The check of one expression."""

    def __init__(self, names: Names, problems: Problems, parsed: Parsed, at: str) -> None:
        self._names = names
        self._problems = problems
        self._parsed = parsed
        self._at = at

    def _note(self, part: Expression, flaw: Flaw, message: str) -> None:
        place = self._parsed.place(part)
        self._problems.add(self._at, flaw, message, line=place.line, column=place.column)

    def wants(self, part: Expression, wanted: Sort) -> bool:
        """Whether a part is sound and of a sort."""
        found = self._sort(part)
        if found is None:
            return False
        if found is not wanted:
            self._note(part, Flaw.TYPES_DIFFER, f"this is {found}, and {wanted} is needed")
            return False
        return True

    def _all(self, operands: tuple[Expression, ...], wanted: Sort, made: Sort) -> Sort | None:
        sound = [self.wants(operand, wanted) for operand in operands]
        return made if all(sound) else None

    def _sort(self, part: Expression) -> Sort | None:
        """The sort of a part; None after a problem was noted."""
        match part:
            case Constant(value):
                return _sort_of(value)
            case Selected(node):
                return Sort.TRUTH if self._knows(part, node) else None
            case Quantity(node):
                return Sort.NUMBER if self._knows(part, node) else None
            case AttributeOf():
                return self._attribute(part)
            case FactOf(name):
                fact = self._names.facts.get(name)
                if fact is None:
                    self._note(part, Flaw.UNKNOWN_FACT, f"the model declares no fact {name!r}")
                    return None
                return Sort.CODE if fact.type is FactType.TEXT else Sort.NUMBER
            case MeasureOf():
                return Sort.NUMBER
            case Not() | And() | Or() | Implies() | Equivalent():
                return self._all(parts(part), Sort.TRUTH, Sort.TRUTH)
            case CountOf(operands):
                return self._all(operands, Sort.TRUTH, Sort.NUMBER)
            case Sum() | Product():
                return self._all(parts(part), Sort.NUMBER, Sort.NUMBER)
            case Compare():
                return self._compare(part)

    def _knows(self, part: Expression, node: str) -> bool:
        if node in self._names.nodes:
            return True
        self._note(part, Flaw.UNKNOWN_NODE, f"the model has no node {node!r}")
        return False

    def _attribute(self, part: AttributeOf) -> Sort | None:
        if not self._knows(part, part.node):
            return None
        found = self._names.attributes.get((part.node, part.attribute))
        if found is None:
            self._note(
                part,
                Flaw.UNKNOWN_ATTRIBUTE,
                f"node {part.node!r} has no attribute {part.attribute!r}",
            )
            return None
        if found.type is AttributeType.TEXT:
            self._note(
                part,
                Flaw.TEXT_IN_EXPRESSION,
                f"{part.node}.{part.attribute} is free text, which no rule can ask",
            )
            return None
        return _SORTS[found.type]

    def _compare(self, part: Compare) -> Sort | None:
        left, right = self._sort(part.left), self._sort(part.right)
        if left is None or right is None:
            return None
        if Sort.TRUTH in (left, right):
            self._note(
                part,
                Flaw.TYPES_DIFFER,
                "truth values are not compared; write `a <=> b`, or `a` and `not a`",
            )
            return None
        if left is not right:
            self._note(part, Flaw.TYPES_DIFFER, f"{left} is compared with {right}")
            return None
        if left is Sort.CODE and not self._codes(part):
            return None
        return Sort.TRUTH

    def _codes(self, part: Compare) -> bool:
        """Whether two texts can be compared, and one of them can be the other."""
        if part.comparison not in (Comparison.EQUAL, Comparison.DIFFERENT):
            self._note(
                part, Flaw.TYPES_DIFFER, f"texts have no order; {part.comparison} compares numbers"
            )
            return False
        for one, other in ((part.left, part.right), (part.right, part.left)):
            if isinstance(one, Constant):
                if isinstance(other, Constant):
                    self._note(part, Flaw.TYPES_DIFFER, "two texts are compared with each other")
                    return False
                return self._has(other, one)
        return True

    def _has(self, side: Expression, constant: Constant) -> bool:
        values: frozenset[str]
        match side:
            case AttributeOf(node, code):
                values, called = self._names.attributes[node, code].codes, f"{node}.{code}"
            case FactOf(name):
                values, called = self._names.facts[name].values, f"@{name}"
            case _:
                raise AssertionError(f"{type(side).__name__} is no text")
        if constant.value in values:
            return True
        self._note(constant, Flaw.UNKNOWN_VALUE, f"{called} has no value {constant.value!r}")
        return False


def _sort_of(value: object) -> Sort:
    if isinstance(value, bool):
        return Sort.TRUTH
    return Sort.NUMBER if isinstance(value, Decimal) else Sort.CODE


def is_whole(expression: Expression, names: Names) -> bool:
    """Whether a sound numeric expression is always a whole number, as far as can be told."""
    match expression:
        case Constant(Decimal() as value):
            return value == value.to_integral_value()
        case AttributeOf(node, code):
            return names.attributes[node, code].whole
        case FactOf(name):
            return names.facts[name].whole
        case MeasureOf(measure):
            return measure is Measure.DELIVERY_DAYS
        case Sum() | Product():
            return all(is_whole(part, names) for part in parts(expression))
        case _:
            return True
