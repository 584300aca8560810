"""Formulas of UVL as expressions of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import lcm
from typing import Final

from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    CountOf,
    Equivalent,
    Expression,
    Implies,
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
)
from cpq.readers.refusals import FileCannotBeRead
from cpq.readers.uvl.composing import Placed, Scoped
from cpq.readers.uvl.syntax import (
    Call,
    FeatureKind,
    Formula,
    Literal,
    Operation,
    Path,
    Reference,
)
from cpq.readers.uvl.texts import Texts


class CannotSay(Exception):
    """A model's expressions cannot say this; the constraint becomes a finding."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number: an expression over a positive whole constant."""

    expression: Expression
    over: int = 1


@dataclass(frozen=True, slots=True)
class Average:
    """A sum over how many there are; it has no value where there are none."""

    total: Expression
    count: Expression


@dataclass(frozen=True, slots=True)
class Text:
    """A constant text, or one that a feature or attribute has; `length` where it is known."""

    is_: AttributeOf | str
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth value."""

    expression: Expression


_Value = Number | Average | Text | Truth
_ZERO: Final = Constant(Decimal(0))


class Translator:
    """Translates the constraints of one model, and remembers what they ask of it."""

    def __init__(self, features: Mapping[Path, Placed], root: Placed) -> None:
        self._features = features
        self._root = root
        self.texts = Texts()
        self.asked: set[AttributeOf] = set()
        """Attributes of features that some constraint asks."""
        self.changes: dict[str, None] = {}
        """What the constraint at hand means differently than in UVL."""

    def translate(self, scoped: Scoped) -> Expression:
        """The expression that a constraint is.

        Raises `CannotSay`, and `FileCannotBeRead` for a feature that is not there.
        """
        self.changes = {}
        return self._truth(scoped.constraint.formula, scoped)

    def _truth(self, formula: Formula, scoped: Scoped) -> Expression:
        value = self._value(formula, scoped, truth=True)
        if isinstance(value, Truth):
            return value.expression
        raise CannotSay("a number or a text stands where a truth value is needed")

    def _value(self, formula: Formula, scoped: Scoped, *, truth: bool = False) -> _Value:
        match formula:
            case Literal(value):
                return _literal(value)
            case Reference():
                return self._reference(formula, scoped, truth=truth)
            case Call():
                return self._call(formula, scoped)
            case Operation(operator, operands):
                return self._operation(operator, operands, scoped)

    # References.

    def _find(self, reference: Reference, scoped: Scoped) -> tuple[Placed, str]:
        """The feature of a reference and the rest of its path, the name of an attribute."""
        path = reference.path
        for length in range(len(path), 0, -1):
            found = self._features.get((*scoped.scope, *path[:length]))
            if found is not None:
                return found, ".".join(path[length:])
        raise FileCannotBeRead(
            f"{scoped.file.name}:{reference.line}: there is no feature {'.'.join(path)[:200]!r}."
        )

    def _reference(self, reference: Reference, scoped: Scoped, *, truth: bool) -> _Value:
        placed, code = self._find(reference, scoped)
        if code:
            return self._attribute(placed, code)
        if truth or placed.feature.kind is FeatureKind.BOOLEAN:
            return Truth(Selected(placed.key))
        target = AttributeOf(placed.key, value_code(placed))
        self.asked.add(target)
        if placed.feature.kind is FeatureKind.STRING:
            return Text(target)
        return Number(target)

    def _attribute(self, placed: Placed, code: str) -> _Value:
        if code not in placed.feature.attributes:
            raise CannotSay(f"the feature {placed.key!r} declares no attribute {code!r}")
        value = placed.feature.attributes[code]
        target = AttributeOf(placed.key, code)
        if isinstance(value, bool):
            self.asked.add(target)
            return Truth(target)
        if isinstance(value, Decimal):
            self.asked.add(target)
            return Number(target)
        if isinstance(value, str):
            self.asked.add(target)
            return Text(target, constant=value)
        raise CannotSay(f"the attribute {code!r} of {placed.key!r} is a list")

    # Functions.

    def _call(self, call: Call, scoped: Scoped) -> _Value:
        if call.function in ("sum", "avg"):
            return self._aggregate(call, scoped)
        if len(call.arguments) != 1:
            raise CannotSay(f"{call.function} has one argument")
        argument = call.arguments[0]
        if call.function == "len":
            return self._length(argument, scoped)
        return self._rounded(call.function, argument, scoped)

    def _aggregate(self, call: Call, scoped: Scoped) -> Number | Average:
        """Over the features that have the attribute, below one of them where two are named."""
        if len(call.arguments) > 2:
            raise CannotSay(f"{call.function} has one or two arguments")
        attribute, *below = call.arguments
        root = self._find(below[0], scoped)[0] if below else self._root
        code = ".".join(attribute.path)
        having = [
            placed
            for placed in root.below()
            if type(placed.feature.attributes.get(code)) is Decimal
        ]
        terms = [self._in_all(placed, AttributeOf(placed.key, code)) for placed in having]
        if not having:
            having, terms = self._own_values(attribute, root, scoped)
        self.asked.update(AttributeOf(placed.key, code) for placed in having)
        if call.function == "sum":
            return Number(Sum(tuple(terms)))
        self.changes[
            "where no selected feature has the attribute, avg has no value; the comparison then "
            "reads 0 on both sides"
        ] = None
        units = [self._in_all(placed, _one(placed)) for placed in having]
        return Average(Sum(tuple(terms)), Sum(tuple(units)))

    def _own_values(
        self, attribute: Reference, root: Placed, scoped: Scoped
    ) -> tuple[list[Placed], list[Expression]]:
        """A feature with a number, named instead of an attribute."""
        placed = self._features.get((*scoped.scope, *attribute.path))
        if placed is None or placed.feature.kind not in (FeatureKind.INTEGER, FeatureKind.REAL):
            return [], []
        target = AttributeOf(placed.key, value_code(placed))
        self.asked.add(target)
        return [placed], [self._in_all(placed, target)]

    def _in_all(self, placed: Placed, value: Expression) -> Expression:
        """A value of each unit, for all units of the feature."""
        above: Placed | None = placed
        while above is not None and above is not self._root:
            if above.feature.high != 1:
                value = Product(Quantity(above.key), value)
            above = above.parent
        return value

    def _length(self, argument: Reference, scoped: Scoped) -> Number:
        value = self._reference(argument, scoped, truth=False)
        if not isinstance(value, Text) or value.constant is None:
            raise CannotSay("the length of a text that is chosen cannot be calculated")
        assert isinstance(value.is_, AttributeOf)
        return Number(_times(Decimal(len(value.constant)), CountOf((Selected(value.is_.node),))))

    def _rounded(self, function: str, argument: Reference, scoped: Scoped) -> Number:
        placed, code = self._find(argument, scoped)
        value = self._reference(argument, scoped, truth=False)
        if not isinstance(value, Number):
            raise CannotSay(f"{function} rounds numbers")
        if not code and placed.feature.kind is FeatureKind.INTEGER:
            return value
        fixed = placed.feature.attributes.get(code)
        if not isinstance(fixed, Decimal):
            raise CannotSay("a number that is chosen cannot be rounded")
        rounding = ROUND_FLOOR if function == "floor" else ROUND_CEILING
        rounded = fixed.to_integral_value(rounding)
        return Number(_times(rounded, CountOf((Selected(placed.key),))))

    # Operators.

    def _operation(self, operator: str, operands: tuple[Formula, ...], scoped: Scoped) -> _Value:
        match operator:
            case "!" | "&" | "|" | "=>" | "<=>":
                found = tuple(self._truth(operand, scoped) for operand in operands)
                return Truth(_joined(operator, found))
            case "+" | "-" | "*" | "/":
                values = [self._number(operand, scoped) for operand in operands]
                return _calculated(operator, values)
            case _:
                left, right = (self._value(operand, scoped) for operand in operands)
                return Truth(self._compared(Comparison(operator), left, right))

    def _number(self, formula: Formula, scoped: Scoped) -> Number:
        value = self._value(formula, scoped)
        if isinstance(value, Truth):
            return self._counted(value)
        if isinstance(value, Average):
            raise CannotSay("an average can only be compared, not calculated with")
        if isinstance(value, Text):
            raise CannotSay("a text cannot be calculated with")
        return value

    def _counted(self, value: Truth) -> Number:
        self.changes["a feature in a calculation counts 1 where it is selected, else 0"] = None
        return Number(CountOf((value.expression,)))

    def _compared(self, comparison: Comparison, left: _Value, right: _Value) -> Expression:
        if isinstance(left, Text) and isinstance(right, Text):
            return self._same_text(comparison, left, right)
        if isinstance(left, Text) or isinstance(right, Text):
            raise CannotSay("a text is compared with what is none")
        if isinstance(left, Truth) and isinstance(right, Truth):
            if comparison is Comparison.EQUAL:
                return Equivalent(left.expression, right.expression)
            if comparison is Comparison.DIFFERENT:
                return Not(Equivalent(left.expression, right.expression))
        one = self._counted(left) if isinstance(left, Truth) else left
        other = self._counted(right) if isinstance(right, Truth) else right
        # a / b against c / d is a * d against c * b, as b and d are not negative.
        numerators = [_numerator(one), _numerator(other)]
        return Compare(
            comparison,
            _scaled(numerators[0], other),
            _scaled(numerators[1], one),
        )

    def _same_text(self, comparison: Comparison, left: Text, right: Text) -> Expression:
        if comparison not in (Comparison.EQUAL, Comparison.DIFFERENT):
            raise CannotSay("texts have no order in a model")
        self.texts.compared(left.is_, right.is_)
        for side in (left, right):
            if side.constant is not None:
                self.texts.compared(side.is_, side.constant)
        if isinstance(left.is_, str) and isinstance(right.is_, str):
            return Constant((left.is_ == right.is_) is (comparison is Comparison.EQUAL))
        return Compare(comparison, _side(left), _side(right))


def value_code(placed: Placed) -> str:
    """The code of the attribute that is the value of a typed feature."""
    code = "value"
    while code in placed.feature.attributes:
        code += "_"
    return code


def _literal(value: Decimal | str | bool) -> _Value:
    if isinstance(value, bool):
        return Truth(Constant(value))
    return Number(Constant(value)) if isinstance(value, Decimal) else Text(value)


def _side(text: Text) -> Expression:
    return Constant(text.is_) if isinstance(text.is_, str) else text.is_


def _one(placed: Placed) -> Expression:
    return CountOf((Selected(placed.key),))


def _joined(operator: str, operands: tuple[Expression, ...]) -> Expression:
    match operator:
        case "!":
            return Not(operands[0])
        case "&":
            return And(operands)
        case "|":
            return Or(operands)
        case "=>":
            return Implies(operands[0], operands[1])
        case _:
            return Equivalent(operands[0], operands[1])


def _calculated(operator: str, values: list[Number]) -> Number:
    match operator:
        case "-":
            return Number(_times(Decimal(-1), values[0].expression), values[0].over)
        case "+":
            return _added(values)
        case "*":
            left, right = values
            over = left.over * right.over
            for one, other in ((left, right), (right, left)):
                if isinstance(one.expression, Constant):
                    assert isinstance(one.expression.value, Decimal)
                    return Number(_times(one.expression.value, other.expression), over)
            return Number(Product(left.expression, right.expression), over)
        case _:
            return _divided(*values)


def _added(values: Iterable[Number]) -> Number:
    numbers = list(values)
    over = lcm(*(one.over for one in numbers))
    if over.bit_length() > 200:
        raise CannotSay("the divisors have no common multiple of reasonable size")
    terms = tuple(_times(Decimal(over // one.over), one.expression) for one in numbers)
    return Number(Sum(terms), over)


def _divided(left: Number, right: Number) -> Number:
    if not isinstance(right.expression, Constant):
        raise CannotSay("only a constant can be divided by")
    assert isinstance(right.expression.value, Decimal)
    divisor = Fraction(right.expression.value) / right.over
    if divisor == 0:
        raise CannotSay("nothing can be divided by 0")
    factor = 1 / divisor
    over = left.over * factor.denominator
    if over.bit_length() > 200:
        raise CannotSay("the divisors have no common multiple of reasonable size")
    return Number(_times(Decimal(factor.numerator), left.expression), over)


def _times(factor: Decimal, expression: Expression) -> Expression:
    if factor == 1:
        return expression
    if isinstance(expression, Constant):
        assert isinstance(expression.value, Decimal)
        return Constant(EXACT.multiply(factor, expression.value))
    match expression:
        case Product(Constant(Decimal() as inner), rest):
            return _times(EXACT.multiply(factor, inner), rest)
    return Product(Constant(factor), expression)


def _numerator(value: Number | Average) -> Expression:
    return value.expression if isinstance(value, Number) else value.total


def _scaled(numerator: Expression, other: Number | Average) -> Expression:
    """The numerator of one side, times what the other side is divided by."""
    if isinstance(other, Number):
        return _times(Decimal(other.over), numerator)
    if numerator == _ZERO:
        return numerator
    return Product(numerator, other.count)
