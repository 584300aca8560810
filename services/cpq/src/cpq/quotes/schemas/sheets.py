"""Rows of a sheet as the lines of a request, so that one set of rules is for both."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from cpq.quotes import service
from cpq.quotes.rules import Cell, RowError, SheetRow
from cpq.quotes.schemas.requests import QuoteLineIn
from servicekit.http.validation import field_errors

_COLUMNS = {"discount_fraction": "discount", "term.months": "months", "term.start_on": "start_on"}
"""The headings of what a line calls otherwise."""


def asked_rows(rows: Sequence[SheetRow]) -> list[service.AskedRow]:
    """What each row asks for, or what is wrong with it."""
    return [_asked(row) for row in rows]


def _asked(row: SheetRow) -> service.AskedRow:
    if row.error is not None:
        return service.AskedRow(row, None, row.error)
    try:
        return service.AskedRow(row, QuoteLineIn.model_validate(_body(row.said)).wish(), None)
    except ValidationError as error:
        first = field_errors(error.errors()[:1])[0]
        field = _COLUMNS.get(first.field, first.field)
        column = field if field in row.said else None
        return service.AskedRow(row, None, RowError(first.message, column))


def _body(said: Mapping[str, Cell]) -> dict[str, Any]:
    """The row as a line of a request."""
    body: dict[str, Any] = dict(said)
    if "discount" in body:
        body["discount_fraction"] = body.pop("discount")
    term = {name: _whole(body.pop(name)) for name in ("months", "start_on") if name in body}
    return body | ({"term": term} if term else {})


def _whole(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value
