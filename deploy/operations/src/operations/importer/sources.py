"""Reading the files that a mapping names, with every row's line number kept for the report."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.importer.mapping import Source

MAXIMUM_FIELD_CHARACTERS = 1_000_000
MAXIMUM_DOCUMENT_BYTES = 32_000_000


class SourceError(Exception):
    """A file is missing, not readable in its encoding, or not a table."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One record; ``line`` is the line of the file on which it ends, as an editor counts."""

    source: str
    line: int
    cells: Mapping[str, str]


class Table:
    """The rows of one source with the indexes that expressions ask for, built once each."""

    def __init__(self, source: Source, header: Sequence[str], rows: Sequence[SourceRow]) -> None:
        self.source = source
        self.header = tuple(header)
        self.rows = tuple(rows)
        self._indexes: dict[str, dict[str, list[SourceRow]]] = {}
        self._totals: dict[tuple[str, str], dict[str, Decimal]] = {}

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(self.header)

    def where(self, by: str, key: str) -> Sequence[SourceRow]:
        """The rows whose column ``by`` equals ``key``, in file order."""
        index = self._indexes.get(by)
        if index is None:
            self._require(by)
            index = {}
            for row in self.rows:
                index.setdefault(row.cells[by], []).append(row)
            self._indexes[by] = index
        return index.get(key, ())

    def total(self, by: str, column: str, key: str) -> Decimal:
        """The exact sum of ``column`` over the rows whose ``by`` equals ``key``."""
        totals = self._totals.get((by, column))
        if totals is None:
            self._require(by)
            self._require(column)
            totals = {}
            for row in self.rows:
                cell = row.cells[column] or "0"
                try:
                    amount = Decimal(cell)
                except InvalidOperation as error:
                    raise SourceError(
                        f"{self.source.file} line {row.line}: {column} is {cell!r}, not a number"
                    ) from error
                totals[row.cells[by]] = totals.get(row.cells[by], Decimal(0)) + amount
            self._totals[by, column] = totals
        return totals.get(key, Decimal(0))

    def _require(self, column: str) -> None:
        if column not in self.columns:
            raise SourceError(
                f"{self.source.file} has no column {column!r}; it has {', '.join(self.header)}"
            )


def read_document(directory: Path, name: str) -> Any:
    """Read a JSON file of the directory, by the name that a cell gives.

    Raises:
        ValueError: it is not in the directory, too large, or no JSON; the message says which.
    """
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()) or not path.is_file():
        raise ValueError(f"{name!r} is no file in {directory}")
    if path.stat().st_size > MAXIMUM_DOCUMENT_BYTES:
        raise ValueError(f"{name!r} has more than {MAXIMUM_DOCUMENT_BYTES} bytes")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name!r} is no JSON document: {error}") from error


def read_table(source: Source, directory: Path) -> Table:
    """Read a whole source.

    Raises:
        SourceError: the file is missing, badly encoded, has no header, a doubled header, or a
            record with another number of cells than the header.
    """
    path = directory / source.file
    if not path.is_file():
        if source.optional:
            return Table(source, (), ())
        raise SourceError(f"{source.file} is not in {directory}")
    previous_limit = csv.field_size_limit(MAXIMUM_FIELD_CHARACTERS)
    try:
        with path.open(encoding=source.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=source.delimiter, strict=True)
            header = next(reader, None)
            if not header:
                raise SourceError(f"{source.file} is empty: a header row is needed")
            header = [name.strip() for name in header]
            doubled = {name for name in header if header.count(name) > 1}
            if doubled:
                raise SourceError(f"{source.file} names the column {min(doubled)!r} twice")
            rows = []
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise SourceError(
                        f"{source.file} line {reader.line_num}: {len(cells)} cells where the "
                        f"header has {len(header)}"
                    )
                rows.append(
                    SourceRow(source.name, reader.line_num, dict(zip(header, cells, strict=True)))
                )
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{source.file} is not readable as {source.encoding}: {error}; name its encoding in "
            f"[sources.{source.name}]"
        ) from error
    except csv.Error as error:
        raise SourceError(f"{source.file} is no proper table: {error}") from error
    finally:
        csv.field_size_limit(previous_limit)
    return Table(source, header, rows)
