"""What an expression of CML is worth in a model: a truth, a number, a text, a list, instances.

A text is worth its cases: the values that it can have, each with the condition under which it has
it. That makes every function of texts expressible, as long as what it looks at has few values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

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
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
    parts,
    walk,
)
from cpq.readers.cml.instances import Asset, Instance, Port

TRUE = Constant(True)
FALSE = Constant(False)
MOST_CASES = 2_000
"""Values that a text may have; functions of several texts multiply them."""


class Inexpressible(Exception):
    """A model cannot say this; `construct` names what, `because` why."""

    def __init__(self, construct: str, because: str) -> None:
        super().__init__(because)
        self.construct = construct
        self.because = because


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `date` when it counts days since 1970-01-01."""

    expression: Expression
    whole: bool
    date: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text by its cases; exactly one holds while the node of `of` is selected.

    `of` is the attribute or fact that has these values, where there is one.
    """

    cases: tuple[tuple[Expression, str], ...]
    of: AttributeOf | FactOf | None = None

    @property
    def literal(self) -> str | None:
        """The text, when it is always the same."""
        if self.of is None and len(self.cases) == 1:
            return self.cases[0][1]
        return None


@dataclass(frozen=True, slots=True)
class Many:
    """A list: of what `in` looks into, or of the parts of a text."""

    values: tuple[Worth, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Instances of a relation, and the assets of the request that count as such."""

    port: Port
    instances: tuple[Instance, ...]
    assets: tuple[Asset, ...] = ()
    above: tuple[tuple[Instance, ...], ...] = ()
    """For each instance, those between the place that speaks and it whose quantity multiplies."""
    settings: tuple[tuple[str, Worth], ...] = ()


@dataclass(frozen=True, slots=True)
class Null:
    """No value."""


Worth = Truth | Number | Text | Many | Held | Null


def text(value: str) -> Text:
    """A text that is always the same."""
    return Text(((TRUE, value),))


def number(value: Decimal | int) -> Number:
    """A number that is always the same."""
    found = Decimal(value)
    return Number(Constant(found), found == found.to_integral_value())


def constant(expression: Expression) -> Decimal | None:
    """The number that the expression always is, if it is written as one."""
    match expression:
        case Constant(value=Decimal() as value):
            return value
    return None


def all_of(operands: Iterable[Expression]) -> Expression:
    """A conjunction without what is always true."""
    found: dict[Expression, None] = {}
    for one in operands:
        if one == FALSE:
            return FALSE
        if isinstance(one, And):
            found.update(dict.fromkeys(one.operands))
        elif one != TRUE:
            found[one] = None
    if len(found) == 1:
        return next(iter(found))
    return And(tuple(found)) if found else TRUE


def any_of(operands: Iterable[Expression]) -> Expression:
    """A disjunction without what is never true."""
    found: dict[Expression, None] = {}
    for one in operands:
        if one == TRUE:
            return TRUE
        if isinstance(one, Or):
            found.update(dict.fromkeys(one.operands))
        elif one != FALSE:
            found[one] = None
    if len(found) == 1:
        return next(iter(found))
    return Or(tuple(found)) if found else FALSE


def negated(operand: Expression) -> Expression:
    """The opposite."""
    if operand == TRUE:
        return FALSE
    if operand == FALSE:
        return TRUE
    return operand.operand if isinstance(operand, Not) else Not(operand)


def implied(condition: Expression, consequence: Expression) -> Expression:
    """If the condition, then the consequence."""
    if condition == TRUE or consequence == TRUE:
        return consequence
    if condition == FALSE:
        return TRUE
    return negated(condition) if consequence == FALSE else Implies(condition, consequence)


def equivalent(left: Expression, right: Expression) -> Expression:
    """Both or neither."""
    for one, other in ((left, right), (right, left)):
        if one == TRUE:
            return other
        if one == FALSE:
            return negated(other)
    return Equivalent(left, right)


