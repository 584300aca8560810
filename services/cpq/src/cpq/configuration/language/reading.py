"""From text to expression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import Lock
from typing import Final, cast

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from cpq.configuration.expressions import Expression
from cpq.configuration.language.bounds import (
    LONGEST,
    ExpressionCannotBeRead,
    ExpressionIsTooLarge,
    Place,
    unreadable,
)
from cpq.configuration.language.building import Builder


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression with the places of its parts, which belong to these very objects."""

    expression: Expression
    places: dict[int, Place]

    def place(self, part: Expression) -> Place:
        """Where the part's operator or name stands; the beginning, for a part of another."""
        return self.places.get(id(part), Place(1, 1))


def parse(text: str) -> Expression:
    """The expression that the text writes.

    Raises `ExpressionCannotBeRead` and `ExpressionIsTooLarge`.
    """
    return read(text).expression


def read(text: str) -> Parsed:
    """As `parse`, with the places of all parts."""
    if len(text) > LONGEST:
        raise ExpressionIsTooLarge(f"it has {len(text)} characters, {LONGEST} are allowed")
    # The builder works while the parser reads and keeps the places, so one text at a time.
    with _reading:
        parser, builder = _tools()
        builder.start()
        try:
            expression = cast("Expression", parser.parse(text))
        except UnexpectedInput as problem:
            raise _refusal(text, problem) from None
        return Parsed(expression, builder.finish())


_reading = Lock()


@cache
def _tools() -> tuple[Lark, Builder]:
    """Made at the first use: it takes a moment, and most processes never read an expression."""
    builder = Builder()
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    parser = Lark(
        grammar, parser="lalr", lexer="basic", transformer=builder, maybe_placeholders=False
    )
    return parser, builder


_WORDS: Final = {
    "EQUIVALENT": "'<=>'", "IMPLIES": "'=>'", "COMPARISON": "a comparison", "OR": "'or'",
    "AND": "'and'", "NOT": "'not'", "BANG": "'not'", "IN": "'in'", "TRUE": "'true'",
    "FALSE": "'false'", "PLUS": "'+'", "MINUS": "'-'", "TIMES": "'*'", "QTY": "'qty('",
    "COUNT": "'count('", "SUM": "'sum('", "ALL": "'all('", "ANY": "'any('", "DATE": "'date('",
    "MEASURE": "'@price'", "FACT": "a fact", "NUMBER": "a number", "STRING": "a text",
    "NAME": "a name", "QUOTED": "a name", "LPAR": "'('", "RPAR": "')'", "COMMA": "','",
    "DOT": "'.'", "$END": "the end",
}  # fmt: skip

_MEANT: Final = {
    '"': "a text begins here that does not end on its line",
    "`": "a name in backticks begins here that does not end",
    "=": "'=' means nothing here; equality is written '=='",
    "@": "'@' needs the name of a fact after it",
}


def _refusal(text: str, problem: UnexpectedInput) -> ExpressionCannotBeRead:
    """What the parser found, in words."""
    if isinstance(problem, UnexpectedCharacters):
        character = problem.char
        said = _MEANT.get(character, f"{character!r} means nothing here")
        return unreadable(Place(problem.line, problem.column), said)
    assert isinstance(problem, UnexpectedToken)
    expected = tuple(sorted({_WORDS[name] for name in problem.accepts or ()}))
    if problem.token.type == "$END":
        lines = text.split("\n")
        place, found = Place(len(lines), len(lines[-1]) + 1), "the end"
    else:
        place, found = Place(problem.line, problem.column), f"'{_short(problem.token)}'"
    return unreadable(place, f"found {found}, expected {', '.join(expected)}", expected)


def _short(token: str) -> str:
    """As it can be quoted in an answer."""
    quoted = token[:60].encode("utf-8", "backslashreplace").decode()
    return quoted if len(token) <= 60 else f"{quoted}…"
