"""What a mapping file says, as typed instructions: sources, steps and the forms of a field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

FieldType = Literal["text", "decimal", "integer", "date", "instant", "boolean", "phone", "document"]
FIELD_TYPES: Final[frozenset[str]] = frozenset(
    {"text", "decimal", "integer", "date", "instant", "boolean", "phone", "document"}
)
OnInvalid = Literal["refuse", "drop"]
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class MappingError(Exception):
    """The mapping file is wrong; ``place`` names the table and key, as TOML would address it."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True, slots=True)
class Source:
    """A delimited text file with a header row."""

    name: str
    file: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """One scalar, read from a template such as ``"{City}, {Region}"`` and then converted."""

    template: str
    type: FieldType = "text"
    date_format: str | None = None
    decimal_separator: str = "."
    translate: Mapping[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None
    required: bool = False
    reference: str | None = None
    country: Expression | None = None
    on_invalid: OnInvalid = "refuse"
    maximum_length: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the template names, in order."""
        return tuple(PLACEHOLDER.findall(self.template))


@dataclass(frozen=True, slots=True)
class Lookup:
    """A value from the one row of another source whose ``by`` column equals ``key``."""

    source: str
    by: str
    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a decimal column over the rows of another source whose ``by`` equals ``key``."""

    source: str
    by: str
    key: str
    column: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of several decimal expressions."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A nested object; an object without any value becomes null."""

    fields: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Listed:
    """A fixed list of expressions; nulls are left out."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """One object for every row of another source whose ``by`` column equals ``key``."""

    source: str
    by: str
    key: str
    fields: Mapping[str, Expression]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A literal boolean or integer written as such in the mapping."""

    value: bool | int


Expression = Value | Lookup | Total | Sum | Record | Listed | Each | Flag


@dataclass(frozen=True, slots=True)
class Absence:
    """Holds when no row of another source has ``key`` in its column ``by``."""

    source: str
    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """One pass over a source, every row of which becomes one row of a bulk API."""

    name: str
    target: str
    source: str | None
    fields: Mapping[str, Expression]
    where: Mapping[str, tuple[str, ...]]
    unless: Mapping[str, tuple[str, ...]]
    order_by: tuple[str, ...]
    without: Absence | None
    note: str | None
    distinct: bool


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping file."""

    name: str
    tenant: str
    description: str
    sources: Mapping[str, Source]
    tables: Mapping[str, Mapping[str, str]]
    steps: tuple[Step, ...]
