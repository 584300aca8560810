"""What is wrong with a document, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from servicekit.errors import Fault, InvalidInput, Kind, Refusal

MOST_PROBLEMS: Final = 1000
"""So many are named; a document with more says how many it has."""


class Flaw(StrEnum):
    """The law that a part of a document breaks. Stable: programs may depend on these codes."""

    REQUIRED = "required"
    """A member is missing."""
    UNKNOWN_MEMBER = "unknown-member"
    """A member that this form does not have."""
    WRONG_TYPE = "wrong-type"
    """Another kind of JSON value is needed here."""
    NOT_ALLOWED = "not-allowed"
    """A text, number or word outside what this member may be."""
    TOO_MANY = "too-many"
    """A list or a text is longer than it may be, or the whole is larger or deeper."""
    DUPLICATE = "duplicate"
    """A key, code or name that another has already."""
    RESERVED = "reserved"
    """A name with a meaning of its own."""
    CYCLIC_BUNDLE = "cyclic-bundle"
    """A node that contains itself."""
    UNKNOWN_NODE = "unknown-node"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    UNKNOWN_FACT = "unknown-fact"
    UNKNOWN_VALUE = "unknown-value"
    """A text that is no value of what it is compared with or stands for."""
    UNREADABLE_EXPRESSION = "unreadable-expression"
    EXPRESSION_TOO_LARGE = "expression-too-large"
    TYPES_DIFFER = "types-differ"
    """A number, a truth value or a text where another of these is needed."""
    TEXT_IN_EXPRESSION = "text-in-expression"
    """Free text is outside all constraints."""
    CYCLIC_CALCULATION = "cyclic-calculation"
    """A calculated attribute that depends on itself."""
    NOT_WHOLE = "not-whole"
    """A number that must be whole and is not, or need not be."""
    BOUNDS_CROSSED = "bounds-crossed"
    """A minimum above its maximum."""
    DOMAIN_TOO_LARGE = "domain-too-large"
    """More values than can be reasoned about."""
    IMPOSSIBLE_GROUP = "impossible-group"
    """Bounds that no selection of the members keeps."""
    OUTSIDE_DOMAIN = "outside-domain"
    """A default or a cell that its target cannot have."""
    WRONG_COLUMN = "wrong-column"
    """A table's column is a node, a quantity or an attribute that is chosen."""
    ROW_LENGTH = "row-length"
    """A row with more or fewer cells than the table has columns."""
    NOT_FOR_THIS_TYPE = "not-for-this-type"
    """A member that only another type has."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `pointer` is a JSON pointer (RFC 6901) into the document; `line` and `column` count from 1
    within the text that it points at, and are 0 where that is no expression.
    """

    pointer: str
    flaw: Flaw
    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = self.pointer or "the document"
        if self.column:
            where += f" (line {self.line}, column {self.column})"
        return f"{where}: {self.message}"


class ModelCannotBeRead(InvalidInput):
    """A document that describes no model; `problems` has everything that is wrong with it."""

    code = "configuration-model-cannot-be-read"
    title = "The document does not describe a configuration model"
    hint = "Correct every named place; each is a JSON pointer into the document."

    def __init__(self, problems: tuple[Problem, ...], total: int) -> None:
        first = str(problems[0])
        more = f", and {total - 1} more" if total > 1 else ""
        super().__init__(
            first + more,
            field=problems[0].pointer,
            faults=[Fault(one.pointer, _told(one)) for one in problems],
            total=total,
        )
        self.problems = problems


class DocumentCannotBeRead(Refusal):
    """Bytes that are no JSON document of bounded size."""

    code = "configuration-document-cannot-be-read"
    kind = Kind.MALFORMED
    title = "The document is not JSON"
    hint = "Correct the named line; decimals are written as texts."


def _told(problem: Problem) -> str:
    if not problem.column:
        return problem.message
    return f"line {problem.line}, column {problem.column}: {problem.message}"


class Problems:
    """Collects what is wrong, in the order in which it is found, up to a bound."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._total = 0

    def add(
        self, pointer: str, flaw: Flaw, message: str, *, line: int = 0, column: int = 0
    ) -> None:
        """Note one thing."""
        self._total += 1
        if len(self._found) < MOST_PROBLEMS:
            self._found.append(Problem(pointer, flaw, message, line, column))

    def raise_any(self) -> None:
        """Raise `ModelCannotBeRead` when something is wrong."""
        if self._found:
            raise ModelCannotBeRead(tuple(self._found), self._total)

    def __bool__(self) -> bool:
        return bool(self._found)


def pointer(at: str, *parts: str | int) -> str:
    """The JSON pointer of something below `at`."""
    for part in parts:
        at += "/" + str(part).replace("~", "~0").replace("/", "~1")
    return at
