"""Prices that include tax, the breakdown of EN 16931, and tax that is withheld."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from servicekit.taxation import (
    TaxableLine,
    TaxedPart,
    breakdown,
    document_totals,
    inclusive_totals,
    net_of,
    withhold,
)
from servicekit.values import Money
from servicekit.values.money import minor_units

RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.055"), "zero": Decimal(0)}
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
AMOUNTS = st.decimals(-(10**6), 10**7, places=10, allow_nan=False, allow_infinity=False)
LINES = st.lists(
    st.builds(TaxableLine, AMOUNTS, st.sampled_from(sorted(RATES))), min_size=1, max_size=30
)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@given(LINES, CURRENCIES)
def test_the_parts_of_an_inclusive_document_sum_to_its_gross_to_the_cent(
    lines: list[TaxableLine], currency: str
) -> None:
    totals = inclusive_totals(lines, RATES, currency)
    zero = Money.zero(currency)

    exact = sum((line.net_amount for line in lines), start=Decimal(0))
    assert totals.gross == Money(exact, currency).round()
    assert totals.net + totals.tax == totals.gross
    assert sum((part.base + part.tax for part in totals.taxes), start=zero) == totals.gross
    assert sum(totals.shown, start=zero) == totals.net
    unit = Decimal(1).scaleb(-minor_units(currency))
    for part in totals.taxes:
        shown = [
            amount
            for line, amount in zip(lines, totals.shown, strict=True)
            if line.tax_category == part.category
        ]
        assert sum(shown, start=zero) == part.base
        assert abs(part.tax.amount - part.base.amount * part.rate) <= unit
        assert all(amount.is_posted_precision for amount in (part.base, part.tax, *shown))


@given(AMOUNTS, st.sampled_from(sorted(RATES.values())))
def test_a_net_taken_out_of_a_gross_gives_the_gross_back(gross: Decimal, rate: Decimal) -> None:
    assert abs(net_of(gross, rate) * (1 + rate) - gross) < Decimal("1e-20")


def test_119_euros_at_19_per_cent_are_100_and_19() -> None:
    totals = inclusive_totals([TaxableLine(Decimal(119), "standard")], RATES, "EUR")

    assert (totals.net, totals.tax, totals.gross) == (euros("100"), euros("19"), euros("119"))


def test_99_cents_stay_99_cents() -> None:
    """Taken apart and taxed again, 0.83 + 0.16 happens to fit; 1.05 would become 1.04 or 1.06."""
    for cents in range(1, 2000):
        gross = Decimal(cents).scaleb(-2)
        assert inclusive_totals([TaxableLine(gross, "standard")], RATES, "EUR").gross == Money(
            gross, "EUR"
        )


@given(LINES, CURRENCIES)
def test_the_breakdown_and_its_residue_give_what_the_books_say(
    lines: list[TaxableLine], currency: str
) -> None:
    totals = document_totals(lines, RATES, currency)
    found = breakdown(
        [TaxedPart("S" if part.rate else "Z", part.rate, part.base) for part in totals.taxes],
        totals.gross,
    )

    assert found.net == totals.net
    assert found.payable == totals.gross == found.net + found.tax + found.rounding
    unit = Decimal(1).scaleb(-minor_units(currency))
    assert abs(found.rounding.amount) <= unit * len(totals.taxes)
    for row in found.rows:
        assert row.tax == (row.base * row.rate).round()


def test_golden_number_348_35_x_16_less_4_per_cent_plus_22_per_cent_is_6527_80() -> None:
    """The books say 6,527.80; EN 16931 taxes the shown base to 6,527.81 and takes a cent off."""
    line = TaxableLine(Decimal("348.35") * 16 * Decimal("0.96"), "standard")
    totals = document_totals([line], {"standard": Decimal("0.22")}, "EUR")
    found = breakdown([TaxedPart("S", part.rate, part.base) for part in totals.taxes], totals.gross)

    assert totals.gross == euros("6527.80")
    assert (found.net, found.tax) == (euros("5350.66"), euros("1177.15"))
    assert (found.rounding, found.payable) == (euros("-0.01"), euros("6527.80"))


def test_golden_number_minus_7612_50_x_19_per_cent_goes_away_from_zero() -> None:
    found = breakdown([TaxedPart("S", Decimal("0.19"), euros("-7612.50"))], euros("-9058.88"))

    assert found.rows[0].tax == euros("-1446.38")
    assert found.rounding == euros("0")


def test_rows_of_one_code_and_rate_are_one() -> None:
    parts = [
        TaxedPart("K", Decimal(0), euros("10")),
        TaxedPart("K", Decimal("0.00"), euros("5")),
        TaxedPart("S", Decimal("0.19"), euros("1")),
    ]

    rows = breakdown(parts, euros("16.19")).rows
    assert [(row.code, row.base) for row in rows] == [("K", euros("15")), ("S", euros("1"))]


@given(AMOUNTS, st.decimals(0, 1, places=4, allow_nan=False))
def test_what_is_paid_and_what_is_withheld_are_the_gross(net: Decimal, rate: Decimal) -> None:
    base = Money(net, "EUR").round()
    gross = (base * Decimal("1.21")).round()
    found = withhold(gross, base, rate)

    assert found.paid + found.withheld == gross
    assert found.withheld == (base * rate).round()


def test_a_fee_of_1000_with_15_per_cent_withheld() -> None:
    """Spanish professional services: 21 % VAT on top, 15 % withheld of the base."""
    found = withhold(euros("1210"), euros("1000"), Decimal("0.15"))

    assert (found.withheld, found.paid) == (euros("150"), euros("1060"))
