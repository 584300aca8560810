"""What an aggregate looks at, worked out for an instance that is there.

`sum(watts)` of a part with fixed watts is watts times its quantity, and `count(total > 0)` is its
quantity where the total cannot be anything else. A solver need not find that out each time.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    CountOf,
    Expression,
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
)
from cpq.readers.cml.numbers import Range, Ranges
from cpq.readers.cml.values import (
    FALSE,
    TRUE,
    Inexpressible,
    all_of,
    any_of,
    as_number,
    compared,
    negated,
    times,
    total,
)

Own = Callable[[AttributeOf], Expression | None]
"""The expression of a calculated attribute, when it is about its own node alone."""


def settled(expression: Expression, node: str, most: int, own: Own) -> Expression:
    """The expression while the node is selected, with up to `most` units."""
    match expression:
        case AttributeOf():
            return own(expression) or expression
        case Selected(key) if key == node:
            return TRUE
        case Quantity(key) if key == node and most == 1:
            return Constant(Decimal(1))
        case Not(operand):
            return negated(settled(operand, node, most, own))
        case And(operands):
            return all_of(settled(one, node, most, own) for one in operands)
        case Or(operands):
            return any_of(settled(one, node, most, own) for one in operands)
        case CountOf(operands):
            return total(as_number(settled(one, node, most, own)) for one in operands)
        case Sum(terms):
            return total(settled(one, node, most, own) for one in terms)
        case Product(left, right):
            return times(settled(left, node, most, own), settled(right, node, most, own))
        case Compare(comparison, left, right) if not isinstance(right, Constant) or (
            isinstance(right.value, Decimal)
        ):
            return _decided(
                comparison,
                settled(left, node, most, own),
                settled(right, node, most, own),
                node,
                most,
            )
    return expression


def about(expression: Expression, node: str) -> bool:
    """Whether the expression is made of constants and the node's quantity alone."""
    match expression:
        case Constant():
            return True
        case Quantity(key):
            return key == node
        case Sum(terms):
            return all(about(one, node) for one in terms)
        case Product(left, right):
            return about(left, node) and about(right, node)
    return False


def _decided(
    comparison: Comparison, left: Expression, right: Expression, node: str, most: int
) -> Expression:
    """A comparison that the node's quantity decides by itself, or as it is."""
    found = compared(comparison, left, right)
    if found == Selected(node):
        return TRUE
    if found == Not(Selected(node)):
        return FALSE
    ranges = Ranges(_only(node, most), _unknown, _unknown)
    try:
        low, high = ranges.of(total((left, times(Constant(Decimal(-1)), right))))
    except Inexpressible:
        return found
    always = {
        Comparison.LESS: high < 0,
        Comparison.AT_MOST: high <= 0,
        Comparison.MORE: low > 0,
        Comparison.AT_LEAST: low >= 0,
        Comparison.EQUAL: low == high == 0,
        Comparison.DIFFERENT: low > 0 or high < 0,
    }
    never = {
        Comparison.LESS: low >= 0,
        Comparison.AT_MOST: low > 0,
        Comparison.MORE: high <= 0,
        Comparison.AT_LEAST: high < 0,
        Comparison.EQUAL: low > 0 or high < 0,
        Comparison.DIFFERENT: low == high == 0,
    }
    if always[comparison]:
        return TRUE
    return FALSE if never[comparison] else found


def _only(node: str, most: int) -> Callable[[str], Range]:
    def quantity(key: str) -> Range:
        if key != node:
            raise Inexpressible(key, "Another part decides.")
        return Decimal(1), Decimal(most)

    return quantity


def _unknown(_: object) -> Range:
    raise Inexpressible("number", "Something else decides.")
