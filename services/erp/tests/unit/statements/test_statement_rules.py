"""Statements: whatever was booked, they balance, reconcile and leave nothing out."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from erp.statements.rules import (
    LAYOUTS,
    Column,
    ColumnSums,
    Span,
    Standing,
    Statement,
    StatementAccount,
    StatementKind,
    columns_of,
    day_before,
    parts_of,
    statement,
    year_start,
)
from erp.statements.rules import Step as Step_

SECTIONS = {
    "asset": (
        "cash",
        "receivables",
        "inventory",
        "other-current-assets",
        "non-current-assets",
    ),
    "liability": ("payables", "other-current-liabilities", "non-current-liabilities"),
    "equity": ("equity",),
    "income": ("revenue", "other-income", "financial-result", "income-taxes"),
    "expense": (
        "cost-of-sales",
        "operating-expenses",
        "depreciation",
        "financial-result",
        "income-taxes",
    ),
}
ACCOUNTS = [
    StatementAccount(UUID(int=at), str(at), section, kind, section)
    for at, (kind, section) in enumerate(
        ((kind, section) for kind, sections in SECTIONS.items() for section in sections), 1
    )
]
ACCOUNTS.append(
    StatementAccount(UUID(int=99), "99", "Carried", "equity", "equity", "result-carried")
)
FIRST = date(2024, 1, 1)

Entries = list[tuple[int, list[tuple[int, int]]]]
"""Days after FIRST, and lines: index of an account and cents, debit less credit, but the last,
which balances the entry."""

entries_of_any_history: st.SearchStrategy[Entries] = st.lists(
    st.tuples(
        st.integers(0, 1000),
        st.lists(
            st.tuples(st.integers(0, len(ACCOUNTS) - 1), st.integers(-(10**9), 10**9)),
            min_size=2,
            max_size=5,
        ),
    ),
    max_size=20,
)
columns_of_any_company = st.builds(
    columns_of,
    st.none() | st.integers(0, 300).map(lambda days: FIRST + timedelta(days=days)),
    st.integers(300, 1000).map(lambda days: FIRST + timedelta(days=days)),
    st.integers(1, 4),
    st.sampled_from([*Step_]),
    st.integers(1, 12),
)


def sums(entries: Entries, column: Column) -> ColumnSums:
    def until(day: date) -> dict[UUID, Decimal]:
        found: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        for after, lines in entries:
            if FIRST + timedelta(days=after) > day:
                continue
            for at, (account, cents) in enumerate(lines):
                last = at == len(lines) - 1
                amount = -sum(each for _, each in lines[:-1]) if last else cents
                found[ACCOUNTS[account].id] += Decimal(amount) / 100
        return found

    return ColumnSums(
        until(column.ends_on),
        until(day_before(column.starts_on)),
        until(day_before(column.year_starts_on)),
    )


def made(kind: StatementKind, entries: Entries, columns: list[Column]) -> Statement:
    return statement(kind, ACCOUNTS, columns, [sums(entries, each) for each in columns])


@given(entries_of_any_history, columns_of_any_company)
@settings(deadline=None)
def test_assets_are_liabilities_and_equity(entries: Entries, columns: list[Column]) -> None:
    sheet = made(StatementKind.BALANCE_SHEET, entries, columns)

    assert sheet.amounts("assets") == sheet.amounts("liabilities-and-equity")


@given(entries_of_any_history, columns_of_any_company)
@settings(deadline=None)
def test_the_cash_flow_is_the_change_of_cash(entries: Entries, columns: list[Column]) -> None:
    flow = made(StatementKind.CASH_FLOW, entries, columns)
    sheet = made(StatementKind.BALANCE_SHEET, entries, columns)

    assert flow.amounts("cash-at-end") == sheet.amounts("cash")
    before = [
        Column(each.starts_on, day_before(each.starts_on), each.year_starts_on) for each in columns
    ]
    opening = made(StatementKind.BALANCE_SHEET, entries, before)
    assert flow.amounts("change-of-cash") == [
        end - start
        for end, start in zip(sheet.amounts("cash"), opening.amounts("cash"), strict=True)
    ]


@given(entries_of_any_history, columns_of_any_company)
@settings(deadline=None)
def test_the_result_is_the_same_in_all_three(entries: Entries, columns: list[Column]) -> None:
    whole_years = [
        Column(each.year_starts_on, each.ends_on, each.year_starts_on) for each in columns
    ]

    result = made(StatementKind.PROFIT_AND_LOSS, entries, whole_years).amounts("result")

    assert result == made(StatementKind.CASH_FLOW, entries, whole_years).amounts("result")
    assert result == made(StatementKind.BALANCE_SHEET, entries, whole_years).amounts(
        "result-of-the-year"
    )


@given(entries_of_any_history, columns_of_any_company)
@settings(deadline=None)
def test_parts_sum_to_subtotals_and_accounts_to_parts(
    entries: Entries, columns: list[Column]
) -> None:
    for kind in StatementKind:
        found = made(kind, entries, columns)
        specs = {spec.code: spec for spec in LAYOUTS[kind]}
        for line in found.lines:
            parts = (
                [each.amounts for each in line.accounts]
                if line.standing is Standing.PART
                else [found.amounts(code) for code in specs[line.code].sums]
            )
            for at in range(len(columns)):
                assert line.amounts[at] == sum(amounts[at] for amounts in parts)


def test_every_account_stands_in_exactly_one_line() -> None:
    for account in ACCOUNTS:
        of_result = account.kind in ("income", "expense")
        sheet = parts_of(StatementKind.BALANCE_SHEET, account)
        results = parts_of(StatementKind.PROFIT_AND_LOSS, account)
        flow = parts_of(StatementKind.CASH_FLOW, account)
        # Accounts of result stand in one line for the days before the fiscal year, and in
        # another for those since.
        assert len(sheet) == (2 if of_result else 1), (account, sheet)
        assert len(results) == (1 if of_result else 0), (account, results)
        if account.section == "depreciation":
            # Added back, and taken off what was invested: twice with opposite signs.
            assert flow == ["result", "depreciation-added-back", "investing-activities"]
        else:
            assert len(flow) == 1, (account, flow)


def test_columns_go_back_by_steps_and_keep_the_ends_of_months() -> None:
    columns = columns_of(None, date(2024, 2, 29), 3, Step_.YEAR, 7)

    assert [(each.starts_on, each.ends_on) for each in columns] == [
        (date(2023, 7, 1), date(2024, 2, 29)),
        (date(2022, 7, 1), date(2023, 2, 28)),
        (date(2021, 7, 1), date(2022, 2, 28)),
    ]
    months = columns_of(date(2026, 3, 1), date(2026, 3, 31), 2, Step_.MONTH, 1)
    assert (months[1].starts_on, months[1].ends_on) == (date(2026, 2, 1), date(2026, 2, 28))
    assert year_start(date(2026, 6, 30), 7) == date(2025, 7, 1)
    assert ColumnSums({}, {}, {}).of(UUID(int=1), Span.YEAR) == 0
