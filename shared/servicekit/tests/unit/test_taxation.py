"""The tax kernel: every figure of a document agrees with every other."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.taxation import TaxableLine, categories_without_rate, document_totals
from servicekit.values import Money
from servicekit.values.money import minor_units

RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "zero": Decimal(0)}
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
LINES = st.lists(
    st.builds(
        TaxableLine,
        st.decimals(0, 10**7, places=10, allow_nan=False, allow_infinity=False),
        st.sampled_from(sorted(RATES)),
    ),
    min_size=1,
    max_size=30,
)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@given(LINES, CURRENCIES)
def test_every_figure_of_a_document_agrees_with_every_other(
    lines: list[TaxableLine], currency: str
) -> None:
    totals = document_totals(lines, RATES, currency)
    zero = Money.zero(currency)
    exact = sum((line.net_amount for line in lines), start=Decimal(0))

    assert totals.net == Money(exact, currency).round()
    assert sum((tax.base for tax in totals.taxes), start=zero) == totals.net
    assert sum((tax.tax for tax in totals.taxes), start=zero) == totals.tax
    assert sum(totals.shown, start=zero) == totals.net
    assert totals.gross == totals.net + totals.tax
    for tax in totals.taxes:
        own = [x.net_amount for x in lines if x.tax_category == tax.category]
        assert tax.tax == (Money(sum(own, start=Decimal(0)), currency) * tax.rate).round()


@given(LINES, CURRENCIES)
def test_no_figure_is_off_by_more_than_a_minor_unit(
    lines: list[TaxableLine], currency: str
) -> None:
    totals = document_totals(lines, RATES, currency)
    unit = Decimal(1).scaleb(-minor_units(currency))

    for line, shown in zip(lines, totals.shown, strict=True):
        assert abs(line.net_amount - shown.amount) <= unit
    for tax in totals.taxes:
        exact = sum((x.net_amount for x in lines if x.tax_category == tax.category), Decimal(0))
        assert abs(exact - tax.base.amount) <= unit


@given(LINES)
def test_the_order_of_lines_changes_no_total(lines: list[TaxableLine]) -> None:
    there, back = (document_totals(order, RATES, "EUR") for order in (lines, lines[::-1]))

    assert (there.net, there.tax, there.taxes) == (back.net, back.tax, back.taxes)


def test_tax_is_computed_on_the_exact_net_as_in_the_quote() -> None:
    # 348.35 x 16 less 4 % = 5350.656, and 22 % of that is 1177.14; of 5350.66 it would be 1177.15.
    line = TaxableLine(Decimal("348.35") * 16 * Decimal("0.96"), "standard")

    totals = document_totals([line], {"standard": Decimal("0.22")}, "EUR")

    assert (totals.net, totals.tax, totals.gross) == (
        euros("5350.66"),
        euros("1177.14"),
        euros("6527.80"),
    )


def test_halves_are_rounded_away_from_zero() -> None:
    totals = document_totals([TaxableLine(Decimal("7612.50"), "standard")], RATES, "EUR")

    assert totals.tax == euros("1446.38")


def test_the_tax_of_a_negative_amount_mirrors_that_of_the_positive_one() -> None:
    """-7612.50 at 19 % is -1446.375: away from zero -1446.38; XPath's round would say -1446.37."""
    totals = document_totals([TaxableLine(Decimal("-7612.50"), "standard")], RATES, "EUR")

    assert totals.tax == euros("-1446.38")


def test_lines_that_are_rounded_first_would_cost_a_cent_more() -> None:
    line = Money(Decimal("348.35") * 16 * Decimal("0.96"), "EUR").round()

    totals = document_totals(
        [TaxableLine(line.amount, "standard")], {"standard": Decimal("0.22")}, "EUR"
    )

    assert totals.gross == euros("6527.81")


def test_tax_is_rounded_for_a_category_and_not_for_its_lines() -> None:
    tenth = Decimal("0.10")
    lines = [TaxableLine(tenth, category) for category in ("standard", "standard", "reduced")]

    # 0.20 x 0.19 = 0.038 -> 0.04, and 0.10 x 0.07 = 0.007 -> 0.01.
    assert [tax.tax for tax in document_totals(lines, RATES, "EUR").taxes] == [
        euros("0.01"),
        euros("0.04"),
    ]


def test_a_document_without_lines_costs_nothing() -> None:
    totals = document_totals([], {}, "JPY")

    assert totals.net == totals.tax == totals.gross == Money.zero("JPY")
    assert totals.shown == ()


def test_a_category_without_a_rate_is_no_guess() -> None:
    lines = [TaxableLine(Decimal(1), "luxury"), TaxableLine(Decimal(1), "standard")]

    assert categories_without_rate(lines, RATES) == ["luxury"]
    with pytest.raises(KeyError):
        document_totals(lines, RATES, "EUR")
