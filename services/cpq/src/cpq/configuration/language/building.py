"""Builds expressions bottom up while the parser reads, and keeps where their parts stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from lark import Token, Transformer

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
from cpq.configuration.language.bounds import (
    DEEPEST,
    EPOCH,
    LONGEST_NUMBER,
    ExpressionIsTooLarge,
    Place,
    too_deep,
    unreadable,
)


@dataclass(frozen=True, slots=True)
class _Margin:
    """`@margin` until the comparison that it stands in is known."""


_Built: TypeAlias = Expression | _Margin
_Items: TypeAlias = list[object]

_MIRRORED: Final = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.DIFFERENT: Comparison.DIFFERENT,
    Comparison.LESS: Comparison.MORE,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.MORE: Comparison.LESS,
    Comparison.AT_LEAST: Comparison.AT_MOST,
}


class Builder(Transformer[Token, object]):
    """One method for each alternative of the grammar; never recursive."""

    def start(self) -> None:
        """Forget the text before."""
        self._places: dict[int, Place] = {}
        self._depths: dict[int, int] = {}
        self._margins: dict[int, _Margin] = {}

    def finish(self) -> dict[int, Place]:
        """The places in the text that was read. Raises for a `@margin` outside of comparisons."""
        for key in self._margins:
            raise unreadable(self._places[key], "@margin can only be compared with a number")
        return self._places

    def _keep(self, made: Expression, token: Token) -> Expression:
        """Note where it stands and how deep it is."""
        place = self._places[id(made)] = _place(token)
        inside = parts(made)
        depth = 1 + max((self._depths.get(id(part), 1) for part in inside), default=0)
        if depth > DEEPEST:
            raise too_deep(place)
        self._depths[id(made)] = depth
        return made

    # Leaves.

    def name(self, items: _Items) -> Token:
        token = _token(items[0])
        if token.type != "QUOTED":
            return token
        return token.update(value=token[1:-1].replace("``", "`"))

    def selected(self, items: _Items) -> Expression:
        return self._keep(Selected(str(items[0])), _token(items[0]))

    def attribute(self, items: _Items) -> Expression:
        return self._keep(AttributeOf(str(items[0]), str(items[1])), _token(items[0]))

    def quantity(self, items: _Items) -> Expression:
        return self._keep(Quantity(str(items[1])), _token(items[0]))

    def fact(self, items: _Items) -> Expression:
        token = _token(items[0])
        name = token[1:]
        if name.startswith("`"):
            name = name[1:-1].replace("``", "`")
        return self._keep(FactOf(name), token)

    def measure(self, items: _Items) -> _Built:
        token = _token(items[0])
        word = token[1:]
        if word != "margin":
            return self._keep(MeasureOf(Measure(word)), token)
        margin = _Margin()
        self._margins[id(margin)] = margin
        self._places[id(margin)] = _place(token)
        return margin

    def true(self, items: _Items) -> Expression:
        return self._keep(Constant(True), _token(items[0]))

    def false(self, items: _Items) -> Expression:
        return self._keep(Constant(False), _token(items[0]))

    def number(self, items: _Items) -> Expression:
        token = _token(items[0])
        if len(token) > LONGEST_NUMBER:
            place = _place(token)
            raise ExpressionIsTooLarge(
                f"line {place.line}, column {place.column}: a number has {len(token)} characters, "
                f"{LONGEST_NUMBER} are allowed",
                line=place.line,
                column=place.column,
            )
        return self._keep(Constant(Decimal(token)), token)

    def negative(self, items: _Items) -> Expression:
        return self._negated(self.number(items[1:]), _token(items[0]))

    def text(self, items: _Items) -> Expression:
        token = _token(items[0])
        return self._keep(Constant(_unescaped(token)), token)

    def date(self, items: _Items) -> Expression:
        token = _token(items[1])
        try:
            day = date.fromisoformat(_unescaped(token))
        except ValueError:
            raise unreadable(_place(token), 'a date is written "2026-12-31"') from None
        return self._keep(Constant(Decimal((day - EPOCH).days)), _token(items[0]))

    # Truth.

    def equivalent(self, items: _Items) -> Expression:
        left, token, right = items
        return self._keep(Equivalent(_of(left), _of(right)), _token(token))

    def implies(self, items: _Items) -> Expression:
        left, token, right = items
        return self._keep(Implies(_of(left), _of(right)), _token(token))

    def any_of(self, items: _Items) -> Expression:
        return self._keep(Or(_all(items[::2])), _token(items[1]))

    def all_of(self, items: _Items) -> Expression:
        return self._keep(And(_all(items[::2])), _token(items[1]))

    def any_function(self, items: _Items) -> Expression:
        return self._keep(Or(_all(items[1:])), _token(items[0]))

    def all_function(self, items: _Items) -> Expression:
        return self._keep(And(_all(items[1:])), _token(items[0]))

    def negated(self, items: _Items) -> Expression:
        return self._keep(Not(_of(items[1])), _token(items[0]))

    def compared(self, items: _Items) -> Expression:
        left, token, right = items
        operator = _token(token)
        comparison = Comparison(operator)
        if isinstance(right, _Margin):
            left, right, comparison = right, left, _MIRRORED[comparison]
        if isinstance(left, _Margin):
            return self._margin(left, comparison, right, operator)
        one, other = _of(left), _of(right)
        if _is_truth(one):
            one, other = other, one
        if _is_truth(other) and comparison in (Comparison.EQUAL, Comparison.DIFFERENT):
            assert isinstance(other, Constant)
            if other.value is (comparison is Comparison.EQUAL):
                return one
            return self._keep(Not(one), operator)
        return self._keep(Compare(comparison, _of(left), _of(right)), operator)

    def _margin(
        self, margin: _Margin, comparison: Comparison, other: object, operator: Token
    ) -> Expression:
        """(price - cost) / price against a number, without the division."""
        if not (isinstance(other, Constant) and type(other.value) is Decimal):
            return self._keep(Compare(comparison, _of(margin), _of(other)), operator)
        del self._margins[id(margin)]
        price = self._keep(MeasureOf(Measure.PRICE), operator)
        cost = self._keep(MeasureOf(Measure.COST), operator)
        profit = self._keep(Sum((price, self._negated(cost, operator))), operator)
        share = self._keep(Product(other, price), operator)
        return self._keep(Compare(comparison, profit, share), operator)

    def one_of(self, items: _Items) -> Expression:
        return self._membership(items, Comparison.EQUAL, Or)

    def none_of(self, items: _Items) -> Expression:
        return self._membership([items[0], *items[2:]], Comparison.DIFFERENT, And)

    def _membership(
        self, items: _Items, comparison: Comparison, joined: type[Or] | type[And]
    ) -> Expression:
        left, operator = _of(items[0]), _token(items[1])
        found = tuple(
            self._keep(Compare(comparison, left, value), operator) for value in _all(items[2:])
        )
        return found[0] if len(found) == 1 else self._keep(joined(found), operator)

    # Numbers.

    def count_of(self, items: _Items) -> Expression:
        return self._keep(CountOf(_all(items[1:])), _token(items[0]))

    def sum_of(self, items: _Items) -> Expression:
        return self._keep(Sum(_all(items[1:])), _token(items[0]))

    def summed(self, items: _Items) -> Expression:
        terms = [_of(items[0])]
        for operator, term in zip(items[1::2], items[2::2], strict=True):
            token = _token(operator)
            terms.append(_of(term) if token.type == "PLUS" else self._negated(_of(term), token))
        return self._keep(Sum(tuple(terms)), _token(items[1]))

    def multiplied(self, items: _Items) -> Expression:
        left, token, right = items
        return self._keep(Product(_of(left), _of(right)), _token(token))

    def minus(self, items: _Items) -> Expression:
        return self._negated(_of(items[1]), _token(items[0]))

    def _negated(self, expression: Expression, token: Token) -> Expression:
        """A negative number is one; anything else is multiplied by -1."""
        if isinstance(expression, Constant) and type(expression.value) is Decimal:
            return self._keep(Constant(expression.value.copy_negate()), token)
        minus_one = self._keep(Constant(Decimal(-1)), token)
        return self._keep(Product(minus_one, expression), token)


def _unescaped(token: Token) -> str:
    """A text is written as JSON writes one."""
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        raise unreadable(_place(token), "a text has an escape that JSON does not know") from None


def _is_truth(expression: Expression) -> bool:
    return isinstance(expression, Constant) and isinstance(expression.value, bool)


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


def _token(item: object) -> Token:
    assert isinstance(item, Token)
    return item


def _of(item: object) -> Expression:
    """What the grammar promises to be an expression; a stray `@margin` is refused at the end."""
    return item  # type: ignore[return-value]


def _all(items: Sequence[object]) -> tuple[Expression, ...]:
    return tuple(_of(item) for item in items)
