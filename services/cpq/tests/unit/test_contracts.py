"""What a contract holds on a day, and that changes and their reversals leave nothing behind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.contracts.rules import (
    FOREVER,
    ContractHasChanged,
    ContractIsOver,
    Entry,
    EntryKind,
    RenewalPolicy,
    change_is_outside,
    check_holdings,
    credit_of,
    holdings,
    is_there,
    keys_of,
    last_day,
    last_days,
    left_of,
    lowered,
    new_key,
    raised,
    renewed_price,
    stretches,
    together,
)
from cpq.selling import Proration, TermUnit, prorated
from servicekit.values.decimals import ARITHMETIC, round_to

START, END = date(2026, 1, 1), date(2026, 12, 31)
NOTHING = Decimal(0)


def entry(
    quantity: str = "10",
    price: str = "9.90",
    start: date = START,
    end: date = END,
    key: str = "care",
    **more: object,
) -> Entry:
    """A lot with the amount that a quote works out: price x periods at ten places."""
    made = Entry(
        key, EntryKind.NEW, UUID(int=1), "CARE", "Care", "pcs", Decimal(quantity), Decimal(price),
        start, end, NOTHING, anchor=START,
    )  # fmt: skip
    made = replace(made, **more)  # type: ignore[arg-type]
    if end == FOREVER:
        return made
    times = prorated(
        start, end + timedelta(days=1), made.term_unit, made.basis, count=made.term_count,
        anchor=made.anchor,
    ).multiplier  # fmt: skip
    each = ARITHMETIC.multiply(made.quantity, made.unit_price)
    return replace(made, amount=round_to(ARITHMETIC.multiply(each, times), 10))


def bought(*entries: Entry) -> list[Entry]:
    """A contract: its entries in their order."""
    return [replace(each, position=place) for place, each in enumerate(entries, start=1)]


def on(entries: Sequence[Entry], day: date) -> dict[str, Decimal]:
    return {key: held.quantity for key, held in holdings(entries, day).items()}


def cut(
    entries: Sequence[Entry],
    to: str | Decimal,
    day: date,
    until: date | None = None,
    key: str = "care",
) -> list[Entry]:
    """The contract once so much of something is left."""
    found = lowered(entries, key, Decimal(to), day, until)
    return bought(*entries, *(line.entry for line in found))


def paid(entries: Sequence[Entry]) -> Decimal:
    return sum((each.amount for each in entries), start=NOTHING)


def test_a_holding_is_the_sum_of_its_entries_on_the_day() -> None:
    entries = cut(bought(entry()), "6", date(2026, 7, 1))

    assert on(entries, date(2026, 6, 30)) == {"care": 10}
    assert on(entries, date(2026, 7, 1)) == {"care": 6}
    assert on(entries, date(2027, 1, 1)) == {}
    # Six months of four at 9.90.
    assert (entries[-1].amount, entries[-1].lot) == (Decimal("-237.6"), 1)
    assert holdings(entries, START)["care"].until_on == END


def test_what_is_given_back_is_prorated_by_the_days_of_its_month() -> None:
    entries = cut(bought(entry(quantity="1", price="31")), "0", date(2026, 12, 17))

    assert entries[-1].amount == -15
    assert on(entries, date(2026, 12, 17)) == {}
    assert holdings(entries, START)["care"].until_on == date(2026, 12, 16)


def test_a_begun_month_that_counts_whole_is_not_given_back() -> None:
    entries = cut(bought(entry("1", "100", basis=Proration.WHOLE_MONTHS)), "0", date(2026, 6, 15))
    # January to June are used; six of twelve months are left.
    assert entries[-1].amount == -600
    # The same units are there until 14 June, and cost what they did.
    again = cut(entries, "0", START)
    assert paid(again) == 0


def test_each_lot_gives_back_what_it_cost_and_the_last_goes_first() -> None:
    cheap = entry("5", "8", start=date(2026, 7, 1))
    entries = bought(entry(), cheap, entry("10", "12", date(2027, 1, 1), date(2027, 12, 31)))
    found = lowered(entries, "care", Decimal(7), date(2026, 12, 1))

    assert [
        (line.entry.lot, line.entry.quantity, line.entry.unit_price, line.entry.amount)
        for line in found
    ] == [(2, -5, 8, -40), (1, -3, Decimal("9.90"), Decimal("-29.7")), (3, -3, 12, -432)]
    left = bought(*entries, *(line.entry for line in found))
    assert [on(left, day)["care"] for day in (date(2026, 11, 30), date(2026, 12, 1), END)] == [
        15, 7, 7,
    ]  # fmt: skip
    assert on(left, date(2027, 12, 31)) == {"care": 7}


def test_a_quantity_holds_on_every_later_day_whatever_was_agreed_for_them() -> None:
    six_from_july = cut(bought(entry()), "6", date(2026, 7, 1))
    four_from_june = cut(six_from_july, "4", date(2026, 6, 1))

    assert [on(four_from_june, date(2026, month, 15))["care"] for month in (5, 6, 7, 12)] == [
        10, 4, 4, 4,
    ]  # fmt: skip
    more = raised(four_from_june, "care", Decimal(8), date(2026, 5, 1))
    assert [(m.quantity, m.from_on, m.until_on) for m in more] == [
        (4, date(2026, 6, 1), END),
    ]
    for_july = raised(four_from_june, "care", Decimal(9), date(2026, 7, 1), date(2026, 7, 31))
    assert [(m.quantity, m.from_on, m.until_on) for m in for_july] == [
        (5, date(2026, 7, 1), date(2026, 7, 31)),
    ]


def test_stretches_follow_lots_and_leave_out_days_without_any() -> None:
    entries = bought(
        entry(end=date(2026, 3, 31)), entry("5", "9.90", start=date(2026, 7, 1)), entry(key="b")
    )
    found = list(stretches(entries, "care", date(2026, 2, 1)))
    assert [(s.from_on, s.until_on, s.quantity) for s in found] == [
        (date(2026, 2, 1), date(2026, 3, 31), 10),
        (date(2026, 7, 1), END, 5),
    ]
    assert keys_of(entries) == ["care", "b"]
    assert is_there(entries, "care", date(2026, 5, 1))
    assert not is_there(entries, "care", date(2027, 1, 1))


def test_lots_at_one_price_are_one_layer() -> None:
    held = holdings(bought(entry(), entry("2", "8"), entry("5")), START)["care"]
    assert [(layer.quantity, layer.lot.unit_price) for layer in together(held.layers)] == [
        (15, Decimal("9.90")), (2, 8),
    ]  # fmt: skip


def test_what_is_evergreen_gives_back_of_its_first_period_and_holds_for_ever() -> None:
    lot = replace(entry("10", "31", end=FOREVER, start=date(2026, 1, 1)), amount=Decimal(310))
    entries = bought(lot)
    assert holdings(entries, date(2199, 1, 1))["care"].until_on == FOREVER
    assert (last_day(entries), last_day(entries, evergreen=False)) == (FOREVER, None)
    # Sixteen of the 31 days that were charged; in March nothing that was charged is left.
    assert cut(entries, "0", date(2026, 1, 16))[-1].amount == -160
    less = cut(entries, "4", date(2026, 3, 10))
    assert (less[-1].amount, less[-1].until_on, less[-1].quantity) == (0, FOREVER, -6)
    gone = cut(less, "0", START)
    assert paid(gone) == 0
    assert last_day(gone) is None
    with_end = bought(lot, entry("1", key="b"))
    assert last_day(with_end, evergreen=False) == END


days = st.integers(0, 364).map(lambda number: START + timedelta(days=number))
prices = st.decimals("0.01", 10_000, places=4)
quantities = st.integers(1, 500).map(Decimal)
units = st.sampled_from(TermUnit)
bases = st.sampled_from(Proration)


@st.composite
def contracts(draw: st.DrawFn) -> list[Entry]:
    """Up to four lots of up to two things, at any prices, over any days, however prorated."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(days), draw(days)))
        found.append(
            entry(
                str(draw(quantities)),
                str(draw(prices)),
                start,
                end,
                draw(st.sampled_from(("care", "other"))),
                term_unit=draw(units),
                basis=draw(bases),
                anchor=draw(st.sampled_from((start, START))),
            )
        )
    return bought(*found)


