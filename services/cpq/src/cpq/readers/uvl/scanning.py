"""A UVL file cut into words, with its indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

MOST_WORDS: Final = 2_000_000
LONGEST_NUMBER: Final = 30
TAB: Final = 8
"""Columns of a tabulator, which stands for spaces up to the next multiple."""

NEWLINE: Final = "NEWLINE"
INDENT: Final = "INDENT"
DEDENT: Final = "DEDENT"
END: Final = "END"

_WORD: Final = re.compile(
    r"""
    (?P<SPACE>[ \t\f\ufeff]+)
    | (?P<LINE>\r\n|\n|\r)
    | (?P<COMMENT>//[^\r\n]*)
    | (?P<BLOCK>/\*.*?\*/)
    | (?P<QUOTED>"[^\r\n"]*")
    | (?P<STRING>'[^\r\n']*')
    | (?P<RANGE>\.\.)
    | (?P<NUMBER>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    | (?P<NAME>[^\W\d](?:[\w#§%?\\';-])*)
    | (?P<OPERATOR><=>|=>|==|!=|<=|>=|[<>!&|+*/.,()\[\]{}-])
    """,
    re.VERBOSE | re.DOTALL,
)

# A hyphen belongs only to the names of language levels: `A-B` is a difference.
_LEVELS: Final = re.compile(r"[^\W\d][\w#§%?\\';]*")

_OPEN: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the file. `type` is the text of an operator, or NAME, QUOTED, STRING, NUMBER."""

    type: str
    text: str
    line: int
    start: int
    end: int


def scan(text: str, name: str) -> list[Word]:
    """The words of a file, with NEWLINE, INDENT and DEDENT, and END at last.

    Raises `FileCannotBeRead` for what is no word, an indentation that fits no line above, brackets
    that do not match; `FileIsTooLarge`.
    """
    return list(_Scanner(text, name).words())


class _Scanner:
    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._name = name
        self._line = 1
        self._width = 0
        self._indents = [0]
        self._brackets: list[Word] = []

    def _refuse(self, line: int, message: str) -> FileCannotBeRead:
        return FileCannotBeRead(f"{self._name}:{line}: {message}")

    def words(self) -> Iterator[Word]:
        position, count, fresh = 0, 0, True
        while position < len(self._text):
            match = _WORD.match(self._text, position)
            if match is None:
                raise self._refuse(self._line, self._strange(position))
            position = self._end(match)
            kind = match.lastgroup
            if kind == "LINE":
                if not fresh and not self._brackets:
                    yield self._mark(NEWLINE, position)
                    fresh = True
                self._line += 1
                self._width = 0
            elif kind in ("SPACE", "COMMENT", "BLOCK"):
                self._skip(match, fresh)
            else:
                count += 1
                if count > MOST_WORDS:
                    raise FileIsTooLarge(f"{self._name} has more than {MOST_WORDS} words.")
                if fresh:
                    yield from self._indentation(position)
                    fresh = False
                yield self._word(match, position)
        if self._brackets:
            first = self._brackets[0]
            raise self._refuse(first.line, f"the {first.text} is never closed.")
        if not fresh:
            yield self._mark(NEWLINE, position)
        for _ in self._indents[1:]:
            yield self._mark(DEDENT, position)
        yield self._mark(END, position)

    def _end(self, match: re.Match[str]) -> int:
        if match.lastgroup != "NAME":
            return match.end()
        shorter = _LEVELS.match(self._text, match.start())
        assert shorter is not None
        return match.end() if match.group() in LEVELS else shorter.end()

    def _strange(self, position: int) -> str:
        character = self._text[position]
        match character:
            case '"' | "'":
                return f"the {character} is not closed on its line."
            case "=":
                return "'=' means nothing; equality is written '=='."
            case _:
                return f"{character!r} means nothing here."

    def _skip(self, match: re.Match[str], fresh: bool) -> None:
        """Spaces and comments; at the beginning of a line they indent it."""
        skipped = match.group()
        self._line += len(re.findall(r"\r\n|\n|\r", skipped)) if match.lastgroup == "BLOCK" else 0
        if fresh and match.lastgroup == "SPACE":
            for character in skipped:
                if character == "\t":
                    self._width += TAB - self._width % TAB
                elif character == " ":
                    self._width += 1

    def _indentation(self, position: int) -> Iterator[Word]:
        if self._width > self._indents[-1]:
            self._indents.append(self._width)
            yield self._mark(INDENT, position)
            return
        while self._width < self._indents[-1]:
            self._indents.pop()
            yield self._mark(DEDENT, position)
        if self._width != self._indents[-1]:
            raise self._refuse(self._line, "the line is indented as no line above it.")

    def _word(self, match: re.Match[str], end: int) -> Word:
        kind = match.lastgroup
        text = self._text[match.start() : end]
        if kind == "QUOTED":
            self._check_name(text)
        elif kind == "NUMBER" and len(text) > LONGEST_NUMBER:
            raise FileIsTooLarge(
                f"{self._name}:{self._line}: a number has more than {LONGEST_NUMBER} characters."
            )
        type_ = text if kind in ("OPERATOR", "RANGE") else str(kind)
        word = Word(type_, text, self._line, match.start(), end)
        if type_ in _OPEN:
            self._brackets.append(word)
        elif type_ in _OPEN.values() and (
            not self._brackets or _OPEN[self._brackets.pop().type] != type_
        ):
            raise self._refuse(self._line, f"the {type_} closes no bracket of its kind.")
        return word

    def _check_name(self, quoted: str) -> None:
        if len(quoted) == 2:
            raise self._refuse(self._line, "a name in quotes is empty.")
        if "." in quoted and not self._in_braces():
            raise self._refuse(self._line, f"the name {quoted} has a dot, which separates names.")

    def _in_braces(self) -> bool:
        """Among attributes, older files write texts in the quotes of names."""
        return any(bracket.type == "{" for bracket in self._brackets)

    def _mark(self, kind: str, position: int) -> Word:
        return Word(kind, "", self._line, position, position)


LEVELS: Final = frozenset(
    {
        "group-cardinality",
        "feature-cardinality",
        "aggregate-function",
        "string-constraints",
        "SAT-level",
        "SMT-level",
        "TYPE-level",
    }
)
