"""The sections of a UVL file and its tree of features."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from cpq.readers.feature_models import DEEPEST_FEATURES, LONGEST_NAME, MOST_FEATURES
from cpq.readers.findings import Findings
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge
from cpq.readers.uvl.formulas import constraint_of, unquoted
from cpq.readers.uvl.scanning import DEDENT, END, INDENT, NEWLINE, Word, scan
from cpq.readers.uvl.syntax import (
    AttributeValue,
    Constraint,
    Feature,
    FeatureKind,
    File,
    Group,
    GroupKind,
    Import,
    Path,
    Vector,
)

DEEPEST_ATTRIBUTES: Final = 20
LARGEST_CARDINALITY: Final = 1_000_000

_SECTIONS: Final = ("namespace", "include", "imports", "features", "constraints")
_LEVELS: Final = {
    "Boolean": {"group-cardinality"},
    "Arithmetic": {"feature-cardinality", "aggregate-function"},
    "Type": {"string-constraints"},
}


def outline(text: str, name: str, findings: Findings) -> File:
    """A file as it is written. Raises `FileCannotBeRead`, `FileIsTooLarge`."""
    return _Outline(text, name, findings).file()


class _Outline:
    def __init__(self, text: str, name: str, findings: Findings) -> None:
        self._text = text
        self._name = name
        self._findings = findings
        self._words = scan(text, name)
        self._at = 0
        self._features = 0

    # Words.

    @property
    def _word(self) -> Word:
        return self._words[self._at]

    def _refuse(self, message: str, word: Word | None = None) -> FileCannotBeRead:
        return FileCannotBeRead(f"{self._name}:{(word or self._word).line}: {message}")

    def _take(self, type_: str, expected: str) -> Word:
        word = self._word
        if word.type != type_:
            raise self._refuse(f"{expected} is expected, {_told(word)} stands here.")
        self._at += 1
        return word

    def _skip(self, type_: str) -> bool:
        if self._word.type == type_:
            self._at += 1
            return True
        return False

    def _keyword(self) -> str:
        return self._word.text if self._word.type == "NAME" else ""

    def _block(self, of: str, item: Callable[[], None]) -> None:
        """Lines that are indented below a line; none are allowed."""
        self._take(NEWLINE, "the end of the line")
        if self._skip(INDENT):
            while not self._skip(DEDENT):
                if self._word.type == INDENT:
                    raise self._refuse(f"the line is indented more than its neighbours in {of}.")
                item()

    # Sections.

    def file(self) -> File:
        found = File(self._name)
        seen: set[str] = set()
        while self._word.type != END:
            section = self._keyword()
            if section not in _SECTIONS:
                raise self._refuse(
                    f"{_told(self._word)} begins no section; one of {', '.join(_SECTIONS)} does, "
                    "without indentation."
                )
            if section in seen:
                raise self._refuse(f"the section {section} stands here a second time.")
            seen.add(section)
            self._at += 1
            self._section(section, found)
        return found

    def _section(self, section: str, found: File) -> None:
        match section:
            case "namespace":
                found.namespace = self._path()
                self._take(NEWLINE, "the end of the line")
            case "include":
                self._block("include", self._level)
            case "imports":
                self._block("imports", lambda: found.imports.append(self._import()))
            case "features":
                self._block("features", lambda: self._root(found))
            case _:
                self._block("constraints", lambda: found.constraints.append(self._constraint()))

    def _level(self) -> None:
        """A language level; what it allows is understood whether it is named or not."""
        line = self._word.line
        names = []
        while self._word.type not in (NEWLINE, END):
            names.append(self._word.text)
            self._at += 1
        self._take(NEWLINE, "the end of the line")
        major, _, minor = "".join(names).partition(".")
        if major not in _LEVELS or (minor not in ("", "*") and minor not in _LEVELS[major]):
            self._findings.noted(
                f"include {''.join(names)}"[:100],
                f"{self._name}:{line}",
                "This language level is not known; what it would allow is read as far as it is "
                "part of the language.",
            )

    def _import(self) -> Import:
        line = self._word.line
        file = self._path()
        alias = file
        if self._keyword() == "as":
            self._at += 1
            alias = self._path()
        self._take(NEWLINE, "the end of the line")
        return Import(file, alias, line)

    def _root(self, found: File) -> None:
        if found.root is not None:
            raise self._refuse("a second root stands here; a file has one tree of features.")
        found.root = self._feature(1)

    def _constraint(self) -> Constraint:
        return self._formula(lambda word: word.type == NEWLINE, skip=True)

    def _formula(self, is_end: Callable[[Word], bool], *, skip: bool) -> Constraint:
        first = self._at
        while not is_end(self._word) and self._word.type != END:
            self._at += 1
        words = self._words[first : self._at]
        if not words:
            raise self._refuse("a constraint is expected here.")
        if skip:
            self._take(NEWLINE, "the end of the line")
        return constraint_of(words, self._text, self._name)

    # The tree.

    def _path(self) -> Path:
        names = [self._identifier()]
        while self._skip("."):
            names.append(self._identifier())
        return tuple(names)

    def _identifier(self) -> str:
        word = self._word
        if word.type not in ("NAME", "QUOTED"):
            raise self._refuse(f"a name is expected, {_told(word)} stands here.")
        self._at += 1
        found = unquoted(word.text)
        if len(found) > LONGEST_NAME:
            raise FileIsTooLarge(
                f"{self._name}:{word.line}: a name has more than {LONGEST_NAME} characters."
            )
        return found

    def _feature(self, depth: int) -> Feature:
        line = self._word.line
        self._features += 1
        if depth > DEEPEST_FEATURES or self._features > MOST_FEATURES:
            raise FileIsTooLarge(
                f"{self._name}:{line}: a model has at most {MOST_FEATURES} features, "
                f"{DEEPEST_FEATURES} of them inside each other."
            )
        kind = self._kind()
        found = Feature(self._path(), line, kind)
        if self._keyword() == "cardinality":
            self._at += 1
            found.low, found.high = self._cardinality()
        if self._word.type == "{":
            self._attributes(found)
        self._block(
            f"the feature {found.path[-1]!r}", lambda: found.groups.append(self._group(depth))
        )
        return found

    def _kind(self) -> FeatureKind:
        """The type before a name; without a name after it, it is the name."""
        follower = self._words[self._at + 1].type if self._word.type != END else END
        if self._keyword() in tuple(FeatureKind) and follower in ("NAME", "QUOTED"):
            kind = FeatureKind(self._keyword())
            self._at += 1
            return kind
        return FeatureKind.BOOLEAN

    def _group(self, depth: int) -> Group:
        word = self._word
        if word.type == "[":
            low, high = self._cardinality()
            found = Group(GroupKind.CARDINALITY, word.line, low, high)
        elif self._keyword() in ("mandatory", "optional", "or", "alternative"):
            self._at += 1
            kind = GroupKind(word.text)
            bounds = {GroupKind.OR: (1, None), GroupKind.ALTERNATIVE: (1, 1)}
            found = Group(kind, word.line, *bounds.get(kind, (0, None)))
        else:
            raise self._refuse(
                "mandatory, optional, or, alternative or [n..m] is expected below a feature, "
                f"{_told(word)} stands here."
            )
        self._block(
            f"the group {word.text!r}", lambda: found.features.append(self._feature(depth + 1))
        )
        if not found.features:
            raise self._refuse("the group has no features; they are indented below it.", word)
        if found.low > len(found.features):
            raise self._refuse(
                f"at least {found.low} of {len(found.features)} features cannot be selected.", word
            )
        return found

    def _cardinality(self) -> tuple[int, int | None]:
        """`[n..m]`, `[n..*]` or `[n]`."""
        word = self._take("[", "'['")
        low = self._whole()
        high: int | None = low
        if self._skip(".."):
            high = None if self._skip("*") else self._whole()
        self._take("]", "']'")
        if high is not None and low > high:
            raise self._refuse(f"at least {low} and at most {high} is no cardinality.", word)
        return low, high

    def _whole(self) -> int:
        word = self._take("NUMBER", "a whole number")
        number = Decimal(word.text)
        if number != number.to_integral_value() or number > LARGEST_CARDINALITY:
            raise self._refuse(f"{word.text} is no whole number up to {LARGEST_CARDINALITY}.", word)
        return int(number)

    # Attributes.

    def _attributes(self, feature: Feature, prefix: str = "", depth: int = 1) -> None:
        """Attributes in braces; those of an attribute are named with a dot."""
        opening = self._take("{", "'{'")
        if depth > DEEPEST_ATTRIBUTES:
            raise FileIsTooLarge(
                f"{self._name}:{opening.line}: more than {DEEPEST_ATTRIBUTES} attributes stand "
                "inside each other."
            )
        if self._skip("}"):
            return
        while True:
            self._attribute(feature, prefix, depth)
            if not self._skip(","):
                break
        self._take("}", "',' or '}'")

    def _attribute(self, feature: Feature, prefix: str, depth: int) -> None:
        word = self._word
        if word.type == "NAME" and word.text in ("constraint", "constraints"):
            self._at += 1
            self._attribute_constraints(feature, listed=word.text == "constraints")
            return
        key = prefix + self._identifier()
        if self._word.type == "{":
            self._attributes(feature, f"{key}.", depth + 1)
            return
        if key in feature.attributes:
            raise self._refuse(f"the attribute {key!r} stands here a second time.", word)
        feature.attributes[key] = self._value(depth)

    def _attribute_constraints(self, feature: Feature, *, listed: bool) -> None:
        if not listed:
            feature.constraints.append(self._bracketed(",}"))
            return
        self._take("[", "'['")
        if self._skip("]"):
            return
        while True:
            feature.constraints.append(self._bracketed(",]"))
            if not self._skip(","):
                break
        self._take("]", "',' or ']'")

    def _bracketed(self, ends: str) -> Constraint:
        """A constraint up to a word that ends it, outside of the brackets of functions."""
        level = 0

        def is_end(word: Word) -> bool:
            nonlocal level
            if level == 0 and word.type in tuple(ends):
                return True
            level += (word.type == "(") - (word.type == ")")
            return False

        return self._formula(is_end, skip=False)

    def _value(self, depth: int) -> AttributeValue:
        """A value; an attribute without one is true."""
        word = self._word
        match word.type:
            case "," | "}" | "]":
                return True
            case "NUMBER":
                self._at += 1
                return Decimal(word.text)
            case "-":
                self._at += 1
                return Decimal(self._take("NUMBER", "a number").text).copy_negate()
            case "STRING" | "QUOTED":
                self._at += 1
                return word.text[1:-1]
            case "[":
                self._vector(depth + 1)
                return Vector()
            case "NAME" if word.text in ("true", "false"):
                self._at += 1
                return word.text == "true"
            case _:
                raise self._refuse(f"a value is expected, {_told(word)} stands here.")

    def _vector(self, depth: int) -> None:
        """A list of values, which only has to be well formed."""
        opening = self._take("[", "'['")
        if depth > DEEPEST_ATTRIBUTES:
            raise FileIsTooLarge(
                f"{self._name}:{opening.line}: more than {DEEPEST_ATTRIBUTES} lists stand inside "
                "each other."
            )
        if self._skip("]"):
            return
        while True:
            if self._word.type == "{":
                self._attributes(Feature((), opening.line), depth=depth + 1)
            elif self._word.type in (",", "]"):
                raise self._refuse("a value is expected between the commas of a list.")
            else:
                self._value(depth)
            if not self._skip(",") and not self._skip(".."):
                break
        self._take("]", "',' or ']'")


def _told(word: Word) -> str:
    match word.type:
        case "NEWLINE" | "DEDENT":
            return "the end of the line"
        case "INDENT":
            return "a deeper indentation"
        case "END":
            return "the end of the file"
        case _:
            return repr(word.text[:60])
