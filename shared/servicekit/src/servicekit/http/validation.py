"""Validation errors in our own words: which field, and what to do about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from servicekit.http.problems import EdgeProblem, FieldError, invalid

_MESSAGES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field; check the spelling or leave it out.",
    "string_type": "Write text in quotes.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "This does not have the form {pattern}.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "int_type": "Write a whole number without quotes.",
    "int_parsing": "Write a whole number.",
    "int_parsing_size": "Write a whole number of fewer digits.",
    "int_from_float": "Write a whole number.",
    "greater_than": "Must be greater than {gt}.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than": "Must be less than {lt}.",
    "less_than_equal": "Must be at most {le}.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "uuid_type": "Write a UUID as text.",
    "uuid_parsing": "Write a UUID such as 0191d3f2-7a63-7cc3-9d2a-5e0f8f6f0a11.",
    "date_from_datetime_parsing": 'Write a day such as "2026-11-23".',
    "date_parsing": 'Write a day such as "2026-11-23".',
    "datetime_from_date_parsing": 'Write a moment such as "2026-11-23T10:00:00Z".',
    "datetime_parsing": 'Write a moment such as "2026-11-23T10:00:00Z".',
    "timezone_aware": 'Add the offset, as in "2026-11-23T10:00:00+01:00".',
    "enum": "Use one of: {expected}.",
    "literal_error": "Use one of: {expected}.",
    "list_type": "Write a list in [ ].",
    "dict_type": "Write an object in { }.",
    "model_type": "Write an object in { }.",
    "model_attributes_type": "Write an object in { }.",
    "none_required": "Must be null.",
}


def field_errors(
    errors: Iterable[Mapping[str, Any]], *, body_first: bool = False
) -> list[FieldError]:
    """pydantic's errors as ours.

    Members of a body are named by their dotted path, `addresses.0.country`;
    everything else says where it stands: `query.limit`, `path.customer_id`,
    `header.If-Match`. With `body_first`, locations begin with the part of the
    request, as FastAPI reports them.
    """
    return [
        FieldError(
            field=_field(error.get("loc", ()), body_first),
            code=str(error["type"]).replace("_", "-"),
            message=_message(error),
        )
        for error in errors
    ]


def _field(location: Sequence[Any], body_first: bool) -> str:
    parts = [str(part) for part in location]
    if body_first and parts and parts[0] == "body":
        parts = parts[1:]
    return ".".join(parts) or "body"


def _message(error: Mapping[str, Any]) -> str:
    template = _MESSAGES.get(str(error["type"]))
    if template is None:
        return str(error["msg"]).removeprefix("Value error, ")
    context = error.get("ctx") or {}
    if "{" not in template or "{ }" in template:
        return template
    try:
        return template.format_map(context)
    except (KeyError, ValueError, IndexError):
        return str(error["msg"])


def header_error(name: str, message: str) -> EdgeProblem:
    """A 422 for a header with the wrong form."""
    return invalid(f"header.{name}", message)
