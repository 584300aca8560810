"""What the customer can make of an offer by taking and leaving options: the extremes of it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from cpq.quotes.rules.structure import Standing

_NOTHING = Fraction(0)


class Choosable(Standing, Protocol):
    """A line of an offer, as far as choices go."""

    @property
    def ramp(self) -> str | None: ...


def has_choices(lines: Sequence[Choosable]) -> bool:
    """Whether the customer has anything to choose."""
    return any(line.optional or line.alternative_of is not None for line in lines)


def most(lines: Sequence[Choosable], worth: Sequence[Decimal | Fraction]) -> set[int]:
    """The places of the lines that count in the selection that is worth most.

    `worth` is what each line adds where it counts, whatever else is taken. The choices: an option
    is taken or left, with all that is part of it; of a line and its alternatives one is taken; the
    segments of a ramp go with its first one; what lies in something that is left is left.
    """
    return set(_Choices(lines, worth).best(None)[1])


def least_share(
    lines: Sequence[Choosable], part: Sequence[Decimal], whole: Sequence[Decimal]
) -> Fraction | None:
    """The least that the sum of the parts is of the sum of the wholes, over all selections.

    None where no selection has a whole above nothing. A fraction of sums is least where
    part - share x whole is (Dinkelbach, 1967): each step finds a smaller share, until none is.
    """
    parts, wholes = [*map(Fraction, part)], [*map(Fraction, whole)]

    def sums(taken: set[int]) -> tuple[Fraction, Fraction]:
        small = sum((parts[at] for at in taken), _NOTHING)
        return small, sum((wholes[at] for at in taken), _NOTHING)

    of_part, of_whole = sums(most(lines, wholes))
    if of_whole <= 0:
        return None
    share = of_part / of_whole
    while True:
        worth = [share * large - small for small, large in zip(parts, wholes, strict=True)]
        of_part, of_whole = sums(most(lines, worth))
        if of_whole <= 0 or of_part / of_whole >= share:
            return share
        share = of_part / of_whole


class _Choices:
    """The lines as a tree of choices."""

    def __init__(self, lines: Sequence[Choosable], worth: Sequence[Decimal | Fraction]) -> None:
        self._lines, self._worth = lines, [Fraction(one) for one in worth]
        self._below: dict[str | None, list[int]] = {}
        self._segments: dict[str, list[int]] = {}
        self._heads = {line.alternative_of for line in lines if line.alternative_of is not None}
        for at, line in enumerate(lines):
            if line.ramp is not None and line.ramp != line.key:
                self._segments.setdefault(line.ramp, []).append(at)
            else:
                self._below.setdefault(line.parent, []).append(at)

    def best(self, parent: str | None) -> tuple[Fraction, list[int]]:
        """The best of what lies below a line, or of the whole."""
        total, taken = _NOTHING, list[int]()
        sets: dict[str, list[tuple[Fraction, list[int]]]] = {}
        for at in self._below.get(parent, ()):
            line = self._lines[at]
            head = line.alternative_of or (line.key if line.key in self._heads else None)
            if head is None and not line.optional and not line.selected:
                continue
            found = self._with_all_below(at)
            if head is not None:
                sets.setdefault(head, []).append(found)
            elif not line.optional or found[0] > 0:
                total += found[0]
                taken += found[1]
        for of in sets.values():
            found = max(of, key=lambda one: one[0])
            total += found[0]
            taken += found[1]
        return total, taken

    def _with_all_below(self, at: int) -> tuple[Fraction, list[int]]:
        total, taken = _NOTHING, list[int]()
        for place in self._itself(at):
            worth, below = self.best(self._lines[place].key)
            total += self._worth[place] + worth
            taken += [place, *below]
        return total, taken

    def _itself(self, at: int) -> Iterator[int]:
        yield at
        yield from self._segments.get(self._lines[at].key, ())
