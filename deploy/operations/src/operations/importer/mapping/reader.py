"""A TOML document becomes a mapping, or an error with its place.

Parsing is strict: an unknown key is an error, because a misspelt key that is silently ignored
loses a customer's data.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from operations.importer.mapping.language import (
    FIELD_TYPES,
    Absence,
    Each,
    Expression,
    Flag,
    ImportMapping,
    Listed,
    Lookup,
    MappingError,
    Record,
    Source,
    Step,
    Sum,
    Total,
    Value,
)


def read_mapping(path: Path) -> ImportMapping:
    """Read and check a mapping file.

    Raises:
        MappingError: the file is no TOML, or a table or key of it is wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(path.name, f"is not valid TOML: {error}") from error
    return parse_mapping(document)


def parse_mapping(document: Mapping[str, object]) -> ImportMapping:
    """Turn a TOML document into a checked mapping.

    Raises:
        MappingError: with the place of the first fault.
    """
    head = _table(document.get("import"), "import")
    _only(head, {"name", "tenant", "description"}, "import")
    _only(document, {"import", "sources", "tables", "steps"}, "top level")
    sources = {
        name: _source(name, _table(raw, f"sources.{name}"))
        for name, raw in _table(document.get("sources", {}), "sources").items()
    }
    tables = {
        name: {
            str(key): _text(value, f"tables.{name}.{key}")
            for key, value in _table(raw, f"tables.{name}").items()
        }
        for name, raw in _table(document.get("tables", {}), "tables").items()
    }
    raw_steps = document.get("steps", [])
    if not isinstance(raw_steps, list) or not raw_steps:
        raise MappingError("steps", "at least one [[steps]] table is needed")
    reader = _ExpressionReader(sources, tables)
    steps = tuple(
        _step(number, _table(raw, f"steps[{number}]"), reader)
        for number, raw in enumerate(raw_steps)
    )
    return ImportMapping(
        name=_text(head.get("name"), "import.name"),
        tenant=_text(head.get("tenant"), "import.tenant"),
        description=_text(head.get("description", ""), "import.description"),
        sources=sources,
        tables=tables,
        steps=steps,
    )


def _step(number: int, raw: Mapping[str, object], reader: _ExpressionReader) -> Step:
    name = _text(raw.get("name"), f"steps[{number}].name")
    place = f"steps[{number}] ({name})"
    _only(
        raw,
        {
            "name",
            "target",
            "source",
            "fields",
            "where",
            "unless",
            "without",
            "order_by",
            "note",
            "distinct",
        },
        place,
    )
    source = raw.get("source")
    if source is not None and source not in reader.sources:
        raise MappingError(f"{place}.source", f"there is no source named {source!r}")
    distinct = raw.get("distinct", False)
    if not isinstance(distinct, bool):
        raise MappingError(f"{place}.distinct", "must be true or false")
    return Step(
        name=name,
        target=_text(raw.get("target"), f"{place}.target"),
        source=None if source is None else str(source),
        fields=reader.fields(raw.get("fields"), f"{place}.fields"),
        where=_conditions(raw.get("where", {}), f"{place}.where"),
        unless=_conditions(raw.get("unless", {}), f"{place}.unless"),
        without=reader.absence(raw["without"], f"{place}.without") if "without" in raw else None,
        order_by=tuple(_texts(raw.get("order_by", []), f"{place}.order_by")),
        note=None if raw.get("note") is None else _text(raw.get("note"), f"{place}.note"),
        distinct=distinct,
    )


def _source(name: str, raw: Mapping[str, object]) -> Source:
    place = f"sources.{name}"
    _only(raw, {"file", "encoding", "delimiter", "optional"}, place)
    delimiter = _text(raw.get("delimiter", ","), f"{place}.delimiter")
    if len(delimiter) != 1:
        raise MappingError(f"{place}.delimiter", "must be one character")
    optional = raw.get("optional", False)
    if not isinstance(optional, bool):
        raise MappingError(f"{place}.optional", "must be true or false")
    return Source(
        name=name,
        file=_text(raw.get("file"), f"{place}.file"),
        encoding=_text(raw.get("encoding", "utf-8-sig"), f"{place}.encoding"),
        delimiter=delimiter,
        optional=optional,
    )


