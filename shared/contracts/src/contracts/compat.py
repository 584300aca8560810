"""May this schema replace the released one?

Both directions count: a new consumer reads old events (the topic holds them for months), and an
old consumer reads new events (services are not updated at the same moment). Consumers ignore
unknown fields and read known-value lists open, so exactly two changes are harmless: a new field
with a default, and a new known value. Words for people (titles, descriptions, examples) may
change too. Everything else is a new version of the event, published beside the old one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.schemas import Schema

_FOR_PEOPLE = {"title", "description", "examples", "$defs", "$schema"}
_OF_OBJECTS = {"properties", "required"}
_PROMISES = {
    "x-topic": "the topic",
    "x-key": "the key",
    "x-event-type": "the event type",
    "$id": "the schema's id",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One way in which a schema would break somebody."""

    path: str
    """Where, such as `lines[].quantity`; empty for the event itself."""
    law: str
    """Which rule it breaks, for programs: `field-removed`."""
    why: str
    """Who is hurt, for people."""

    def __str__(self) -> str:
        return f"{self.path or 'event'}: {self.why} ({self.law})"


def compare(released: Schema, current: Schema) -> list[Break]:
    """All breaking differences between the released and the current schema of an event."""
    return [
        *_promises(released, current),
        *_compare("", _Resolved(released, released), _Resolved(current, current)),
    ]


def compare_releases(
    released: Mapping[str, Schema], current: Mapping[str, Schema]
) -> dict[str, list[Break]]:
    """Breaks by event slug over a whole release; a withdrawn event is one too."""
    withdrawn = Break("", "event-withdrawn", "consumers still expect it")
    found = {
        slug: compare(schema, current[slug]) if slug in current else [withdrawn]
        for slug, schema in released.items()
    }
    return {slug: breaks for slug, breaks in found.items() if breaks}


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A schema node with its references followed inside its own document."""

    document: Schema
    node: Schema

    def here(self) -> Schema:
        node = dict(self.node)
        while "$ref" in node:
            target = self.document
            for step in node.pop("$ref").removeprefix("#/").split("/"):
                target = target[step]
            node = {**target, **node}
        return node

    def at(self, node: Schema) -> "_Resolved":
        return _Resolved(self.document, node)


def _promises(released: Schema, current: Schema) -> Iterator[Break]:
    for keyword, words in _PROMISES.items():
        before, after = released.get(keyword), current.get(keyword)
        if before != after:
            law = words.removeprefix("the ").replace(" ", "-").replace("'s", "") + "-changed"
            yield Break("", law, f"{words} was {before!r} and is now {after!r}")


def _compare(path: str, released: _Resolved, current: _Resolved) -> Iterator[Break]:
    before, after = released.here(), current.here()
    yield from _fields(path, released, before, current, after)
    yield from _known_values(path, before, after)
    compared = {"x-known-values", "items", "anyOf"}
    ignored = _FOR_PEOPLE | _OF_OBJECTS | _PROMISES.keys() | compared
    for keyword in sorted((before.keys() | after.keys()) - ignored):
        if before.get(keyword) != after.get(keyword):
            yield _keyword_break(path, keyword, before, after)
    if "items" in before and "items" in after:
        yield from _compare(f"{path}[]", released.at(before["items"]), current.at(after["items"]))
    yield from _alternatives(path, released, before, current, after)


def _keyword_break(path: str, keyword: str, before: Schema, after: Schema) -> Break:
    was, now = before.get(keyword), after.get(keyword)
    if keyword in {"type", "format", "contentEncoding"}:
        return Break(path, "field-retyped", f"{keyword} was {was!r} and is now {now!r}")
    if keyword == "default":
        return Break(
            path, "default-changed", f"old events without the field meant {was!r}, not {now!r}"
        )
    if was is None:
        return Break(path, "field-tightened", f"old events may not satisfy {keyword} {now!r}")
    return Break(path, "constraint-changed", f"{keyword} was {was!r} and is now {now!r}")


def _fields(
    path: str, released: _Resolved, before: Schema, current: _Resolved, after: Schema
) -> Iterator[Break]:
    old, new = before.get("properties", {}), after.get("properties", {})
    old_required, new_required = set(before.get("required", ())), set(after.get("required", ()))
    for name in old:
        inner = f"{path}.{name}".lstrip(".")
        if name not in new:
            yield Break(inner, "field-removed", "consumers read it (a rename removes it too)")
            continue
        if name in new_required - old_required:
            yield Break(inner, "field-newly-required", "old events may lack it")
        if name in old_required - new_required:
            yield Break(inner, "field-no-longer-required", "old consumers insist on it")
        yield from _compare(inner, released.at(old[name]), current.at(new[name]))
    for name in new:
        if name not in old and name in new_required:
            inner = f"{path}.{name}".lstrip(".")
            yield Break(inner, "new-field-required", "old events lack it; give it a default")


def _known_values(path: str, before: Schema, after: Schema) -> Iterator[Break]:
    old, new = before.get("x-known-values"), after.get("x-known-values")
    if old is None and new is not None:
        yield Break(path, "field-tightened", "the field was free text")
    elif old is not None:
        for value in old:
            if new is not None and value not in new:
                yield Break(path, "value-removed", f"old events still say {value!r}")


def _alternatives(
    path: str, released: _Resolved, before: Schema, current: _Resolved, after: Schema
) -> Iterator[Break]:
    """Compare the parts of an `X | None` one by one, by their position after sorting by kind."""
    old, new = before.get("anyOf"), after.get("anyOf")
    if old is None and new is None:
        return
    if old is None or new is None or len(old) != len(new):
        yield Break(path, "field-retyped", "the alternatives of the field changed")
        return
    for was, now in zip(_by_kind(released, old), _by_kind(current, new), strict=True):
        yield from _compare(path, released.at(was), current.at(now))


def _by_kind(owner: _Resolved, parts: list[Any]) -> list[Any]:
    return sorted(parts, key=lambda part: str(owner.at(part).here().get("type", "")))
