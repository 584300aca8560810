"""How large and how fine a number can be, and what is left of a division.

Division, remainder, rounding and extremes are no expressions of a model. They become calculated
by rules: an attribute that nobody sees, bound to one value by what it must satisfy, so that
counting configurations stays exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from cpq.configuration.expressions import (
    AttributeOf,
    Comparison,
    Constant,
    CountOf,
    Expression,
    FactOf,
    Product,
    Quantity,
    Sum,
)
from cpq.readers.cml.values import (
    Inexpressible,
    Number,
    all_of,
    any_of,
    compared,
    constant,
    implied,
    negated,
    number,
    times,
    total,
)

LARGEST = Decimal(10) ** 15
"""What a number that a rule computes may not exceed."""

Range = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of what stands in expressions, asked from who knows them."""

    quantity: Callable[[str], Range]
    attribute: Callable[[AttributeOf], Range]
    fact: Callable[[str], Range]

    def of(self, expression: Expression) -> Range:
        """The lowest and highest value that it could have. Raises `Inexpressible`."""
        match expression:
            case Constant(value=Decimal() as value):
                return value, value
            case Quantity(node):
                return self.quantity(node)
            case AttributeOf():
                return self.attribute(expression)
            case FactOf(name):
                return self.fact(name)
            case CountOf(operands):
                return Decimal(0), Decimal(len(operands))
            case Sum(terms):
                lows, highs = zip(*(self.of(one) for one in terms), strict=True)
                return _checked(sum(lows, Decimal(0)), sum(highs, Decimal(0)))
            case Product(left, right):
                corners = [one * other for one in self.of(left) for other in self.of(right)]
                return _checked(min(corners), max(corners))
        raise Inexpressible("number", "How large it can be is not known.")


def _checked(low: Decimal, high: Decimal) -> Range:
    if max(abs(low), abs(high)) > LARGEST:
        raise Inexpressible("number", f"It can be larger than {LARGEST:f}.")
    return low, high


Auxiliary = Callable[[str, Decimal, Decimal, Callable[[Expression], Expression]], Expression]
"""Makes a hidden whole number with a name, bounds and a condition that it satisfies."""


def divided(left: Number, right: Number, ranges: Ranges, auxiliary: Auxiliary) -> Number:
    """`left / right`. Whole numbers divide to a whole number, cut towards zero.

    Source: the best practice "Stabilize Preferences Using Staged Variables" rounds up to hundreds
    by `((n + 99) / 100) * 100`.
    """
    divisor = constant(right.expression)
    if divisor is None:
        raise Inexpressible("/", "A division by what changes is not expressible.")
    if divisor == 0:
        raise Inexpressible("/", "A division by zero.")
    fixed = constant(left.expression)
    if left.whole and right.whole:
        if fixed is not None:
            return number(Decimal(int(fixed / divisor)))
        low, _ = ranges.of(left.expression)
        if low >= 0 and divisor > 0:
            return Number(_quotient(left.expression, divisor, ranges, auxiliary, up=False), True)
        raise Inexpressible("/", "A whole division of what may be negative is not expressible.")
    inverse = Decimal(1) / divisor
    if inverse * divisor != 1:
        raise Inexpressible("/", f"A division by {divisor:f} has no end in decimals.")
    return Number(times(Constant(inverse), left.expression), whole=False)


def remainder(left: Number, right: Number, ranges: Ranges, auxiliary: Auxiliary) -> Number:
    """`left % right` of whole numbers."""
    divisor = constant(right.expression)
    if divisor is None or divisor <= 0 or not (left.whole and right.whole):
        raise Inexpressible(
            "%", "Only the remainder of a whole number by a constant is expressible."
        )
    quotient = divided(left, right, ranges, auxiliary)
    return Number(total((left.expression, times(Constant(-divisor), quotient.expression))), True)


def rounded_up(left: Number, right: Number | None, ranges: Ranges, auxiliary: Auxiliary) -> Number:
    """`ceil(left / right)`, which divides exactly first, or `ceil(left)`."""
    divisor = Decimal(1) if right is None else constant(right.expression)
    if divisor is None or divisor <= 0:
        raise Inexpressible("ceil()", "A division by what changes is not expressible.")
    fixed = constant(left.expression)
    if fixed is not None:
        return number((fixed / divisor).to_integral_value(ROUND_CEILING))
    if left.whole and divisor == 1:
        return left
    return Number(_quotient(left.expression, divisor, ranges, auxiliary, up=True), True)


def _quotient(
    dividend: Expression, divisor: Decimal, ranges: Ranges, auxiliary: Auxiliary, *, up: bool
) -> Expression:
    """The whole quotient, rounded up or down, by what bounds it."""
    low, high = ranges.of(dividend)

    def holds(quotient: Expression) -> Expression:
        product = times(Constant(divisor), quotient)
        if up:
            return all_of(
                (
                    compared(Comparison.AT_LEAST, product, dividend),
                    compared(Comparison.LESS, total((product, Constant(-divisor))), dividend),
                )
            )
        return all_of(
            (
                compared(Comparison.AT_MOST, product, dividend),
                compared(Comparison.MORE, total((product, Constant(divisor))), dividend),
            )
        )

    # One more on either side costs nothing and spares the rounding of the bounds.
    return auxiliary("quotient", low // divisor - 1, high // divisor + 1, holds)


def extreme(
    numbers: Sequence[tuple[Expression, Number]],
    ranges: Ranges,
    auxiliary: Auxiliary,
    *,
    highest: bool,
) -> Number:
    """The largest or smallest of numbers, each counting while its condition holds; 0 when none."""
    if not numbers:
        return number(0)
    bounds = [ranges.of(one.expression) for _, one in numbers]
    low = min(Decimal(0), *(one for one, _ in bounds))
    high = max(Decimal(0), *(one for _, one in bounds))
    if not all(one.whole for _, one in numbers):
        raise Inexpressible("max()" if highest else "min()", "Only of whole numbers.")
    side = Comparison.AT_LEAST if highest else Comparison.AT_MOST

    def holds(found: Expression) -> Expression:
        beyond = [implied(guard, compared(side, found, one.expression)) for guard, one in numbers]
        one_of = [
            all_of((guard, compared(Comparison.EQUAL, found, one.expression)))
            for guard, one in numbers
        ]
        none = all_of(
            (
                *(negated(guard) for guard, _ in numbers),
                compared(Comparison.EQUAL, found, Constant(Decimal(0))),
            )
        )
        return all_of((*beyond, any_of((*one_of, none))))

    return Number(auxiliary("highest" if highest else "lowest", low, high, holds), True)
