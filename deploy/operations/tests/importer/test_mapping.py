"""The mapping language refuses what it does not understand, and says where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.importer.mapping import MappingError, parse_mapping, read_mapping
from operations.importer.targets import TARGETS

OPERATIONS = Path(__file__).parents[2] / "src/operations"
SHIPPED = [*sorted(OPERATIONS.glob("importer/mappings/*.toml")), OPERATIONS / "sample/sample.toml"]


def document(**step: Any) -> dict[str, Any]:
    return {
        "import": {"name": "test", "tenant": "demo"},
        "sources": {"people": {"file": "people.csv"}},
        "tables": {"countries": {"UK": "GB"}},
        "steps": [
            {
                "name": "people",
                "target": "crm.customers",
                "source": "people",
                "fields": {"name": "{Name}"},
                **step,
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"filds": {}}, "steps[0] (people)"),
        ({"source": "persons"}, "steps[0] (people).source"),
        ({"fields": {"name": {"valu": "x"}}}, "steps[0] (people).fields.name"),
        (
            {"fields": {"name": {"value": "x", "type": "float"}}},
            "steps[0] (people).fields.name.type",
        ),
        (
            {"fields": {"name": {"value": "x", "translate": "lands"}}},
            "steps[0] (people).fields.name.translate",
        ),
        (
            {"fields": {"lines": {"each": {"source": "lines", "by": "a", "key": "b"}}}},
            "steps[0] (people).fields.lines.each.source",
        ),
        ({"fields": {"name": {"value": "x", "on_invalid": "guess"}}}, "fields.name.on_invalid"),
    ],
)
def test_a_mistake_in_a_mapping_is_refused_with_its_place(
    change: dict[str, Any], place: str
) -> None:
    with pytest.raises(MappingError) as caught:
        parse_mapping(document(**change))
    assert place in caught.value.place


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_mapping_that_is_shipped_parses_and_names_known_targets(path: Path) -> None:
    mapping = read_mapping(path)
    assert {step.target for step in mapping.steps} <= set(TARGETS)


def test_there_are_mappings_to_check() -> None:
    assert {path.stem for path in SHIPPED} >= {"northwind", "adventureworks", "sample"}
