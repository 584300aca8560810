"""Expressions of a configuration model: their abstract syntax and what it means.

An expression is boolean or numeric, or names a value of an enumeration or a text. It is total: it
has a value in every configuration, also where a node that it speaks of is not selected. There,
the quantity is 0, a numeric attribute reads 0, a boolean one false, and an enumeration equals no
value (`==` is false, `!=` is true). Numbers are exact decimals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Value = bool | Decimal | str
"""A boolean, an exact number, or the code of an enumeration's value."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the expression."""

    value: Value


@dataclass(frozen=True, slots=True)
class Selected:
    """True when the node is part of the configuration, which means its quantity is not 0."""

    node: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many of the node belong to one unit of its parent; 0 when it is not selected."""

    node: str


@dataclass(frozen=True, slots=True)
class AttributeOf:
    """The value of a node's attribute."""

    node: str
    attribute: str


class Measure(StrEnum):
    """What the engine sums up over the whole configuration from the price list it was given."""

    PRICE = "price"
    """Net price of one unit of the root, in the model's currency."""
    COST = "cost"
    """Cost of one unit of the root, in the model's currency."""
    DELIVERY_DAYS = "delivery_days"
    """The longest promised delivery of anything selected, in days from the day of the request."""


@dataclass(frozen=True, slots=True)
class MeasureOf:
    """A measure of the whole configuration: `@price`, `@cost`, `@delivery_days`.

    An amount that is not known counts as nothing here; `answers.Totals` says that it is not known.

    `@margin` is written for `(@price - @cost) / @price` in comparisons with a constant, which the
    parser turns into one without division: margin >= 0.3 is @price - @cost >= 0.3 * @price.
    """

    measure: Measure


@dataclass(frozen=True, slots=True)
class FactOf:
    """A fact that the request brings and nobody chooses: `@tier`, `@region`, `@date`.

    A date counts as the days since 1970-01-01. A fact that the request leaves out is open: it may
    have any of its declared values.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    """True when all are; true when there are none."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one is; false when there are none."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Implies:
    """False only when the condition is true and the consequence is not."""

    condition: Expression
    consequence: Expression


@dataclass(frozen=True, slots=True)
class Equivalent:
    """True when both are true or both false."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many of these boolean expressions are true, as a number."""

    operands: tuple[Expression, ...]


class Comparison(StrEnum):
    """How two values are compared; an enumeration only by EQUAL and DIFFERENT."""

    EQUAL = "=="
    DIFFERENT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers, or of an enumeration with a value or another enumeration."""

    comparison: Comparison
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of numbers; 0 when there are none. `a - b` is `Sum((a, Product(-1, b)))`."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """The product of two numbers."""

    left: Expression
    right: Expression


Expression = (
    Constant
    | Selected
    | Quantity
    | AttributeOf
    | MeasureOf
    | FactOf
    | Not
    | And
    | Or
    | Implies
    | Equivalent
    | CountOf
    | Compare
    | Sum
    | Product
)


def parts(expression: Expression) -> tuple[Expression, ...]:
    """What the expression is directly made of, in the order in which it is written."""
    match expression:
        case Not(operand):
            return (operand,)
        case And(operands) | Or(operands) | CountOf(operands):
            return operands
        case Implies(condition, consequence):
            return (condition, consequence)
        case Equivalent(left, right) | Compare(_, left, right) | Product(left, right):
            return (left, right)
        case Sum(terms):
            return terms
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything in it, each before its parts; of any depth."""
    waiting = [expression]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(parts(found)))
