"""Figures of bills tie or are refused; four eyes; numbers have their check digits."""

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.payables.rules import (
    ApprovalExceedsLimit,
    ApproverEnteredIt,
    BankDetailsAreWrong,
    BillDoesNotTie,
    BillLineInput,
    OwedItem,
    ReferenceIsWrong,
    SettlesTooMuch,
    StatedTax,
    StatedTaxIsOff,
    VatNumberIsWrong,
    check_bill,
    check_four_eyes,
    check_limit,
    checked_bank_details,
    checked_reference,
    checked_vat_number,
    settle,
)

RATE = Decimal("0.19")


def line(amount: str) -> BillLineInput:
    return BillLineInput("Paper", Decimal(amount), "standard", RATE)


@pytest.mark.parametrize(
    ("tax", "fits"), [("1.90", True), ("1.91", True), ("1.89", True), ("1.92", False)]
)
def test_a_stated_tax_is_off_by_a_cent_at_most(tax: str, fits: bool) -> None:
    stated = [StatedTax("standard", RATE, Decimal(10), Decimal(tax))]
    if fits:
        assert check_bill([line("10")], stated, "EUR") == (Decimal(10), Decimal(tax))
    else:
        with pytest.raises(StatedTaxIsOff):
            check_bill([line("10")], stated, "EUR")


def test_ten_lines_rounded_each_explain_five_cents() -> None:
    lines = [line("1") for _ in range(10)]

    check_bill(lines, [StatedTax("standard", RATE, Decimal(10), Decimal("1.95"))], "EUR")
    with pytest.raises(StatedTaxIsOff):
        check_bill(lines, [StatedTax("standard", RATE, Decimal(10), Decimal("1.96"))], "EUR")


@pytest.mark.parametrize(
    ("lines", "base", "category"),
    [(["10"], "11", "standard"), (["10"], "10", "reduced"), (["-10"], "-10", "standard")],
)
def test_what_does_not_sum_is_refused(lines: list[str], base: str, category: str) -> None:
    tax = (Decimal(base) * RATE).quantize(Decimal("0.01"))
    with pytest.raises(BillDoesNotTie):
        check_bill([line(a) for a in lines], [StatedTax(category, RATE, Decimal(base), tax)], "EUR")


def test_nobody_approves_what_they_entered_or_beyond_their_limit() -> None:
    check_four_eyes("ada", "eve")
    with pytest.raises(ApproverEnteredIt):
        check_four_eyes("ada", "ada")
    limits = {("clerk", "EUR"): Decimal(100), ("head", "EUR"): None}
    check_limit(Decimal(10_000), "EUR", {}, {"clerk"})
    check_limit(Decimal(100), "EUR", limits, {"clerk"})
    check_limit(Decimal(101), "EUR", limits, {"clerk", "head"})
    for amount, currency, role in ((101, "EUR", "clerk"), (1, "USD", "head"), (1, "EUR", "guest")):
        with pytest.raises(ApprovalExceedsLimit):
            check_limit(Decimal(amount), currency, limits, {role})


def test_numbers_have_their_check_digits() -> None:
    assert checked_vat_number("DE 136 695 976") == "DE136695976"
    assert checked_bank_details("DE89 3704 0044 0532 0130 00", None)[0] == "DE89370400440532013000"
    assert checked_reference("RF18 5390 0754 7034") == "RF18539007547034"
    with pytest.raises(VatNumberIsWrong):
        checked_vat_number("DE136695977")
    with pytest.raises(BankDetailsAreWrong):
        checked_bank_details("DE89370400440532013001", None)
    with pytest.raises(BankDetailsAreWrong):
        checked_bank_details("DE89370400440532013000", "NOBANK")
    with pytest.raises(ReferenceIsWrong):
        checked_reference("RF18539007547035")


@given(
    st.decimals(0, 1000, places=2),
    st.lists(st.decimals("0.01", 500, places=2), max_size=6),
)
def test_settling_takes_what_is_there_and_no_more(money: Decimal, opens: list[Decimal]) -> None:
    items = [OwedItem(uuid4(), uuid4(), amount) for amount in opens]

    settled = settle(money, items, None)

    assert sum((part for _, part in settled), start=Decimal(0)) == min(
        money, sum(opens, start=Decimal(0))
    )
    open_of = {item.id: item.open for item in items}
    assert all(0 < part <= open_of[item] for item, part in settled)


def test_settling_by_name_stays_within_both() -> None:
    item = OwedItem(uuid4(), uuid4(), Decimal(10))

    assert settle(Decimal(20), [item], [(item.document_id, Decimal(10))]) == [(item.id, 10)]
    for money, part in ((20, 11), (5, 6)):
        with pytest.raises(SettlesTooMuch):
            settle(Decimal(money), [item], [(item.document_id, Decimal(part))])
