"""Evaluating a mapping's expressions on a row: pure, no network, exact decimals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

import phonenumbers

from operations.importer.mapping import (
    PLACEHOLDER,
    Each,
    Expression,
    Flag,
    Listed,
    Lookup,
    Record,
    Step,
    Sum,
    Total,
    Value,
)
from operations.importer.sources import SourceRow, Table

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
ResolveReference = Callable[[str, str], str | None]
ReadDocument = Callable[[str], Json]
"""Reads a JSON file beside the tables by its name; raises ValueError when it cannot."""


class RowRefused(Exception):
    """This row cannot be turned into what the target asks for."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(f"{field_name}: {message}")
        self.field_name = field_name
        self.message = message


@dataclass(slots=True)
class Evaluation:
    """Evaluates the fields of steps against the tables that were read.

    ``resolve`` turns (target, external reference) into the id that the service gave, or None
    when that row is not known. Values dropped under ``on_invalid = "drop"`` are collected in
    ``dropped``, so that the report can say so: nothing is lost silently.
    """

    tables: Mapping[str, Table]
    resolve: ResolveReference
    document: ReadDocument
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def row(self, step: Step, row: SourceRow) -> dict[str, Json]:
        """The target's row for this source row.

        Raises:
            RowRefused: a required value is missing, or a value does not fit its type.
        """
        return self._fields(step.fields, row, "")

    def wanted(self, step: Step, row: SourceRow) -> bool:
        """Whether the step's conditions take this row."""
        if not matches(step.where, row) or (step.unless and matches(step.unless, row)):
            return False
        if step.without is None:
            return True
        key = self._filled(step.without.key, row, "without")
        return not self.tables[step.without.source].where(step.without.by, key)

    def _fields(
        self, fields: Mapping[str, Expression], row: SourceRow, place: str
    ) -> dict[str, Json]:
        evaluated = {
            name: self._expression(expression, row, f"{place}{name}")
            for name, expression in fields.items()
        }
        return {name: value for name, value in evaluated.items() if value is not None}

    def _expression(self, expression: Expression, row: SourceRow, place: str) -> Json:
        match expression:
            case Flag(value):
                return value
            case Value():
                return self._value(expression, row, place)
            case Lookup(source, by, key, value):
                found = self.tables[source].where(by, self._filled(key, row, place))
                return self._value(value, found[0], place) if found else self._absent(value, place)
            case Total() | Sum():
                return format(self._decimal(expression, row, place), "f")
            case Record(fields):
                return self._fields(fields, row, f"{place}.") or None
            case Listed(items):
                listed = [
                    self._expression(item, row, f"{place}[{n}]") for n, item in enumerate(items)
                ]
                return [item for item in listed if item is not None]
            case Each():
                return self._each(expression, row, place)

    def _each(self, each: Each, row: SourceRow, place: str) -> list[Json]:
        children = self.tables[each.source].where(each.by, self._filled(each.key, row, place))
        wanted = [child for child in children if matches(each.where, child)]
        return [
            self._fields(each.fields, child, f"{place}[{n}].") for n, child in enumerate(wanted)
        ]

    def _decimal(self, expression: Expression, row: SourceRow, place: str) -> Decimal:
        match expression:
            case Total(source, by, key, column):
                return self.tables[source].total(by, column, self._filled(key, row, place))
            case Sum(terms):
                return sum((self._decimal(term, row, place) for term in terms), Decimal(0))
            case _:
                evaluated = self._expression(expression, row, place)
                try:
                    return Decimal(str(evaluated if evaluated is not None else 0))
                except InvalidOperation as error:
                    raise RowRefused(place, f"{evaluated!r} is not a number") from error

    def _value(self, value: Value, row: SourceRow, place: str) -> Json:
        text = self._filled(value.template, row, place)
        if text and value.translate is not None:
            translated = value.translate.get(text, value.otherwise)
            if translated is None:
                return self._invalid(value, place, f"{text!r} is not in the translation table")
            text = translated
        if not text and value.default is not None:
            text = value.default
        if not text:
            return self._absent(value, place)
        if value.reference is not None:
            found = self.resolve(value.reference, text)
            if found is None:
                raise RowRefused(
                    place, f"{text!r} is not among the rows imported or known as {value.reference}"
                )
            return found
        try:
            return self._converted(value, text, row, place)
        except ValueError as error:
            return self._invalid(value, place, str(error))

    def _converted(self, value: Value, text: str, row: SourceRow, place: str) -> Json:
        match value.type:
            case "text":
                if value.maximum_length is not None and len(text) > value.maximum_length:
                    raise ValueError(f"{text!r} is longer than {value.maximum_length} characters")
                return text
            case "decimal":
                return format(_read_decimal(text, value.decimal_separator), "f")
            case "integer":
                number = _read_decimal(text, value.decimal_separator)
                if number != number.to_integral_value():
                    raise ValueError(f"{text!r} is not a whole number")
                return int(number)
            case "boolean":
                return _read_boolean(text)
            case "date":
                return _read_date(text, value.date_format).isoformat()
            case "instant":
                day = _read_date(text, value.date_format)
                return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
            case "phone":
                country = (
                    None
                    if value.country is None
                    else self._expression(value.country, row, f"{place}.country")
                )
                return _read_phone(text, country if isinstance(country, str) else None)
            case "document":
                return self.document(text)

    def _absent(self, value: Value, place: str) -> Json:
        if value.required:
            raise RowRefused(place, f"is empty, and the target needs it ({value.template})")
        return None

    def _invalid(self, value: Value, place: str, message: str) -> Json:
        if value.on_invalid == "refuse":
            raise RowRefused(place, message)
        self.dropped.append((place, message))
        return None

    def _filled(self, template: str, row: SourceRow, place: str) -> str:
        def cell(match: object) -> str:
            name = match.group(1)  # type: ignore[attr-defined]  # re.Match, typed loosely by sub
            if name not in row.cells:
                raise RowRefused(place, f"the source {row.source!r} has no column {name!r}")
            return row.cells[name].strip()

        return PLACEHOLDER.sub(cell, template).strip()


def matches(conditions: Mapping[str, tuple[str, ...]], row: SourceRow) -> bool:
    """Whether every named column holds one of its listed values ("" stands for empty)."""
    return all(row.cells.get(column, "").strip() in values for column, values in conditions.items())


def _read_decimal(text: str, separator: str) -> Decimal:
    grouping = "," if separator == "." else "."
    plain = text.replace(grouping, "").replace(" ", "").replace(separator, ".")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    return number


def _read_boolean(text: str) -> bool:
    lowered = text.casefold()
    if lowered in {"1", "true", "yes", "y", "t"}:
        return True
    if lowered in {"0", "false", "no", "n", "f"}:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _read_date(text: str, date_format: str | None) -> date:
    try:
        if date_format is None:
            return date.fromisoformat(text[:10])
        return datetime.strptime(text, date_format).replace(tzinfo=UTC).date()
    except ValueError as error:
        expected = date_format or "YYYY-MM-DD"
        raise ValueError(f"{text!r} is not a date written as {expected}") from error


def _read_phone(text: str, country: str | None) -> str:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(
            f"{text!r} is not a telephone number in {country or 'any country'}"
        ) from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{text!r} is not a valid telephone number in {country or 'any country'}")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
