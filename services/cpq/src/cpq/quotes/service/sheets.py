"""Lines from spreadsheets: read in bounds, checked row by row, added whole or not at all."""

import csv
import io
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, cast
from uuid import UUID

from python_calamine import CalamineError, CalamineWorkbook

from cpq.pricing import service as pricing
from cpq.quotes.models import Quote
from cpq.quotes.queries import lines_of
from cpq.quotes.rules import (
    Cell,
    RowError,
    SheetCannotBeRead,
    SheetHasErrors,
    SheetRow,
    Standing,
    check_draft,
    keys_for,
    rows_of,
    structure_faults,
)
from cpq.quotes.service.drafting import Written
from cpq.quotes.service.drafts import Draft, known_drafts
from cpq.quotes.service.editing import LineEdits, edit_lines
from cpq.quotes.service.rows import wish_of
from cpq.quotes.service.wishes import LineWish, QuoteWish
from servicekit.errors import Fault, Refusal
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import Money, plain
from servicekit.workshop import Workshop

MOST_ROWS = 5_000
MOST_COLUMNS = 200
MOST_UNPACKED_BYTES = 60_000_000
"""Of a workbook: what says to be larger is not unpacked."""
MOST_ENTRIES = 2_000
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row and the line that it asks for, or what is wrong with it."""

    row: SheetRow
    wish: LineWish | None
    error: RowError | None


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row and what it would add, or what is wrong with it."""

    row: SheetRow
    wish: LineWish | None
    net: Decimal | None
    error: RowError | None


async def read_sheet(
    content: bytes, format_: Literal["xlsx", "csv"], sheet: str | None
) -> list[SheetRow]:
    """The rows of a file, beside the event loop. Raises `SheetCannotBeRead`, `TooMuchWork`."""

    def read(_: float) -> list[SheetRow]:
        return rows_of(_workbook(content, sheet) if format_ == "xlsx" else _commas(content))

    return await _workshop().do(read, seconds=SECONDS)


async def check_sheet(
    reads: ReadSession | UnitOfWork, quote_id: UUID, rows: Sequence[AskedRow]
) -> list[CheckedRow]:
    """What each row would add to a draft, each priced by itself.

    Raises `QuoteNotFound`, `QuoteIsNotDraft`.
    """
    quote = await reads.get(Quote, quote_id)
    check_draft(quote.status, quote.number)
    kept = [wish_of(line) for line in await lines_of(reads.session, quote_id)]
    checked = _standing(kept, rows, {group["key"] for group in quote.groups})
    good = [at for at, each in enumerate(checked) if each.error is None]
    wishes = [each.wish for each in checked if each.error is None and each.wish is not None]
    alone = [
        QuoteWish(
            quote.customer_id,
            [replace(asked, key=None, parent=None, group=None, alternative_of=None, selected=True)],
            currency=quote.currency,
            priced_on=quote.priced_on,
            price_book=quote.price_book,
            partner_level=quote.partner_level,
            promotions=quote.promotions,
        )
        for asked in wishes
    ]
    drafts = await known_drafts(reads, alone)
    fine = [draft.document for draft in drafts if isinstance(draft, Draft)]
    prices = iter(await pricing.price_documents(reads.session, fine))
    for at, draft in zip(good, drafts, strict=True):
        price = draft if isinstance(draft, Refusal) else next(prices)
        if isinstance(price, Refusal):
            checked[at] = replace(checked[at], error=_because(price))
        else:
            taken = checked[at].wish
            net = price.lines[0].priced.net_amount if taken and taken.selected else Decimal(0)
            checked[at] = replace(checked[at], net=net)
    return checked


async def add_sheet(
    uow: UnitOfWork, quote_id: UUID, rows: Sequence[AskedRow], *, expected: int
) -> Written:
    """Add the lines of a sheet to a draft.

    Raises `SheetHasErrors` with a fault for each bad row, and what `edit_lines` raises.
    """
    checked = await check_sheet(uow, quote_id, rows)
    faults = [
        Fault(
            message=f"{', '.join(filter(None, [f'Row {each.row.number}', each.error.column]))}: "
            f"{each.error.message}",
            field=".".join(filter(None, ["rows", str(each.row.number), each.error.column])),
        )
        for each in checked
        if each.error is not None
    ]
    if faults or not checked:
        raise SheetHasErrors(
            f"{len(faults)} of {len(checked)} rows", field="content", faults=tuple(faults[:100])
        )
    add = [each.wish for each in checked if each.wish is not None]
    try:
        return await edit_lines(uow, quote_id, LineEdits(add=add), expected=expected)
    except Refusal as refusal:
        head, _, rest = (refusal.field or "").partition(".")
        place, _, column = rest.partition(".")
        if head == "add" and place.isdecimal():
            number = str(checked[int(place)].row.number)
            refusal.field = ".".join(filter(None, ("rows", number, column)))
        raise


