"""Rows of a spreadsheet as lines: what each cell says, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from servicekit.errors import InvalidInput
from servicekit.values.decimals import ARITHMETIC

Cell: TypeAlias = str | Decimal | bool | date | None
HEADINGS = frozenset(
    {
        "sku", "quantity", "key", "parent", "group", "discount", "discount_reason",
        "agreed_unit_price", "agreed_reason", "optional", "alternative_of", "months", "start_on",
        "selling_model",
    }
)  # fmt: skip
LONGEST_TEXT = 500
_LARGEST = Decimal(10) ** 12
_PLACES = 10


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
    found = []
    for number, row in enumerate(table[start + 1 :], start=start + 2):
        said = {
            heading: cell.strip() if isinstance(cell, str) else cell
            for heading, cell in zip(headings, row, strict=False)
            if heading in HEADINGS and _there(cell)
        }
        if said:
            found.append(_read(number, said))
    return found


def _there(cell: Cell) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace())


def _heading(cell: Cell) -> str:
    return str(cell or "").strip().lower().replace(" ", "_").replace("-", "_")


class _Wrong(Exception):
    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.error = RowError(message, column)


def _read(number: int, said: Mapping[str, Cell]) -> SheetRow:
    try:
        return SheetRow(number, _values(said))
    except _Wrong as wrong:
        return SheetRow(number, said, wrong.error)


def _values(said: Mapping[str, Cell]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for name in ("sku", "quantity"):
        if name not in said:
            raise _Wrong("is missing", name)
    for name, cell in said.items():
        if name in ("quantity", "agreed_unit_price", "discount", "months"):
            found[name] = _number(cell, name)
        elif name == "optional":
            found[name] = _yes(cell)
        elif name == "start_on":
            found[name] = _day(cell)
        else:
            found[name] = _text(cell, name)
    return found


def _text(cell: Cell, name: str) -> str:
    # A SKU or key of digits comes out of a workbook as a number.
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise _Wrong(f"is longer than {LONGEST_TEXT} characters or cannot be printed", name)
    return text


def _number(cell: Cell, name: str) -> Decimal:
    share = False
    if isinstance(cell, str):
        text = cell.replace("\u00a0", "").replace(" ", "")
        share = text.endswith("%") and name == "discount"
        text = text.removesuffix("%") if share else text
        if "," in text and "." not in text:
            text = text.replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise _Wrong(f"{cell[:40]!r} is no number", name) from None
    elif isinstance(cell, Decimal):
        number = cell
    else:
        raise _Wrong("is no number", name)
    if not number.is_finite():
        raise _Wrong("is no number", name)
    if share:
        number = ARITHMETIC.divide(number, Decimal(100))
    exponent = number.normalize(ARITHMETIC).as_tuple().exponent
    if abs(number) >= _LARGEST or (isinstance(exponent, int) and -exponent > _PLACES):
        raise _Wrong("is too large, or has more than ten decimal places", name)
    if name == "discount" and not 0 <= number <= 1:
        raise _Wrong("is a share from 0 to 1, or from 0 % to 100 %", name)
    if name == "agreed_unit_price" and number < 0:
        raise _Wrong("is below zero", name)
    if name == "quantity" and number <= 0:
        raise _Wrong("is not above zero", name)
    if name == "months" and (number != number.to_integral_value() or not 1 <= number <= 1200):
        raise _Wrong("is a whole number from 1 to 1200", name)
    return number


_WORDS = {
    "yes": True, "true": True, "x": True, "1": True, "no": False, "false": False, "0": False,
}  # fmt: skip


def _yes(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    found = _WORDS.get(str(cell).lower())
    if found is None:
        raise _Wrong("is yes or no", "optional")
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
