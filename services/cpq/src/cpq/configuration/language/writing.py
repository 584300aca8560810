"""From expression to text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Set
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Final

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
from cpq.configuration.language.bounds import (
    DEEPEST,
    EPOCH,
    LONGEST_NUMBER,
    ExpressionIsTooLarge,
    too_deep,
)

_BARE: Final = re.compile(r"[^\W\d]\w*")
_RESERVED: Final = {"and", "or", "not", "in", "true", "false"}


class _Binding(IntEnum):
    """How tightly an expression holds together; what binds less needs parentheses."""

    EQUIVALENCE = 0
    IMPLICATION = 1
    DISJUNCTION = 2
    CONJUNCTION = 3
    NEGATION = 4
    COMPARISON = 5
    SUM = 6
    PRODUCT = 7
    SIGNED = 8


def unparse(expression: Expression, *, dates: Set[str] = frozenset()) -> str:
    """The text that `parse` reads as this expression.

    Args:
        expression: what to write. A comparison with a truth value has no text of its own and is
            read back as its other side or that side's negation.
        dates: names of facts that are dates; numbers compared with them are written as dates.

    Raises `ExpressionIsTooLarge` for one that is too deep, or has too long a number.
    """
    return _Writer(dates).write(expression, _Binding.EQUIVALENCE, 1)


class _Writer:
    def __init__(self, dates: Set[str]) -> None:
        self._dates = dates

    def write(self, expression: Expression, least: _Binding, depth: int) -> str:
        """The text, in parentheses when it binds less than it must."""
        if depth > DEEPEST:
            raise too_deep()
        text, binding = self._text(expression, depth + 1)
        return f"({text})" if binding < least else text

    def _joined(
        self, word: str, operands: Iterable[Expression], least: _Binding, depth: int
    ) -> str:
        return word.join(self.write(operand, least, depth) for operand in operands)

    def _call(self, name: str, operands: Iterable[Expression], depth: int) -> tuple[str, _Binding]:
        listed = self._joined(", ", operands, _Binding.EQUIVALENCE, depth)
        return f"{name}({listed})", _Binding.SIGNED

    def _text(self, expression: Expression, depth: int) -> tuple[str, _Binding]:
        match expression:
            case Equivalent(left, right):
                one = self.write(left, _Binding.EQUIVALENCE, depth)
                other = self.write(right, _Binding.IMPLICATION, depth)
                return f"{one} <=> {other}", _Binding.EQUIVALENCE
            case Implies(condition, consequence):
                one = self.write(condition, _Binding.DISJUNCTION, depth)
                other = self.write(consequence, _Binding.IMPLICATION, depth)
                return f"{one} => {other}", _Binding.IMPLICATION
            case Or(operands) if len(operands) > 1:
                listed = self._membership(operands, Comparison.EQUAL, depth)
                if listed is not None:
                    return listed, _Binding.COMPARISON
                text = self._joined(" or ", operands, _Binding.CONJUNCTION, depth)
                return text, _Binding.DISJUNCTION
            case And(operands) if len(operands) > 1:
                listed = self._membership(operands, Comparison.DIFFERENT, depth)
                if listed is not None:
                    return listed, _Binding.COMPARISON
                text = self._joined(" and ", operands, _Binding.NEGATION, depth)
                return text, _Binding.CONJUNCTION
            case Or(operands):
                return self._call("any", operands, depth)
            case And(operands):
                return self._call("all", operands, depth)
            case Not(operand):
                # Not what the grammar needs but what a reader does: not (a == b).
                return f"not {self.write(operand, _Binding.SIGNED, depth)}", _Binding.NEGATION
            case Compare(
                comparison,
                Sum((MeasureOf(Measure.PRICE), Product(Constant(Decimal() as minus), cost))),
                Product(Constant(Decimal() as share), MeasureOf(Measure.PRICE)),
            ) if minus == -1 and cost == MeasureOf(Measure.COST):
                return f"@margin {comparison} {_number(share)}", _Binding.COMPARISON
            case Compare(comparison, left, right):
                one = self._side(left, right, depth)
                other = self._side(right, left, depth)
                return f"{one} {comparison} {other}", _Binding.COMPARISON
            case Sum(terms) if len(terms) > 1:
                return self._sum(terms, depth), _Binding.SUM
            case Product(left, right):
                one = self.write(left, _Binding.PRODUCT, depth)
                other = self.write(right, _Binding.SIGNED, depth)
                return f"{one} * {other}", _Binding.PRODUCT
            case Sum(operands):
                return self._call("sum", operands, depth)
            case CountOf(operands):
                return self._call("count", operands, depth)
            case _:
                return _leaf(expression), _Binding.SIGNED

    def _side(self, side: Expression, other: Expression, depth: int) -> str:
        if isinstance(other, FactOf) and other.name in self._dates:
            written = _date(side)
            if written is not None:
                return written
        return self.write(side, _Binding.SUM, depth)

    def _membership(
        self, operands: tuple[Expression, ...], comparison: Comparison, depth: int
    ) -> str | None:
        """`left in (1, 2)`, when that is what they say together."""
        left: Expression | None = None
        values = []
        for operand in operands:
            if not (
                isinstance(operand, Compare)
                and operand.comparison is comparison
                and isinstance(operand.right, Constant)
                and not isinstance(operand.right.value, bool)
                and not (isinstance(operand.left, Constant) and operand.left.value in (True, False))
                and (left is None or operand.left == left)
            ):
                return None
            left = operand.left
            values.append(self._side(operand.right, left, depth + 1))
        assert left is not None
        word = "in" if comparison is Comparison.EQUAL else "not in"
        return f"{self.write(left, _Binding.SUM, depth + 1)} {word} ({', '.join(values)})"

    def _sum(self, terms: tuple[Expression, ...], depth: int) -> str:
        text = self.write(terms[0], _Binding.PRODUCT, depth)
        for term in terms[1:]:
            match term:
                case Constant(Decimal() as value) if value.is_signed():
                    text += f" - {_number(value.copy_negate())}"
                case Product(Constant(Decimal() as value), rest) if value == -1 and not _is_number(
                    rest
                ):
                    text += f" - {self.write(rest, _Binding.PRODUCT, depth + 1)}"
                case _:
                    text += f" + {self.write(term, _Binding.PRODUCT, depth)}"
        return text


def _leaf(expression: Expression) -> str:
    match expression:
        case Selected(node):
            return _name(node)
        case AttributeOf(node, attribute):
            return f"{_name(node)}.{_name(attribute)}"
        case Quantity(node):
            return f"qty({_name(node)})"
        case MeasureOf(measure):
            return f"@{measure}"
        case FactOf(name):
            return f"@{_name(name)}" if name not in _MEASURES else f"@{_quoted(name)}"
        case Constant(value):
            return _constant(value)
        case _:
            raise AssertionError(f"{type(expression).__name__} is no leaf")


_MEASURES: Final = {"price", "cost", "delivery_days", "margin"}


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) and name not in _RESERVED else _quoted(name)


def _quoted(name: str) -> str:
    doubled = name.replace("`", "``")
    return f"`{doubled}`"


def _constant(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    # Asked before it is written: 1E+999999 would be a million digits.
    if not value.is_finite() or abs(value.adjusted()) > LONGEST_NUMBER:
        raise ExpressionIsTooLarge(f"the number {value} cannot be written")
    text = format(value, "f")
    if len(text.lstrip("-")) > LONGEST_NUMBER:
        raise ExpressionIsTooLarge(f"a number has more than {LONGEST_NUMBER} characters")
    return text


def _is_number(expression: Expression) -> bool:
    return isinstance(expression, Constant) and isinstance(expression.value, Decimal)


def _date(expression: Expression) -> str | None:
    """A number of days as a date, when it is one that the calendar has."""
    match expression:
        case Constant(Decimal() as days) if days == days.to_integral_value():
            try:
                return f'date("{(EPOCH + timedelta(days=int(days))).isoformat()}")'
            except OverflowError:
                return None
        case _:
            return None
