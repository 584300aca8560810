"""The kinds of JSON values that a document is made of: each reads one and says its JSON Schema.

Reading is tolerant: what is wrong is noted and read as if it were missing, so that one mistake does
not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

from cpq.configuration.document.problems import Flaw, Problems, pointer
from cpq.configuration.language import LONGEST, LONGEST_NUMBER
from servicekit.values.currencies import CURRENCIES

DEEPEST_TREE: Final = 60
"""So many objects of one kind may stand inside each other."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DECIMAL_SCHEMA: Final = {
    "anyOf": [
        {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "maxLength": LONGEST_NUMBER},
        {"type": "integer"},
    ]
}


class Kind(Protocol):
    """A kind of JSON value."""

    def read(self, value: object, at: str, problems: Problems) -> Any:
        """The value, or None after a problem was noted."""

    def schema(self) -> dict[str, Any]:
        """What may stand there, as JSON Schema."""


@dataclass(frozen=True)
class Text:
    """A text. Without `lines` it stands in one line, as names and keys do."""

    longest: int = 200
    lines: bool = False
    empty: bool = False

    def read(self, value: object, at: str, problems: Problems) -> str | None:
        if not isinstance(value, str):
            problems.add(at, Flaw.WRONG_TYPE, "a text is needed")
        elif not value and not self.empty:
            problems.add(at, Flaw.NOT_ALLOWED, "an empty text means nothing here")
        elif len(value) > self.longest:
            problems.add(
                at, Flaw.TOO_MANY, f"{len(value)} characters; at most {self.longest} are read"
            )
        elif (_UNSTORABLE if self.lines else _UNPRINTABLE).search(value):
            problems.add(at, Flaw.NOT_ALLOWED, "a control character or half of a character")
        else:
            return value
        return None

    def schema(self) -> dict[str, Any]:
        said: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if not self.empty:
            said["minLength"] = 1
        return said


@dataclass(frozen=True)
class Formula:
    """An expression as text; parsed later, when all names are known."""

    def read(self, value: object, at: str, problems: Problems) -> str | None:
        if not isinstance(value, str):
            problems.add(at, Flaw.WRONG_TYPE, "an expression is a text")
        elif len(value) > LONGEST:
            problems.add(
                at,
                Flaw.EXPRESSION_TOO_LARGE,
                f"{len(value)} characters; an expression has at most {LONGEST}",
            )
        elif _UNSTORABLE.search(value):
            problems.add(at, Flaw.NOT_ALLOWED, "a control character or half of a character")
        else:
            return value
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST, "format": "expression"}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: object, at: str, problems: Problems) -> bool | None:
        if isinstance(value, bool):
            return value
        problems.add(at, Flaw.WRONG_TYPE, "true or false is needed")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds, as a JSON number."""

    low: int
    high: int

    def read(self, value: object, at: str, problems: Problems) -> int | None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add(at, Flaw.WRONG_TYPE, "a whole number is needed")
        elif not self.low <= value <= self.high:
            problems.add(at, Flaw.NOT_ALLOWED, f"it lies between {self.low} and {self.high}")
        else:
            return value
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Number:
    """A decimal as a text, or a whole number; a JSON number with a fraction has lost digits."""

    positive: bool = False

    def read(self, value: object, at: str, problems: Problems) -> Decimal | None:
        number = decimal(value, at, problems)
        if number is not None and self.positive and number <= 0:
            problems.add(at, Flaw.NOT_ALLOWED, "a number above zero is needed")
            return None
        return number

    def schema(self) -> dict[str, Any]:
        return dict(_DECIMAL_SCHEMA)


def decimal(value: object, at: str, problems: Problems) -> Decimal | None:
    """An exact number, or None after a problem was noted."""
    if isinstance(value, float):
        problems.add(at, Flaw.WRONG_TYPE, f'write decimals as texts: "{value}"')
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        problems.add(at, Flaw.WRONG_TYPE, 'a number is needed, a text such as "12.50"')
        return None
    # Few programs read such a JSON number as it was written; one of thousands of digits none.
    if isinstance(value, int) and abs(value) >= 2**63:
        problems.add(at, Flaw.TOO_MANY, "write numbers beyond 18 digits as texts")
        return None
    text = str(value)
    if len(text) > LONGEST_NUMBER:
        problems.add(at, Flaw.TOO_MANY, f"a number has at most {LONGEST_NUMBER} characters")
        return None
    if not _DECIMAL.fullmatch(text):
        problems.add(at, Flaw.NOT_ALLOWED, f'{text!r} is no number such as "12.50"')
        return None
    return Decimal(text)


@dataclass(frozen=True)
class Currency:
    """A currency's code."""

    def read(self, value: object, at: str, problems: Problems) -> str | None:
        if isinstance(value, str) and value in CURRENCIES:
            return value
        flaw = Flaw.NOT_ALLOWED if isinstance(value, str) else Flaw.WRONG_TYPE
        problems.add(at, flaw, "the ISO 4217 code of a currency is needed, such as EUR")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{3}$"}


