"""Random expressions, over given names or over any."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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

_EQUALITY = (Comparison.EQUAL, Comparison.DIFFERENT)

Leaves = st.SearchStrategy[Expression]


def conditions(
    truths: Leaves, numbers: Leaves, matches: Leaves | None = None, *, leaves: int = 12
) -> st.SearchStrategy[Expression]:
    """Random boolean expressions.

    Args:
        truths: boolean leaves.
        numbers: numeric leaves.
        matches: comparisons of enumerations and texts, where there are any.
        leaves: about how many leaves at most.
    """
    basic = truths if matches is None else truths | matches
    sums = arithmetic(numbers, truths)
    compared = st.builds(Compare, st.sampled_from(Comparison), sums, sums)
    return st.recursive(basic | compared, _combined, max_leaves=leaves)


def _combined(inner: Leaves) -> Leaves:
    several = st.lists(inner, max_size=3).map(tuple)
    return (
        st.builds(Not, inner)
        | st.builds(And, several)
        | st.builds(Or, several)
        | st.builds(Implies, inner, inner)
        | st.builds(Equivalent, inner, inner)
    )


def arithmetic(
    numbers: Leaves, truths: Leaves, *, leaves: int = 4
) -> st.SearchStrategy[Expression]:
    """Random numeric expressions."""
    counted = st.lists(truths, max_size=3).map(lambda found: CountOf(tuple(found)))

    def combined(inner: Leaves) -> Leaves:
        minus = st.builds(Product, st.just(Constant(Decimal(-1))), inner)
        terms = st.lists(inner | minus, max_size=3).map(lambda found: Sum(tuple(found)))
        return terms | st.builds(Product, inner, inner)

    return st.recursive(numbers | counted, combined, max_leaves=leaves)


def membership(left: Expression, values: Sequence[str]) -> Leaves:
    """Whether an enumeration is one of these values, or none of them."""

    def listed(chosen: list[str], comparison: Comparison) -> Expression:
        found = tuple(Compare(comparison, left, Constant(value)) for value in chosen)
        if len(found) == 1:
            return found[0]
        return Or(found) if comparison is Comparison.EQUAL else And(found)

    some = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
    return st.builds(listed, some, st.sampled_from(_EQUALITY))


def any_expressions() -> st.SearchStrategy[Expression]:
    """Well-typed expressions over any names, texts and numbers."""
    names = st.text(min_size=1, max_size=8) | st.sampled_from(
        ["and", "in", "true", "qty", "date", "a b", "`", "price", "größe", "_1"]
    )
    decimals = st.decimals(
        min_value=Decimal(-(10**9)), max_value=Decimal(10**9), places=3
    ) | st.sampled_from([Decimal("-0"), Decimal("1E+3"), Decimal("1E-9"), Decimal(1)])
    truths = (
        names.map(Selected) | st.builds(AttributeOf, names, names) | st.booleans().map(Constant)
    )
    numbers = (
        names.map(Quantity)
        | st.builds(AttributeOf, names, names)
        | names.map(FactOf)
        | st.sampled_from(Measure).map(MeasureOf)
        | decimals.map(Constant)
    )
    named = st.builds(AttributeOf, names, names) | names.map(FactOf)
    matches = named.flatmap(
        lambda left: st.lists(st.text(max_size=6), min_size=1, max_size=4).flatmap(
            lambda values: membership(left, values)
        )
    ) | st.builds(Compare, st.sampled_from(_EQUALITY), named, named)
    return conditions(truths, numbers, matches, leaves=20)
