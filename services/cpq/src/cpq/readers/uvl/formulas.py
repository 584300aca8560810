"""Words of a constraint read into a formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any, Final, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from cpq.readers.feature_models import DEEPEST_CONSTRAINT
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge
from cpq.readers.uvl.scanning import Word
from cpq.readers.uvl.syntax import Call, Constraint, Formula, Literal, Operation, Reference

LONGEST_CONSTRAINT: Final = 20_000
"""Words of a constraint."""

FUNCTIONS: Final = {"sum", "avg", "len", "floor", "ceil"}
_COMPARISONS: Final = {"==", "!=", "<", "<=", ">", ">="}
_TYPES: Final = {
    "<=>": "EQUIVALENCE", "=>": "IMPLICATION", "|": "OR", "&": "AND", "!": "NOT", "+": "ADD",
    "-": "SUB", "*": "MUL", "/": "DIV", "(": "_LPAR", ")": "_RPAR", ",": "_COMMA", ".": "_DOT",
}  # fmt: skip


def constraint_of(words: Sequence[Word], text: str, name: str) -> Constraint:
    """The constraint that words of one line, or of an attribute, make.

    `text` is the whole file, from which the constraint is quoted. Raises `FileCannotBeRead`,
    `FileIsTooLarge`.
    """
    line = words[0].line
    if len(words) > LONGEST_CONSTRAINT:
        raise FileIsTooLarge(
            f"{name}:{line}: a constraint has more than {LONGEST_CONSTRAINT} words."
        )
    with _reading:
        try:
            # The words stand for the text: the lexer below only hands them on.
            formula = cast("Formula", _parser().parse(cast("str", words)))
        except UnexpectedToken as problem:
            raise FileCannotBeRead(_told(problem, words, name)) from None
    if formula.depth > DEEPEST_CONSTRAINT:
        raise FileIsTooLarge(
            f"{name}:{line}: more than {DEEPEST_CONSTRAINT} formulas stand inside each other."
        )
    written = " ".join(text[words[0].start : words[-1].end].split())
    return Constraint(formula, tuple(word.text for word in words), written, line)


def _told(problem: UnexpectedToken, words: Sequence[Word], name: str) -> str:
    if problem.token.type == "$END":
        return f"{name}:{words[-1].line}: the constraint ends too early."
    return f"{name}:{problem.token.line}: {problem.token[:60]!r} means nothing here."


_reading = Lock()


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer=_Words,
        transformer=_Builder(),
        maybe_placeholders=False,
    )


class _Words(Lexer):
    """Hands words on as tokens."""

    def __init__(self, conf: Any) -> None:
        """Nothing is configured."""

    def lex(self, words: Sequence[Word]) -> Iterator[Token]:  # type: ignore[override]
        for number, word in enumerate(words):
            follower = words[number + 1].type if number + 1 < len(words) else ""
            yield Token(_type(word, follower), word.text, line=word.line)


def _type(word: Word, follower: str) -> str:
    if word.type in _COMPARISONS:
        return "COMPARISON"
    if word.type == "NAME":
        if word.text in FUNCTIONS and follower == "(":
            return "FUNCTION"
        if word.text in ("true", "false"):
            return word.text.upper()
        return "NAME"
    return _TYPES.get(word.type, word.type)


class _Builder(Transformer[Token, Formula]):
    """One method for each alternative of the grammar; never recursive."""

    def number(self, items: list[Token]) -> Formula:
        return Literal(Decimal(items[0]))

    def text(self, items: list[Token]) -> Formula:
        return Literal(str(items[0][1:-1]))

    def true(self, items: list[Token]) -> Formula:
        return Literal(True)

    def false(self, items: list[Token]) -> Formula:
        return Literal(False)

    def reference(self, items: list[Token]) -> Formula:
        return Reference(tuple(unquoted(name) for name in items), items[0].line or 0)

    def call(self, items: list[Any]) -> Formula:
        arguments = tuple(item for item in items if isinstance(item, Reference))
        return Call(str(items[0]), arguments)

    def negation(self, items: list[Any]) -> Formula:
        operand = cast("Formula", items[1])
        return Operation(str(items[0]), (operand,), operand.depth + 1)

    def summed(self, items: list[Any]) -> Formula:
        terms = [cast("Formula", items[0])]
        for sign, term in zip(items[1::2], items[2::2], strict=True):
            minus = Operation("-", (term,), term.depth + 1)
            terms.append(term if sign.type == "ADD" else minus)
        return Operation("+", tuple(terms), 1 + max(term.depth for term in terms))

    def operation(self, items: list[Any]) -> Formula:
        operands = tuple(cast("Formula", item) for item in items[::2])
        depth = 1 + max(operand.depth for operand in operands)
        return Operation(str(items[1]), operands, depth)


def unquoted(word: str) -> str:
    """A name without its quotes."""
    return str(word[1:-1]) if word.startswith('"') else str(word)
