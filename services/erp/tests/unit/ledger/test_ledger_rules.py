"""What the books accept."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.ledger.rules import (
    LARGEST_AMOUNT,
    STANDARD_CHART,
    AccountRole,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    EntryIsNotBalanced,
    EntryLine,
    EntryNeedsTwoLines,
    LineHasOneSide,
    check_amount,
    check_day_has_come,
    check_entry,
    credit,
    debit,
    document_number,
    next_period,
    period_of,
    reversal,
    series_of,
)
from servicekit.values.currencies import MINOR_UNITS
from servicekit.values.money import Money

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


@st.composite
def balanced(draw: st.DrawFn) -> list[EntryLine]:
    """A balanced entry in one to three currencies."""
    lines: list[EntryLine] = []
    for currency in draw(st.lists(CURRENCIES, min_size=1, max_size=3, unique=True)):
        places = MINOR_UNITS[currency]
        units = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
        for unit in units:
            amount = Money(Decimal(unit).scaleb(-places), currency)
            lines.append(debit(AccountRole.BANK, amount))
        total = Money(Decimal(sum(units)).scaleb(-places), currency)
        lines.append(credit(AccountRole.REVENUE, total))
    return lines


@given(balanced())
def test_a_balanced_entry_is_accepted_and_so_is_its_reversal(lines: list[EntryLine]) -> None:
    check_entry(lines)
    check_entry(reversal(lines))

    assert reversal(reversal(lines)) == lines


@given(balanced(), st.data())
def test_moving_one_minor_unit_on_one_side_is_refused(
    lines: list[EntryLine], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    unit = Decimal(1).scaleb(-MINOR_UNITS[line.currency])
    lines[at] = (
        EntryLine(line.account, line.currency, debit=line.debit + unit)
        if line.debit
        else EntryLine(line.account, line.currency, credit=line.credit + unit)
    )

    with pytest.raises(EntryIsNotBalanced):
        check_entry(lines)


def test_currencies_do_not_balance_each_other() -> None:
    with pytest.raises(EntryIsNotBalanced):
        check_entry(
            [
                debit(AccountRole.BANK, Money(Decimal(5), "EUR")),
                credit(AccountRole.REVENUE, Money(Decimal(5), "USD")),
            ]
        )


@pytest.mark.parametrize("count", [0, 1])
def test_an_entry_needs_two_lines(count: int) -> None:
    with pytest.raises(EntryNeedsTwoLines):
        check_entry([debit(AccountRole.BANK, Money(Decimal(5), "EUR"))] * count)


@pytest.mark.parametrize(("debited", "credited"), [("0", "0"), ("5", "5"), ("-5", "0")])
def test_a_line_has_exactly_one_side(debited: str, credited: str) -> None:
    line = EntryLine(AccountRole.BANK, "EUR", Decimal(debited), Decimal(credited))
    with pytest.raises(LineHasOneSide) as refused:
        check_entry([line, line])
    assert refused.value.field == "lines.0"


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "EUR"), ("0.5", "JPY"), ("0.0001", "KWD")]
)
def test_amounts_have_no_more_digits_than_their_currency(amount: str, currency: str) -> None:
    with pytest.raises(AmountHasTooManyDecimals):
        check_amount(Decimal(amount), currency)


def test_a_single_amount_stays_below_a_trillion() -> None:
    check_amount(LARGEST_AMOUNT - 1, "EUR")
    with pytest.raises(AmountIsTooLarge):
        check_amount(LARGEST_AMOUNT, "EUR")


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_day_lies_in_its_period(day: date) -> None:
    assert period_of(day) <= day < next_period(day)
    assert period_of(next_period(day)) == next_period(day)


def test_numbers_read_as_people_expect() -> None:
    assert document_number(series_of("SAL", date(2026, 3, 1)), 42) == "SAL-2026-000042"


def test_the_standard_chart_has_one_account_for_each_role_and_code() -> None:
    roles = [line.role for line in STANDARD_CHART if line.role]
    codes = [line.code for line in STANDARD_CHART]

    assert sorted(roles) == sorted(AccountRole)
    assert len(set(codes)) == len(codes)


def test_today_has_come_and_tomorrow_has_not() -> None:
    today = date(2026, 1, 5)
    check_day_has_come(today, today, field="effective_on")
    with pytest.raises(BookedInTheFuture):
        check_day_has_come(date(2026, 1, 6), today, field="effective_on")