def as_number(condition: Expression) -> Expression:
    """1 where it holds, 0 where not."""
    if condition in (TRUE, FALSE):
        return Constant(Decimal(condition == TRUE))
    return CountOf((condition,))


def total(terms: Iterable[Expression]) -> Expression:
    """A sum with its constants added up."""
    found: list[Expression] = []
    fixed = Decimal(0)
    for one in _flat(terms):
        value = constant(one)
        if value is None:
            found.append(one)
        else:
            fixed += value
    if fixed or not found:
        found.append(Constant(fixed))
    return found[0] if len(found) == 1 else Sum(tuple(found))


def _flat(terms: Iterable[Expression]) -> Iterator[Expression]:
    for one in terms:
        if isinstance(one, Sum):
            yield from one.terms
        else:
            yield one


def times(left: Expression, right: Expression) -> Expression:
    """A product, a constant first."""
    if constant(left) is None and constant(right) is not None:
        left, right = right, left
    first = constant(left)
    second = constant(right)
    if first is not None and second is not None:
        return Constant(first * second)
    if first == 0:
        return Constant(Decimal(0))
    if first == 1:
        return right
    if first is not None and isinstance(right, Product):
        inner = constant(right.left)
        if inner is not None:
            return times(Constant(first * inner), right.right)
    return Product(left, right)


def compared(comparison: Comparison, left: Expression, right: Expression) -> Expression:
    """A comparison of numbers; whether a quantity is 0 becomes whether its node is selected."""
    first = constant(left)
    second = constant(right)
    if first is not None and second is not None:
        return TRUE if _holds(comparison, first, second) else FALSE
    if first is not None:
        return compared(_MIRRORED[comparison], right, left)
    if second is not None and isinstance(left, Quantity):
        if (comparison, second) in _NONE:
            return Not(Selected(left.node))
        if (comparison, second) in _SOME:
            return Selected(left.node)
    return Compare(comparison, left, right)


_MIRRORED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.DIFFERENT: Comparison.DIFFERENT,
    Comparison.LESS: Comparison.MORE,
    Comparison.MORE: Comparison.LESS,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.AT_MOST,
}
_NONE = {
    (Comparison.EQUAL, Decimal(0)),
    (Comparison.AT_MOST, Decimal(0)),
    (Comparison.LESS, Decimal(1)),
}
_SOME = {
    (Comparison.DIFFERENT, Decimal(0)),
    (Comparison.MORE, Decimal(0)),
    (Comparison.AT_LEAST, Decimal(1)),
}


def _holds(comparison: Comparison, left: Decimal, right: Decimal) -> bool:
    match comparison:
        case Comparison.EQUAL:
            return left == right
        case Comparison.DIFFERENT:
            return left != right
        case Comparison.LESS:
            return left < right
        case Comparison.AT_MOST:
            return left <= right
        case Comparison.MORE:
            return left > right
        case Comparison.AT_LEAST:
            return left >= right


def selected(instance: Instance) -> Expression:
    """Whether the instance's node is part of the configuration; the root always is."""
    node = instance.node
    return TRUE if node.parent is None else Selected(node.key)


def quantity(instance: Instance) -> Expression:
    """How many there are for each of the parent's units."""
    node = instance.node
    return Constant(Decimal(1)) if node.parent is None else Quantity(node.key)


def references(expression: Expression) -> Iterator[AttributeOf]:
    """The attributes that an expression looks at."""
    return (one for one in walk(expression) if isinstance(one, AttributeOf))


def asked(expression: Expression) -> Iterator[str]:
    """The names of the facts that an expression asks."""
    return (one.name for one in walk(expression) if isinstance(one, FactOf))


def depth(expression: Expression, inner: Callable[[AttributeOf], int]) -> int:
    """How many expressions stand inside each other, those of calculated attributes included."""
    deepest = 0
    waiting = [(expression, 1)]
    while waiting:
        part, level = waiting.pop()
        inside = inner(part) if isinstance(part, AttributeOf) else 0
        deepest = max(deepest, level + inside)
        waiting.extend((one, level + 1) for one in parts(part))
    return deepest
