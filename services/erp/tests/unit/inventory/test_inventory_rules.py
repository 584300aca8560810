"""Stock is worth what it costs, is promised once, and never goes below zero."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.inventory.rules import (
    Holding,
    MoveIsInTheFuture,
    MoveKind,
    MoveReason,
    Promise,
    QuantityHasWrongSign,
    ReasonDoesNotFit,
    StockIsNotThere,
    StockIsWorthTooMuch,
    Want,
    check_day,
    check_reason,
    cumulative_promises,
    discrete_promises,
    grant,
    move,
    promises_by_date,
    signed_quantity,
    worth,
)

TODAY = date(2026, 1, 5)
quantities = st.decimals("0.001", "1000", places=3)
costs = st.decimals("0", "500", places=5)


def decimals(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


# --- available to promise: golden numbers of Oracle JD Edwards' documentation ---------------

ORDERS = decimals(30, 25, 30, 10, 0, 35, 0, 0)
RECEIPTS = decimals(0, 0, 60, 0, 0, 60, 0, 0)


def test_discrete_promises_are_the_golden_ones() -> None:
    promises = discrete_promises(Decimal(80), RECEIPTS, ORDERS)

    assert [promise for promise in promises if promise is not None] == decimals(25, 20, 25)
    assert [period for period, promise in enumerate(promises) if promise is not None] == [0, 2, 5]


def test_cumulative_promises_are_the_golden_ones() -> None:
    assert cumulative_promises(Decimal(80), RECEIPTS, ORDERS) == decimals(
        25, 25, 45, 45, 45, 70, 70, 70
    )


def test_a_shortage_later_takes_the_stock_of_today() -> None:
    assert cumulative_promises(Decimal(10), decimals(0, 0, 5), decimals(0, 12, 0)) == decimals(
        0, 0, 3
    )


amounts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12)


@given(opening=st.integers(0, 100), periods=amounts, at=st.integers(0, 11))
def test_what_is_promised_can_be_delivered_without_shorting_anybody(
    opening: int, periods: list[tuple[int, int]], at: int
) -> None:
    receipts = [Decimal(received) for received, _ in periods]
    demands = [Decimal(demanded) for _, demanded in periods]
    at = min(at, len(periods) - 1)
    before = cumulative_promises(Decimal(opening), receipts, demands)
    if not before[at]:
        return

    demands[at] += before[at]
    balance = Decimal(opening)
    for period, (received, demanded) in enumerate(zip(receipts, demands, strict=True)):
        balance += received - demanded
        assert period < at or balance >= 0


def test_overdue_demand_counts_today_and_promises_are_told_where_they_change() -> None:
    promises = promises_by_date(
        Decimal(10),
        receipts={TODAY + timedelta(days=9): Decimal(20)},
        demands={date(2025, 12, 1): Decimal(4), TODAY + timedelta(days=2): Decimal(3)},
        today=TODAY,
    )

    assert promises == [
        Promise(TODAY, Decimal(3)),
        Promise(TODAY + timedelta(days=9), Decimal(23)),
    ]


# --- value ------------------------------------------------------------------------------------


@given(
    moves=st.lists(st.tuples(quantities, costs, st.booleans()), max_size=25),
    minor_units=st.sampled_from([0, 2, 3]),
)
def test_value_is_always_quantity_at_cost_and_the_postings_explain_it(
    moves: list[tuple[Decimal, Decimal, bool]], minor_units: int
) -> None:
    holding, posted = Holding(), Decimal(0)
    for quantity, cost, coming in moves:
        signed = quantity if coming else -min(quantity, holding.free)
        moved = move(holding, signed, unit_cost=cost, minor_units=minor_units)
        holding, posted = moved.holding, posted + moved.value + moved.revaluation
        assert holding.value == worth(holding.on_hand, cost, minor_units)
        assert (moved.value >= 0) == (signed >= 0) or moved.value == 0
    assert holding.value == posted
    emptied = move(holding, -holding.on_hand, unit_cost=holding.unit_cost, minor_units=minor_units)
    assert emptied.holding.value == 0
    assert posted + emptied.value + emptied.revaluation == 0


def test_pennies_do_not_pile_up() -> None:
    holding = move(Holding(), Decimal(3), unit_cost=Decimal("0.333"), minor_units=2).holding
    assert holding.value == Decimal("1.00")

    values = list[Decimal]()
    for _ in range(3):
        moved = move(holding, Decimal(-1), unit_cost=Decimal("0.333"), minor_units=2)
        holding = moved.holding
        values.append(moved.value)

    assert values == [Decimal("-0.33"), Decimal("-0.34"), Decimal("-0.33")]
    assert holding.value == 0


def test_another_cost_revalues_what_lies_there_first() -> None:
    holding = move(Holding(), Decimal(10), unit_cost=Decimal(6), minor_units=2).holding

    moved = move(holding, Decimal(-4), unit_cost=Decimal("7.5"), minor_units=2)

    assert (moved.revaluation, moved.value) == (Decimal(15), Decimal(-30))
    assert moved.holding.value == Decimal(45)


def test_a_position_worth_more_than_the_books_take_is_refused() -> None:
    with pytest.raises(StockIsWorthTooMuch):
        worth(Decimal(10) ** 9, Decimal(10) ** 6, 2)


@given(
    on_hand=quantities,
    share=st.decimals("0", "1", places=2),
    taken=quantities,
    from_reserved=st.booleans(),
)
def test_nothing_takes_reserved_below_zero_or_above_on_hand(
    on_hand: Decimal, share: Decimal, taken: Decimal, from_reserved: bool
) -> None:
    holding = Holding(on_hand, on_hand * share, Decimal(1), worth(on_hand, Decimal(1), 2))

    try:
        after = move(
            holding, -taken, unit_cost=Decimal(1), minor_units=2, from_reserved=from_reserved
        ).holding
    except StockIsNotThere:
        assert taken > (holding.reserved if from_reserved else holding.free)
    else:
        assert 0 <= after.reserved <= after.on_hand


# --- claims -----------------------------------------------------------------------------------

ids = st.integers(1, 4).map(lambda number: UUID(int=number))


@given(
    free=st.dictionaries(ids, st.decimals("0", "50", places=2)),
    wanted=st.lists(st.tuples(ids, quantities), max_size=10),
)
def test_no_more_is_granted_than_is_free_and_first_come_is_first_served(
    free: dict[UUID, Decimal], wanted: list[tuple[UUID, Decimal]]
) -> None:
    wants = [
        Want(UUID(int=100 + place), item_id, quantity, TODAY)
        for place, (item_id, quantity) in enumerate(wanted)
    ]

    granted = grant(free, wants)

    for item_id in {want.item_id for want in wants}:
        lines = [want for want in wants if want.item_id == item_id]
        given_out = sum((granted[want.line_id] for want in lines), Decimal(0))
        asked = sum((want.quantity for want in lines), Decimal(0))
        assert given_out == min(asked, free.get(item_id, Decimal(0)))
        short = [want for want in lines if granted[want.line_id] < want.quantity]
        for later in lines[lines.index(short[0]) + 1 :] if short else []:
            assert granted[later.line_id] == 0


# --- what people may record -------------------------------------------------------------------


def test_kinds_have_signs_reasons_and_days() -> None:
    assert signed_quantity(MoveKind.ISSUE, Decimal(2)) == -2
    assert signed_quantity(MoveKind.ADJUSTMENT, Decimal(-2)) == -2
    for kind in (MoveKind.RECEIPT, MoveKind.ISSUE, MoveKind.TRANSFER):
        with pytest.raises(QuantityHasWrongSign):
            signed_quantity(kind, Decimal(-1))
    with pytest.raises(QuantityHasWrongSign):
        signed_quantity(MoveKind.ADJUSTMENT, Decimal(0))
    assert check_reason(MoveKind.RECEIPT, None) is MoveReason.PURCHASE
    with pytest.raises(ReasonDoesNotFit):
        check_reason(MoveKind.ISSUE, MoveReason.OPENING)
    check_day(TODAY + timedelta(days=1), TODAY)
    with pytest.raises(MoveIsInTheFuture):
        check_day(TODAY + timedelta(days=2), TODAY)
