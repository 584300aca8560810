"""Tax rates, credit and settlement."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.ledger.rules import AGEING_BUCKETS, ageing_bucket
from erp.receivables.rules import (
    AllocationExceedsOpenItem,
    AllocationExceedsPayment,
    CreditState,
    Exposure,
    InvoiceIsAllocatedTwice,
    ItemIsNotOpen,
    OpenItem,
    Settlement,
    decide_credit,
    net_of_line,
    settle_named,
    settle_oldest,
)
from servicekit.values.money import Money


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_a_line_keeps_ten_decimals() -> None:
    assert net_of_line(Decimal(3), Decimal("0.33333333333")) == Decimal("1.0000000000")


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
ITEMS = st.lists(
    st.builds(
        OpenItem,
        st.uuids(),
        DAYS,
        st.integers(1, 10**6).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR")),
    ),
    max_size=8,
    unique_by=lambda item: item.invoice_id,
)
PAYMENTS = st.integers(1, 5 * 10**6).map(lambda c: Money(Decimal(c).scaleb(-2), "EUR"))

MARCH = OpenItem(UUID(int=3), date(2026, 3, 31), euros("80.00"))
APRIL = OpenItem(UUID(int=4), date(2026, 4, 30), euros("50.00"))


def test_a_payment_clears_march_before_it_touches_april() -> None:
    settlements, left = settle_oldest(euros("100.00"), [APRIL, MARCH])

    assert settlements == [
        Settlement(MARCH.invoice_id, euros("80.00")),
        Settlement(APRIL.invoice_id, euros("20.00")),
    ]
    assert left == euros("0.00")


@given(PAYMENTS, ITEMS)
def test_settlements_and_the_rest_make_up_the_payment_and_never_more_than_is_open(
    payment: Money, items: list[OpenItem]
) -> None:
    settlements, left = settle_oldest(payment, items)
    open_by_invoice = {item.invoice_id: item.open for item in items}

    assert sum((part.amount for part in settlements), start=left) == payment
    assert not left.is_negative
    for part in settlements:
        assert Money.zero("EUR") < part.amount <= open_by_invoice[part.invoice_id]
    if not left.is_zero:
        assert len(settlements) == len(items)


@given(PAYMENTS, ITEMS)
def test_what_is_settled_by_itself_may_also_be_named(payment: Money, items: list[OpenItem]) -> None:
    settlements, left = settle_oldest(payment, items)

    assert settle_named(payment, settlements, items) == (settlements, left)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([Settlement(MARCH.invoice_id, euros("80.01"))], AllocationExceedsOpenItem),
        (
            [
                Settlement(MARCH.invoice_id, euros("60.00")),
                Settlement(APRIL.invoice_id, euros("40.01")),
            ],
            AllocationExceedsPayment,
        ),
        ([Settlement(UUID(int=9), euros("1.00"))], ItemIsNotOpen),
        ([Settlement(MARCH.invoice_id, euros("1.00"))] * 2, InvoiceIsAllocatedTwice),
    ],
)
def test_a_payment_settles_only_what_there_is(
    wanted: list[Settlement], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        settle_named(euros("100.00"), wanted, [MARCH, APRIL])


def exposure(
    items: str, orders: str = "0", limit: str | None = None, late: str = "0", stop: bool = False
) -> Exposure:
    return Exposure(
        euros(items), euros(orders), euros(late), None if limit is None else euros(limit), stop
    )


@pytest.mark.parametrize(
    ("given_exposure", "state"),
    [
        (exposure("1000000"), CreditState.OK),
        (exposure("79.99", limit="100"), CreditState.OK),
        (exposure("40", "40", limit="100"), CreditState.WARNING),
        (exposure("100", limit="100"), CreditState.WARNING),
        (exposure("100.01", limit="100"), CreditState.BLOCKED),
        (exposure("0", limit="0"), CreditState.OK),
        (exposure("10", late="10"), CreditState.WARNING),
        (exposure("0", stop=True), CreditState.BLOCKED),
    ],
)
def test_the_state_follows_from_exposure_and_limit(
    given_exposure: Exposure, state: CreditState
) -> None:
    assert given_exposure.state is state


def test_what_was_released_is_headroom_beyond_the_limit() -> None:
    over = exposure("90", "20", limit="100")
    released = Exposure(
        over.open_items, over.open_orders, over.overdue, euros("100"), False, euros("15")
    )
    assert (over.headroom, over.state) == (euros("-10"), CreditState.BLOCKED)
    assert (released.headroom, released.state) == (euros("5"), CreditState.WARNING)


@pytest.mark.parametrize(
    ("given_exposure", "order", "codes"),
    [
        (exposure("60", limit="100"), euros("40.00"), []),
        (exposure("60", limit="100"), euros("40.01"), ["credit-limit-exceeded"]),
        (exposure("60"), euros("1000000"), []),
        (exposure("60", late="60"), euros("1"), []),
        (
            exposure("60", limit="100", stop=True),
            euros("50"),
            ["credit-stop", "credit-limit-exceeded"],
        ),
        (exposure("0", limit="100"), Money(Decimal(1), "USD"), ["currency-differs"]),
    ],
)
def test_credit_is_granted_or_refused_with_reasons(
    given_exposure: Exposure, order: Money, codes: list[str]
) -> None:
    decision = decide_credit(given_exposure, order)

    assert [reason.code for reason in decision.reasons] == codes
    assert decision.granted == (not codes)


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-5, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (91, "91-120"),
        (121, "over-120"),
    ],
)
def test_items_age_by_days_since_their_due_date(late: int, bucket: str) -> None:
    due = date(2026, 6, 1)

    assert ageing_bucket(due, due + timedelta(days=late)) == bucket
    assert bucket in AGEING_BUCKETS
