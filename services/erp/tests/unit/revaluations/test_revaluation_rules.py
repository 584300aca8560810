"""What a difference of exchange is, and that over an item's life it is the difference in money."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.exchange_rates.rules import converted
from erp.revaluations.rules import (
    Carried,
    ItemKind,
    Method,
    Valuation,
    given_back,
    part_of,
    reversed_on,
    valuation,
)

ACCOUNT, ITEM = UUID(int=1), UUID(int=2)
ZERO = Decimal(0)
METHODS = [Method.WITH_REVERSAL, Method.WITHOUT_REVERSAL]


def carried(open_: str, carrying: str, open_now: str | None = None) -> Carried:
    now = Decimal(open_ if open_now is None else open_now)
    return Carried(
        ItemKind.RECEIVABLE, ACCOUNT, ITEM, "USD", Decimal(open_), Decimal(carrying), now
    )


def golden(sign: int, method: Method) -> tuple[Decimal, Decimal, Decimal]:
    """388 USD booked at 94.39, revalued at 93.9325, settled at 94.125: unrealised, realised, life.

    The golden numbers of the design: what is carried is followed through by hand.
    """
    booked, settled = (converted(sign * Decimal(388), Fraction(r), "INR") for r in (
        "94.39", "94.125",
    ))  # fmt: skip
    item = Carried(
        ItemKind.RECEIVABLE, ACCOUNT, ITEM, "USD", sign * Decimal(388), booked, sign * Decimal(388)
    )
    found = valuation(item, Fraction("93.9325"), "INR", method)
    carrying = booked + found.kept
    taken_back = found.delta - found.kept
    realised = settled - carrying
    return found.delta, realised - taken_back, found.delta - taken_back + realised


@pytest.mark.parametrize("method", METHODS)
def test_golden_a_receivable_loses_177_51_gains_74_69_and_loses_102_82_over_its_life(
    method: Method,
) -> None:
    assert golden(1, method) == (Decimal("-177.51"), Decimal("74.69"), Decimal("-102.82"))


@pytest.mark.parametrize("method", METHODS)
def test_golden_a_payable_has_the_opposite_signs(method: Method) -> None:
    assert golden(-1, method) == (Decimal("177.51"), Decimal("-74.69"), Decimal("102.82"))


def test_with_reversal_nothing_stays_and_without_it_all_does() -> None:
    item = carried("388", "36623.32")
    delta = Decimal("-177.51")
    with_reversal = valuation(item, Fraction("93.9325"), "INR", Method.WITH_REVERSAL)
    without = valuation(item, Fraction("93.9325"), "INR", Method.WITHOUT_REVERSAL)
    assert (with_reversal.delta, with_reversal.kept) == (delta, ZERO)
    assert (without.delta, without.kept) == (delta, delta)


def test_what_was_settled_before_the_run_keeps_nothing() -> None:
    item = carried("388", "36623.32", "97")
    found = valuation(item, Fraction("93.9325"), "INR", Method.WITHOUT_REVERSAL)
    assert (found.delta, found.kept, found.kept_open) == (
        Decimal("-177.51"), Decimal("-44.38"), Decimal(97),
    )  # fmt: skip
    assert given_back(found.kept, found.kept_open, Decimal(0), 2) == 0
    assert given_back(found.kept, found.kept_open, Decimal(97), 2) == found.kept
    assert given_back(found.kept, found.kept_open, Decimal(400), 2) == found.kept


def test_an_account_that_is_empty_in_its_currency_is_worth_nothing() -> None:
    found = valuation(carried("0", "12.50"), Fraction(1), "EUR", Method.WITHOUT_REVERSAL)
    assert (found.delta, found.kept) == (Decimal("-12.50"), Decimal("-12.50"))
    assert given_back(found.kept, found.kept_open, Decimal(0), 2) == found.kept


def test_the_last_part_takes_the_residue() -> None:
    whole, left, open_ = Decimal("100.00"), Decimal("100.00"), Decimal(3)
    parts = []
    for _ in range(3):
        part = part_of(left, open_, Decimal(1), 2)
        parts.append(part)
        left, open_ = left - part, open_ - 1
    assert parts == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]
    assert sum(parts) == whole


def test_the_next_period_begins_on_the_first() -> None:
    assert reversed_on(date(2026, 1, 31)) == date(2026, 2, 1)
    assert reversed_on(date(2026, 12, 5)) == date(2027, 1, 1)


@dataclass
class Settled:
    """A part that was settled: what it took off the invoice and off the payment."""

    amount: Decimal
    debit_base: Decimal
    credit_base: Decimal


@dataclass
class Life:
    """One invoice, what paid it, and everything that was gained or lost: books kept by hand."""

    sign: int
    booked: Decimal
    open: Decimal
    carrying: Decimal
    gained: Decimal = ZERO
    control: Decimal = ZERO
    cash: Decimal = ZERO
    free: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    standing: list[Valuation] = field(default_factory=list)

    def pay(self, amount: Decimal, rate: Fraction) -> None:
        money = converted(amount, rate, "EUR")
        self.cash += money
        self.control -= money
        self.settle(amount, money)

    def settle(self, amount: Decimal, credit_base: Decimal) -> None:
        part = part_of(self.carrying, self.open, amount, 2)
        self.open, self.carrying = self.open - amount, self.carrying - part
        self.gained += credit_base - part
        self.control += credit_base - part
        self.settled.append(Settled(amount, part, credit_base))

    def unsettle(self, at: int) -> None:
        found = self.settled.pop(at % len(self.settled))
        self.open, self.carrying = self.open + found.amount, self.carrying + found.debit_base
        self.gained -= found.credit_base - found.debit_base
        self.control -= found.credit_base - found.debit_base
        self.free.append((found.amount, found.credit_base))

    def revalue(self, rate: Fraction, method: Method) -> None:
        if not self.open:
            return
        item = Carried(
            ItemKind.RECEIVABLE, ACCOUNT, ITEM, "USD", self.open, self.carrying, self.open
        )
        found = valuation(item, rate, "EUR", method)
        # On the day, and what does not stay on the first day of the next period.
        self.gained += found.delta - (found.delta - found.kept)
        self.control += found.kept
        self.carrying += found.kept
        self.standing.append(found)

    def undo_revaluation(self) -> None:
        found = self.standing.pop()
        back = given_back(found.kept, found.kept_open, self.open, 2)
        self.gained -= back
        self.control -= back
        self.carrying -= back


CENTS = st.integers(1, 10**7).map(lambda units: Decimal(units).scaleb(-2))
RATES = st.fractions(Fraction(1, 100), Fraction(200), max_denominator=10_000)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "unsettle", "revalue", "undo"]), RATES, st.integers(1, 10**6)
    ),
    max_size=14,
)


@given(CENTS, RATES, STEPS, st.sampled_from([1, -1]), st.sampled_from([*METHODS, None]))
def test_lifetime_gain_is_the_cash_difference_whatever_happens(
    gross: Decimal,
    rate: Fraction,
    steps: list[tuple[str, Fraction, int]],
    sign: int,
    policy: Method | None,
) -> None:
    amount = sign * gross
    booked = converted(amount, rate, "EUR")
    life = Life(sign, booked, amount, booked, control=booked)
    for step, at, number in steps:
        if step == "pay" and life.open:
            units = int(abs(life.open).scaleb(2))
            part = sign * Decimal(1 + number % units).scaleb(-2)
            life.pay(part, at)
        elif step == "unsettle" and life.settled:
            life.unsettle(number)
        elif step == "revalue":
            # No policy: now this one, now that one.
            life.revalue(at, policy or METHODS[number % 2])
        elif step == "undo" and life.standing:
            life.undo_revaluation()
        assert life.control == life.carrying - sum(base for _, base in life.free)
    for part, base in life.free:
        # What is free settles what is open; the rest of it goes back to the customer.
        taken = min(part, life.open, key=abs)
        used = part_of(base, part, taken, 2)
        if taken:
            life.settle(taken, used)
        life.cash -= base - used
        life.control += base - used
    if life.open:
        life.pay(life.open, rate)
    assert life.open == 0
    assert life.carrying == 0
    assert life.control == 0
    assert life.gained == life.cash - booked


@given(CENTS, RATES, st.lists(st.tuples(RATES, RATES, st.integers(1, 10**6)), max_size=6))
def test_both_methods_come_to_the_same_total(
    gross: Decimal, rate: Fraction, payments: list[tuple[Fraction, Fraction, int]]
) -> None:
    totals = []
    for method in METHODS:
        booked = converted(gross, rate, "EUR")
        life = Life(1, booked, gross, booked, control=booked)
        for closing, at, number in payments:
            life.revalue(closing, method)
            if life.open:
                life.pay(Decimal(1 + number % int(life.open.scaleb(2))).scaleb(-2), at)
        if life.open:
            life.pay(life.open, rate)
        totals.append(life.gained)
    assert totals[0] == totals[1]
