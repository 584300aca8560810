"""Units convert exactly; on any day one price holds."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.items.rules import (
    STANDARD_UNITS,
    PeriodIsEmpty,
    QuantityIsNotExact,
    QuantityIsTooFine,
    Unit,
    UnitsDoNotConvert,
    check_period,
    check_places,
    conversion,
    convert,
    effective_periods,
    holding_on,
)

U = STANDARD_UNITS
quantities = st.decimals("0.000001", "1000000", places=6)


@dataclass(frozen=True)
class Price:
    valid_from: date
    valid_to: date | None = None


def test_a_pound_is_its_definition_and_sixteen_ounces() -> None:
    assert convert(Decimal(1), U["LBR"], U["KGM"]) == Decimal("0.45359237")
    assert convert(Decimal(1), U["lb"], U["oz"]) == 16
    assert convert(Decimal("2.5"), U["dozen"], U["EA"]) == 30
    assert str(convert(Decimal(250), U["g"], U["kg"])) == "0.25"
    assert str(convert(Decimal(3), U["t"], U["g"])) == "3000000"


def test_things_are_whole_and_measures_have_places() -> None:
    for unit in STANDARD_UNITS.values():
        whole = unit.dimension in ("count", "box", "case", "pack", "set", "bottle", "roll")
        assert (unit.places == 0) is whole, unit.code
    assert (U["kg"].places, U["h"].places) == (3, 2)


@given(
    quantity=st.decimals("-1000000", "1000000", places=10),
    places=st.integers(0, 10),
)
def test_a_quantity_passes_if_rounding_it_to_the_places_changes_nothing(
    quantity: Decimal, places: int
) -> None:
    rounded = quantity.quantize(Decimal(1).scaleb(-places))

    check_places(rounded, places, unit="kg", field="quantity")
    if quantity != rounded:
        with pytest.raises(QuantityIsTooFine) as refused:
            check_places(quantity, places, unit="kg", field="lines.3.quantity")
        assert refused.value.field == "lines.3.quantity"


def test_zeros_at_the_end_are_no_places() -> None:
    check_places(Decimal("2.000"), 0, unit="each", field="quantity")
    check_places(Decimal("1E+3"), 0, unit="each", field="quantity")
    with pytest.raises(QuantityIsTooFine, match=r"0\.5 each has more than 0 decimal places"):
        check_places(Decimal("0.500"), 0, unit="each", field="quantity")


def test_units_of_different_dimensions_do_not_convert() -> None:
    with pytest.raises(UnitsDoNotConvert):
        conversion(U["kg"], U["l"])
    with pytest.raises(UnitsDoNotConvert):
        convert(Decimal(1), U["box"], U["each"])


def test_what_has_no_finite_decimal_is_refused_rather_than_rounded() -> None:
    with pytest.raises(QuantityIsNotExact):
        convert(Decimal(1), U["min"], U["h"])
    assert convert(Decimal(15), U["min"], U["h"]) == Decimal("0.25")


@given(quantity=quantities, names=st.sampled_from([("kg", "g"), ("dozen", "each"), ("m", "cm")]))
def test_there_and_back_again_is_the_same_quantity(
    quantity: Decimal, names: tuple[str, str]
) -> None:
    big, small = U[names[0]], U[names[1]]

    assert convert(convert(quantity, big, small), small, big) == quantity


@given(
    quantity=quantities,
    numerator=st.integers(1, 10**6),
    denominator=st.integers(1, 10**6),
)
def test_a_conversion_is_exact_or_refused(
    quantity: Decimal, numerator: int, denominator: int
) -> None:
    odd = Unit("odd", "Odd", "count", numerator, denominator)
    exact = Fraction(quantity) * Fraction(numerator, denominator)

    try:
        assert Fraction(convert(quantity, odd, U["EA"])) == exact
    except QuantityIsNotExact:
        assert (exact * 10**10).denominator != 1


def test_a_period_has_at_least_one_day() -> None:
    check_period(date(2026, 1, 1), None)
    check_period(date(2026, 1, 1), date(2026, 1, 2))
    with pytest.raises(PeriodIsEmpty):
        check_period(date(2026, 1, 1), date(2026, 1, 1))


def test_a_price_that_ended_does_not_revive_the_one_before() -> None:
    old, sale = Price(date(2026, 1, 1)), Price(date(2026, 6, 1), date(2026, 7, 1))

    assert holding_on([old, sale], date(2026, 5, 31)) is old
    assert holding_on([old, sale], date(2026, 6, 30)) is sale
    assert holding_on([old, sale], date(2026, 7, 1)) is None
    assert holding_on([old, sale], date(2025, 12, 31)) is None


days = st.dates(date(2026, 1, 1), date(2026, 3, 31))


@given(
    starts=st.lists(st.tuples(days, st.integers(0, 40)), unique_by=lambda pair: pair[0]),
    day=days,
)
def test_the_periods_that_are_told_agree_with_what_holds_on_every_day(
    starts: list[tuple[date, int]], day: date
) -> None:
    rows = [
        Price(start, start + timedelta(days=length) if length else None) for start, length in starts
    ]

    telling = [
        period.row
        for period in effective_periods(rows)
        if period.valid_from <= day and (period.valid_to is None or day < period.valid_to)
    ]

    holding = holding_on(rows, day)
    assert telling == ([] if holding is None else [holding])
