"""Money: exact, one currency at a time, rounded only when asked."""

from decimal import Decimal
from fractions import Fraction

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.values import (
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    minor_units,
    plain,
    round_to,
    round_together,
)
from servicekit.values.currencies import MINOR_UNITS

currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
amounts = st.decimals(
    min_value=Decimal("-1e12"), max_value=Decimal("1e12"), places=10, allow_nan=False
)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


def test_the_currency_table_is_that_of_iso_4217() -> None:
    assert dict(MINOR_UNITS) == {
        currency.code: currency.exponent
        for currency in iso4217.Currency
        if currency.exponent is not None
    }


@pytest.mark.parametrize("code", ["eur", "XXX", "XAU", "", "EURO", "€"])
def test_what_money_is_not_counted_in_is_unknown(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        minor_units(code)
    with pytest.raises(UnknownCurrency):
        Money(Decimal(1), code)


@pytest.mark.parametrize("amount", [1.5, "1.5", True, None, complex(1)])
def test_only_decimals_and_whole_numbers_are_amounts(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        money("1") * amount  # type: ignore[operator]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_an_amount_is_finite(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        money(amount)


def test_currencies_never_mix() -> None:
    euros, yen = money("1"), money("1", "JPY")
    for operation in (
        lambda: euros + yen,
        lambda: euros - yen,
        lambda: euros < yen,
        lambda: euros <= yen,
        lambda: euros > yen,
        lambda: euros >= yen,
        lambda: round_together([euros, yen]),
    ):
        with pytest.raises(CurrencyMismatch, match="EUR and JPY"):
            operation()
    assert euros != yen


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        # -7612.50 at 19 %: half away from zero, where XPath's round gives -1446.37.
        ("-1446.375", "EUR", "-1446.38"),
        ("1446.375", "EUR", "1446.38"),
        # 348.35 x 16, less 4 %, plus 22 %: unrounded line.
        ("6527.80032", "EUR", "6527.80"),
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("0.004", "EUR", "0.00"),
        ("-0.004", "EUR", "0.00"),
    ],
)
def test_rounding_is_half_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert money(amount, currency).round() == money(rounded, currency)


def test_the_documents_of_the_golden_numbers_round_as_they_should() -> None:
    line = money("348.35") * 16 * Decimal("0.96")
    assert (line * Decimal("1.22")).round() == money("6527.80")
    assert (line.round() * Decimal("1.22")).round() == money("6527.81")


@given(amounts, currencies)
def test_rounding_moves_by_half_a_minor_unit_at_most(amount: Decimal, currency: str) -> None:
    rounded = Money(amount, currency).round()
    half = Decimal(5).scaleb(-minor_units(currency) - 1)
    assert abs(rounded.amount - amount) <= half
    assert rounded.is_posted_precision
    assert rounded.round() == rounded
    assert (-Money(amount, currency)).round() == -rounded


@given(amounts, amounts, amounts)
def test_sums_are_exact_in_any_order(a: Decimal, b: Decimal, c: Decimal) -> None:
    left = (Money(a, "EUR") + Money(b, "EUR")) + Money(c, "EUR")
    right = Money(a, "EUR") + (Money(b, "EUR") + Money(c, "EUR"))
    assert left == right
    assert Fraction(left.amount) == Fraction(a) + Fraction(b) + Fraction(c)
    assert left - right == Money.zero("EUR")


def test_a_sum_keeps_more_digits_than_the_interpreters_own_context() -> None:
    large = money("123456789012345678901234567890.12")
    assert (large + money("0.01")).amount == Decimal("123456789012345678901234567890.13")


weights = st.lists(
    st.decimals(min_value=0, max_value=1000, places=4, allow_nan=False), min_size=1, max_size=20
).filter(any)


@given(st.integers(-(10**12), 10**12), weights, currencies)
def test_the_parts_of_a_split_sum_to_the_whole(
    units: int, shares: list[Decimal], currency: str
) -> None:
    whole = Money(Decimal(units).scaleb(-minor_units(currency)), currency)
    parts = whole.split(shares)
    assert sum(parts, start=Money.zero(currency)) == whole
    assert all(part.is_posted_precision for part in parts)
    total = sum(map(Fraction, shares))
    unit = Fraction(1, 10 ** minor_units(currency))
    for part, share in zip(parts, shares, strict=True):
        assert abs(Fraction(part.amount) - Fraction(whole.amount) * Fraction(share) / total) < unit
    assert (-whole).split(shares) == [-part for part in parts]


def test_leftover_units_go_to_the_largest_remainders() -> None:
    assert money("100").split([1, 1, 1]) == [money("33.34"), money("33.33"), money("33.33")]
    assert money("0.05").split([3, 7]) == [money("0.02"), money("0.03")]
    assert money("10", "JPY").split([1, 2, 4]) == [
        money("1", "JPY"),
        money("3", "JPY"),
        money("6", "JPY"),
    ]


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [Decimal("-0.1"), 2]])
def test_a_split_needs_weights_that_make_sense(shares: list[Decimal | int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        money("1").split(shares)


def test_a_split_of_a_fraction_of_a_cent_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 2 decimal places"):
        money("0.001").split([1, 1])


@given(st.lists(amounts, max_size=30), currencies)
def test_amounts_rounded_together_sum_to_their_rounded_sum(
    lines: list[Decimal], currency: str
) -> None:
    exact = [Money(line, currency) for line in lines]
    shown = round_together(exact)
    total = sum(exact, start=Money.zero(currency))
    assert sum(shown, start=Money.zero(currency)) == total.round()
    unit = Decimal(1).scaleb(-minor_units(currency))
    for one, other in zip(exact, shown, strict=True):
        assert other.is_posted_precision
        assert abs(one.amount - other.amount) <= unit


def test_lines_with_opposite_signs_round_together_too() -> None:
    shown = round_together([money("0.335"), money("-0.335"), money("0.335")])
    assert sum(shown, start=Money.zero("EUR")) == money("0.34")


@given(amounts)
def test_the_plain_form_is_canonical_and_exact(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert text == plain(Decimal(text)) == plain(amount * Decimal("1.000"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E+3", "1000"),
        ("1.500", "1.5"),
        ("-0.00", "0"),
        ("0E-8", "0"),
        ("100", "100"),
        ("1E-7", "0.0000001"),
    ],
)
def test_the_plain_form_has_no_exponent_and_no_tail(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_a_value_is_rounded_to_places_half_away_from_zero() -> None:
    assert round_to(Decimal("-2.345"), 2) == Decimal("-2.35")
    assert round_to(Decimal("2.5"), 0) == Decimal(3)
