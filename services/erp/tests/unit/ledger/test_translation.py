"""Entries in other currencies, in the company's own."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.ledger.rules import (
    EntryIsNotBalanced,
    EntryLine,
    check_entry,
    reversal,
    round_half_away,
    translated,
)

A = UUID(int=1)
rates = st.fractions(min_value="0.001", max_value="1000", max_denominator=10_000)
cents = st.integers(1, 10**9).map(lambda units: Decimal(units).scaleb(-2))


@given(st.lists(cents, min_size=1, max_size=20), rates)
def test_an_entry_in_one_foreign_currency_balances_in_the_companys(
    parts: list[Decimal], rate: Fraction
) -> None:
    lines = [EntryLine(A, "USD", debit=sum(parts, start=Decimal(0)))]
    lines += [EntryLine(A, "USD", credit=part) for part in parts]
    found = translated(lines, "EUR", {"USD": rate})
    whole = round_half_away(Fraction(lines[0].debit) * rate, 2)
    assert found[0] == whole
    assert sum(base or 0 for base in found[1:]) == -whole
    for part, base in zip(parts, found[1:], strict=True):
        assert base is not None
        assert abs(Fraction(part) * rate + Fraction(base)) < Fraction(1, 100)


@given(st.fractions(-(10**12), 10**12, max_denominator=10**6), st.integers(0, 4))
def test_halves_go_away_from_zero(value: Fraction, places: int) -> None:
    rounded = round_half_away(value, places)
    assert abs(Fraction(rounded) - value) <= Fraction(1, 2 * 10**places)
    assert round_half_away(-value, places) == rounded.copy_negate()


def test_halves_of_both_signs() -> None:
    assert round_half_away(Fraction(-1446375, 1000), 2) == Decimal("-1446.38")
    assert round_half_away(Fraction(5, 1000), 2) == Decimal("0.01")
    assert round_half_away(Fraction(1, 2), 0) == Decimal(1)


def test_a_settlement_books_its_difference_without_an_amount() -> None:
    lines = [
        EntryLine(A, "USD", debit=Decimal(388), base=Decimal("36520.50")),
        EntryLine(A, "USD", credit=Decimal(388), base=Decimal("-36623.32")),
        EntryLine(A, "USD", base=Decimal("102.82")),
    ]
    check_entry(lines)
    assert translated(lines, "RUB", {}) == [line.base for line in lines]
    assert [line.base for line in reversal(lines)] == [-(line.base or 0) for line in lines]


def test_amounts_that_were_given_must_fit_together() -> None:
    lines = [
        EntryLine(A, "USD", debit=Decimal(100), base=Decimal(92)),
        EntryLine(A, "USD", credit=Decimal(100)),
    ]
    with pytest.raises(EntryIsNotBalanced):
        translated(lines, "EUR", {"USD": Fraction(9, 10)})


@given(st.lists(cents, min_size=1, max_size=9), st.lists(cents, max_size=9), rates)
def test_what_was_given_stays_and_the_others_take_the_residue(
    debits: list[Decimal], taken_off: list[Decimal], rate: Fraction
) -> None:
    """A bill with discounts on it: what is owed is carried at its own rounded rate."""
    owed = sum(debits, start=Decimal(0)) - sum(taken_off, start=Decimal(0))
    if owed <= 0:
        debits, owed = [*debits, Decimal(1) - owed], Decimal(1)
    carried = round_half_away(Fraction(owed) * rate, 2)
    lines = [EntryLine(A, "USD", debit=part) for part in debits]
    lines += [EntryLine(A, "USD", credit=part) for part in taken_off]
    lines.append(EntryLine(A, "USD", credit=owed, base=-carried))
    found = translated(lines, "EUR", {"USD": rate})
    assert found[-1] == -carried
    assert sum(base or 0 for base in found) == 0
    for line, base in zip(lines, found, strict=True):
        assert base is not None
        exact = Fraction(line.debit - line.credit) * rate
        assert abs(exact - Fraction(base)) < Fraction(2, 100)


def test_amounts_that_do_not_fit_together_are_refused() -> None:
    lines = [
        EntryLine(A, "USD", debit=Decimal(100)),
        EntryLine(A, "USD", credit=Decimal(100), base=Decimal(-95)),
    ]
    with pytest.raises(EntryIsNotBalanced):
        translated(lines, "EUR", {"USD": Fraction(9, 10)})
