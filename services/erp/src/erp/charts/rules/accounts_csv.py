"""Charts as tables: Odoo's and OCA's CSV, and a plain list with a class for each account.

The columns are told by their headings. Odoo's types are its fixed list, with the names that it
had before too. A plain list has `code`, `name` and a class (`type`, `class`, `kind`, `category`).
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal, InvalidOperation
from typing import Final

from erp.charts.rules.model import (
    Kind,
    Place,
    ReadAccount,
    ReadChart,
    ReadTax,
    Section,
    Severity,
)
from erp.charts.rules.refusals import ChartCannotBeRead, ChartIsTooLarge, ChartLayoutIsUnknown
from erp.charts.rules.wording import section_by_words

MOST_ROWS: Final = 50_000
ODOO, PLAIN, CHINESE = "odoo-csv", "plain-csv", "cn-small-enterprises-csv"

ODOO_TYPES: Final[dict[str, tuple[Kind, Section]]] = {
    "asset_receivable": (Kind.ASSET, Section.RECEIVABLES),
    "asset_cash": (Kind.ASSET, Section.CASH),
    "asset_current": (Kind.ASSET, Section.OTHER_CURRENT_ASSETS),
    "asset_non_current": (Kind.ASSET, Section.NON_CURRENT_ASSETS),
    "asset_prepayments": (Kind.ASSET, Section.OTHER_CURRENT_ASSETS),
    "asset_fixed": (Kind.ASSET, Section.NON_CURRENT_ASSETS),
    "liability_payable": (Kind.LIABILITY, Section.PAYABLES),
    "liability_credit_card": (Kind.LIABILITY, Section.OTHER_CURRENT_LIABILITIES),
    "liability_current": (Kind.LIABILITY, Section.OTHER_CURRENT_LIABILITIES),
    "liability_non_current": (Kind.LIABILITY, Section.NON_CURRENT_LIABILITIES),
    "equity": (Kind.EQUITY, Section.EQUITY),
    "equity_unaffected": (Kind.EQUITY, Section.EQUITY),
    "income": (Kind.INCOME, Section.REVENUE),
    "income_other": (Kind.INCOME, Section.OTHER_INCOME),
    "expense": (Kind.EXPENSE, Section.OPERATING_EXPENSES),
    "expense_other": (Kind.EXPENSE, Section.OPERATING_EXPENSES),
    "expense_depreciation": (Kind.EXPENSE, Section.DEPRECIATION),
    "expense_direct_cost": (Kind.EXPENSE, Section.COST_OF_SALES),
    # What the types were called until version 15.
    "account.data_account_type_receivable": (Kind.ASSET, Section.RECEIVABLES),
    "account.data_account_type_liquidity": (Kind.ASSET, Section.CASH),
    "account.data_account_type_current_assets": (Kind.ASSET, Section.OTHER_CURRENT_ASSETS),
    "account.data_account_type_non_current_assets": (Kind.ASSET, Section.NON_CURRENT_ASSETS),
    "account.data_account_type_prepayments": (Kind.ASSET, Section.OTHER_CURRENT_ASSETS),
    "account.data_account_type_fixed_assets": (Kind.ASSET, Section.NON_CURRENT_ASSETS),
    "account.data_account_type_payable": (Kind.LIABILITY, Section.PAYABLES),
    "account.data_account_type_credit_card": (Kind.LIABILITY, Section.OTHER_CURRENT_LIABILITIES),
    "account.data_account_type_current_liabilities": (
        Kind.LIABILITY,
        Section.OTHER_CURRENT_LIABILITIES,
    ),
    "account.data_account_type_non_current_liabilities": (
        Kind.LIABILITY,
        Section.NON_CURRENT_LIABILITIES,
    ),
    "account.data_account_type_equity": (Kind.EQUITY, Section.EQUITY),
    "account.data_unaffected_earnings": (Kind.EQUITY, Section.EQUITY),
    "account.data_account_type_revenue": (Kind.INCOME, Section.REVENUE),
    "account.data_account_type_other_income": (Kind.INCOME, Section.OTHER_INCOME),
    "account.data_account_type_expenses": (Kind.EXPENSE, Section.OPERATING_EXPENSES),
    "account.data_account_type_depreciation": (Kind.EXPENSE, Section.DEPRECIATION),
    "account.data_account_type_direct_costs": (Kind.EXPENSE, Section.COST_OF_SALES),
}
_OFF_BALANCE: Final = ("off_balance", "account.data_account_off_sheet")
_ODOO_ROLES: Final = {
    "asset_receivable": "receivables",
    "liability_payable": "payables",
    "asset_cash": "bank",
    "equity_unaffected": "retained-earnings",
}
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "key": ("id", "external id", "xml_id"),
    "code": (
        "code",
        "account code",
        "account_code",
        "number",
        "account number",
        "accno",
        "科目编码",
    ),
    "name": ("name", "description", "account name", "account_name", "title", "科目名称"),
    "odoo type": ("account_type", "user_type_id/id", "user_type_id:id"),
    "class": ("class", "type", "kind", "category", "account type", "account class", "科目类别"),
    "parent": ("parent", "parent_code", "parent code", "parent_id", "parent_id/id", "上级科目"),
    "reconcile": ("reconcile",),
    "heading": ("is_group", "is group", "heading", "summary"),
    "active": ("active",),
}
_CLASSES: Final[dict[str, Kind]] = {
    "asset": Kind.ASSET,
    "assets": Kind.ASSET,
    "liability": Kind.LIABILITY,
    "liabilities": Kind.LIABILITY,
    "equity": Kind.EQUITY,
    "capital": Kind.EQUITY,
    "income": Kind.INCOME,
    "revenue": Kind.INCOME,
    "expense": Kind.EXPENSE,
    "expenses": Kind.EXPENSE,
    "资产": Kind.ASSET,
    "负债": Kind.LIABILITY,
    "所有者权益": Kind.EQUITY,
    "收入": Kind.INCOME,
    "费用": Kind.EXPENSE,
}
_CHINESE_ROLES: Final = {
    ("1002", "银行存款"): "bank",
    ("1122", "应收账款"): "receivables",
    ("1405", "库存商品"): "inventory",
    ("2202", "应付账款"): "payables",
    ("2221", "应交税费"): "tax-payable",
    ("3104", "利润分配"): "retained-earnings",
    ("3103", "本年利润"): "result-carried",
    ("5001", "主营业务收入"): "revenue",
    ("5401", "主营业务成本"): "cost-of-goods-sold",
}
"""Codes and names of the standard for small enterprises (Ministry of Finance, Caikuai [2011] 17)
that mean what the role means; three of them or more together tell the standard."""
_TRUE: Final = ("1", "true", "yes", "y", "t")
_FALSE: Final = ("0", "false", "no", "n", "f")


def read_tables(files: list[tuple[str, str]]) -> ReadChart:
    """Read the tables of the files together.

    Raises `ChartCannotBeRead`, `ChartIsTooLarge`, `ChartLayoutIsUnknown`.
    """
    chart = ReadChart(PLAIN)
    for name, text in files:
        rows = _rows(name, text)
        heads = {head.strip().lstrip("\ufeff").lower(): at for at, head in enumerate(rows[0][1])}
        columns = {
            meaning: heads[found]
            for meaning, names in _HEADINGS.items()
            if (found := next((each for each in names if each in heads), None)) is not None
        }
        if "type_tax_use" in heads and "amount" in heads:
            chart.layout = ODOO
            _read_odoo_taxes(chart, name, rows, heads)
        elif {"code", "name"} <= columns.keys() and "odoo type" in columns:
            chart.layout = ODOO
            _read_rows(chart, name, rows, columns)
        elif {"code", "name", "class"} <= columns.keys():
            _read_rows(chart, name, rows, columns)
        else:
            raise ChartLayoutIsUnknown(
                f"{name}:1: the headings {', '.join(heads)[:200]} are neither those of accounts "
                "(code, name, and account_type, class, type, kind or category) nor of taxes "
                "(type_tax_use, amount).",
                field="files",
            )
    return chart


def _rows(name: str, text: str) -> list[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) > MOST_ROWS:
                raise ChartIsTooLarge(f"{name} has more than {MOST_ROWS} rows.", field="files")
    except csv.Error as problem:
        raise ChartCannotBeRead(f"{name}:{reader.line_num}: {problem}.", field="files") from None
    if not rows:
        raise ChartCannotBeRead(f"{name}:1: the file has no rows.", field="files")
    return rows


def _read_rows(
    chart: ReadChart, name: str, rows: list[tuple[int, list[str]]], columns: dict[str, int]
) -> None:
    width = len(rows[0][1])

    def cell(row: list[str], meaning: str) -> str:
        at = columns.get(meaning)
        return row[at].strip() if at is not None and at < len(row) else ""

    classes = {cell(row, "class").lower() for _, row in rows[1:]}
    known = [(cell(row, "code"), cell(row, "name")) for _, row in rows[1:]]
    chinese = "odoo type" not in columns and sum(each in _CHINESE_ROLES for each in known) >= 3
    if chinese:
        chart.layout = CHINESE
    for line, row in rows[1:]:
        code = cell(row, "code") or None
        place = Place(name, line, code or cell(row, "key") or "row")
        if len(row) != width:
            chart.note(
                Severity.ERROR,
                "row-of-another-width",
                place,
                f"the row has {len(row)} cells, the headings {width}",
            )
        account = ReadAccount(
            key=cell(row, "key") or code or f"row {line}",
            code=code,
            name=cell(row, "name"),
            kind=None,
            place=place,
            parent=cell(row, "parent") or None,
            heading=_flag(chart, place, "heading", cell(row, "heading"), usual=False),
            active=_flag(chart, place, "active", cell(row, "active"), usual=True),
        )
        if cell(row, "reconcile").lower() in _TRUE:
            account.hints = ("reconcile",)
        if "odoo type" in columns:
            _type_of_odoo(chart, account, cell(row, "odoo type"))
        else:
            _class_of_list(chart, account, cell(row, "class"), classes)
        if chinese and (role := _CHINESE_ROLES.get((code or "", account.name))):
            chart.roles.setdefault(role, []).append(account.key)
        chart.accounts.append(account)


def _type_of_odoo(chart: ReadChart, account: ReadAccount, written: str) -> None:
    if written in _OFF_BALANCE:
        account.left_out = "it stands off the balance sheet"
        return
    found = ODOO_TYPES.get(written)
    if found is None:
        account.untold = f"account type {written!r} is none of Odoo's"
        return
    account.kind, account.section = found
    told = section_by_words(account.kind, [account.name])
    if account.section in (Section.OTHER_CURRENT_ASSETS, Section.OPERATING_EXPENSES) and told in (
        Section.INVENTORY,
        Section.CASH,
        Section.INCOME_TAXES,
    ):
        # The type is coarser than the statement; the name says which part of it.
        account.section = told
    if role := _ODOO_ROLES.get(written):
        chart.roles.setdefault(role, []).append(account.key)


def _class_of_list(chart: ReadChart, account: ReadAccount, written: str, classes: set[str]) -> None:
    told = written.lower()
    account.kind = _CLASSES.get(told)
    if told in ("cost", "costs", "成本"):
        # Beside a class of expenses, costs are those of work in progress: they stand in inventory
        # until they are sold (standard for small enterprises, class 4).
        if classes & {"expense", "expenses", "费用"}:
            account.kind, account.section = Kind.ASSET, Section.INVENTORY
        else:
            account.kind, account.section = Kind.EXPENSE, Section.COST_OF_SALES
        chart.note(
            Severity.NOTICE,
            "kind-of-costs",
            account.place,
            f"class {written!r} is taken as {account.kind.value}, in {account.section.value}",
        )
    elif account.kind is None:
        account.untold = f"class {written!r} is none of asset, liability, equity, income, expense"
    else:
        account.section = section_by_words(account.kind, [account.name])


def _read_odoo_taxes(
    chart: ReadChart, name: str, rows: list[tuple[int, list[str]]], heads: dict[str, int]
) -> None:
    """Odoo's taxes: a row each, and further rows below it for where its parts are booked."""

    def cell(row: list[str], *names: str) -> str:
        at = next((heads[each] for each in names if each in heads), None)
        return row[at].strip() if at is not None and at < len(row) else ""

    tax: ReadTax | None = None
    for line, row in rows[1:]:
        if cell(row, "id") or tax is None:
            written = cell(row, "amount")
            place = Place(name, line, cell(row, "id") or cell(row, "name") or "row")
            tax = ReadTax(
                name=cell(row, "name", "description") or cell(row, "id"),
                place=place,
                rate=None,
                direction={"sale": "sale", "purchase": "purchase"}.get(cell(row, "type_tax_use")),
            )
            chart.taxes.append(tax)
            if cell(row, "amount_type") in ("", "percent", "division"):
                try:
                    rate = Decimal(written) / 100
                    if not rate.is_finite() or abs(rate) > 1:
                        raise InvalidOperation
                    tax.rate = rate
                except InvalidOperation:
                    chart.note(
                        Severity.ERROR,
                        "tax-rate-unreadable",
                        place,
                        f"the amount {written[:60]!r} is no percentage",
                    )
        part = cell(row, "repartition_line_ids/repartition_type")
        account = cell(row, "repartition_line_ids/account_id", "repartition_line_ids/account_id/id")
        if part == "tax" and account:
            if cell(row, "repartition_line_ids/document_type") == "refund":
                tax.credit_note_account = tax.credit_note_account or account
            else:
                tax.account = tax.account or account


def _flag(chart: ReadChart, place: Place, name: str, written: str, *, usual: bool) -> bool:
    told = written.lower()
    if not told:
        return usual
    if told not in _TRUE + _FALSE:
        chart.note(Severity.ERROR, "flag-unreadable", place, f"{name} {written[:40]!r} is no flag")
    return told in _TRUE
