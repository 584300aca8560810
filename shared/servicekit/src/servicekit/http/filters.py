"""Filters of lists: which operators a column takes, and how a value is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, false, func
from sqlalchemy.orm import InstrumentedAttribute

from servicekit.http.problems import invalid
from servicekit.values.decimals import plain

Operator = Literal["eq", "in", "gte", "lte", "prefix"]
Column = InstrumentedAttribute[Any] | ColumnElement[Any]

MOST_IN = 100
LONGEST_TEXT = 200

_RANGED = (int, Decimal, date, datetime)


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type are written in a query string or cursor."""

    expects: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    schema: dict[str, Any]
    restore: Callable[[str], Any] | None = None
    """Reads what `write` wrote, where `read` is narrower: a cursor may hold any stored value."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filterable column of a list."""

    column: Column
    operators: tuple[Operator, ...]
    choices: tuple[str, ...] = ()
    insensitive: bool = False

    def condition(self, key: str, operator: str, text: str) -> ColumnElement[bool]:
        """The SQL condition for `key=text`; raises EdgeProblem(invalid-input)."""
        field = f"query.{key}"
        if operator not in self.operators:
            raise invalid(field, f"Use one of: {', '.join(self.operators)}.", "unknown-operator")
        if operator == "prefix":
            return self._prefix(field, text)
        if operator == "in":
            parts = text.split(",")
            if len(parts) > MOST_IN:
                raise invalid(field, f"List at most {MOST_IN} values.", "too-many")
            values = [self._value(field, part) for part in parts if part]
            return self.column.in_(values) if values else false()
        value = self._value(field, text)
        compared: ColumnElement[bool]
        if operator == "gte":
            compared = self.column >= value
        elif operator == "lte":
            compared = self.column <= value
        else:
            compared = self.column == value
        return compared

    def describe(self, operator: Operator) -> str:
        """A sentence for the API document."""
        return {
            "eq": "Only items with exactly this value.",
            "in": f"Only items with one of these values, separated by commas; at most {MOST_IN}.",
            "gte": "Only items at or above this value.",
            "lte": "Only items at or below this value.",
            "prefix": "Only items that begin with this text"
            + (", in capitals or not." if self.insensitive else "."),
        }[operator]

    def _prefix(self, field: str, text: str) -> ColumnElement[bool]:
        if not text or len(text) > LONGEST_TEXT:
            raise invalid(field, f"Use 1 to {LONGEST_TEXT} characters.", "length")
        if self.insensitive:
            return func.lower(self.column).startswith(text.lower(), autoescape=True)
        return self.column.startswith(text, autoescape=True)

    def _value(self, field: str, text: str) -> Any:
        if self.choices and text not in self.choices:
            raise invalid(field, f"Use one of: {', '.join(self.choices)}.", "unknown-value")
        codec = text_codec(self.column)
        try:
            return codec.read(text)
        except (ValueError, ArithmeticError) as error:
            raise invalid(field, f"Write {codec.expects}.", "format") from error


def prefixed(column: Column, *, insensitive: bool = True) -> Filter:
    """A text column that may also be filtered by how it begins.

    Insensitive to capitals, give the table an index on `lower(column)
    text_pattern_ops`; else on the column itself.
    """
    return Filter(column, ("eq", "in", "prefix"), insensitive=insensitive)


def choice(column: Column, values: Sequence[str]) -> Filter:
    """A column that holds one of a few words; any other word is refused by name."""
    return Filter(column, ("eq", "in"), choices=tuple(values))


def as_filter(spec: Column | Filter) -> Filter:
    """The default filter of a plain column."""
    if isinstance(spec, Filter):
        return spec
    kind = column_type(spec)
    if issubclass(kind, _RANGED) and kind is not bool:
        return Filter(spec, ("eq", "gte", "lte", "in"))
    if issubclass(kind, Enum):
        return choice(spec, [str(member.value) for member in kind])
    return Filter(spec, ("eq", "in"))


def column_type(column: Column) -> type[Any]:
    """The Python type of a column's values; text where the type does not say."""
    try:
        kind: type[Any] = column.type.python_type
    except NotImplementedError:
        return str
    return kind


def parameter_schema(found: Filter, operator: Operator) -> dict[str, Any]:
    """The JSON Schema of `name[operator]` as a query parameter."""
    if operator in ("in", "prefix"):
        return {"type": "string", "maxLength": 4000 if operator == "in" else LONGEST_TEXT}
    if found.choices:
        return {"type": "string", "enum": list(found.choices)}
    return text_codec(found.column).schema


def text_codec(column: Column) -> Codec:
    """How this column's values are written as text."""
    kind = column_type(column)
    if issubclass(kind, Enum):
        return Codec("one of its values", kind, lambda value: str(value.value), {"type": "string"})
    return _CODECS.get(kind, _CODECS[str])


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1900 <= moment.year <= 2200:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return day


def _whole(text: str) -> int:
    # int() also takes underscores, blanks and other scripts' digits.
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 19:
        raise ValueError(text)
    number = int(text)
    if not -(2**31) <= number < 2**31:
        raise ValueError(text)
    return number


def _decimal(text: str) -> Decimal:
    digits = text.removeprefix("-").replace(".", "", 1)
    if len(text) > 30 or not digits.isascii() or not digits.isdigit():
        raise ValueError(text)
    return Decimal(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(text)
    return text


_CODECS: dict[type[Any], Codec] = {
    UUID: Codec("a UUID", UUID, str, {"type": "string", "format": "uuid"}),
    datetime: Codec(
        'a moment with its offset, such as "2026-11-23T10:00:00Z" (write + as %2B)',
        _instant,
        lambda value: value.isoformat(),
        {"type": "string", "format": "date-time"},
        datetime.fromisoformat,
    ),
    date: Codec(
        'a day such as "2026-11-23"',
        _day,
        lambda value: value.isoformat(),
        {"type": "string", "format": "date"},
        date.fromisoformat,
    ),
    Decimal: Codec(
        'a plain decimal such as "12.50"',
        _decimal,
        plain,
        {"type": "string", "format": "decimal"},
        Decimal,
    ),
    int: Codec("a whole number", _whole, str, {"type": "integer", "format": "int32"}, int),
    bool: Codec("true or false", _truth, lambda value: str(value).lower(), {"type": "boolean"}),
    str: Codec(
        f"text of at most {LONGEST_TEXT} characters",
        _text,
        str,
        {"type": "string", "maxLength": LONGEST_TEXT},
        str,
    ),
}