cuts = st.lists(st.tuples(days, st.one_of(st.none(), days), st.integers(0, 400)), max_size=5)


@given(contracts(), cuts)
def test_whatever_is_taken_when_no_lot_gives_back_more_than_it_cost(
    entries: list[Entry], wanted: list[tuple[date, date | None, int]]
) -> None:
    lots = entries
    for day, until, to in wanted:
        before = entries
        entries = cut(entries, Decimal(to), day, until)
        for at in (START + timedelta(days=number) for number in range(0, 365, 7)):
            had = on(before, at).get("care", NOTHING)
            inside = day <= at and (until is None or at <= until)
            assert on(entries, at).get("care", NOTHING) == (min(had, to) if inside else had)
    check_holdings(entries)
    for lot in lots:
        takings = [each for each in entries if each.lot == lot.position]
        assert all(each.amount <= 0 for each in takings)
        assert lot.amount + paid(takings) == left_of(lot, takings) >= 0


@given(contracts(), cuts)
def test_a_contract_that_is_taken_away_whole_has_cost_nothing(
    entries: list[Entry], wanted: list[tuple[date, date | None, int]]
) -> None:
    credits_ = []
    for day, until, to in wanted:
        more = [line.entry for line in lowered(entries, "care", Decimal(to), day, until)]
        credits_.append(credit_of(entries, more, "EUR"))
        entries = bought(*entries, *more)
    for key in keys_of(entries):
        more = [line.entry for line in lowered(entries, key, NOTHING, START)]
        credits_.append(credit_of(entries, more, "EUR"))
        entries = bought(*entries, *more)

    assert paid(entries) == 0
    assert not any(holdings(entries, day) for day in last_days(entries))
    charged = sum((each.amount for each in entries if each.quantity > 0), start=NOTHING)
    assert sum(credits_, start=NOTHING) == round_to(charged, 2)


