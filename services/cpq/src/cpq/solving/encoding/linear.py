"""Sums of weighted literals, and the circuits that add, multiply and compare them.

A number of a configuration is a constant plus weights times literals, all whole, over a power of
ten. Its true bounds are kept beside it, so that adders need only the bits of the true range and
may drop carries beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import gcd
from typing import Final

from cpq.solving.encoding.gates import FALSE, TRUE, Gates
from cpq.solving.refusals import ModelIsTooLarge

MOST_BITS: Final = 160
MOST_TERMS: Final = 200_000

MOST_DECISIONS: Final = 1_500
"""Up to so many gates a comparison is a decision diagram, which propagates better than adders."""

FEW: Final = 6
"""A factor of more terms is added up to bits before it is multiplied."""


@dataclass(frozen=True, slots=True)
class Linear:
    """(constant + the sum of weight * variable) / 10**places, within low and high / 10**places.

    A variable counts 1 when it is true and 0 when it is false; a weight is never 0.
    """

    terms: Mapping[int, int]
    constant: int
    low: int
    high: int
    places: int = 0

    def at(self, places: int) -> Linear:
        """The same number with more decimal places."""
        if places == self.places:
            return self
        factor = 10 ** (places - self.places)
        return self.times(factor, places)

    def times(self, factor: int, places: int | None = None) -> Linear:
        """The number times a whole factor, or the same number written with other places."""
        places = self.places if places is None else places
        if factor == 0:
            return Linear({}, 0, 0, 0, places)
        low, high = sorted((self.low * factor, self.high * factor))
        terms = {variable: weight * factor for variable, weight in self.terms.items()}
        return Linear(terms, self.constant * factor, low, high, places)

    def bounded(self, low: int, high: int) -> Linear:
        """The same number, known to lie in narrower bounds."""
        return Linear(
            self.terms, self.constant, max(low, self.low), min(high, self.high), self.places
        )


def constant(value: Decimal | int) -> Linear:
    """A number that is always the same. Raises `ModelIsTooLarge`."""
    exact = Decimal(value)
    sign, digits, exponent = exact.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > MOST_BITS:
        raise ModelIsTooLarge(f"The number {value} has too many digits")
    whole = int("".join(map(str, digits)))
    while exponent < 0 and whole % 10 == 0:
        whole, exponent = (whole // 10, exponent + 1) if whole else (0, 0)
    whole *= (-1 if sign else 1) * 10 ** max(exponent, 0)
    return Linear({}, whole, whole, whole, max(-exponent, 0))


def weighted(pairs: Iterable[tuple[int, int]], start: int = 0, places: int = 0) -> Linear:
    """The sum of weights times literals."""
    terms: dict[int, int] = {}
    for literal, weight in pairs:
        if literal == TRUE:
            start += weight
        elif literal == FALSE:
            continue
        elif literal > 0:
            terms[literal] = terms.get(literal, 0) + weight
        else:
            start += weight
            terms[-literal] = terms.get(-literal, 0) - weight
    terms = {variable: weight for variable, weight in terms.items() if weight}
    low = start + sum(weight for weight in terms.values() if weight < 0)
    high = start + sum(weight for weight in terms.values() if weight > 0)
    return Linear(terms, start, low, high, places)


def add(numbers: Sequence[Linear]) -> Linear:
    """The sum of numbers; 0 when there are none."""
    places = max((number.places for number in numbers), default=0)
    terms: dict[int, int] = {}
    start = low = high = 0
    for number in numbers:
        scaled = number.at(places)
        start, low, high = start + scaled.constant, low + scaled.low, high + scaled.high
        for variable, weight in scaled.terms.items():
            terms[variable] = terms.get(variable, 0) + weight
    terms = {variable: weight for variable, weight in terms.items() if weight}
    # Terms that cancel out may leave bounds tighter than the sum of the bounds.
    least = start + sum(weight for weight in terms.values() if weight < 0)
    greatest = start + sum(weight for weight in terms.values() if weight > 0)
    return Linear(terms, start, max(low, least), min(high, greatest), places)


class Arithmetic:
    """Circuits over linear sums."""

    __slots__ = ("_bits", "gates")

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        self._bits: dict[tuple[object, ...], list[int]] = {}

    def selected(self, pairs: Sequence[tuple[int, int]], places: int = 0) -> Linear:
        """The weight of the one literal that is true, of several that exclude each other; else 0.

        A bit of the result is true when one of the literals whose weight has it is true: no adders.
        """
        if len(pairs) <= 2:
            number = weighted(pairs, places=places)
        else:
            offset = min(0, *(weight for _, weight in pairs))
            shifted = [(literal, weight - offset) for literal, weight in pairs]
            unit = 0
            for _, weight in shifted:
                unit = gcd(unit, weight)
            bits: list[tuple[int, int]] = []
            width = max((weight // unit).bit_length() for _, weight in shifted) if unit else 0
            for at in range(width):
                ones = [literal for literal, weight in shifted if weight // unit >> at & 1]
                bits.append((self.gates.either(ones), unit << at))
            if offset:
                bits.append((self.gates.either([literal for literal, _ in pairs]), offset))
            number = weighted(bits, places=places)
        weights = [weight for _, weight in pairs]
        return number.bounded(min(0, *weights), max(0, *weights)) if weights else number

    def product(self, left: Linear, right: Linear) -> Linear:
        """The product of two numbers. Raises `ModelIsTooLarge`."""
        places = left.places + right.places
        if not left.terms:
            return right.times(left.constant, places)
        if not right.terms:
            return left.times(right.constant, places)
        left, right = self.compact(left), self.compact(right)
        pairs = [
            (self.gates.both((one, other)), weight * factor)
            for one, weight in left.terms.items()
            for other, factor in right.terms.items()
        ]
        pairs.extend((one, weight * right.constant) for one, weight in left.terms.items())
        pairs.extend((one, weight * left.constant) for one, weight in right.terms.items())
        corners = [
            one * other for one in (left.low, left.high) for other in (right.low, right.high)
        ]
        return weighted(pairs, left.constant * right.constant, places).bounded(
            min(corners), max(corners)
        )

    def compact(self, number: Linear) -> Linear:
        """The same number with few terms: its bits over its lowest value."""
        if len(number.terms) <= FEW or number.high - number.low < 2:
            return number
        unit = self._unit(number)
        bits = self.bits(number)
        pairs = [(bit, unit << at) for at, bit in enumerate(bits)]
        return weighted(pairs, self._base(number, unit), number.places).bounded(
            number.low, number.high
        )

    def bits(self, number: Linear, unit: int = 0) -> list[int]:
        """(number - its lowest value) / its unit, in binary, lowest bit first.

        Another unit than the number's own divides that one.
        """
        unit = unit or self._unit(number)
        base = self._base(number, unit)
        width = ((number.high - base) // unit).bit_length()
        if width > MOST_BITS or len(number.terms) > MOST_TERMS:
            raise ModelIsTooLarge(
                f"Arithmetic in {self.gates.place} needs {width} bits", field=self.gates.place
            )
        pairs, start = _positive(number)
        key = (tuple(pairs), (start - base) // unit, unit, width)
        known = self._bits.get(key)
        if known is None:
            known = self._bits[key] = self._sum(
                [(literal, weight // unit) for literal, weight in pairs],
                (start - base) // unit,
                width,
            )
        return known

    def _unit(self, number: Linear) -> int:
        unit = 0
        for weight in number.terms.values():
            unit = gcd(unit, weight)
        return unit or 1

    def _base(self, number: Linear, unit: int) -> int:
        """The lowest value that the number's bounds and unit allow."""
        return number.low + (number.constant - number.low) % unit

    def _sum(self, pairs: Sequence[tuple[int, int]], start: int, width: int) -> list[int]:
        """The sum modulo 2**width, column by column."""
        gates = self.gates
        columns: list[list[int]] = [[] for _ in range(width)]
        for at in range(width):
            if start >> at & 1:
                columns[at].append(TRUE)
            columns[at].extend(literal for literal, weight in pairs if weight >> at & 1)
        result: list[int] = []
        for at in range(width):
            column = columns[at]
            carries = columns[at + 1] if at + 1 < width else None
            # First in, first out keeps the adders shallow.
            head = 0
            while len(column) - head > 1:
                first, second = column[head], column[head + 1]
                if len(column) - head > 2:
                    third = column[head + 2]
                    head += 3
                    total = gates.odd(first, second, third)
                    carry = gates.most(first, second, third) if carries is not None else FALSE
                else:
                    head += 2
                    total = gates.differ(first, second)
                    carry = gates.both((first, second)) if carries is not None else FALSE
                if total != FALSE:
                    column.append(total)
                if carries is not None and carry != FALSE:
                    carries.append(carry)
            result.append(column[head] if len(column) > head else FALSE)
        return result

    def at_least(self, number: Linear, bound: int) -> int:
        """A literal for number >= bound, the bound counted in the number's places."""
        if bound <= number.low:
            return TRUE
        if bound > number.high:
            return FALSE
        pairs, start = _positive(number)
        diagram = self._diagram(pairs, bound - start)
        if diagram is not None:
            return diagram
        unit = self._unit(number)
        base = self._base(number, unit)
        return self._reaches(self.bits(number), -((base - bound) // unit))

    def equals(self, number: Linear, value: int) -> int:
        """A literal for number == value, the value counted in the number's places."""
        unit = self._unit(number)
        if not number.low <= value <= number.high or (value - number.constant) % unit:
            return FALSE
        pairs, start = _positive(number)
        if _levels(pairs, value - start) is not None:
            return self.gates.both(
                (self.at_least(number, value), -self.at_least(number, value + 1))
            )
        wanted = (value - self._base(number, unit)) // unit
        return self.gates.both(
            bit if wanted >> at & 1 else -bit for at, bit in enumerate(self.bits(number))
        )

    def _reaches(self, bits: Sequence[int], bound: int) -> int:
        """A literal for: the binary number is at least the bound."""
        if bound <= 0:
            return TRUE
        if bound.bit_length() > len(bits):
            return FALSE
        reached = TRUE
        for at, bit in enumerate(bits):
            if bound >> at & 1:
                reached = self.gates.both((bit, reached))
            else:
                reached = self.gates.either((bit, reached))
        return reached

    def _diagram(self, pairs: Sequence[tuple[int, int]], bound: int) -> int | None:
        """A literal for: the sum reaches the bound; as a decision diagram, unless too large."""
        levels = _levels(pairs, bound)
        if levels is None:
            return None
        found: dict[int, int] = {}
        for (literal, weight), (level, below) in reversed(
            list(zip(pairs, pairwise(levels), strict=True))
        ):
            rest = below.ends
            found = {
                wanted: self.gates.choose(
                    literal,
                    _found(found, rest, wanted - weight),
                    _found(found, rest, wanted),
                )
                for wanted in level.wanted
            }
        return found[levels[0].ends.round(bound)]


@dataclass(frozen=True, slots=True)
class _Ends:
    """What the literals from here on can add: nothing up to `most`, in multiples of `unit`."""

    most: int
    unit: int

    def round(self, wanted: int) -> int:
        """The least sum that decides whether `wanted` is reached, so that equal ones meet."""
        return -(-wanted // self.unit) * self.unit if self.unit else wanted


@dataclass(frozen=True, slots=True)
class _Level:
    """What is still wanted before a literal is decided, in all ways that lead there."""

    ends: _Ends
    wanted: tuple[int, ...]


def _found(found: Mapping[int, int], ends: _Ends, wanted: int) -> int:
    if wanted <= 0:
        return TRUE
    if wanted > ends.most:
        return FALSE
    return found[ends.round(wanted)]


def _levels(pairs: Sequence[tuple[int, int]], bound: int) -> list[_Level] | None:
    """The nodes of the decision diagram, level by level; None where they are too many."""
    ends = [_Ends(0, 0)]
    for _, weight in reversed(pairs):
        ends.append(_Ends(ends[-1].most + weight, gcd(ends[-1].unit, weight)))
    ends.reverse()
    level = {ends[0].round(bound)}
    levels = [_Level(ends[0], tuple(level))]
    nodes = 1
    for (_, weight), rest in zip(pairs, ends[1:], strict=True):
        level = {
            rest.round(wanted)
            for above in levels[-1].wanted
            for wanted in (above, above - weight)
            if 0 < wanted <= rest.most
        }
        nodes += len(level)
        if nodes > MOST_DECISIONS:
            return None
        levels.append(_Level(rest, tuple(sorted(level))))
    return levels


def _positive(number: Linear) -> tuple[list[tuple[int, int]], int]:
    """Literals with positive weights, the heaviest first, and the constant that remains."""
    start = number.constant
    pairs: list[tuple[int, int]] = []
    for variable, weight in number.terms.items():
        if weight > 0:
            pairs.append((variable, weight))
        else:
            start += weight
            pairs.append((-variable, -weight))
    pairs.sort(key=lambda pair: (-pair[1], abs(pair[0])))
    return pairs, start
