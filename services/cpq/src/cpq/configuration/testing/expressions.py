"""Random expressions, over the names of a model or over any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

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
from cpq.configuration.testing.drawing import Chooser

EQUALITY: Final = (Comparison.EQUAL, Comparison.DIFFERENT)
MINUS_ONE: Final = Constant(Decimal(-1))
Coded = AttributeOf | FactOf


@dataclass
class Scope:
    """What expressions may speak of.

    `codes` are enumerations and texts with their values; with `measures`, conditions on price,
    cost, margin and delivery are made too.
    """

    truths: list[Expression] = field(default_factory=list)
    numbers: list[Expression] = field(default_factory=list)
    codes: list[tuple[Coded, Sequence[str]]] = field(default_factory=list)


def condition(
    choose: Chooser, scope: Scope, *, depth: int = 3, measures: bool = True
) -> Expression:
    """A random boolean expression."""

    def inner() -> Expression:
        return condition(choose, scope, depth=depth - 1, measures=measures)

    kind = choose.number(0, 8 if depth > 0 else 2)
    match kind:
        case 0:
            return _truth(choose, scope)
        case 1:
            return _compared(choose, scope, depth)
        case 2:
            return _matched(choose, scope, measures=measures)
        case 3:
            return Not(inner())
        case 4 | 5:
            return Implies(inner(), inner())
        case 6:
            return Equivalent(inner(), inner())
        case 7:
            return Or(tuple(choose.some(0, 3, inner)))
        case _:
            return And(tuple(choose.some(0, 3, inner)))


def _truth(choose: Chooser, scope: Scope) -> Expression:
    if not scope.truths or choose.one_in(12):
        return Constant(choose.one_in(2))
    return choose.pick(scope.truths)


def _compared(choose: Chooser, scope: Scope, depth: int) -> Expression:
    left = arithmetic(choose, scope, depth=depth)
    return Compare(choose.pick(tuple(Comparison)), left, arithmetic(choose, scope, depth=depth - 1))


def _matched(choose: Chooser, scope: Scope, *, measures: bool) -> Expression:
    """A comparison of codes or, with measures, a condition on the whole."""
    if measures and choose.one_in(3):
        return measured(choose)
    if not scope.codes:
        return _truth(choose, scope)
    left, values = choose.pick(scope.codes)
    if choose.one_in(4):
        return Compare(choose.pick(EQUALITY), left, choose.pick(scope.codes)[0])
    comparison = choose.pick(EQUALITY)
    found = tuple(
        Compare(comparison, left, Constant(choose.pick(values))) for _ in range(choose.number(1, 3))
    )
    if len(found) == 1:
        return found[0]
    return Or(found) if comparison is Comparison.EQUAL else And(found)


def measured(choose: Chooser) -> Expression:
    """A condition on price, cost, margin or delivery, as models have them."""
    comparison = choose.pick(tuple(Comparison))
    price, cost = MeasureOf(Measure.PRICE), MeasureOf(Measure.COST)
    amount = _number(choose.pick(("20", "0", "5", "9.99", "31.50", "60")))
    match choose.number(0, 3):
        case 0:
            return Compare(comparison, choose.pick((price, cost)), amount)
        case 1:
            days = Constant(Decimal(choose.number(0, 9)))
            return Compare(comparison, MeasureOf(Measure.DELIVERY_DAYS), days)
        case kind:
            margin = Sum((price, Product(MINUS_ONE, cost)))
            share = Product(_number(choose.pick(("0.1", "0.3"))), price)
            return Compare(comparison, margin, amount if kind == 2 else share)


def arithmetic(choose: Chooser, scope: Scope, *, depth: int = 2) -> Expression:
    """A random numeric expression without measures."""

    def inner() -> Expression:
        return arithmetic(choose, scope, depth=depth - 1)

    kind = choose.number(0, 6 if depth > 0 else 2)
    match kind:
        case 0 | 1 if scope.numbers:
            return choose.pick(scope.numbers)
        case 0 | 1 | 2:
            return _number(choose.pick(("1", "0", "2", "3", "-1", "6", "0.5", "1.25")))
        case 3:
            return CountOf(tuple(choose.some(0, 3, lambda: _truth(choose, scope))))
        case 4:
            return Product(inner(), inner())
        case _:
            return Sum(tuple(choose.some(0, 3, lambda: _signed(choose, inner))))


def _signed(choose: Chooser, inner: Callable[[], Expression]) -> Expression:
    return Product(MINUS_ONE, inner()) if choose.one_in(3) else inner()


def _number(text: str) -> Constant:
    return Constant(Decimal(text))


_NAMES: Final = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["and", "in", "true", "qty", "date", "a b", "`", "price", "größe", "_1"]
)
_DECIMALS: Final = st.decimals(
    min_value=Decimal(-(10**9)), max_value=Decimal(10**9), places=3
) | st.sampled_from([Decimal("-0"), Decimal("1E+3"), Decimal("1E-9"), Decimal(1)])
_TEXTS: Final = st.text(max_size=6)


@st.composite
def any_expressions(draw: st.DrawFn) -> Expression:
    """A well-typed boolean expression over any names, texts and numbers."""
    choose = Chooser(draw)

    def name() -> str:
        return draw(_NAMES)

    scope = Scope()
    for _ in range(2):
        scope.truths += [Selected(name()), AttributeOf(name(), name())]
        scope.numbers += [Quantity(name()), AttributeOf(name(), name()), FactOf(name())]
        scope.numbers += [Constant(draw(_DECIMALS)), MeasureOf(choose.pick(tuple(Measure)))]
        coded: Coded = AttributeOf(name(), name()) if choose.one_in(2) else FactOf(name())
        scope.codes.append((coded, [draw(_TEXTS), draw(_TEXTS)]))
    return condition(choose, scope, depth=5)
