"""Reading the rate files of the European Central Bank.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates: a ZIP file
with one CSV file, a day a line and a currency a column: units of it for one euro, `N/A` where there
was none. The history file writes days as 2026-10-30, the daily file as 30 October 2026.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from servicekit.errors import InvalidInput
from servicekit.values.currencies import CURRENCIES

LARGEST_FILE = 4_000_000
"""Bytes of a file as it is sent, after base64."""
_LARGEST_CSV = 16_000_000
_MOST_DAYS, _MOST_COLUMNS, _LONGEST_CELL = 20_000, 100, 40
_CODE = re.compile(r"[A-Z]{3}\Z")
_RATE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_NONE = frozenset({"", "N/A"})
_QUOTED_AGAINST = "EUR"


class RateFileIsUnreadable(InvalidInput):
    """A file is read whole or not at all."""

    code = "exchange-rate-file-unreadable"
    title = "The file is a history of reference rates of the European Central Bank"
    hint = "Send eurofxref-hist.zip or the CSV file in it, in base64; the detail names the place."

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="content")


@dataclass(frozen=True, slots=True)
class HistoryRate:
    """Units of `quote` for one euro on a day."""

    quote: str
    rate_on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """What a file says. `left_out` are columns of currencies in which no money is counted now."""

    base: str
    days: int
    rates: tuple[HistoryRate, ...]
    missing: int
    left_out: tuple[str, ...]


def read_history(content: bytes) -> History:
    """Read a file, zipped or not; raises `RateFileIsUnreadable`."""
    rows = _rows(_csv_of(content))
    header = [cell.strip() for cell in next(rows, [])]
    while header and not header[-1]:
        header.pop()
    if not header or header[0] != "Date" or len(header) < 2:
        raise RateFileIsUnreadable("Line 1 does not begin with Date and name currencies.")
    codes = header[1:]
    for code in codes:
        if not _CODE.match(code) or codes.count(code) > 1 or code == _QUOTED_AGAINST:
            raise RateFileIsUnreadable(f"Line 1: {code[:_LONGEST_CELL]!r} is no column of its own.")
    wanted = [(at, code) for at, code in enumerate(codes, 1) if code in CURRENCIES]
    days, rates, missing = set[date](), list[HistoryRate](), 0
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            raise RateFileIsUnreadable(f"Line {number} does not have {len(header)} columns.")
        day = _day(row[0].strip(), number)
        if day in days:
            raise RateFileIsUnreadable(f"Line {number}: {day} is there twice.")
        if len(days) == _MOST_DAYS:
            raise RateFileIsUnreadable(f"There are more than {_MOST_DAYS} days.")
        days.add(day)
        for at, code in wanted:
            cell = row[at].strip()
            if cell in _NONE:
                missing += 1
                continue
            if not _RATE.match(cell) or not (rate := Decimal(cell)):
                raise RateFileIsUnreadable(
                    f"Line {number}, {code}: {cell[:_LONGEST_CELL]!r} is no rate."
                )
            rates.append(HistoryRate(code, day, rate))
    left_out = tuple(code for code in codes if code not in CURRENCIES)
    return History(_QUOTED_AGAINST, len(days), tuple(rates), missing, left_out)


def _csv_of(content: bytes) -> str:
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = [info for info in archive.infolist() if not info.is_dir()]
                if len(names) != 1:
                    raise RateFileIsUnreadable(f"The ZIP file has {len(names)} files, not one.")
                # What the directory says of its size is the sender's word: read that much and see.
                with archive.open(names[0]) as member:
                    content = member.read(_LARGEST_CSV + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise RateFileIsUnreadable("The ZIP file cannot be opened.") from error
        except ValueError as error:
            raise RateFileIsUnreadable("The ZIP file cannot be opened.") from error
    if len(content) > _LARGEST_CSV:
        raise RateFileIsUnreadable(f"The CSV file has more than {_LARGEST_CSV} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RateFileIsUnreadable("The CSV file is not UTF-8.") from error


def _rows(text: str) -> Iterator[list[str]]:
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            if len(row) > _MOST_COLUMNS:
                raise RateFileIsUnreadable(f"Line {number} has more than {_MOST_COLUMNS} columns.")
            yield row
    except csv.Error as error:
        raise RateFileIsUnreadable(f"The CSV file cannot be read: {error}.") from error


def _day(cell: str, number: int) -> date:
    try:
        if _DAY.match(cell):
            return date.fromisoformat(cell)
        return datetime.strptime(cell, "%d %B %Y").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError as error:
        raise RateFileIsUnreadable(
            f"Line {number}: {cell[:_LONGEST_CELL]!r} is no day such as 2026-10-30."
        ) from error
