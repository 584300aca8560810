"""How the lines of a quote hang together: bundles, groups, options and alternatives."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from servicekit.errors import InvalidInput, Refusal

DEEPEST = 8
"""Levels of lines within lines."""


class LineKeyIsTaken(InvalidInput):
    """Edits, approvals and contracts know a line by its key."""

    code = "line-key-is-taken"
    title = "Two lines of the quote have the same key"
    hint = "Give each line a key of its own, or none: then the quote gives one."


class LineIsNotThere(InvalidInput):
    """What refers to a line needs that line."""

    code = "line-is-not-there"
    title = "The quote has no line with this key"
    hint = "Read the quote to see the keys of its lines."


class LinesGoInCircles(InvalidInput):
    """A line cannot be a part of itself, nor lie deeper than documents can show."""

    code = "lines-go-in-circles"
    title = "Lines are parts of each other in a circle, or nested too deeply"
    hint = f"Let parents lead to a line that has none, over at most {DEEPEST} levels."


class GroupIsNotThere(InvalidInput):
    """A line stands in a group that the quote names."""

    code = "group-is-not-there"
    title = "The quote has no group with this key"
    hint = "Name the group in the quote's groups first."


class AlternativesNeedOne(InvalidInput):
    """Of a line and its alternatives the customer takes exactly one."""

    code = "alternatives-need-one"
    title = "Of a line and its alternatives, exactly one is selected"
    hint = "Select one of them and deselect the others."


class LineIsNotOptional(InvalidInput):
    """What belongs to the offer cannot be left out by whoever picks options."""

    code = "line-is-not-optional"
    title = "Only optional lines and alternatives can be selected or left out"
    hint = "Choose among the lines that the offer marks as optional or alternative."


class TooManyLines(InvalidInput):
    """A quote has bounds, so that pricing it does."""

    code = "too-many-lines"
    title = "The quote would have too many lines"
    hint = "Split it into several quotes of at most 5,000 lines."


MOST_LINES = 5_000


def check_count(count: int) -> None:
    """Raise `TooManyLines` for more lines than a quote may have, segments of ramps included."""
    if count > MOST_LINES:
        raise TooManyLines(f"{count} lines", field="lines")


class Standing(Protocol):
    """Where a line stands."""

    @property
    def key(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def optional(self) -> bool: ...
    @property
    def selected(self) -> bool: ...
    @property
    def alternative_of(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a line stands or would stand, as a value."""

    key: str
    parent: str | None
    group: str | None
    optional: bool
    selected: bool
    alternative_of: str | None


S = TypeVar("S", bound=Standing)


def keys_for(given: Sequence[str | None]) -> list[str]:
    """A key for each line: its own, or the first number from its place on that nobody has.

    Raises `LineKeyIsTaken`.
    """
    taken: set[str] = set()
    for position, key in enumerate(given):
        if key in taken:
            raise LineKeyIsTaken(f"{key!r} names two lines", field=f"lines.{position}.key")
        if key is not None:
            taken.add(key)
    keys = []
    for position, key in enumerate(given, start=1):
        number = position
        while key is None:
            if str(number) not in taken:
                key = str(number)
                taken.add(key)
            number += len(given)
        keys.append(key)
    return keys


def check_structure(lines: Sequence[Standing], groups: Collection[str]) -> None:
    """Check that parents, groups and alternatives are there and make sense.

    Raises `LineIsNotThere`, `LinesGoInCircles`, `GroupIsNotThere`, `AlternativesNeedOne`.
    """
    for _, refusal in structure_faults(lines, groups):
        raise refusal


def structure_faults(
    lines: Sequence[Standing], groups: Collection[str]
) -> Iterator[tuple[Sequence[int], Refusal]]:
    """Everything that `check_structure` refuses, with the places of the lines that it is about."""
    by_key = {line.key: line for line in lines}
    for position, line in enumerate(lines):
        where = f"lines.{position}"
        for name, other in (("parent", line.parent), ("alternative_of", line.alternative_of)):
            if other is not None and (other not in by_key or other == line.key):
                yield (
                    [position],
                    LineIsNotThere(f"no other line {other!r}", field=f"{where}.{name}"),
                )
        if line.group is not None and line.group not in groups:
            yield [position], GroupIsNotThere(f"no group {line.group!r}", field=f"{where}.group")
        first = by_key.get(line.alternative_of or "")
        if first is not None and first.parent != line.parent:
            yield (
                [position],
                AlternativesNeedOne(
                    f"line {line.key!r} is not part of what {first.key!r} is part of",
                    field=f"{where}.parent",
                ),
            )
        if first is not None and first.alternative_of is not None:
            yield (
                [position],
                LineIsNotThere(
                    f"line {first.key!r} is an alternative itself", field=f"{where}.alternative_of"
                ),
            )
        if _lies_too_deep(line, by_key):
            yield (
                [position],
                LinesGoInCircles(f"line {line.key!r} lies too deep", field=f"{where}.parent"),
            )
    for at, found in _alternatives(lines).items():
        taken = [position for position in found if lines[position].selected]
        if len(taken) != 1:
            yield (
                found,
                AlternativesNeedOne(
                    f"of {at!r} and its alternatives {len(taken)} are selected",
                    field=f"lines.{found[0]}.selected",
                ),
            )


def _lies_too_deep(line: Standing, by_key: Mapping[str, Standing]) -> bool:
    above: Standing | None = line
    for _ in range(DEEPEST + 1):
        if above is None or above.parent is None:
            return False
        above = by_key.get(above.parent)
    return True


def _alternatives(lines: Sequence[Standing]) -> dict[str, list[int]]:
    """Sets of alternatives, as places of lines, by the key of the line they are for."""
    sets: dict[str, list[int]] = {}
    heads = {line.alternative_of for line in lines if line.alternative_of is not None}
    for position, line in enumerate(lines):
        at = line.alternative_of or (line.key if line.key in heads else None)
        if at is not None:
            sets.setdefault(at, []).append(position)
    return sets


def counting(lines: Sequence[Standing]) -> set[str]:
    """The keys of the lines that are part of what is offered: selected, and all above them too."""
    by_key = {line.key: line for line in lines}

    def counts(line: Standing) -> bool:
        above = None if line.parent is None else by_key.get(line.parent)
        return line.selected and (above is None or counts(above))

    return {line.key for line in lines if counts(line)}


def check_selection(lines: Sequence[Standing], selected: Mapping[str, bool]) -> None:
    """Check that whoever picks options picks only options.

    `selected` says which lines to select (true) and which to leave out. Raises `LineIsNotThere`,
    `LineIsNotOptional`.
    """
    by_key = {line.key: line for line in lines}
    sets = {lines[place].key for found in _alternatives(lines).values() for place in found}
    for key in selected:
        line = by_key.get(key)
        if line is None:
            raise LineIsNotThere(f"no line {key!r}", field=f"selected.{key}")
        if not line.optional and key not in sets:
            raise LineIsNotOptional(f"line {key!r} belongs to the offer", field=f"selected.{key}")
