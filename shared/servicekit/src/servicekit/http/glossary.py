"""What members and parameters are, in a sentence each, for the API document.

A member says so itself, in a docstring below it or in a `Field(description=...)`.
A name that means the same wherever it stands in a service is explained once, in
the service's `glossary.toml`; names that the kit gives are explained here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

KIT = {
    "id": "Its identifier, a UUID that never changes.",
    "version": "Counts its changes from 1: the number in the ETag, for `If-Match`.",
    "created_at": "When it was recorded here, in UTC.",
    "updated_at": "When it was last changed here, in UTC.",
    "external_reference": "Its key in another system, unique among its kind here.",
    "currency": "Currency, three capitals (ISO 4217).",
    "country": "Country, two capitals (ISO 3166-1 alpha-2).",
}


def explain(made: dict[str, Any], words: Mapping[str, str]) -> None:
    """Give every member and parameter of the document `made` that has no description one.

    From `words` first, then from KIT, then from what its type says.
    """
    known = {**KIT, **words}
    for _, name, described in places(made):
        if "description" not in described:
            text = known.get(name) or _of_its_type(described)
            if text is not None:
                described["description"] = text


def places(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where it stands, its name and its description's holder, for every member and parameter."""
    for title, schema in made["components"]["schemas"].items():
        for name, member in schema.get("properties", {}).items():
            yield f"{title}.{name}", name, member
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                yield f"{method.upper()} {path} {parameter['name']}", parameter["name"], parameter


def _of_its_type(described: Mapping[str, Any]) -> str | None:
    schema = described.get("schema", described)
    for kind in (schema, *schema.get("anyOf", ()), schema.get("items") or {}):
        if "description" in kind:
            return str(kind["description"])
    return None