@given(contracts(), days, st.integers(0, 400))
def test_more_and_then_less_leaves_what_was_there_and_no_money(
    entries: list[Entry], day: date, to: int
) -> None:
    more = raised(entries, "care", Decimal(to), day)
    grown = bought(
        *entries,
        *(
            entry(
                str(each.quantity), str(each.like.unit_price), each.from_on, each.until_on,
                term_unit=each.like.term_unit, basis=each.like.basis, anchor=each.like.anchor,
            )
            for each in more
        ),
    )  # fmt: skip
    for stretch in stretches(grown, "care", day):
        assert stretch.quantity >= to
    back = grown
    for each in more:
        had = on(entries, each.from_on)["care"]
        back = cut(back, had, each.from_on, each.until_on)
    assert paid(back) == paid(entries)
    for at in (START + timedelta(days=number) for number in range(0, 365, 7)):
        assert on(back, at) == on(entries, at)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ContractIsOver):
        change_is_outside(bought(entry()), date(2027, 1, 1))
    change_is_outside(bought(entry()), date(2025, 1, 1))
    with pytest.raises(ContractHasChanged):
        check_holdings(bought(entry(), entry("-11", lot=1)))


def test_renewal_keeps_raises_or_prices_anew() -> None:
    assert renewed_price(entry(), RenewalPolicy.KEEP, Decimal(1)) == Decimal("9.90")
    assert renewed_price(entry(), RenewalPolicy.UPLIFT, Decimal("0.03")) == Decimal("10.197")
    assert renewed_price(entry(), RenewalPolicy.REPRICE, Decimal(0)) is None


def test_a_new_key_fits_where_keys_of_lines_fit() -> None:
    assert new_key("care", {"care", "care-2"}) == "care-3"
    long = "k" * 40
    assert new_key(long, {long}) == "k" * 38 + "-2"
