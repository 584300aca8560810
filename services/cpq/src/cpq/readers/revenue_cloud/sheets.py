"""Tables of a catalogue: rows by their headers, and what they refer to.

A table is a CSV file with one header row, as Salesforce's data loaders export it. A column is a
field (`Quantity`), a field of what the row refers to (`ParentProduct.StockKeepingUnit`), an id
(`ParentProductId`), or a compound of several (`ProductSellingModel.$$Name$SellingModelType`, its
values joined by semicolons). A table that is missing is empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from cpq.readers.files import text_of
from cpq.readers.findings import Findings
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

MOST_ROWS = 200_000
MOST_COLUMNS = 300
LONGEST_CELL = 40_000
"""Characters; the longest field of a product has 32,000."""
LARGEST_NUMBER = Decimal(10) ** 12
NOTHING = "#N/A"
"""What loaders write into a cell that is empty, or into one value of a compound."""
SMALLEST_SCALE = -9
"""The last decimal place of a number, as a power of ten."""

csv.field_size_limit(10 * LONGEST_CELL)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row; `place` is its file and the line in which it begins."""

    values: dict[str, str]
    place: str
    columns: tuple[str, ...] = ()
    """Those of its table, shared by all its rows."""

    def __getitem__(self, column: str) -> str:
        """The cell of a column; empty where the table has none of that name."""
        return self.values.get(column, "")

    def first(self, *columns: str) -> str:
        """The first of these cells that is not empty."""
        return next((self[one] for one in columns if self[one]), "")

    def flag(self, column: str, *, otherwise: bool = False) -> bool:
        """A yes or no."""
        said = self[column].lower()
        return said in ("true", "1", "yes") if said else otherwise