@dataclass(frozen=True)
class Word:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: object, at: str, problems: Problems) -> str | None:
        if isinstance(value, str) and value in self.words:
            return value
        flaw = Flaw.NOT_ALLOWED if isinstance(value, str) else Flaw.WRONG_TYPE
        problems.add(at, flaw, f"one of {', '.join(self.words)} is needed")
        return None

    def schema(self) -> dict[str, Any]:
        if len(self.words) == 1:
            return {"const": self.words[0]}
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Scalar:
    """A value of something whose type is known later: true, false, a text or a whole number."""

    optional: bool = False

    def read(self, value: object, at: str, problems: Problems) -> bool | int | str | None:
        if isinstance(value, bool | int | str) or (value is None and self.optional):
            return value
        if isinstance(value, float):
            problems.add(at, Flaw.WRONG_TYPE, f'write decimals as texts: "{value}"')
        else:
            problems.add(at, Flaw.WRONG_TYPE, "a value is needed: true, false, a text or a number")
        return None

    def schema(self) -> dict[str, Any]:
        types = ["boolean", "integer", "string"]
        return {"type": [*types, "null"] if self.optional else types}


@dataclass(frozen=True)
class ListOf:
    """A list of one kind."""

    of: Kind
    most: int
    least: int = 0

    def read(self, value: object, at: str, problems: Problems) -> list[Any]:
        if not isinstance(value, list):
            problems.add(at, Flaw.WRONG_TYPE, "a list is needed")
            return []
        if len(value) > self.most:
            problems.add(at, Flaw.TOO_MANY, f"{len(value)} entries; at most {self.most} are read")
            return []
        if len(value) < self.least:
            problems.add(at, Flaw.NOT_ALLOWED, f"at least {self.least} are needed")
        return [self.of.read(one, f"{at}/{number}", problems) for number, one in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": "array",
            "items": self.of.schema(),
            "maxItems": self.most,
        }
        if self.least:
            said["minItems"] = self.least
        return said


def _speakable(name: object) -> str:
    """A member's name as it can be written in an answer."""
    return str(name)[:200].encode("utf-8", "backslashreplace").decode()


class Part(dict[str, Any]):
    """An object that was read: every member that its shape has, and where it stood."""

    __slots__ = ("at",)

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def place(self, *parts: str | int) -> str:
        """Where something below stands."""
        return pointer(self.at, *parts)


@dataclass(frozen=True)
class Member:
    """A member of an object. One with the default None may be null, which says nothing."""

    kind: Kind
    about: str
    default: Any = None
    required: bool = False


@dataclass
class Shape:
    """An object. It is named, because it may contain itself."""

    name: str
    about: str
    members: dict[str, Member] = field(default_factory=dict)
    nested_by: str = ""
    """The member through which it contains itself, where it does."""

    def read(self, value: object, at: str, problems: Problems) -> Part | None:
        if not isinstance(value, Mapping):
            problems.add(at, Flaw.WRONG_TYPE, f"an object is needed that describes a {self.name}")
            return None
        # Only members that the form has are followed, so the place tells the depth.
        if self.nested_by and at.count(f"/{self.nested_by}/") >= DEEPEST_TREE:
            problems.add(
                at, Flaw.TOO_MANY, f"more than {DEEPEST_TREE} {self.name}s inside each other"
            )
            return None
        found = Part(at)
        for name in value:
            if name not in self.members:
                problems.add(
                    pointer(at, _speakable(name)),
                    Flaw.UNKNOWN_MEMBER,
                    f"a {self.name} has no such member; it has {', '.join(self.members)}",
                )
        for name, member in self.members.items():
            given = value.get(name)
            if given is None and (name not in value or member.default is None):
                found[name] = member.default
                if member.required:
                    problems.add(at, Flaw.REQUIRED, f"a {self.name} needs {name!r}")
            else:
                read = member.kind.read(given, f"{at}/{name}", problems)
                found[name] = member.default if read is None else read
        return found

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name}"}

    def definition(self) -> dict[str, Any]:
        """The schema that `schema` refers to."""
        members = {}
        for name, member in self.members.items():
            said = member.kind.schema()
            optional = member.default is None and not member.required
            if optional:
                said = {"anyOf": [said, {"type": "null"}]}
            elif "$ref" in said:
                said = {"allOf": [said]}
            said["description"] = member.about
            if member.default is not None:
                said["default"] = member.default
            members[name] = said
        return {
            "type": "object",
            "description": self.about,
            "properties": members,
            "required": [name for name, member in self.members.items() if member.required],
            "additionalProperties": False,
        }
