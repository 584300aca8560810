"""Clauses, and logic gates whose outputs are defined in both directions.

A literal is a variable's number, negative where it is negated. Variable 1 is true. Because every
gate's output is a function of its inputs, a model of the inputs extends to exactly one model of
all variables: counting models of the clauses counts configurations.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cpq.solving.refusals import ModelIsTooLarge

TRUE: Final = 1
FALSE: Final = -1

MOST_LITERALS: Final = 8_000_000
"""Literals in all clauses of a model: some ten seconds to encode, some 200 MB in a solver."""

PAIRWISE: Final = 40
"""Up to so many literals exclude each other pair by pair, more by a chain."""


class Clauses:
    """Clauses one after another, each ended by a zero: small enough to keep for every model."""

    __slots__ = ("flat", "number")

    def __init__(self) -> None:
        self.flat: array[int] = array("i")
        self.number = 0

    def add(self, clause: Iterable[int]) -> None:
        """One more clause."""
        self.flat.extend(clause)
        self.flat.append(0)
        self.number += 1

    def extend(self, other: Clauses) -> None:
        """All clauses of another."""
        self.flat.extend(other.flat)
        self.number += other.number

    def __iter__(self) -> Iterator[list[int]]:
        clause: list[int] = []
        for literal in self.flat:
            if literal:
                clause.append(literal)
            else:
                yield clause
                clause = []


class Gates:
    """Numbers variables and defines gates; equal gates are made once."""

    __slots__ = ("_known", "clauses", "place", "variables")

    def __init__(self) -> None:
        self.variables = 1
        self.clauses = Clauses()
        self.clauses.add((TRUE,))
        self.place = ""
        """The key of what is being encoded, for the refusal."""
        self._known: dict[tuple[int | str, ...], int] = {}

    def new(self) -> int:
        """A fresh variable."""
        self.variables += 1
        return self.variables

    def define(self, clause: Iterable[int]) -> None:
        """A clause that belongs to a definition. Raises `ModelIsTooLarge`."""
        self.clauses.add(clause)
        self.check(len(self.clauses.flat))

    def check(self, literals: int) -> None:
        """Raises `ModelIsTooLarge` where a model has so many literals."""
        if literals > MOST_LITERALS:
            raise ModelIsTooLarge(
                f"{self.place} needs more clauses than are held", field=self.place
            )

    def both(self, literals: Iterable[int]) -> int:
        """True when all are; true when there are none."""
        inputs: set[int] = set()
        for literal in literals:
            if literal == FALSE or -literal in inputs:
                return FALSE
            if literal != TRUE:
                inputs.add(literal)
        if len(inputs) <= 1:
            return inputs.pop() if inputs else TRUE
        key = tuple(sorted(inputs))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            for literal in key:
                self.define((-known, literal))
            self.define((known, *(-literal for literal in key)))
        return known

    def either(self, literals: Iterable[int]) -> int:
        """True when one is; false when there are none."""
        return -self.both([-literal for literal in literals])

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`then` where the condition is true, and `otherwise` elsewhere."""
        if condition in (TRUE, FALSE):
            return then if condition == TRUE else otherwise
        if then == otherwise:
            return then
        if condition < 0:
            condition, then, otherwise = -condition, otherwise, then
        if then in (TRUE, condition):
            return self.either((condition, otherwise))
        if then in (FALSE, -condition):
            return self.both((-condition, otherwise))
        if otherwise in (FALSE, condition):
            return self.both((condition, then))
        if otherwise in (TRUE, -condition):
            return self.either((-condition, then))
        if then == -otherwise:
            return self.differ(condition, otherwise)
        key = ("?", condition, then, otherwise)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            self.define((-condition, -then, known))
            self.define((-condition, then, -known))
            self.define((condition, -otherwise, known))
            self.define((condition, otherwise, -known))
            # Implied by the others, and lets the solver see it without a decision.
            self.define((-then, -otherwise, known))
            self.define((then, otherwise, -known))
        return known

    def differ(self, left: int, right: int) -> int:
        """True when exactly one is."""
        if abs(left) == TRUE:
            return -right if left == TRUE else right
        if abs(right) == TRUE:
            return -left if right == TRUE else left
        if abs(left) == abs(right):
            return FALSE if left == right else TRUE
        sign = 1 if (left > 0) == (right > 0) else -1
        low, high = sorted((abs(left), abs(right)))
        key = ("^", low, high)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            self.define((-known, low, high))
            self.define((-known, -low, -high))
            self.define((known, -low, high))
            self.define((known, low, -high))
        return sign * known

    def odd(self, first: int, second: int, third: int) -> int:
        """True when one or all three are: the sum bit of an adder."""
        inputs = (first, second, third)
        for at, literal in enumerate(inputs):
            if abs(literal) == TRUE:
                rest = self.differ(*inputs[:at], *inputs[at + 1 :])
                return -rest if literal == TRUE else rest
        if len({abs(literal) for literal in inputs}) < 3:
            return self.differ(self.differ(first, second), third)
        sign = 1 if sum(literal < 0 for literal in inputs) % 2 == 0 else -1
        one, two, three = sorted(abs(literal) for literal in inputs)
        key = ("^", one, two, three)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            for first_sign in (1, -1):
                for second_sign in (1, -1):
                    last = first_sign * second_sign
                    row = (first_sign * one, second_sign * two)
                    self.define((*row, last * three, -known))
                    self.define((*row, -last * three, known))
        return sign * known

    def most(self, first: int, second: int, third: int) -> int:
        """True when two of the three are: the carry of an adder."""
        inputs = (first, second, third)
        for at, literal in enumerate(inputs):
            if abs(literal) == TRUE:
                rest = inputs[:at] + inputs[at + 1 :]
                return self.either(rest) if literal == TRUE else self.both(rest)
        for at in range(3):
            left, right = inputs[at], inputs[(at + 1) % 3]
            if left == right:
                return left
            if left == -right:
                return inputs[(at + 2) % 3]
        key: tuple[int | str, ...] = ("m", *sorted(inputs))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            for left, right in ((first, second), (first, third), (second, third)):
                self.define((-left, -right, known))
                self.define((left, right, -known))
        return known

    def exclusive(self, literals: Sequence[int]) -> list[tuple[int, ...]]:
        """Clauses that forbid two of them at once; many are chained by gates."""
        if len(literals) <= PAIRWISE:
            return [
                (-literals[later], -literals[earlier])
                for later in range(len(literals))
                for earlier in range(later)
            ]
        forbidden: list[tuple[int, ...]] = []
        seen = literals[0]
        for literal in literals[1:]:
            forbidden.append((-seen, -literal))
            seen = self.either((seen, literal))
        return forbidden