class _ExpressionReader:
    """Reads field expressions against the names that the mapping has declared."""

    def __init__(
        self, sources: Mapping[str, Source], tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.sources = sources
        self.tables = tables

    def fields(self, raw: object, place: str) -> dict[str, Expression]:
        return {
            name: self.expression(value, f"{place}.{name}")
            for name, value in _table(raw, place).items()
        }

    def absence(self, raw: object, place: str) -> Absence:
        table = _table(raw, place)
        _only(table, {"source", "by", "key"}, place)
        return Absence(
            source=self._known_source(table, place),
            by=_text(table.get("by"), f"{place}.by"),
            key=_text(table.get("key"), f"{place}.key"),
        )

    def expression(self, raw: object, place: str) -> Expression:
        if isinstance(raw, bool | int):
            return Flag(raw)
        if isinstance(raw, str):
            return Value(raw)
        if isinstance(raw, list):
            return Listed(
                tuple(self.expression(item, f"{place}[{n}]") for n, item in enumerate(raw))
            )
        table = _table(raw, place)
        for key, read in (
            ("each", self._each),
            ("lookup", self._lookup),
            ("total", self._total),
            ("sum", self._sum),
        ):
            if key in table:
                _only(table, {key}, place)
                return read(table[key], f"{place}.{key}")
        if "value" in table:
            return self._value(table, place)
        if "fields" in table:
            _only(table, {"fields"}, place)
            return Record(self.fields(table["fields"], f"{place}.fields"))
        raise MappingError(
            place,
            "needs one of value, fields, each, lookup, total or sum; for a fixed text write it "
            "as a string",
        )

    def _value(self, raw: Mapping[str, object], place: str) -> Value:
        _only(
            raw,
            {
                "value",
                "type",
                "format",
                "decimal_separator",
                "translate",
                "otherwise",
                "default",
                "required",
                "reference",
                "country",
                "on_invalid",
                "maximum_length",
            },
            place,
        )
        kind = raw.get("type", "text")
        if kind not in FIELD_TYPES:
            raise MappingError(f"{place}.type", f"must be one of {', '.join(sorted(FIELD_TYPES))}")
        on_invalid = raw.get("on_invalid", "refuse")
        if on_invalid not in ("refuse", "drop"):
            raise MappingError(f"{place}.on_invalid", "must be 'refuse' or 'drop'")
        required = raw.get("required", False)
        if not isinstance(required, bool):
            raise MappingError(f"{place}.required", "must be true or false")
        maximum_length = raw.get("maximum_length")
        if maximum_length is not None and not isinstance(maximum_length, int):
            raise MappingError(f"{place}.maximum_length", "must be a whole number")
        return Value(
            template=_text(raw["value"], f"{place}.value"),
            type=kind,  # type: ignore[arg-type]  # checked against FIELD_TYPES just above
            date_format=_optional_text(raw.get("format"), f"{place}.format"),
            decimal_separator=_text(
                raw.get("decimal_separator", "."), f"{place}.decimal_separator"
            ),
            translate=self._translation(raw.get("translate"), f"{place}.translate"),
            otherwise=_optional_text(raw.get("otherwise"), f"{place}.otherwise"),
            default=_optional_text(raw.get("default"), f"{place}.default"),
            required=required,
            reference=_optional_text(raw.get("reference"), f"{place}.reference"),
            country=(
                self.expression(raw["country"], f"{place}.country") if "country" in raw else None
            ),
            on_invalid="drop" if on_invalid == "drop" else "refuse",
            maximum_length=maximum_length,
        )

    def _translation(self, raw: object, place: str) -> Mapping[str, str] | None:
        if raw is None:
            return None
        if isinstance(raw, str):
            if raw not in self.tables:
                raise MappingError(place, f"there is no [tables.{raw}]")
            return self.tables[raw]
        return {str(k): _text(v, f"{place}.{k}") for k, v in _table(raw, place).items()}

    def _each(self, raw: object, place: str) -> Each:
        table = _table(raw, place)
        _only(table, {"source", "by", "key", "fields", "where"}, place)
        return Each(
            source=self._known_source(table, place),
            by=_text(table.get("by"), f"{place}.by"),
            key=_text(table.get("key"), f"{place}.key"),
            fields=self.fields(table.get("fields"), f"{place}.fields"),
            where=_conditions(table.get("where", {}), f"{place}.where"),
        )

    def _lookup(self, raw: object, place: str) -> Lookup:
        table = _table(raw, place)
        rest = {k: v for k, v in table.items() if k not in {"source", "by", "key"}}
        return Lookup(
            source=self._known_source(table, place),
            by=_text(table.get("by"), f"{place}.by"),
            key=_text(table.get("key"), f"{place}.key"),
            value=self._value(rest, place) if "value" in rest else self._missing_value(place),
        )

    @staticmethod
    def _missing_value(place: str) -> Value:
        raise MappingError(place, 'needs value = "{Column of the other source}"')

    def _total(self, raw: object, place: str) -> Total:
        table = _table(raw, place)
        _only(table, {"source", "by", "key", "column"}, place)
        return Total(
            source=self._known_source(table, place),
            by=_text(table.get("by"), f"{place}.by"),
            key=_text(table.get("key"), f"{place}.key"),
            column=_text(table.get("column"), f"{place}.column"),
        )

    def _sum(self, raw: object, place: str) -> Sum:
        if not isinstance(raw, list) or not raw:
            raise MappingError(place, "needs a list of terms")
        return Sum(tuple(self.expression(term, f"{place}[{n}]") for n, term in enumerate(raw)))

    def _known_source(self, table: Mapping[str, object], place: str) -> str:
        name = _text(table.get("source"), f"{place}.source")
        if name not in self.sources:
            raise MappingError(f"{place}.source", f"there is no source named {name!r}")
        return name


def _conditions(raw: object, place: str) -> dict[str, tuple[str, ...]]:
    return {
        column: tuple(_texts(value if isinstance(value, list) else [value], f"{place}.{column}"))
        for column, value in _table(raw, place).items()
    }


def _table(raw: object, place: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise MappingError(place, "a table is needed here")
    return raw


def _text(raw: object, place: str) -> str:
    if not isinstance(raw, str):
        raise MappingError(place, "a text is needed here")
    return raw


def _optional_text(raw: object, place: str) -> str | None:
    return None if raw is None else _text(raw, place)


def _texts(raw: object, place: str) -> Sequence[str]:
    if not isinstance(raw, list):
        raise MappingError(place, "a list of texts is needed here")
    return [_text(item, f"{place}[{n}]") for n, item in enumerate(raw)]


def _only(raw: Mapping[str, object], allowed: set[str], place: str) -> None:
    unknown = sorted(set(raw) - allowed)
    if unknown:
        raise MappingError(
            place, f"unknown key {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}"
        )