def net_of(checked: Sequence[CheckedRow], currency: str) -> str | None:
    """What the good rows cost together, rounded once."""
    amounts = [each.net for each in checked if each.net is not None]
    if not amounts:
        return None
    total = sum((Money(amount, currency) for amount in amounts), start=Money.zero(currency))
    return plain(total.round().amount)


def _standing(
    kept: Sequence[LineWish], rows: Sequence[AskedRow], groups: Collection[str]
) -> list[CheckedRow]:
    """The rows as they would stand among the lines that there are."""
    errors = {at: row.error for at, row in enumerate(rows) if row.error is not None}
    keys: set[str | None] = {line.key for line in kept}
    for at, row in enumerate(rows):
        key = row.wish.key if row.wish else None
        if key is not None and key in keys:
            errors[at] = RowError(f"another line has the key {key!r}", "key")
        keys.add(key)
    there = [at for at in range(len(rows)) if at not in errors]
    wishes = [*kept, *(wish for at in there if (wish := rows[at].wish) is not None)]
    named = keys_for([wish.key for wish in wishes])
    lines = [replace(wish, key=key) for wish, key in zip(wishes, named, strict=True)]
    for places, refusal in structure_faults(cast("Sequence[Standing]", lines), groups):
        added = [place - len(kept) for place in places if place >= len(kept)]
        if added:
            column = (refusal.field or "").rpartition(".")[2]
            errors.setdefault(there[added[-1]], RowError(_said(refusal), column))
    return [CheckedRow(row.row, row.wish, None, errors.get(at)) for at, row in enumerate(rows)]


def _said(refusal: Refusal) -> str:
    return f"{refusal.title}: {refusal.detail}"


def _because(refusal: Refusal) -> RowError:
    field = (refusal.field or "").removeprefix("lines.0").removeprefix(".") or None
    return RowError(_said(refusal), {"term": "months"}.get(field or "", field))


def _commas(content: bytes) -> list[list[Cell]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetCannotBeRead("the file is not UTF-8", field="content") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    table: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            table.append(list(row))
            _check_bounds(len(table), len(row))
    except csv.Error as error:
        raise SheetCannotBeRead(str(error), field="content") from error
    return table


def _workbook(content: bytes, sheet: str | None) -> list[list[Cell]]:
    _check_archive(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if not names or (sheet is not None and sheet not in names):
            raise SheetCannotBeRead(f"its sheets are {', '.join(names[:20])}", field="sheet")
        found = workbook.get_sheet_by_name(sheet or names[0])
        _check_bounds(found.total_height, found.total_width)
        return [[_cell(value) for value in row] for row in found.to_python(skip_empty_area=False)]
    except CalamineError as error:
        raise SheetCannotBeRead("it is no workbook", field="content") from error


def _check_archive(content: bytes) -> None:
    """Refuse what would unpack to more than a workbook of a quote has."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or (
                sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES
            ):
                raise SheetCannotBeRead("it would unpack to too much", field="content")
            # Sizes in the directory may lie; what unpacks to more than it says stops here.
            for entry in entries:
                with archive.open(entry) as part:
                    if len(part.read(entry.file_size + 1)) > entry.file_size:
                        raise SheetCannotBeRead("its directory lies", field="content")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SheetCannotBeRead("it is no workbook", field="content") from error


def _check_bounds(rows: int, columns: int) -> None:
    if rows > MOST_ROWS + 1 or columns > MOST_COLUMNS:
        raise SheetCannotBeRead(
            f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns", field="content"
        )


def _cell(value: Any) -> Cell:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        # A workbook writes decimals; the shortest one that reads as this number is what it wrote.
        return Decimal(repr(value)).normalize() if value == value else None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date | str):
        return value
    return str(value)


@cache
def _workshop() -> Workshop:
    return Workshop("sheets", threads=1, waiting=8)
