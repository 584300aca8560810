"""Statements as tables, and tables as CSV and XLSX.

Names of accounts are whatever people wrote, so nothing of them may become a formula: in XLSX text
is written as text, in CSV what a spreadsheet would calculate is marked by an apostrophe.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import xlsxwriter

from erp.statements.queries import TrialBalanceLine
from erp.statements.rules import Column, Standing, Statement, StatementKind
from servicekit.values.decimals import plain
from servicekit.values.money import minor_units

TITLES = {
    StatementKind.BALANCE_SHEET: "Balance sheet",
    StatementKind.PROFIT_AND_LOSS: "Profit and loss",
    StatementKind.CASH_FLOW: "Cash flow",
}
MOST_EXACT_DIGITS = 15
"""A spreadsheet counts in floating point; what has more digits is written as text."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: an account below a line, a line, a subtotal or a total."""

    code: str
    name: str
    level: int
    style: str
    amounts: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Table:
    """A statement on paper. `heads` name the columns of amounts; `rows` are in their order."""

    title: str
    company: str
    currency: str
    note: str
    heads: Sequence[str]
    rows: Sequence[TableRow]


def table_of_statement(made: Statement, company: str, currency: str) -> Table:
    """A statement with the accounts below their lines; results are one line outside their own."""
    rows = []
    for line in made.lines:
        rows.append(TableRow("", line.name, line.level, line.standing.value, line.amounts))
        if made.kind is not StatementKind.PROFIT_AND_LOSS and line.code.startswith("result"):
            continue  # Its accounts are what the profit and loss shows.
        rows.extend(
            TableRow(each.account.code, each.account.name, line.level + 1, "account", each.amounts)
            for each in line.accounts
        )
    ends_only = made.kind is StatementKind.BALANCE_SHEET
    return Table(
        TITLES[made.kind],
        company,
        currency,
        _note(made.columns),
        [_head(column, ends_only=ends_only) for column in made.columns],
        rows,
    )


def table_of_trial_balance(
    lines: Sequence[TrialBalanceLine],
    column: Column,
    company: str,
    currency: str,
) -> Table:
    """A trial balance with its sums."""
    rows = [
        TableRow(
            line.account.code,
            line.account.name,
            0,
            "account",
            [line.opening, line.debit, line.credit, line.closing],
        )
        for line in lines
    ]
    sums = [sum((row.amounts[at] for row in rows), start=Decimal(0)) for at in range(4)]
    rows.append(TableRow("", "Total", 0, Standing.TOTAL.value, sums))
    return Table(
        f"Trial balance {_head(column, ends_only=False)}",
        company,
        currency,
        _note([column]),
        ["Opening", "Debit", "Credit", "Closing"],
        rows,
    )


def csv_of(table: Table) -> bytes:
    """The table as CSV in UTF-8, amounts as plain decimals."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Code", "Name", "Kind", *table.heads])
    for row in table.rows:
        writer.writerow(
            [_inert(row.code), _inert(row.name), row.style, *(plain(each) for each in row.amounts)]
        )
    return out.getvalue().encode()


def xlsx_of(table: Table, made_at: datetime) -> bytes:
    """The table as a workbook; `made_at` is all of its time, so the same table gives the same."""
    out = io.BytesIO()
    places = minor_units(table.currency)
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties(
            {"title": table.title, "author": table.company, "created": made_at.replace(tzinfo=None)}
        )
        sheet = book.add_worksheet(table.title[:31])
        number = (
            "#,##0"
            + ("." + "0" * places if places else "")
            + ";[Red]-#,##0"
            + ("." + "0" * places if places else "")
        )
        plain_amount = book.add_format({"num_format": number})
        strong_amount = book.add_format({"num_format": number, "bold": True, "top": 1})
        strong = book.add_format({"bold": True})
        indents = [book.add_format({"indent": level}) for level in range(8)]
        sheet.write_string(0, 0, f"{table.company}: {table.title}, {table.currency}", strong)
        sheet.write_string(1, 0, table.note)
        for at, head in enumerate(["Code", "Name", *table.heads]):
            sheet.write_string(3, at, head, strong)
        for line, row in enumerate(table.rows, 4):
            sums = row.style in ("subtotal", "total")
            sheet.write_string(line, 0, row.code)
            sheet.write_string(line, 1, row.name, strong if sums else indents[min(row.level, 7)])
            for at, amount in enumerate(row.amounts, 2):
                style = strong_amount if sums else plain_amount
                if len(amount.normalize().as_tuple().digits) <= MOST_EXACT_DIGITS:
                    sheet.write_number(line, at, amount, style)
                else:
                    sheet.write_string(line, at, plain(amount), style)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 48)
        sheet.set_column(2, 1 + len(table.heads), 18)
        sheet.freeze_panes(4, 2)
    return out.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _head(column: Column, *, ends_only: bool) -> str:
    return (
        _day(column.ends_on) if ends_only else f"{_day(column.starts_on)} to {_day(column.ends_on)}"
    )


def _day(day: date) -> str:
    return day.isoformat()


def _note(columns: Sequence[Column]) -> str:
    instants = [
        "when it was made"
        if column.known_at is None
        else f"on {column.known_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        for column in columns
    ]
    if len(set(instants)) == 1:
        return f"As known {instants[0]}"
    return "As known, column by column: " + "; ".join(instants)
