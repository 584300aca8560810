"""A released contract cannot be broken without a test going red."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest

from contracts import DecimalString, Event, files
from contracts.base import Known, WireModel
from contracts.compat import compare, compare_releases
from contracts.schemas import Schema, schema_of, schemas


class PartV1(WireModel):
    """A nested part."""

    quantity: DecimalString
    remark: str | None = None


class Sample(Event):
    """A made-up event, as it was released."""

    topic: ClassVar[str] = "crm.customer"
    key_field: ClassVar[str] = "sample_id"

    sample_id: UUID
    name: str
    state: Annotated[str, Known("open", "closed")]
    parts: list[PartV1]
    part: PartV1 | None = None
    note: str | None = None
    amount: int = 0


RELEASED = schema_of(Sample)

Change = Callable[[Schema], None]


def changed(change: Change) -> Schema:
    """The released schema after a change to a copy of it."""
    schema = copy.deepcopy(RELEASED)
    change(schema)
    return schema


def drop(schema: Schema, name: str) -> Any:
    schema["required"] = [field for field in schema["required"] if field != name]
    return schema["properties"].pop(name)


def rename(schema: Schema) -> None:
    schema["properties"]["title"] = drop(schema, "name")
    schema["required"].append("title")


HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "an optional field with a default": lambda s: s["properties"].update(
        colour={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    ),
    "an optional field in a nested type": lambda s: s["$defs"]["PartV1"]["properties"].update(
        colour={"type": "string", "default": "none"}
    ),
    "a new known value": lambda s: s["properties"]["state"]["x-known-values"].append("parked"),
    "better words": lambda s: (
        s.update(description="Better words."),
        s["properties"]["name"].update(description="How people call it.", examples=["Ann"]),
    )[0],
    "fields in another order": lambda s: s.update(
        properties=dict(reversed(s["properties"].items())), required=s["required"][::-1]
    ),
}

BREAKING: dict[str, tuple[Change, str, str]] = {
    "a removed required field": (lambda s: drop(s, "name"), "name", "field-removed"),
    "a removed optional field": (
        lambda s: s["properties"].pop("note"),
        "note",
        "field-removed",
    ),
    "a renamed field": (rename, "name", "field-removed"),
    "a renamed field, seen from the new name": (rename, "title", "new-field-required"),
    "a retyped field": (
        lambda s: s["properties"]["name"].update(type="integer"),
        "name",
        "field-retyped",
    ),
    "another format": (
        lambda s: s["properties"]["sample_id"].pop("format"),
        "sample_id",
        "field-retyped",
    ),
    "a field that may now be null": (
        lambda s: s["properties"].update(name={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "name",
        "field-retyped",
    ),
    "a field that may no longer be null": (
        lambda s: s["properties"].update(note={"type": "string", "default": None}),
        "note",
        "field-retyped",
    ),
    "a tightened field": (
        lambda s: s["properties"]["name"].update(maxLength=10),
        "name",
        "field-tightened",
    ),
    "a changed pattern": (
        lambda s: s["$defs"]["PartV1"]["properties"]["quantity"].update(pattern=r"^\d+$"),
        "parts[].quantity",
        "constraint-changed",
    ),
    "free text that became a list of values": (
        lambda s: s["properties"]["name"].update({"x-known-values": ["Ann"]}),
        "name",
        "field-tightened",
    ),
    "an optional field that became required": (
        lambda s: s["required"].append("note"),
        "note",
        "field-newly-required",
    ),
    "a required field that became optional": (
        lambda s: s["required"].remove("name"),
        "name",
        "field-no-longer-required",
    ),
    "a new field without a default": (
        lambda s: (
            s["properties"].update(colour={"type": "string"}),
            s["required"].append("colour"),
        )[1],
        "colour",
        "new-field-required",
    ),
    "a removed known value": (
        lambda s: s["properties"]["state"]["x-known-values"].remove("closed"),
        "state",
        "value-removed",
    ),
    "a closed enumeration": (
        lambda s: s["properties"]["name"].update(enum=["Ann"]),
        "name",
        "field-tightened",
    ),
    "another default": (
        lambda s: s["properties"]["amount"].update(default=1),
        "amount",
        "default-changed",
    ),
    "a required field deep inside an optional one": (
        lambda s: s["$defs"]["PartV1"]["required"].append("remark"),
        "part.remark",
        "field-newly-required",
    ),
    "another topic": (lambda s: s.update({"x-topic": "crm.lead"}), "", "topic-changed"),
    "another key": (lambda s: s.update({"x-key": "name"}), "", "key-changed"),
    "another event type": (
        lambda s: s.update({"x-event-type": "tradewind.crm.other.v1"}),
        "",
        "event-type-changed",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_passes(name: str) -> None:
    assert compare(RELEASED, changed(HARMLESS[name])) == []


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_caught(name: str) -> None:
    change, path, law = BREAKING[name]

    found = [(each.path, each.law) for each in compare(RELEASED, changed(change))]

    assert (path, law) in found


def test_a_withdrawn_event_is_caught() -> None:
    found = compare_releases({"sample.v1": RELEASED}, {})

    assert [reason.law for reason in found["sample.v1"]] == ["event-withdrawn"]


def test_no_event_breaks_any_release() -> None:
    for name, released in files.releases().items():
        assert released, f"release {name} holds no schema"
        breaks = compare_releases(released, schemas())
        assert breaks == {}, f"against release {name}; see docs/architecture/contracts.md"


def test_every_frozen_example_satisfies_the_released_schemas() -> None:
    """What producers write today, a consumer of any release can read."""
    import jsonschema_rs

    for released in files.releases().values():
        for slug, schema in released.items():
            validator = jsonschema_rs.validator_for(schema)
            for name, body in files.examples()[slug]:
                assert validator.is_valid(body), f"{slug}/{name}"


def test_a_release_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "HOME", tmp_path)

    assert {path.stem for path in files.release("1.0").glob("*.json")} == set(schemas())
    with pytest.raises(FileExistsError):
        files.release("1.0")
