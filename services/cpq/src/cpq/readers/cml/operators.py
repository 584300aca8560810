"""Operators: logic, arithmetic and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from cpq.configuration.expressions import Compare, Comparison, Constant, Expression, FactOf
from cpq.readers import fitting
from cpq.readers.cml import texts
from cpq.readers.cml.coercions import Coercions, Scope
from cpq.readers.cml.grids import days
from cpq.readers.cml.numbers import divided, remainder
from cpq.readers.cml.slots import coded
from cpq.readers.cml.syntax import Operation
from cpq.readers.cml.values import (
    FALSE,
    MOST_CASES,
    TRUE,
    Held,
    Inexpressible,
    Many,
    Null,
    Number,
    Text,
    Truth,
    Worth,
    all_of,
    any_of,
    as_number,
    compared,
    constant,
    equivalent,
    implied,
    negated,
    times,
    total,
)

LONGEST_CHAIN = 60
"""Operands of an operator whose results stand inside each other."""
_COMPARISONS = {one.value: one for one in Comparison}


def few(operands: Sequence[object], operator: str) -> None:
    """Refuses a chain whose expression would be as deep as it is long."""
    if len(operands) > LONGEST_CHAIN:
        raise Inexpressible(operator, f"A chain of more than {LONGEST_CHAIN}.")


class Operators(Coercions):
    """Works out operations."""

    def operation(self, syntax: Operation, scope: Scope) -> Worth:
        operands = syntax.operands
        match syntax.operators:
            case ("&&",):
                return Truth(all_of(self.truth(one, scope) for one in operands))
            case ("||",):
                return Truth(any_of(self.truth(one, scope) for one in operands))
            case ("!",):
                return Truth(negated(self.truth(operands[0], scope)))
            case ("->",):
                return Truth(implied(*(self.truth(one, scope) for one in operands)))
            case ("<->",):
                few(operands, "<->")
                found = self.truth(operands[0], scope)
                for one in operands[1:]:
                    found = equivalent(found, self.truth(one, scope))
                return Truth(found)
            case ("^",):
                return self.exclusive([self.worth(one, scope) for one in operands])
            case ("?",):
                return self.conditional(syntax, scope)
            case ("in",):
                return self.within(syntax, scope)
            case ("-",):
                only = self.number(operands[0], scope)
                return Number(times(Constant(Decimal(-1)), only.expression), only.whole)
            case ("+", *_):
                return self.sum(syntax, scope)
            case ("*", *_):
                return self.multiplied(syntax, scope)
        return Truth(
            self.comparison(
                _COMPARISONS[syntax.operators[0]],
                self.worth(operands[0], scope),
                self.worth(operands[1], scope),
            )
        )

    def exclusive(self, operands: list[Worth]) -> Worth:
        """`^`: one or the other of two conditions; of two numbers, a power."""
        if len(operands) == 2 and all(isinstance(one, Number) for one in operands):
            base, exponent = (self.as_number(one) for one in operands)
            power = constant(exponent.expression)
            if power is None or power not in range(7):
                raise Inexpressible("^", "Only the powers 0 to 6 are expressible.")
            return Number(self.product([base.expression] * int(power)), base.whole)
        few(operands, "^")
        found = self.as_truth(operands[0])
        for one in operands[1:]:
            found = negated(equivalent(found, self.as_truth(one)))
        return Truth(found)

    def conditional(self, syntax: Operation, scope: Scope) -> Worth:
        """`condition ? one : other`."""
        condition = self.truth(syntax.operands[0], scope)
        one, other = (self.worth(each, scope) for each in syntax.operands[1:])
        if condition in (TRUE, FALSE):
            return one if condition == TRUE else other
        if isinstance(one, Truth) or isinstance(other, Truth):
            return Truth(
                all_of(
                    (
                        implied(condition, self.as_truth(one)),
                        implied(negated(condition), self.as_truth(other)),
                    )
                )
            )
        if isinstance(one, Text) and isinstance(other, Text):
            cases: dict[str, list[Expression]] = {}
            for guard, branch in ((condition, one), (negated(condition), other)):
                for case, value in branch.cases:
                    cases.setdefault(value, []).append(all_of((guard, case)))
            return Text(tuple((any_of(guards), value) for value, guards in cases.items()))
        first, second = self.as_number(one), self.as_number(other)
        return Number(
            total(
                (
                    times(as_number(condition), first.expression),
                    times(as_number(negated(condition)), second.expression),
                )
            ),
            first.whole and second.whole,
        )

    def within(self, syntax: Operation, scope: Scope) -> Worth:
        left = self.worth(syntax.operands[0], scope)
        listed = syntax.operands[1]
        domain = self.hierarchy.listed(listed)
        if domain is None:
            many = self.worth(listed, scope)
            if not isinstance(many, Many):
                raise Inexpressible("in", "What stands after it is no list.")
            return Truth(any_of(self.equal(left, one) for one in many.values))
        found = []
        for one in domain.items:
            low = self.worth(one.first, scope)
            if one.last is None:
                found.append(self.equal(left, low))
                continue
            high = self.worth(one.last, scope)
            found.append(
                all_of(
                    (
                        self.comparison(Comparison.AT_LEAST, left, low),
                        self.comparison(Comparison.AT_MOST, left, high),
                    )
                )
            )
        return Truth(any_of(found))

    def sum(self, syntax: Operation, scope: Scope) -> Worth:
        operands = [self.worth(one, scope) for one in syntax.operands]
        if any(isinstance(one, Text) for one in operands):
            if "-" in syntax.operators:
                raise Inexpressible("-", "A text is subtracted.")
            return texts.concatenated(operands)
        numbers = [self.as_number(one) for one in operands]
        return Number(
            total(
                times(Constant(Decimal(-1 if sign == "-" else 1)), one.expression)
                for sign, one in zip(syntax.operators, numbers, strict=True)
            ),
            all(one.whole for one in numbers),
        )

    def multiplied(self, syntax: Operation, scope: Scope) -> Worth:
        few(syntax.operands, "*")
        found = self.number(syntax.operands[0], scope)
        for sign, operand in zip(syntax.operators[1:], syntax.operands[1:], strict=True):
            right = self.number(operand, scope)
            if sign == "*":
                found = Number(
                    times(found.expression, right.expression), found.whole and right.whole
                )
            else:
                operate = divided if sign == "/" else remainder
                found = operate(found, right, self.book.ranges, self.book.auxiliary(scope.here))
        return found

    def equal(self, left: Worth, right: Worth) -> Expression:
        """Whether two values are the same."""
        return self.comparison(Comparison.EQUAL, left, right)

    def comparison(self, comparison: Comparison, left: Worth, right: Worth) -> Expression:
        """The comparison of two values of the same kind. Raises `Inexpressible`."""
        if isinstance(left, Null) or isinstance(right, Null):
            return self.with_nothing(comparison, right if isinstance(left, Null) else left)
        if isinstance(left, Text) and isinstance(right, Text):
            return self.of_texts(comparison, left, right)
        if isinstance(left, Truth) or isinstance(right, Truth):
            if comparison not in (Comparison.EQUAL, Comparison.DIFFERENT):
                raise Inexpressible(comparison.value, "A condition has no order.")
            same = equivalent(self.as_truth(left), self.as_truth(right))
            return same if comparison is Comparison.EQUAL else negated(same)
        found = compared(
            comparison, self.as_number(left).expression, self.as_number(right).expression
        )
        settings = [self.settings(one) for one in (left, right) if isinstance(one, Held)]
        return all_of((found, *settings))

    def with_nothing(self, comparison: Comparison, other: Worth) -> Expression:
        """A comparison with null: whether there is a value at all."""
        match other:
            case Null():
                absent: Expression = TRUE
            case Text(of=FactOf() as fact):
                absent = Compare(Comparison.EQUAL, fact, Constant(fitting.NOTHING))
            case Text(cases=cases) if cases:
                absent = negated(any_of(guard for guard, said in cases if said))
            case Held():
                absent = negated(self.present(replace(other, settings=())))
            case _:
                absent = FALSE
        return absent if comparison is Comparison.EQUAL else negated(absent)

    def of_texts(self, comparison: Comparison, left: Text, right: Text) -> Expression:
        different = comparison is Comparison.DIFFERENT
        if comparison not in (Comparison.EQUAL, Comparison.DIFFERENT):
            return self.ordered(comparison, left, right)
        if left.literal is not None:
            left, right = right, left
        if left.of is not None and right.literal is not None:
            if all(value != right.literal for _, value in left.cases):
                self.book.never(left.of, right.literal)
                return TRUE if different else FALSE
            return Compare(comparison, left.of, Constant(coded(right.literal)))
        if left.of is not None and right.of is not None:
            return Compare(comparison, left.of, right.of)
        by_value: dict[str, Expression] = {value: guard for guard, value in right.cases}
        same = any_of(
            all_of((guard, by_value[value])) for guard, value in left.cases if value in by_value
        )
        return negated(same) if different else same

    def ordered(self, comparison: Comparison, left: Text, right: Text) -> Expression:
        """Texts by order: dates that are written as texts."""
        if len(left.cases) * len(right.cases) > MOST_CASES:
            raise Inexpressible(comparison.value, "Texts with too many values are compared.")
        found = []
        for guard, one in left.cases:
            for other_guard, other in right.cases:
                first, second = days(one), days(other)
                if first is None or second is None:
                    raise Inexpressible(comparison.value, "Texts are compared by their order.")
                held = compared(comparison, Constant(Decimal(first)), Constant(Decimal(second)))
                found.append(all_of((guard, other_guard, held)))
        return any_of(found)
