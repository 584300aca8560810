"""A CML file cut into statements by its brackets and semicolons, within bounds.

The shape of a file is found before any statement is read, so a statement that cannot be read
becomes a finding and the rest of the file is read all the same. Only brackets that do not match
make a file unreadable: nobody can say then what belongs to which type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lark import Lark, Token

from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

LONGEST_FILE = 2_000_000
"""Characters of a file."""
MOST_TOKENS = 300_000
DEEPEST_BRACKETS = 40
"""Brackets in brackets, blocks included."""
MOST_NESTING_OPERATORS = 60
"""Operators of one statement that nest to the right: `!`, a sign, `->`, `?`."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NESTING = {"!", "-", "+", "->", "?"}


@dataclass(slots=True)
class Statement:
    """The words of one statement, and the statements of its block, if it has one."""

    tokens: list[Token]
    block: list[Statement] | None = None

    @property
    def line(self) -> int:
        """The line of its first word that is not an annotation's."""
        depth = 0
        annotation = False
        for word in self.tokens:
            if depth == 0 and word == "@":
                annotation = True
            elif annotation and word in _CLOSING:
                depth += 1
            elif annotation and word in _CLOSING.values():
                depth -= 1
                annotation = depth > 0
            elif not annotation:
                return _line(word)
        return _line(self.tokens[0])

    @property
    def words(self) -> str:
        """The statement as one line, shortened."""
        text = " ".join(str(token) for token in self.tokens)
        return text if len(text) <= 80 else text[:79] + "…"


@cache
def grammar() -> Lark:
    """The parser, built once."""
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        text,
        parser="lalr",
        lexer="basic",
        start=["global_", "member", "port", "strange"],
        maybe_placeholders=True,
    )


def statements(text: str, name: str) -> list[Statement]:
    """The statements at the top of a file. Raises `FileCannotBeRead`, `FileIsTooLarge`."""
    if len(text) > LONGEST_FILE:
        raise FileIsTooLarge(f"{name} has more than {LONGEST_FILE} characters.")
    tokens = []
    for token in grammar().lex(text):
        tokens.append(token)
        if len(tokens) > MOST_TOKENS:
            raise FileIsTooLarge(f"{name} has more than {MOST_TOKENS} words.")
    return _Cutter(name, tokens).file()


@dataclass(slots=True)
class _Cutter:
    name: str
    tokens: list[Token]
    at: int = 0
    open: list[Token] = field(default_factory=list)

    def file(self) -> list[Statement]:
        found = list(self.block())
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            raise FileCannotBeRead(
                f"{self.name}:{_line(token)}: this closing bracket closes nothing."
            )
        return found

    def block(self) -> Iterator[Statement]:
        """Statements up to the closing brace or the end of the file."""
        tokens: list[Token] = []
        while self.at < len(self.tokens):
            word = self.tokens[self.at]
            if word == "}":
                break
            if _ends_define(tokens, word):
                yield self.checked(Statement(tokens))
                tokens = []
            self.at += 1
            if word == ";":
                if tokens:
                    yield self.checked(Statement(tokens))
                tokens = []
            elif word == "{":
                inside = self.inside(word)
                if tokens:
                    yield self.checked(Statement(tokens, inside))
                tokens = []
            elif word in ("(", "["):
                tokens.append(word)
                tokens.extend(self.bracket(word))
            elif word in (")", "]"):
                raise FileCannotBeRead(f"{self.name}:{_line(word)}: this {word} closes nothing.")
            else:
                tokens.append(word)
        if tokens:
            yield self.checked(Statement(tokens))

    def inside(self, opening: Token) -> list[Statement]:
        """The statements of a block, its closing brace taken."""
        self.enter(opening)
        found = list(self.block())
        self.leave("}")
        return found

    def bracket(self, opening: Token) -> list[Token]:
        """Everything up to and with the bracket that closes this one."""
        outside = len(self.open)
        self.enter(opening)
        found: list[Token] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in _CLOSING:
                self.at += 1
                self.enter(token)
                found.append(token)
            elif token in _CLOSING.values():
                self.leave(str(token))
                found.append(token)
                if len(self.open) == outside:
                    return found
            else:
                self.at += 1
                found.append(token)
        raise self.unclosed()

    def enter(self, opening: Token) -> None:
        self.open.append(opening)
        if len(self.open) > DEEPEST_BRACKETS:
            raise FileIsTooLarge(
                f"{self.name}:{_line(opening)}: brackets are nested deeper than {DEEPEST_BRACKETS}."
            )

    def leave(self, closing: str) -> None:
        if self.at >= len(self.tokens):
            raise self.unclosed()
        token = self.tokens[self.at]
        opening = self.open.pop()
        if token != closing or _CLOSING[str(opening)] != closing:
            raise FileCannotBeRead(
                f"{self.name}:{_line(token)}: {token} stands where the {opening} of line"
                f" {_line(opening)} should be closed."
            )
        self.at += 1

    def unclosed(self) -> FileCannotBeRead:
        opening = self.open[-1]
        return FileCannotBeRead(f"{self.name}:{_line(opening)}: this {opening} is never closed.")

    def checked(self, statement: Statement) -> Statement:
        nesting = sum(token in _NESTING for token in statement.tokens)
        if nesting > MOST_NESTING_OPERATORS and _nests(statement.tokens):
            raise FileIsTooLarge(
                f"{self.name}:{statement.line}: more than {MOST_NESTING_OPERATORS} operators that"
                " nest in one statement."
            )
        return statement


def _nests(tokens: list[Token]) -> bool:
    """Whether more of the operators nest than are allowed; a long flat sum does not."""
    nesting = 0
    before = ""
    for token in tokens:
        sign = token in ("+", "-") and before not in (
            "",
            "NAME",
            "NUMBER",
            "STRING",
            "RPAR",
            "RSQB",
        )
        nesting += token in ("!", "->", "?") or sign
        before = token.type
    return nesting > MOST_NESTING_OPERATORS


def _ends_define(tokens: list[Token], following: Token) -> bool:
    """A `define` ends with its line; no semicolon is needed."""
    if not tokens or tokens[0] != "define":
        return False
    return following.line is not None and following.line > (tokens[-1].end_line or 0)


def _line(token: Token) -> int:
    return token.line or 0
