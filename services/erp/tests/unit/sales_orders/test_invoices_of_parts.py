"""However an order is shipped and invoiced, its invoices sum to the order."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.sales_orders.rules import LineProgress, plan_invoice, whole_amount
from servicekit.taxation import (
    DocumentTotals,
    TakenPart,
    TaxableLine,
    document_totals,
    part_totals,
)
from servicekit.values.money import Money

RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "zero": Decimal(0)}
ITEM = UUID(int=1)


@dataclass
class Selling:
    """An order on its way: what has left, and the invoices over it."""

    lines: list[LineProgress]
    categories: list[str]
    currency: str = "EUR"
    taken: dict[tuple[str, Decimal], TakenPart] = field(default_factory=dict)
    invoices: list[DocumentTotals] = field(default_factory=list)

    @classmethod
    def of(cls, lines: list[tuple[str, str, str]], currency: str = "EUR") -> "Selling":
        """Lines of (quantity, unrounded net, tax category)."""
        return cls(
            [
                LineProgress(UUID(int=at), ITEM, False, Decimal(quantity), Decimal(net))
                for at, (quantity, net, _) in enumerate(lines, start=10)
            ],
            [category for _, _, category in lines],
            currency,
        )

    @property
    def whole(self) -> list[TaxableLine]:
        return [
            TaxableLine(whole_amount(line), category)
            for line, category in zip(self.lines, self.categories, strict=True)
        ]

    def ship(self, at: int, quantity: Decimal) -> None:
        line = self.lines[at]
        self.lines[at] = replace(line, shipped=line.shipped + min(quantity, line.open))

    def cancel(self) -> None:
        self.lines = [replace(x, cancelled=x.cancelled + x.open) for x in self.lines]

    def invoice(self, rates: dict[str, Decimal] = RATES) -> DocumentTotals | None:
        if all(line.shipped == line.invoiced for line in self.lines):
            return None
        due = {part.line_id: part for part in plan_invoice(self.lines)}
        category_of = dict(zip((line.line_id for line in self.lines), self.categories, strict=True))
        lines = [TaxableLine(part.net_amount, category_of[id_]) for id_, part in due.items()]
        totals = part_totals(
            lines, rates, self.currency, whole=self.whole, earlier=list(self.taken.values())
        )
        for tax in totals.taxes:
            key = tax.category, tax.rate
            net = sum(x.net_amount for x in lines if x.tax_category == tax.category)
            old = self.taken.get(key, TakenPart(*key, Decimal(0), Decimal(0), Decimal(0)))
            self.taken[key] = TakenPart(
                *key, old.net + net, old.base + tax.base.amount, old.tax + tax.tax.amount
            )
        self.lines = [
            replace(
                x,
                invoiced=x.invoiced + due[x.line_id].quantity,
                invoiced_amount=x.invoiced_amount + due[x.line_id].net_amount,
            )
            if x.line_id in due
            else x
            for x in self.lines
        ]
        self.invoices.append(totals)
        return totals

    def total(self, figure: str) -> Money:
        return sum((getattr(x, figure) for x in self.invoices), start=Money.zero(self.currency))


orders = st.lists(
    st.tuples(
        st.integers(1, 12).map(str),
        st.decimals("0", "1000", places=10).map(str) | st.decimals("0", "0.1", places=10).map(str),
        st.sampled_from(sorted(RATES)),
    ),
    min_size=1,
    max_size=4,
)
shipments = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.booleans()), max_size=25)


def live(selling: Selling, steps: list[tuple[int, int, bool]], *, cancelling: bool) -> None:
    """Ship and invoice in random parts; in the end ship or cancel the rest, and invoice it."""
    for at, quantity, invoicing in steps:
        selling.ship(at % len(selling.lines), Decimal(quantity))
        if invoicing:
            selling.invoice()
    if cancelling:
        selling.cancel()
    for at, line in enumerate(selling.lines):
        selling.ship(at, line.open)
    selling.invoice()


@given(lines=orders, steps=shipments, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_invoices_of_an_order_sum_to_it_in_total_and_for_each_rate(
    lines: list[tuple[str, str, str]], steps: list[tuple[int, int, bool]], currency: str
) -> None:
    selling = Selling.of(lines, currency)
    order = document_totals(selling.whole, RATES, currency)

    live(selling, steps, cancelling=False)

    for figure in ("net", "tax", "gross"):
        assert selling.total(figure) == getattr(order, figure)
    for tax in order.taxes:
        taken = selling.taken[tax.category, tax.rate]
        assert (taken.base, taken.tax) == (tax.base.amount, tax.tax.amount)


@given(lines=orders, steps=shipments, cancelling=st.booleans())
def test_no_invoice_of_a_part_is_negative_or_disagrees_with_itself(
    lines: list[tuple[str, str, str]], steps: list[tuple[int, int, bool]], cancelling: bool
) -> None:
    selling = Selling.of(lines)

    live(selling, steps, cancelling=cancelling)

    zero = Money.zero("EUR")
    for totals in selling.invoices:
        assert totals.gross == totals.net + totals.tax
        assert sum((tax.base for tax in totals.taxes), start=zero) == totals.net
        assert sum((tax.tax for tax in totals.taxes), start=zero) == totals.tax
        assert sum(totals.shown, start=zero) == totals.net
        assert all(tax.base >= zero and tax.tax >= zero for tax in totals.taxes)


@given(lines=orders, steps=shipments)
def test_after_a_cancellation_the_invoices_are_off_by_no_more_than_their_roundings(
    lines: list[tuple[str, str, str]], steps: list[tuple[int, int, bool]]
) -> None:
    selling = Selling.of(lines)
    live(selling, steps, cancelling=True)
    if not selling.invoices:
        return
    delivered = document_totals(selling.whole, RATES, "EUR")

    allowed = Decimal("0.01") * len(selling.invoices) * len(delivered.taxes)
    assert abs((selling.total("net") - delivered.net).amount) <= allowed
    assert abs((selling.total("tax") - delivered.tax).amount) <= allowed


def test_the_last_invoice_takes_the_residue() -> None:
    # A third of 10.00 is 3.33, three times; 19 % of it is 0.63, and of 10.00 it is 1.90.
    selling = Selling.of([("3", "10", "standard")])
    for _ in range(3):
        selling.ship(0, Decimal(1))
        selling.invoice()

    assert [(str(x.net.amount), str(x.tax.amount)) for x in selling.invoices] == [
        ("3.33", "0.63"),
        ("3.33", "0.63"),
        ("3.34", "0.64"),
    ]
    assert selling.invoices[-1].shown == (Money(Decimal("3.34"), "EUR"),)


def test_rounding_up_ends_where_the_order_has_no_more_left() -> None:
    # Each half cent rounds up to a cent: after two of four, the order's two cents are taken.
    selling = Selling.of([("4", "0.02", "zero")])
    for _ in range(4):
        selling.ship(0, Decimal(1))
        selling.invoice()

    assert [str(x.net.amount) for x in selling.invoices] == ["0.01", "0.01", "0.00", "0.00"]


def test_the_residue_of_a_category_is_on_the_last_invoice_that_has_it() -> None:
    selling = Selling.of([("3", "10", "standard"), ("1", "5", "reduced")])
    for _ in range(3):
        selling.ship(0, Decimal(1))
        selling.invoice()
    selling.ship(1, Decimal(1))
    last = selling.invoice()

    assert last is not None
    assert [tax.category for tax in last.taxes] == ["reduced"]
    assert str(selling.invoices[2].net.amount) == "3.34"
    order = document_totals(selling.whole, RATES, "EUR")
    assert (selling.total("net"), selling.total("tax")) == (order.net, order.tax)


def test_a_new_rate_counts_for_what_is_left_and_leaves_the_old_one_alone() -> None:
    selling = Selling.of([("3", "10", "standard")])
    selling.ship(0, Decimal(1))
    selling.invoice()
    higher = RATES | {"standard": Decimal("0.21")}
    for _ in range(2):
        selling.ship(0, Decimal(1))
        selling.invoice(higher)

    assert selling.total("net") == Money(Decimal(10), "EUR")
    old = selling.taken["standard", Decimal("0.19")]
    new = selling.taken["standard", Decimal("0.21")]
    assert str(old.tax) == "0.63"
    # 21 % of 6.6666666667 is 1.40.
    assert (str(new.base), str(new.tax)) == ("6.67", "1.40")


def test_an_invoice_over_all_of_an_order_is_rounded_as_the_order_is() -> None:
    lines = [TaxableLine(Decimal("0.105"), "standard"), TaxableLine(Decimal("0.105"), "reduced")]

    assert part_totals(lines, RATES, "EUR", whole=lines, earlier=[]) == document_totals(
        lines, RATES, "EUR"
    )


def test_a_discount_of_its_own_line_is_not_capped() -> None:
    selling = Selling.of([("1", "100", "zero"), ("1", "-10", "zero")])
    selling.ship(0, Decimal(1))
    first = selling.invoice()

    assert first is not None
    assert str(first.net.amount) == "100.00"


@pytest.mark.parametrize("invoices", [2, 7, 40])
def test_the_residue_is_at_most_half_a_cent_an_invoice(invoices: int) -> None:
    selling = Selling.of([(str(invoices), "123.45", "standard")])
    for _ in range(invoices):
        selling.ship(0, Decimal(1))
        selling.invoice()

    own = document_totals([TaxableLine(Decimal("123.45") / invoices, "standard")], RATES, "EUR")
    last = selling.invoices[-1]
    assert abs((last.net - own.net).amount) <= Decimal("0.005") * invoices
    assert selling.total("net") == Money(Decimal("123.45"), "EUR")
