"""What must hold for a tenant's own fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.currencies import CURRENCIES
from servicekit.values.decimals import plain

RECORD_TYPES = ("customer", "person", "opportunity")
KINDS = ("text", "number", "date", "boolean", "choice", "money", "reference")
LONGEST_TEXT = 500
RANGED = frozenset({"number", "money", "date"})
_DECIMAL = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,10})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class FieldNotFound(NotFound):
    code = "custom-field-not-found"
    title = "There is no such field"
    hint = "GET /v1/custom-fields lists the fields of the tenant by record type."


class RecordNotFound(NotFound):
    code = "record-not-found"
    title = "There is no such record"
    hint = "Check the record type and the id."


class FieldCodeIsTaken(RuleBroken):
    code = "custom-field-code-is-taken"
    title = "A code means one field of a record type"
    hint = "Use the field that has the code, or take another code."


class ChoicesDoNotFit(InvalidInput):
    code = "choices-do-not-fit"
    title = "A field of choices has some, no other field has any, and bounds are in order"
    hint = "Give `choices` when the kind is `choice`; `least` and `most` when it is a number."


class ValueDoesNotFit(InvalidInput):
    code = "custom-value-does-not-fit"
    title = "A value must fit the definition of its field"
    hint = "GET /v1/custom-fields/{record_type}/schema says what each field takes."


class FilterDoesNotFit(InvalidInput):
    code = "custom-filter-does-not-fit"
    title = "A filter names a field, an operator that its kind knows, and a value of it"
    hint = "`eq` fits every kind, `gte` and `lte` numbers, money and dates; or send only `tag`."


@dataclass(frozen=True, slots=True)
class Field:
    """A definition: `least` and `most` bound numbers and amounts."""

    code: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is kept, and as it is filtered by."""

    kept: Any
    text: str | None = None
    number: Decimal | None = None
    day: date | None = None


def check_definition(field: Field) -> None:
    """Raise ChoicesDoNotFit."""
    if (field.kind == "choice") != bool(field.choices):
        raise ChoicesDoNotFit(f"The kind is {field.kind}.", field="choices")
    if len(set(field.choices)) < len(field.choices):
        raise ChoicesDoNotFit("A choice is there twice.", field="choices")
    bounded = field.least is not None or field.most is not None
    if bounded and field.kind not in ("number", "money"):
        raise ChoicesDoNotFit(f"A {field.kind} has no bounds.", field="least")
    if field.least is not None and field.most is not None and field.least > field.most:
        raise ChoicesDoNotFit("`least` is above `most`.", field="least")


def check_values(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Value]:
    """The values as they are kept, by code; null leaves one out. Raises ValueDoesNotFit."""
    known = {field.code: field for field in fields}
    for code in values:
        if code not in known:
            raise ValueDoesNotFit("There is no such field.", field=f"values.{code[:64]}")
    said = {
        code: read_value(known[code], value) for code, value in values.items() if value is not None
    }
    for field in fields:
        if field.required and field.code not in said:
            raise ValueDoesNotFit("A value is required.", field=f"values.{field.code}")
    return said


def read_value(field: Field, value: Any) -> Value:
    """One value; numbers and amounts are decimal strings. Raises ValueDoesNotFit."""
    if field.kind == "boolean":
        if not isinstance(value, bool):
            raise _misfit(field, "Send true or false.")
        return Value(value, text=str(value).lower())
    if field.kind == "money":
        if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
            raise _misfit(field, 'Send {"amount": "12.50", "currency": "EUR"}.')
        currency = value["currency"]
        if not isinstance(currency, str) or currency not in CURRENCIES:
            raise _misfit(field, "The currency is no ISO code.")
        amount = _decimal(field, value["amount"])
        return Value({"amount": plain(amount), "currency": currency}, text=currency, number=amount)
    if not isinstance(value, str):
        raise _misfit(field, "Send a string.")
    if field.kind == "number":
        number = _decimal(field, value)
        return Value(plain(number), number=number)
    if field.kind == "date":
        return _day(field, value)
    if field.kind == "choice":
        if value not in field.choices:
            raise _misfit(field, f"Send one of: {', '.join(field.choices)}.")
        return Value(value, text=value)
    if field.kind == "reference":
        try:
            reference = str(UUID(value))
        except ValueError as error:
            raise _misfit(field, "Send the id of a record, a UUID.") from error
        return Value(reference, text=reference)
    if not 1 <= len(value) <= LONGEST_TEXT or not value.isprintable():
        raise _misfit(field, f"Send 1 to {LONGEST_TEXT} characters in one line.")
    return Value(value, text=value)


def _decimal(field: Field, value: Any) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.match(value):
        raise _misfit(field, 'Send a plain decimal as a string, such as "12.50".')
    number = Decimal(value)
    if field.least is not None and number < field.least:
        raise _misfit(field, f"It must be at least {field.least:f}.")
    if field.most is not None and number > field.most:
        raise _misfit(field, f"It must be at most {field.most:f}.")
    return number


def _day(field: Field, value: str) -> Value:
    try:
        day = date.fromisoformat(value) if _DAY.match(value) else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2200:
        raise _misfit(field, 'Send a day such as "2026-11-23", between 1900 and 2200.')
    return Value(day.isoformat(), day=day)


def _misfit(field: Field, detail: str) -> ValueDoesNotFit:
    return ValueDoesNotFit(detail, field=f"values.{field.code}")


def json_schema(record_type: str, fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of `values` on a record of the type."""
    decimal = {"type": "string", "pattern": r"^-?[0-9]{1,14}(\.[0-9]{1,10})?$"}
    kinds: dict[str, dict[str, Any]] = {
        "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
        "number": decimal,
        "date": {"type": "string", "format": "date"},
        "boolean": {"type": "boolean"},
        "reference": {"type": "string", "format": "uuid"},
        "money": {
            "type": "object",
            "properties": {
                "amount": decimal,
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Custom fields of a {record_type}",
        "type": "object",
        "properties": {
            field.code: {"type": "string", "enum": list(field.choices)}
            if field.kind == "choice"
            else kinds[field.kind]
            for field in fields
        },
        "required": [field.code for field in fields if field.required],
        "additionalProperties": False,
    }
