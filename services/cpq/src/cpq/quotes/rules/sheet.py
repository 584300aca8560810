"""Rows of a spreadsheet as lines: what each cell says, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from servicekit.errors import InvalidInput
from servicekit.values.decimals import ARITHMETIC

Cell: TypeAlias = str | Decimal | bool | date | None
HEADINGS = frozenset(
    {
        "sku", "quantity", "key", "parent", "group", "discount", "discount_reason",
        "agreed_unit_price", "agreed_reason", "optional", "selected", "alternative_of", "months",
        "start_on", "selling_model",
    }
)  # fmt: skip
LONGEST_TEXT = 500
NUMBERS = frozenset({"quantity", "agreed_unit_price", "discount", "months"})
_LARGEST = Decimal(10) ** 14
"""No member of a line has as many digits; what has more is not even written out."""
_SMALLEST = Decimal(10) ** -20


class SheetCannotBeRead(InvalidInput):
    """What is no sheet, or a sheet larger than any quote, is not opened."""

    code = "sheet-cannot-be-read"
    title = "The file cannot be read as a sheet of lines"
    hint = "Send an .xlsx or .csv with a row of headings that has sku and quantity."


class SheetHasErrors(InvalidInput):
    """A sheet is added whole or not at all."""

    code = "sheet-has-errors"
    title = "Rows of the sheet have errors, so none was added"
    hint = "Correct the rows that the faults name; a preview shows them all."


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row."""

    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet: what it says by heading, or what is wrong with it."""

    number: int
    """In the sheet, from 1."""
    said: Mapping[str, Cell] = field(default_factory=dict)
    error: RowError | None = None


def rows_of(table: Sequence[Sequence[Cell]]) -> list[SheetRow]:
    """The rows under the headings; empty rows say nothing. Raises `SheetCannotBeRead`."""
    start = next((at for at, row in enumerate(table) if any(_there(cell) for cell in row)), None)
    if start is None:
        raise SheetCannotBeRead("the sheet is empty", field="content")
    headings = [_heading(cell) for cell in table[start]]
    known = [heading for heading in headings if heading in HEADINGS]
    if len(set(known)) < len(known):
        raise SheetCannotBeRead("a heading stands twice", field="content")
    if not {"sku", "quantity"} <= set(known):
        raise SheetCannotBeRead(
            f"the headings are {', '.join(h for h in headings if h) or 'empty'}", field="content"
        )
    rows = []
    for number, row in enumerate(table[start + 1 :], start=start + 2):
        said = {
            heading: cell.strip() if isinstance(cell, str) else cell
            for heading, cell in zip(headings, row, strict=False)
            if heading in HEADINGS and _there(cell)
        }
        if said:
            rows.append((number, said))
    mark = _decimal_mark([said for _, said in rows])
    return [_read(number, said, mark) for number, said in rows]


def _there(cell: Cell) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace())


def _heading(cell: Cell) -> str:
    return str(cell or "").strip().lower().replace(" ", "_").replace("-", "_")


class _Wrong(Exception):
    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.error = RowError(message, column)


def _read(number: int, said: Mapping[str, Cell], mark: str | None) -> SheetRow:
    try:
        for name in ("sku", "quantity"):
            if name not in said:
                raise _Wrong("is missing", name)
        return SheetRow(number, {name: _value(name, cell, mark) for name, cell in said.items()})
    except _Wrong as wrong:
        return SheetRow(number, said, wrong.error)


def _value(name: str, cell: Cell, mark: str | None) -> Cell:
    if name in NUMBERS:
        return _number(cell, name, mark)
    if name in ("optional", "selected"):
        return _yes(cell, name)
    if name == "start_on":
        return _day(cell)
    return _text(cell, name)


def _text(cell: Cell, name: str) -> str:
    # A SKU or key of digits comes out of a workbook as a number.
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise _Wrong(f"is longer than {LONGEST_TEXT} characters or cannot be printed", name)
    return text


_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")
_WRITTEN = re.compile(r"(-?)([0-9]+(?:[.,][0-9]+)*)")
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")
_ONE_MARK = re.compile(r"[0-9]+([.,])[0-9]+")
_BOTH_MARKS = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?!\1)([.,])[0-9]+")


def _decimal_mark(rows: Sequence[Mapping[str, Cell]]) -> str | None:
    """The point or comma by which the sheet writes decimals, where its numbers leave no doubt."""
    marks = set()
    for said in rows:
        for name in NUMBERS & said.keys():
            cell = said[name]
            written = _WRITTEN.fullmatch(_bare(cell)) if isinstance(cell, str) else None
            if written is None:
                continue
            if found := _BOTH_MARKS.fullmatch(written[2]):
                marks.add(found[2])
            elif (found := _ONE_MARK.fullmatch(written[2])) and not _is_open(written[2]):
                marks.add(found[1])
    return marks.pop() if len(marks) == 1 else None


def _bare(text: str) -> str:
    return text.translate(_SPACES).removesuffix("%")


def _is_open(digits: str) -> bool:
    """Whether digits with one mark may be a decimal as well as thousands: `1,000`."""
    grouped = _GROUPED.fullmatch(digits) is not None and len(re.findall("[.,]", digits)) == 1
    return grouped and not digits.startswith("0")


def _written(text: str, name: str, mark: str | None) -> Decimal:
    """The number that a text says. Raises `_Wrong` for what may be read in two ways."""
    bare = _WRITTEN.fullmatch(_bare(text)) if len(text) <= LONGEST_TEXT else None
    if bare is None:
        raise _Wrong(f"{text[:40]!r} is no number", name)
    sign, digits = bare.groups()
    if both := _BOTH_MARKS.fullmatch(digits):
        digits = digits.replace(both[1], "").replace(both[2], ".")
    elif one := _ONE_MARK.fullmatch(digits):
        if _is_open(digits) and mark != one[1]:
            whole = digits.replace(one[1], "")
            raise _Wrong(
                f"{text[:40]!r} may be read in two ways: write {whole}, or "
                f"{digits.replace(one[1], '.')}0 for the decimal",
                name,
            )
        digits = digits.replace(one[1], ".")
    elif _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "").replace(".", "")
    elif not _PLAIN.fullmatch(digits):
        raise _Wrong(f"{text[:40]!r} is no number", name)
    return Decimal(sign + digits)


def _number(cell: Cell, name: str, mark: str | None) -> Decimal:
    if isinstance(cell, str):
        share = cell.endswith("%")
        if share and name != "discount":
            raise _Wrong(f"{cell[:40]!r} is no number", name)
        number = _written(cell, name, mark)
        if share:
            number = ARITHMETIC.divide(number, Decimal(100))
    elif isinstance(cell, Decimal):
        number = cell
    else:
        raise _Wrong("is no number", name)
    if not number.is_finite() or abs(number) >= _LARGEST or 0 < abs(number) < _SMALLEST:
        raise _Wrong("is no number, or one that is too large or too small", name)
    return number


_WORDS = {
    "yes": True, "true": True, "x": True, "1": True, "no": False, "false": False, "0": False,
}  # fmt: skip


def _yes(cell: Cell, name: str) -> bool:
    if isinstance(cell, bool):
        return cell
    found = _WORDS.get(str(cell).lower())
    if found is None:
        raise _Wrong("is yes or no", name)
    return found


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        raise _Wrong("is a day such as 2026-12-31", "start_on") from None
