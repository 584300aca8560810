"""How large an expression may be, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from servicekit.errors import InvalidInput, Kind

LONGEST: Final = 100_000
"""Characters of an expression."""

DEEPEST: Final = 100
"""Expressions inside each other; a sum or a list of any length is one."""

LONGEST_NUMBER: Final = 40
"""Characters of a number."""

EPOCH: Final = date(1970, 1, 1)
"""Day 0 of dates."""


class ExpressionCannotBeRead(InvalidInput):
    """A text that is not an expression. `context` has `line`, `column` (from 1) and `expected`."""

    code = "expression-cannot-be-read"
    title = "The expression cannot be read"
    hint = "Put one of the expected words at the named line and column."


class ExpressionIsTooLarge(InvalidInput):
    """An expression beyond the bounds of length, depth or digits."""

    code = "expression-is-too-large"
    kind = Kind.TOO_LARGE
    title = "The expression is too large"
    hint = (
        "Split it into several rules, or list alternatives side by side instead of inside others."
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a text; line and column count from 1."""

    line: int
    column: int


def unreadable(place: Place, said: str, expected: tuple[str, ...] = ()) -> ExpressionCannotBeRead:
    """The refusal of what stands at a place."""
    return ExpressionCannotBeRead(
        f"line {place.line}, column {place.column}: {said}",
        line=place.line,
        column=place.column,
        expected=list(expected),
    )


def too_deep(place: Place | None = None) -> ExpressionIsTooLarge:
    """The refusal of an expression that is nested too deeply."""
    said = f"more than {DEEPEST} expressions stand inside each other"
    if place is None:
        return ExpressionIsTooLarge(said)
    return ExpressionIsTooLarge(
        f"line {place.line}, column {place.column}: {said}", line=place.line, column=place.column
    )
