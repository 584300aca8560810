"""Orders are held with every reason, ship what is reserved, and add up whatever happens."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from erp.sales_orders.rules import (
    DayIsInTheFuture,
    ItemFacts,
    LineAmountIsTooLarge,
    LineIsNotOnOrder,
    LineProgress,
    NothingToInvoice,
    NothingToShip,
    OrderHasNothingOpen,
    OrderIsClosed,
    OrderIsOnHold,
    OrderStatus,
    QuantityIsNotReserved,
    Reason,
    ShippedBeforeOrdered,
    Unpaid,
    asked_for_again,
    check_day,
    check_may_ship,
    decide,
    exposure_after,
    line_amount,
    objections,
    plan_cancellation,
    plan_invoice,
    plan_shipment,
    status_after,
    uninvoiced_amount,
)
from servicekit.values.money import Money

TODAY = date(2026, 1, 5)
ITEM, LINE = UUID(int=1), UUID(int=2)
GOOD = ItemFacts(ITEM, "A", "EA", released=True, sellable=True)


def open_line(quantity: str = "5", reserved: str = "0", stocked: bool = True) -> LineProgress:
    return LineProgress(LINE, ITEM, stocked, Decimal(quantity), Decimal(50), Decimal(reserved))


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def test_a_good_order_has_no_objections() -> None:
    assert (
        objections([(ITEM, "A", "EA")], {ITEM: GOOD}, currency="EUR", account_currency="EUR") == []
    )


def test_every_objection_is_told_at_once() -> None:
    items = {
        ITEM: GOOD,
        UUID(int=3): ItemFacts(UUID(int=3), "B", "EA", released=False, sellable=True),
        UUID(int=4): ItemFacts(UUID(int=4), "C", "EA", released=True, sellable=False),
    }
    wanted = [
        (ITEM, "A", "KGM"),
        (UUID(int=3), "B", "EA"),
        (UUID(int=4), "C", "EA"),
        (UUID(int=5), "D", "EA"),
    ]

    found = objections(wanted, items, currency="USD", account_currency="EUR")

    assert codes(found) == [
        "currency-differs",
        "unit-differs",
        "item-discontinued",
        "item-not-sellable",
        "item-unknown",
    ]
    assert codes(objections([], {}, currency="EUR", account_currency="EUR")) == ["lines-missing"]


def test_an_order_is_confirmed_for_the_requested_day() -> None:
    for requested, promised in ((date(2026, 3, 1), date(2026, 3, 1)), (None, TODAY)):
        decision = decide(
            [open_line()],
            {LINE: "A"},
            {LINE: Decimal(5)},
            [],
            ordered_on=TODAY,
            requested_on=requested,
        )
        assert (decision.status, decision.promised_on) == (OrderStatus.CONFIRMED, promised)


def test_an_order_is_held_for_credit_and_for_stock() -> None:
    decision = decide(
        [open_line()],
        {LINE: "A"},
        {LINE: Decimal("3.5")},
        [Reason("credit-stop", "Stopped.")],
        ordered_on=TODAY,
        requested_on=None,
    )

    assert (decision.status, decision.promised_on) == (OrderStatus.HELD, None)
    assert codes(list(decision.holds)) == ["credit-stop", "stock-short"]
    assert decision.holds[1].message == "Stock is short: A by 1.5."


def test_a_service_needs_no_stock() -> None:
    decision = decide(
        [open_line(stocked=False)], {LINE: "A"}, {}, [], ordered_on=TODAY, requested_on=None
    )
    assert decision.status is OrderStatus.CONFIRMED


def test_amounts_are_exact_and_bounded() -> None:
    assert line_amount(Decimal("0.3"), Decimal("9.995")) == Decimal("2.9985")
    with pytest.raises(LineAmountIsTooLarge):
        line_amount(Decimal(10) ** 7, Decimal(10) ** 6)


def test_held_and_closed_orders_do_not_ship() -> None:
    check_may_ship(OrderStatus.CONFIRMED)
    check_may_ship(OrderStatus.SHIPPING)
    with pytest.raises(OrderIsOnHold):
        check_may_ship(OrderStatus.HELD)
    for status in (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.INVOICED):
        with pytest.raises(OrderIsClosed):
            check_may_ship(status)


def test_a_shipment_takes_what_is_reserved_and_no_more() -> None:
    assert plan_shipment([open_line(reserved="3")], None) == {LINE: Decimal(3)}
    assert plan_shipment([open_line(reserved="3")], {LINE: Decimal(1)}) == {LINE: Decimal(1)}
    with pytest.raises(QuantityIsNotReserved):
        plan_shipment([open_line(reserved="3")], {LINE: Decimal(4)})
    with pytest.raises(LineIsNotOnOrder):
        plan_shipment([open_line(reserved="3")], {ITEM: Decimal(1)})
    with pytest.raises(NothingToShip):
        plan_shipment([open_line()], None)


def test_days_lie_between_order_and_today() -> None:
    check_day(TODAY, ordered_on=TODAY, today=TODAY, shipping=True)
    with pytest.raises(ShippedBeforeOrdered):
        check_day(date(2026, 1, 4), ordered_on=TODAY, today=TODAY, shipping=True)
    with pytest.raises(DayIsInTheFuture):
        check_day(date(2026, 1, 7), ordered_on=TODAY, today=TODAY, shipping=False)


def test_three_invoices_of_a_third_each_make_up_the_line() -> None:
    line = LineProgress(LINE, ITEM, True, Decimal(3), Decimal(10))
    parts = list[Decimal]()
    for shipped in (1, 2, 3):
        line = _replace(line, shipped=Decimal(shipped))
        [due] = plan_invoice([line])
        parts.append(due.net_amount)
        line = _replace(
            line, invoiced=line.shipped, invoiced_amount=line.invoiced_amount + due.net_amount
        )

    assert parts == [Decimal("3.3333333333"), Decimal("3.3333333334"), Decimal("3.3333333333")]
    with pytest.raises(NothingToInvoice):
        plan_invoice([line])


def _replace(line: LineProgress, **changes: Decimal) -> LineProgress:
    from dataclasses import replace

    return replace(line, **changes)


quantities = st.decimals("0.001", "1000", places=3)
amounts = st.decimals("0", "100000", places=6)


class OrderLife(RuleBasedStateMachine):
    """Any sequence of stock coming in, shipping, invoicing and cancelling."""

    lines: list[LineProgress]
    status: OrderStatus
    exposure: Decimal
    gross: Decimal

    @initialize(
        made=st.lists(st.tuples(quantities, amounts, st.booleans()), min_size=1, max_size=4)
    )
    def place(self, made: list[tuple[Decimal, Decimal, bool]]) -> None:
        self.lines = [
            LineProgress(UUID(int=place), ITEM, stocked, quantity, net)
            for place, (quantity, net, stocked) in enumerate(made, start=10)
        ]
        self.status = OrderStatus.CONFIRMED
        net = sum((line.net_amount for line in self.lines), Decimal(0))
        self.gross = self.exposure = (net * Decimal("1.2")).quantize(Decimal("0.01"))
        self.prepaid = Decimal(0)

    @rule(share=st.decimals("0.01", "1", places=2))
    def ask_for_a_down_payment(self, share: Decimal) -> None:
        if self.status in (OrderStatus.CANCELLED, OrderStatus.INVOICED):
            return
        asked = (self.exposure * share).quantize(Decimal("0.01"))
        self.exposure, self.prepaid = self.exposure - asked, self.prepaid + asked

    @rule()
    def give_back_a_down_payment(self) -> None:
        back = Money(self.prepaid, "EUR")
        again = asked_for_again(
            self.gross,
            self.lines,
            exposure=self.exposure,
            prepaid=self.prepaid,
            given_back=back,
        )
        assert 0 <= again <= self.prepaid
        self.exposure, self.prepaid = self.exposure + again, Decimal(0)

    @rule(share=st.fractions(0, 1))
    def stock_comes_in(self, share: object) -> None:
        self.lines = [
            _replace(
                line, reserved=(line.open * Decimal(str(float(share)))).quantize(line.quantity)
            )  # type: ignore[arg-type]
            if line.stocked
            else line
            for line in self.lines
        ]
        self.lines = [_replace(line, reserved=min(line.reserved, line.open)) for line in self.lines]

    @rule()
    def ship(self) -> None:
        try:
            check_may_ship(self.status)
            plan = plan_shipment(self.lines, None)
        except (NothingToShip, OrderIsClosed):
            return
        self.lines = [
            _replace(
                line,
                shipped=line.shipped + plan.get(line.line_id, Decimal(0)),
                reserved=Decimal(0) if line.line_id in plan else line.reserved,
            )
            for line in self.lines
        ]
        self._moved_on(self.lines)

    @rule()
    def invoice(self) -> None:
        try:
            due = {part.line_id: part for part in plan_invoice(self.lines)}
        except NothingToInvoice:
            return
        self._moved_on(
            [
                _replace(
                    line,
                    invoiced=line.invoiced + due[line.line_id].quantity,
                    invoiced_amount=line.invoiced_amount + due[line.line_id].net_amount,
                )
                if line.line_id in due
                else line
                for line in self.lines
            ],
            sum((part.net_amount for part in due.values()), Decimal(0)) * Decimal("1.2"),
        )

    @rule()
    def cancel(self) -> None:
        try:
            plan = plan_cancellation(self.lines, self.status)
        except (OrderHasNothingOpen, OrderIsClosed):
            return
        self._moved_on(
            [
                _replace(
                    line,
                    cancelled=line.cancelled + plan.get(line.line_id, Decimal(0)),
                    reserved=Decimal(0),
                )
                for line in self.lines
            ]
        )

    def _moved_on(self, after: list[LineProgress], invoiced: Decimal = Decimal(0)) -> None:
        now = Unpaid(self.exposure, self.prepaid)
        unpaid = exposure_after(now, self.lines, after, minor_units=2, invoiced=invoiced)
        assert unpaid.exposure <= self.exposure
        self.exposure, self.prepaid = unpaid.exposure, unpaid.prepaid
        self.lines = after
        self.status = status_after(after, self.status)

    @invariant()
    def quantities_are_conserved(self) -> None:
        for line in getattr(self, "lines", []):
            assert line.quantity == line.open + line.shipped + line.cancelled
            assert 0 <= line.invoiced <= line.shipped
            assert line.open >= 0
            assert line.reserved >= 0

    @invariant()
    def amounts_are_conserved(self) -> None:
        for line in getattr(self, "lines", []):
            assert line.invoiced_amount + uninvoiced_amount(line) <= line.net_amount
            if line.invoiced == line.quantity:
                assert line.invoiced_amount == line.net_amount
            if line.invoiced == 0:
                assert line.invoiced_amount == 0

    @invariant()
    def exposure_is_what_can_still_be_invoiced(self) -> None:
        lines = getattr(self, "lines", None)
        if lines is None:
            return
        assert 0 <= self.exposure <= self.gross
        assert 0 <= self.prepaid <= self.gross
        if all(uninvoiced_amount(line) == 0 for line in lines) and any(
            line.invoiced or line.cancelled for line in lines
        ):
            assert self.exposure == 0

    @invariant()
    def the_status_tells_the_truth(self) -> None:
        lines = getattr(self, "lines", None)
        if lines is None:
            return
        if self.status is OrderStatus.INVOICED:
            assert all(line.invoiced == line.shipped and line.open == 0 for line in lines)
        if self.status is OrderStatus.CANCELLED:
            assert all(line.shipped == 0 and line.open == 0 for line in lines)


TestOrderLife = OrderLife.TestCase


@given(exposure=st.decimals("0.01", "1000000", places=2), parts=st.integers(2, 9))
def test_exposure_runs_out_exactly_with_the_last_part(exposure: Decimal, parts: int) -> None:
    line = LineProgress(LINE, ITEM, True, Decimal(parts), Decimal(1000))
    left = exposure
    for part in range(1, parts + 1):
        after = _replace(line, invoiced_amount=Decimal(1000) * part / parts)
        before, left = left, exposure_after(Unpaid(left), [line], [after], minor_units=2).exposure
        assert 0 <= left <= before
        line = after
    assert left == 0
