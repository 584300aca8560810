"""Gates and exact arithmetic over the variables of an integer program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ortools.sat.python import cp_model

from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import Comparison
from cpq.solving.refusals import ModelIsTooLarge

Literal = cp_model.BoolVarT
Variable = cp_model.IntVar

MOST: Final = 2**55
"""No number of a program is larger once scaled: sums of two stay exact in 64 bits."""


@dataclass(frozen=True, slots=True)
class Number:
    """A linear sum of variables, times a power of ten: (constant + terms) / 10**places.

    `terms` are coefficients by the variable's index; `low` and `high` bound the scaled sum.
    """

    constant: int
    terms: dict[int, int]
    places: int
    low: int
    high: int

    @property
    def is_constant(self) -> bool:
        """It is the same in every configuration."""
        return not self.terms


class Program:
    """An integer program in the making. `place` names what is being translated, for refusals."""

    def __init__(self) -> None:
        self.model = cp_model.CpModel()
        self.place = ""
        self.true: Literal = self.model.new_constant(1)
        self.false: Literal = self.true.negated()
        self._variables: list[Variable] = []
        self._conjunctions: dict[frozenset[int], Literal] = {}

    # --- literals ----------------------------------------------------------------------------

    def boolean(self) -> Literal:
        """A new variable that is true or false."""
        return self.model.new_bool_var("")

    def require(self, clause: Iterable[Literal]) -> None:
        """One of these literals is true."""
        literals = list(clause)
        if not any(literal.index == self.true.index for literal in literals):
            self.model.add_bool_or(literals)

    def both(self, literals: Iterable[Literal]) -> Literal:
        """True exactly when all are."""
        found = {literal.index: literal for literal in literals}
        found.pop(self.true.index, None)
        if self.false.index in found or any(-index - 1 in found for index in found):
            return self.false
        if not found:
            return self.true
        if len(found) == 1:
            return next(iter(found.values()))
        key = frozenset(found)
        known = self._conjunctions.get(key)
        if known is None:
            known = self._conjunctions[key] = self.boolean()
            operands = list(found.values())
            self.model.add_bool_and(operands).only_enforce_if(known)
            self.model.add_bool_or([known, *(operand.negated() for operand in operands)])
        return known

    def either(self, literals: Iterable[Literal]) -> Literal:
        """True exactly when one is."""
        return self.both([literal.negated() for literal in literals]).negated()

    def same(self, left: Literal, right: Literal) -> Literal:
        """True exactly when both are true or both false."""
        return self.either((self.both((left, right)), self.both((left.negated(), right.negated()))))

    # --- numbers -----------------------------------------------------------------------------

    def variable(self, low: int, high: int) -> Variable:
        """A new whole number between two bounds. Raises `ModelIsTooLarge`."""
        self._fits(low, high)
        return self.model.new_int_var(low, high, "")

    def of_variable(self, variable: Variable, low: int, high: int) -> Number:
        """The value of a variable that lies between these bounds."""
        return Number(0, {variable.index: 1}, 0, low, high)

    def constant(self, value: Decimal) -> Number:
        """A number that is the same in every configuration. Raises `ModelIsTooLarge`."""
        sign, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        if len(digits) + max(exponent, 0) > 400 or exponent < -400:
            raise self._too_large()
        scaled = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
        while exponent < 0 and scaled % 10 == 0 and scaled:
            scaled, exponent = scaled // 10, exponent + 1
        if not scaled:
            exponent = 0
        if exponent > 0:
            scaled, exponent = scaled * 10**exponent, 0
        self._fits(scaled, scaled)
        return Number(scaled, {}, -exponent, scaled, scaled)

    def of_literals(self, pairs: Iterable[tuple[Literal, int]]) -> Number:
        """The sum of the weights of those literals that are true."""
        constant, low, high = 0, 0, 0
        terms: dict[int, int] = {}
        for literal, weight in pairs:
            if literal.index == self.true.index:
                constant += weight
            elif literal.index != self.false.index:
                # A negated literal has a negative index: its variable counts against it.
                at, sign = (literal.index, 1) if literal.index >= 0 else (-literal.index - 1, -1)
                constant += weight if sign < 0 else 0
                terms[at] = terms.get(at, 0) + sign * weight
        for weight in terms.values():
            low, high = low + min(weight, 0), high + max(weight, 0)
        return self._checked(constant, terms, 0, constant + low, constant + high)

    def add(self, numbers: Iterable[Number]) -> Number:
        """The sum. Raises `ModelIsTooLarge`."""
        listed = list(numbers)
        places = max((number.places for number in listed), default=0)
        constant, low, high = 0, 0, 0
        terms: dict[int, int] = {}
        for number in listed:
            factor = self._power(places - number.places)
            constant += number.constant * factor
            low, high = low + number.low * factor, high + number.high * factor
            for at, weight in number.terms.items():
                terms[at] = terms.get(at, 0) + weight * factor
        terms = {at: weight for at, weight in terms.items() if weight}
        return self._checked(constant, terms, places, low, high)

    def times(self, number: Number, factor: Decimal) -> Number:
        """The number multiplied by a constant. Raises `ModelIsTooLarge`."""
        scaled = self.constant(factor)
        if not scaled.constant:
            return self.constant(Decimal(0))
        by = scaled.constant
        ends = number.low * by, number.high * by
        return self._checked(
            number.constant * by,
            {at: weight * by for at, weight in number.terms.items()},
            number.places + scaled.places,
            min(ends),
            max(ends),
        )

    def product(self, left: Number, right: Number) -> Number:
        """The product of two numbers. Raises `ModelIsTooLarge`."""
        for one, other in ((left, right), (right, left)):
            if one.is_constant:
                return self.times(other, Decimal(one.constant).scaleb(-one.places, EXACT))
        ends = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
        made = self.variable(min(ends), max(ends))
        self.model.add_multiplication_equality(made, [self._alone(left), self._alone(right)])
        return Number(0, {made.index: 1}, left.places + right.places, min(ends), max(ends))

    def where(self, literal: Literal, number: Number) -> Number:
        """The number where the literal is true, else 0. Raises `ModelIsTooLarge`."""
        if literal.index == self.true.index:
            return number
        if literal.index == self.false.index:
            return self.constant(Decimal(0))
        if number.is_constant:
            times = self.of_literals([(literal, number.constant)])
            return Number(times.constant, times.terms, number.places, times.low, times.high)
        low, high = min(number.low, 0), max(number.high, 0)
        made = self.variable(low, high)
        self.model.add(made == self.expression(number)).only_enforce_if(literal)
        self.model.add(made == 0).only_enforce_if(literal.negated())
        return Number(0, {made.index: 1}, number.places, low, high)

    def compare(self, comparison: Comparison, left: Number, right: Number) -> Literal:
        """True exactly when the comparison holds. Raises `ModelIsTooLarge`."""
        difference = self.add((left, self.times(right, Decimal(-1))))
        match comparison:
            case Comparison.EQUAL:
                return self._equals(difference)
            case Comparison.DIFFERENT:
                return self._equals(difference).negated()
            case Comparison.LESS:
                return self._at_least(difference, 0).negated()
            case Comparison.AT_LEAST:
                return self._at_least(difference, 0)
            case Comparison.MORE:
                return self._at_least(difference, 1)
            case Comparison.AT_MOST:
                return self._at_least(difference, 1).negated()

    def expression(self, number: Number) -> cp_model.LinearExprT:
        """The scaled sum, as CP-SAT takes it."""
        if not number.terms:
            return number.constant
        variables = [self._variable(at) for at in number.terms]
        weighted = cp_model.LinearExpr.weighted_sum(variables, list(number.terms.values()))
        return weighted + number.constant

    def _equals(self, difference: Number) -> Literal:
        if not difference.low <= 0 <= difference.high:
            return self.false
        if difference.is_constant:
            return self.true
        made, expression = self.boolean(), self.expression(difference)
        self.model.add(expression == 0).only_enforce_if(made)
        self.model.add(expression != 0).only_enforce_if(made.negated())
        return made

    def _at_least(self, difference: Number, bound: int) -> Literal:
        if difference.low >= bound:
            return self.true
        if difference.high < bound:
            return self.false
        made, expression = self.boolean(), self.expression(difference)
        self.model.add(expression >= bound).only_enforce_if(made)
        self.model.add(expression < bound).only_enforce_if(made.negated())
        return made

    def _alone(self, number: Number) -> cp_model.LinearExprT:
        """The number as one variable, as products want it."""
        if not number.constant and list(number.terms.values()) == [1]:
            return self._variable(next(iter(number.terms)))
        made = self.variable(number.low, number.high)
        self.model.add(made == self.expression(number))
        return made

    def _variable(self, index: int) -> Variable:
        return self.model.get_int_var_from_proto_index(index)

    def _power(self, places: int) -> int:
        if places > 60:
            raise self._too_large()
        return int(10**places)

    def _checked(
        self, constant: int, terms: dict[int, int], places: int, low: int, high: int
    ) -> Number:
        if not terms:
            # What cancelled out leaves no spread, however wide the parts were.
            low = high = constant
        self._fits(low, high)
        return Number(constant, terms, places, low, high)

    def _fits(self, low: int, high: int) -> None:
        if low < -MOST or high > MOST:
            raise self._too_large()

    def _too_large(self) -> ModelIsTooLarge:
        return ModelIsTooLarge(f"{self.place} has numbers that are too large", field=self.place)
