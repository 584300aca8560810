"""What a contract holds on a day, and that changes and their reversals leave nothing behind."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.contracts.rules import (
    ChangeIsNoChange,
    ContractHasChanged,
    ContractIsOver,
    Entry,
    EntryKind,
    HoldingIsNotThere,
    RenewalPolicy,
    amount_of,
    change_is_outside,
    check_holdings,
    credited,
    holdings,
    last_days,
    new_key,
    renewed_price,
    windows,
)
from cpq.selling import Proration, TermUnit

START, END = date(2026, 1, 1), date(2026, 12, 31)
ADDITIVE = [
    Proration.PERIOD_DAYS, Proration.CALENDAR_DAYS, Proration.ACTUAL_30, Proration.STRICT_30,
    Proration.DAYS,
]  # fmt: skip


def entry(
    quantity: str = "10",
    price: str = "9.90",
    start: date = START,
    end: date = END,
    key: str = "care",
    **more: object,
) -> Entry:
    made = Entry(
        key, EntryKind.NEW, UUID(int=1), "CARE", "Care", "pcs", Decimal(quantity), Decimal(price),
        start, end, Decimal(0), anchor=START,
    )  # fmt: skip
    made = replace(made, **more)  # type: ignore[arg-type]
    return replace(made, amount=amount_of(made, made.quantity, start, end))


def on(entries: list[Entry], day: date) -> dict[str, Decimal]:
    return {key: held.quantity for key, held in holdings(entries, day).items()}


def reduced(entries: list[Entry], quantity: str, day: date) -> list[Entry]:
    found = credited(entries, "care", Decimal(quantity), day)
    return [*entries, *(line.entry for line in found)]


def test_a_holding_is_the_sum_of_its_entries_on_the_day() -> None:
    entries = reduced([entry()], "4", date(2026, 7, 1))

    assert on(entries, date(2026, 6, 30)) == {"care": 10}
    assert on(entries, date(2026, 7, 1)) == {"care": 6}
    assert on(entries, date(2027, 1, 1)) == {}
    # Six months of four at 9.90.
    assert entries[-1].amount == Decimal("-237.6")
    assert holdings(entries, START)["care"].until_on == END


def test_what_is_given_back_is_prorated_by_the_days_of_its_month() -> None:
    entries = reduced([entry(quantity="1", price="31")], "1", date(2026, 12, 17))

    assert entries[-1].amount == -15
    assert on(entries, date(2026, 12, 17)) == {}
    assert holdings(entries, START)["care"].until_on == date(2026, 12, 16)


def test_each_term_gives_back_at_its_own_price() -> None:
    renewed = entry(price="12", start=date(2027, 1, 1), end=date(2027, 12, 31))
    found = credited([entry(), renewed], "care", Decimal(10), date(2026, 12, 1))

    assert [(line.entry.unit_price, line.entry.amount) for line in found] == [
        (Decimal("9.90"), Decimal(-99)),
        (Decimal(12), Decimal(-1440)),
    ]


days = st.integers(0, 364).map(lambda number: START + timedelta(days=number))
prices = st.decimals("0.01", 10_000, places=4)
quantities = st.integers(1, 500).map(Decimal)
units = st.sampled_from(TermUnit)


@given(days, prices, quantities, quantities, units, st.sampled_from(ADDITIVE))
def test_more_and_then_less_leaves_what_was_there_and_no_money(
    day: date, price: Decimal, had: Decimal, more: Decimal, unit: TermUnit, basis: Proration
) -> None:
    first = entry(str(had), str(price), term_unit=unit, basis=basis)
    added = entry(str(more), str(price), start=day, term_unit=unit, basis=basis)
    entries = reduced([first, added], str(more), day)

    assert on(entries, day) == on([first], day)
    assert sum((each.amount for each in entries), start=Decimal(0)) == first.amount
    check_holdings(entries)


@given(prices, quantities, units, st.sampled_from(ADDITIVE))
def test_a_contract_cancelled_on_its_first_day_costs_nothing(
    price: Decimal, had: Decimal, unit: TermUnit, basis: Proration
) -> None:
    entries = reduced([entry(str(had), str(price), term_unit=unit, basis=basis)], str(had), START)

    assert sum((each.amount for each in entries), start=Decimal(0)) == 0
    assert not any(holdings(entries, day) for day in last_days(entries))


@given(st.lists(st.tuples(days, quantities), max_size=4), days)
def test_what_is_kept_and_what_is_given_back_sum_to_the_whole(
    cuts: list[tuple[date, Decimal]], day: date
) -> None:
    first = entry("500", "7")
    entries = [first]
    for at, quantity in cuts:
        held = holdings(entries, at).get("care")
        if held is not None and quantity <= held.quantity:
            entries = reduced(entries, str(quantity), at)
    kept = sum(
        (
            amount_of(first, on(entries, at).get("care", Decimal(0)), at, at)
            for at in (START + timedelta(days=number) for number in range(365))
        ),
        start=Decimal(0),
    )
    paid = sum((each.amount for each in entries), start=Decimal(0))
    # 365 days are rounded at ten places each.
    assert abs(kept - paid) < Decimal("1e-6")
    assert all(quantity >= 0 for quantity in on(entries, day).values())


def test_windows_follow_prices() -> None:
    entries = [entry(), entry("5", "9.90", start=date(2026, 7, 1))]
    assert [(w.from_on, w.until_on) for w in windows(entries, "care", date(2026, 3, 1))] == [
        (date(2026, 3, 1), END)
    ]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(HoldingIsNotThere):
        credited([entry()], "other", Decimal(1), START)
    with pytest.raises(HoldingIsNotThere):
        credited([entry()], "care", Decimal(1), date(2027, 1, 1))
    with pytest.raises(ChangeIsNoChange):
        credited([entry()], "care", Decimal(11), START)
    with pytest.raises(ContractIsOver):
        change_is_outside([entry()], date(2027, 1, 1))
    with pytest.raises(ContractHasChanged):
        check_holdings([entry(), entry("-11")])


def test_renewal_keeps_raises_or_prices_anew() -> None:
    assert renewed_price(entry(), RenewalPolicy.KEEP, Decimal(1)) == Decimal("9.90")
    assert renewed_price(entry(), RenewalPolicy.UPLIFT, Decimal("0.03")) == Decimal("10.197")
    assert renewed_price(entry(), RenewalPolicy.REPRICE, Decimal(0)) is None
    assert new_key("care", {"care", "care-2"}) == "care-3"
