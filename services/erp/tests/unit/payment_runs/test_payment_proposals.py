"""What a run pays: every item decided once, totals that tie, nobody paid who must not be."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.payment_runs.rules import (
    Candidate,
    NextRunIsNotLater,
    PayDayIsPast,
    Payout,
    Reason,
    check_days,
    propose,
)

PAY, NEXT = date(2026, 1, 10), date(2026, 1, 17)
ONE, TWO = UUID(int=1), UUID(int=2)


def bill(amount: str = "100.00", due: date = PAY, **more: Any) -> Candidate:
    return Candidate(UUID(int=9), ONE, Decimal(amount), due, **more)


def credit(amount: str) -> Candidate:
    return Candidate(UUID(int=8), ONE, Decimal(amount), None)


def run(*items: Candidate, payable: tuple[UUID, ...] = (ONE,)) -> Payout:
    [payout] = propose(items, currency="EUR", pay_on=PAY, next_pay_on=NEXT, payable=payable)
    return payout


@pytest.mark.parametrize(
    ("due", "discount_on", "reason", "amount"),
    [
        (NEXT - timedelta(1), None, Reason.DUE, "100.00"),
        (NEXT, None, Reason.NOT_DUE, "0"),
        (PAY - timedelta(30), None, Reason.DUE, "100.00"),
        # The last day of the discount counts; the day after it does not.
        (NEXT, PAY, Reason.DISCOUNT, "97.50"),
        (NEXT, PAY - timedelta(1), Reason.NOT_DUE, "0"),
        # The next run still earns it.
        (NEXT + timedelta(9), NEXT, Reason.NOT_DUE, "0"),
        (PAY, PAY, Reason.DUE, "97.50"),
    ],
)
def test_a_bill_is_paid_before_it_is_late_or_loses_its_discount(
    due: date, discount_on: date | None, reason: Reason, amount: str
) -> None:
    rate = None if discount_on is None else Decimal("0.025")
    payout = run(bill(due=due, discount_on=discount_on, discount_rate=rate))
    assert (payout.lines[0].reason, payout.amount) == (reason, Decimal(amount))


def test_credits_lessen_the_payment_and_never_stand_alone() -> None:
    assert run(bill(), credit("30.00")).amount == Decimal("70.00")
    assert [line.reason for line in run(bill(), credit("100.00")).lines] == [
        Reason.NOT_POSITIVE
    ] * 2
    assert [line.reason for line in run(bill(due=NEXT), credit("30.00")).lines] == [
        Reason.NOT_DUE,
        Reason.NOTHING_TO_NET,
    ]


def test_nobody_is_paid_for_what_is_disputed_or_without_approved_bank_details() -> None:
    disputed = run(bill(disputed=True), bill("5.00"))
    assert [line.reason for line in disputed.lines] == [Reason.DISPUTED, Reason.DUE]
    assert disputed.amount == Decimal("5.00")
    [nowhere] = run(bill(), payable=()).lines
    assert (nowhere.paid, nowhere.reason) == (False, Reason.NO_BANK_DETAILS)


def test_a_run_is_of_today_or_later_and_before_the_next() -> None:
    check_days(PAY, NEXT, PAY)
    with pytest.raises(PayDayIsPast):
        check_days(PAY, NEXT, PAY + timedelta(1))
    with pytest.raises(NextRunIsNotLater):
        check_days(PAY, PAY, PAY)


DAYS = st.integers(-40, 40).map(lambda days: PAY + timedelta(days))


@st.composite
def histories(draw: st.DrawFn) -> list[Candidate]:
    count = draw(st.integers(0, 12))
    made = [
        Candidate(
            UUID(int=100 + at),
            draw(st.sampled_from([ONE, TWO])),
            Decimal(draw(st.integers(1, 10_000_00))).scaleb(-2),
            draw(st.none() | DAYS),
            draw(st.none() | DAYS),
            draw(st.sampled_from([None, Decimal("0.02"), Decimal("0.333333")])),
            draw(st.booleans()),
        )
        for at in range(count)
    ]
    return sorted(made, key=lambda item: item.supplier_id)


@given(histories(), st.sets(st.sampled_from([ONE, TWO])))
def test_every_item_is_decided_once_and_what_is_paid_ties(
    items: list[Candidate], payable: set[UUID]
) -> None:
    payouts = propose(items, currency="EUR", pay_on=PAY, next_pay_on=NEXT, payable=payable)
    lines = [line for payout in payouts for line in payout.lines]
    assert [line.candidate for line in lines] == items
    for payout in payouts:
        paid = [line for line in payout.lines if line.paid]
        owed = sum(line.candidate.open for line in paid if line.candidate.due_on is not None)
        worth = sum(line.candidate.open for line in paid if line.candidate.due_on is None)
        assert payout.amount == owed - worth - payout.discount
        assert (payout.amount > 0) == bool(paid)
        assert not paid or payout.supplier_id in payable
        assert payout.amount == round(payout.amount, 2)
    for line in lines:
        assert line.paid == (line.reason in {Reason.DUE, Reason.DISCOUNT, Reason.CREDIT})
        assert not (line.paid and line.candidate.disputed)
        if line.discount:
            assert line.paid
            assert line.candidate.discount_on is not None
            assert line.candidate.discount_on >= PAY
        # Nothing that waits though it could be paid is late, or loses a discount, by the next run.
        if line.reason is Reason.NOT_DUE:
            assert line.candidate.due_on is not None
            assert line.candidate.due_on >= NEXT