@dataclass(slots=True)
class Sheet:
    """A table. `name` is its file without the folder and ending."""

    name: str
    rows: list[Row] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    _indexes: dict[str, dict[str, list[Row]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def find(self, column: str, value: str) -> list[Row]:
        """The rows that have the value in the column, or the values in a compound."""
        if column not in self._indexes:
            fields = column[2:].split("$") if column.startswith("$$") else [column]
            if column in self.columns:
                fields = [column]
            index: dict[str, list[Row]] = {}
            for row in self.rows:
                said = ";".join(row[one] for one in fields)
                if said.strip(";"):
                    index.setdefault(said, []).append(row)
            self._indexes[column] = index
        return self._indexes[column].get(value, [])


class Relations:
    """Follows what rows refer to; what is missing or not unique is a finding."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._grouped: dict[tuple[int, tuple[str, ...], int], dict[int, list[Row]]] = {}
        self._ways: dict[tuple[int, str], tuple[tuple[str, str], ...]] = {}

    def one(self, row: Row, bases: Iterable[str], target: Sheet) -> Row | None:
        """The row that `row` refers to by any of the names; None where it refers to none."""
        missed: tuple[str, str] | None = None
        for base in bases:
            for column, field_name in self.ways(row, base):
                value = row[column]
                if not value:
                    continue
                found = target.find(field_name, value)
                if len(found) == 1:
                    return found[0]
                count = "no" if not found else "more than one"
                missed = missed or (
                    column,
                    f"{target.name} has {count} row with {field_name} {value!r}.",
                )
        if missed is not None:
            self.findings.lost(missed[0], row.place, missed[1])
        return None

    def names(self, row: Row, bases: Iterable[str]) -> bool:
        """Whether a row names anything by one of the names, be it there or not."""
        return any(row[column] for base in bases for column, _ in self.ways(row, base))

    def of(self, sheet: Sheet, bases: tuple[str, ...], target: Sheet, one: Row) -> list[Row]:
        """The rows of a table that refer to one row of another, in their order."""
        key = (id(sheet), bases, id(target))
        if key not in self._grouped:
            grouped: dict[int, list[Row]] = {}
            for row in sheet:
                found = self.one(row, bases, target)
                if found is not None:
                    grouped.setdefault(id(found), []).append(row)
            self._grouped[key] = grouped
        return self._grouped[key].get(id(one), [])

    def ways(self, row: Row, base: str) -> tuple[tuple[str, str], ...]:
        """The columns by which a row refers to something, with the field that each names."""
        key = (id(row.columns), base)
        if key not in self._ways:
            named = [
                (column, column.partition(".")[2])
                for column in row.columns
                if column.startswith(f"{base}.") and column.count(".") == 1
            ]
            by_id = [(f"{base}Id", "Id")] if f"{base}Id" in row.columns else []
            self._ways[key] = (*named, *by_id)
        return self._ways[key]

    def number(self, row: Row, column: str) -> Decimal | None:
        """A number; None where the cell is empty or none, the latter with a finding."""
        said = row[column]
        if not said:
            return None
        found = decimal(said)
        if found is None:
            self.findings.lost(column, row.place, f"{said!r} is no number that can be meant.")
        return found

    def count(self, row: Row, column: str) -> int | None:
        """A whole number of things, not negative."""
        found = self.number(row, column)
        if found is None:
            return None
        if found < 0 or found != found.to_integral_value():
            self.findings.lost(column, row.place, f"{row[column]} is no count of whole units.")
            return None
        return int(found)


def decimal(said: str) -> Decimal | None:
    """A number of a cell; None for one that is none, or larger or finer than can be meant."""
    try:
        found = Decimal(said)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > LARGEST_NUMBER:
        return None
    exponent = found.normalize().as_tuple().exponent
    # Adding nothing makes 1E+3 plain.
    return found + 0 if int(exponent) >= SMALLEST_SCALE else None


def sheet(content: bytes, path: str, findings: Findings) -> Sheet:
    """A table of its file. Raises `FileCannotBeRead`, `FileIsTooLarge`.

    A file without a header is an empty table; a row of another length than the header is a finding
    and left out.
    """
    name = path.rpartition("/")[2].partition(".")[0]
    text = text_of(content, path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = Sheet(name)
    try:
        header = next(reader, [])
        if not any(header):
            findings.noted(name, f"{path}:1", "The file is empty.")
            return found
        found.columns = _columns(header, path)
        begins = reader.line_num + 1
        for cells in reader:
            place = f"{path}:{begins}"
            begins = reader.line_num + 1
            if not any(cells):
                continue
            if len(found.rows) >= MOST_ROWS:
                raise FileIsTooLarge(f"{path} has more than {MOST_ROWS} rows.")
            if len(cells) != len(found.columns):
                findings.lost(
                    name,
                    place,
                    f"The row has {len(cells)} cells and the header {len(found.columns)}.",
                )
                continue
            if any(len(one) > LONGEST_CELL for one in cells):
                raise FileIsTooLarge(f"{place}: a cell has more than {LONGEST_CELL} characters.")
            values = {
                column: _cell(said) for column, said in zip(found.columns, cells, strict=True)
            }
            found.rows.append(Row(values, place, found.columns))
    except csv.Error as stop:
        raise FileCannotBeRead(f"{path}:{reader.line_num}: {stop}.") from stop
    return found


def _cell(said: str) -> str:
    """A cell without spaces around; empty where a loader writes that there is nothing."""
    found = said.strip()
    if NOTHING not in found:
        return found
    parts = ["" if one == NOTHING else one for one in found.split(";")]
    return ";".join(parts) if any(parts) else ""


def _columns(header: list[str], path: str) -> tuple[str, ...]:
    columns = tuple(one.strip() for one in header)
    if len(columns) > MOST_COLUMNS:
        raise FileIsTooLarge(f"{path} has more than {MOST_COLUMNS} columns.")
    twice = next((one for one in columns if one and columns.count(one) > 1), None)
    if twice is not None:
        raise FileCannotBeRead(f"{path}:1: the column {twice} stands twice in the header.")
    return columns
