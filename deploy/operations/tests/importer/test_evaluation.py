"""Rows become fields exactly, and nothing is guessed or lost silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.importer.evaluation import Evaluation, RowRefused
from operations.importer.mapping import Source, parse_mapping
from operations.importer.sources import (
    SourceError,
    SourceRow,
    Table,
    read_document,
    read_table,
)


def evaluate(
    fields: dict[str, Any],
    cells: dict[str, str],
    others: dict[str, list[dict[str, str]]] | None = None,
    known: dict[tuple[str, str], str] | None = None,
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    others = others or {}
    mapping = parse_mapping(
        {
            "import": {"name": "test", "tenant": "demo"},
            "sources": {name: {"file": f"{name}.csv"} for name in (*others, "main")},
            "tables": {"countries": {"UK": "GB"}},
            "steps": [{"name": "s", "target": "t", "source": "main", "fields": fields}],
        }
    )
    tables = {
        name: Table(
            Source(name, f"{name}.csv"),
            tuple(rows[0]) if rows else (),
            [SourceRow(name, n + 2, row) for n, row in enumerate(rows)],
        )
        for name, rows in {**others, "main": [cells]}.items()
    }
    evaluation = Evaluation(
        tables, lambda kind, ref: (known or {}).get((kind, ref)), lambda name: {"read": name}
    )
    row = evaluation.row(mapping.steps[0], tables["main"].rows[0])
    return row, evaluation.dropped


def test_an_empty_value_is_left_out_and_a_required_one_refuses_the_row() -> None:
    assert evaluate({"name": "{N}", "region": "{R}"}, {"N": "Ann", "R": " "})[0] == {"name": "Ann"}
    with pytest.raises(RowRefused) as caught:
        evaluate({"name": {"value": "{N}", "required": True}}, {"N": ""})
    assert caught.value.field_name == "name"


def test_a_price_keeps_every_digit_of_the_source() -> None:
    fields = {"price": {"value": "{P}", "type": "decimal"}}
    assert evaluate(fields, {"P": "33.6442"})[0] == {"price": "33.6442"}
    assert evaluate(fields, {"P": "1,234.50"})[0] == {"price": "1234.50"}


def test_a_document_is_read_by_its_name() -> None:
    fields = {"document": {"value": "{file}", "type": "document"}}
    assert evaluate(fields, {"file": "models/a.json"})[0] == {"document": {"read": "models/a.json"}}


def test_only_json_within_the_directory_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "import"
    inside.mkdir()
    (inside / "good.json").write_text('{"a": [1]}')
    (inside / "bad.json").write_text("{")
    (tmp_path / "outside.json").write_text("{}")
    assert read_document(inside, "good.json") == {"a": [1]}
    for name in ("bad.json", "missing.json", "../outside.json", "."):
        with pytest.raises(ValueError, match="is no "):
            read_document(inside, name)


def test_a_comma_can_be_the_decimal_separator() -> None:
    fields = {"price": {"value": "{P}", "type": "decimal", "decimal_separator": ","}}
    assert evaluate(fields, {"P": "1.234,50"})[0] == {"price": "1234.50"}


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "12a", "--1"])
def test_what_is_no_number_refuses_the_row(cell: str) -> None:
    with pytest.raises(RowRefused):
        evaluate({"price": {"value": "{P}", "type": "decimal"}}, {"P": cell})


def test_a_name_outside_the_translation_table_is_refused_and_not_guessed() -> None:
    fields = {"country": {"value": "{C}", "translate": "countries"}}
    assert evaluate(fields, {"C": "UK"})[0] == {"country": "GB"}
    with pytest.raises(RowRefused, match="Atlantis"):
        evaluate(fields, {"C": "Atlantis"})


def test_a_dropped_value_is_reported() -> None:
    fields = {"phone": {"value": "{P}", "type": "phone", "country": "MX", "on_invalid": "drop"}}
    row, dropped = evaluate(fields, {"P": "(5) 555-4729"})
    assert row == {}
    assert [place for place, _ in dropped] == ["phone"]


def test_children_totals_and_lookups_come_from_other_sources() -> None:
    others = {
        "lines": [
            {"Order": "1", "Item": "A", "Quantity": "2"},
            {"Order": "2", "Item": "A", "Quantity": "5"},
            {"Order": "1", "Item": "B", "Quantity": "3"},
        ],
        "names": [{"Id": "A", "Name": "Anchor"}],
    }
    fields = {
        "lines": {
            "each": {
                "source": "lines",
                "by": "Order",
                "key": "{Id}",
                "fields": {
                    "item": "{Item}",
                    "quantity": {"value": "{Quantity}", "type": "integer"},
                },
            }
        },
        "sold": {
            "sum": [
                {"value": "{Stock}", "type": "decimal"},
                {"total": {"source": "lines", "by": "Item", "key": "A", "column": "Quantity"}},
            ]
        },
        "name": {"lookup": {"source": "names", "by": "Id", "key": "A", "value": "{Name}"}},
    }
    assert evaluate(fields, {"Id": "1", "Stock": "10"}, others)[0] == {
        "lines": [{"item": "A", "quantity": 2}, {"item": "B", "quantity": 3}],
        "sold": "17",
        "name": "Anchor",
    }


def test_a_reference_to_a_row_that_was_refused_refuses_the_row_that_needs_it() -> None:
    fields = {"customer_id": {"value": "c:{C}", "reference": "crm.customers"}}
    known = {("crm.customers", "c:1"): "id-1"}
    assert evaluate(fields, {"C": "1"}, known=known)[0] == {"customer_id": "id-1"}
    with pytest.raises(RowRefused, match="c:2"):
        evaluate(fields, {"C": "2"}, known=known)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_any_decimal_survives_unchanged(amount: Any) -> None:
    row, _ = evaluate({"x": {"value": "{X}", "type": "decimal"}}, {"X": format(amount, "f")})
    assert row == {"x": format(amount, "f")}


def test_a_ragged_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 3"):
        read_table(Source("a", "a.csv"), tmp_path)


def test_a_file_in_another_encoding_is_refused_and_not_mangled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("x\nMünchen\n".encode("latin-1"))
    with pytest.raises(SourceError, match="encoding"):
        read_table(Source("a", "a.csv"), tmp_path)
    table = read_table(Source("a", "a.csv", encoding="latin-1"), tmp_path)
    assert table.rows[0].cells["x"] == "München"
