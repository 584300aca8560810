"""Sheets of lines: what their cells say, and what may be read in two ways."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.quotes.rules import SheetCannotBeRead, SheetRow, rows_of
from cpq.quotes.schemas import asked_rows


def read(*cells: Any, heading: str = "quantity") -> list[SheetRow]:
    """Rows of one thing each, with cells under a heading."""
    others = {"sku": "BK-1", "quantity": "1"}
    others.pop(heading, None)
    return rows_of([[*others, heading], *([*others.values(), cell] for cell in cells)])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000", "1000"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("1,0000", "1"),
        ("1,000.50", "1000.50"),
        ("1.000,50", "1000.50"),
        ("1 000,50", "1000.50"),
        ("1,000,000", "1000000"),
        ("1.000.000", "1000000"),
        ("1000.125", "1000.125"),
    ],
)
def test_a_number_that_reads_one_way_is_read(text: str, number: str) -> None:
    (row,) = read(text)
    assert (row.error, row.said["quantity"]) == (None, Decimal(number))


@pytest.mark.parametrize("text", ["1,000", "1.234", "12,345", "-1,000"])
def test_a_number_that_reads_two_ways_is_refused_with_both(text: str) -> None:
    (row,) = read(text)
    assert row.error is not None
    assert row.error.column == "quantity"
    digits = text.replace(",", ".")
    assert f"write {digits.replace('.', '')[text[0] == '-' :]}, or" in row.error.message
    assert f"{digits.lstrip('-')}0 for the decimal" in row.error.message


def test_what_reads_two_ways_reads_as_the_others_do() -> None:
    assert [row.said["quantity"] for row in read("1.250", "12.5")] == [
        Decimal("1.25"),
        Decimal("12.5"),
    ]
    first, second = read("1.234", "12,5")
    assert first.error is not None, "a point in a file with decimal commas"
    assert second.said["quantity"] == Decimal("12.5")
    assert [row.error is None for row in read("1,000", "12.5", "2,5")] == [False, True, True]


@pytest.mark.parametrize(
    "text", ["1E400000000", "NaN", "Infinity", "1,00,000.5", "1.2.3", "--1", "12,", "1_000", "٣"]
)
def test_what_is_no_number_is_an_error_of_its_row(text: str) -> None:
    (row,) = read(text)
    assert (row.error and row.error.column) == "quantity"


@pytest.mark.parametrize(
    ("heading", "cell", "column"),
    [
        ("quantity", "-1", "quantity"),
        ("quantity", "0.00000000001", "quantity"),
        ("discount", "150 %", "discount"),
        ("agreed_unit_price", "-1", "agreed_unit_price"),
        ("key", "-", "key"),
        ("selling_model", "x" * 81, "selling_model"),
        ("discount_reason", "x", "discount_reason"),
        ("months", "1.5", "months"),
        ("months", "1201", "months"),
        ("start_on", "0001-01-01", "start_on"),
        ("sku", "\U0001f6b2", "sku"),
    ],
)
def test_a_cell_keeps_the_rules_of_a_member(heading: str, cell: str, column: str) -> None:
    (row,) = asked_rows(read(cell, heading=heading))
    assert row.error is not None
    assert row.error.column == column


def test_a_first_day_without_months_is_not_forgotten() -> None:
    (row,) = asked_rows(read("2026-12-01", heading="start_on"))
    assert row.wish is not None
    assert row.wish.term is not None
    assert str(row.wish.term.start_on) == "2026-12-01"


def test_a_sheet_is_read_row_by_row() -> None:
    rows = rows_of(
        [
            ["", ""],
            ["SKU", "Quantity", "Discount", "Optional", "whatever"],
            ["BK-1", Decimal(3), "15 %", "x", "?"],
            [Decimal(4711), "1,5", "", "no", None],
            ["", "", "", "", "only a note"],
            ["BK-2", "many"],
            ["BK-3", "1", "150 much"],
            ["", "1"],
        ]
    )
    assert [(row.number, dict(row.said)) for row in rows[:2]] == [
        (3, {"sku": "BK-1", "quantity": Decimal(3), "discount": Decimal("0.15"), "optional": True}),
        (4, {"sku": "4711", "quantity": Decimal("1.5"), "optional": False}),
    ]
    assert [(row.number, row.error and row.error.column) for row in rows[2:]] == [
        (6, "quantity"),
        (7, "discount"),
        (8, "sku"),
    ]


@pytest.mark.parametrize("table", [[], [["name", "quantity"]], [["sku", "sku", "quantity"]]])
def test_a_sheet_without_its_headings_is_refused(table: list[list[str]]) -> None:
    with pytest.raises(SheetCannotBeRead):
        rows_of(table)


CELLS = st.one_of(
    st.none(), st.booleans(), st.text(max_size=20), st.decimals(allow_nan=True), st.dates()
)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_any_cells_give_rows_or_errors(cells: list[list[Any]]) -> None:
    asked_rows(rows_of([["sku", "quantity", "discount", "months", "start_on", "optional"], *cells]))
