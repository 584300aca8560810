"""What a request may contain, without any server."""

import importlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from servicekit.http import (
    AmountIn,
    AmountOut,
    CountryCode,
    CurrencyCode,
    DayIn,
    EmailIn,
    FractionIn,
    In,
    InstantIn,
    MoneyIn,
    MoneyOut,
    Name,
    Out,
    QuantityIn,
    SignedAmountIn,
)
from servicekit.http.validation import field_errors
from servicekit.service import Service
from servicekit.values.money import Money


class Sample(In):
    amount: AmountIn | None = None
    signed: SignedAmountIn | None = None
    quantity: QuantityIn | None = None
    fraction: FractionIn | None = None
    currency: CurrencyCode | None = None
    country: CountryCode | None = None
    day: DayIn | None = None
    instant: InstantIn | None = None
    email: EmailIn | None = None
    name: Name | None = None
    money: MoneyIn | None = None
    granted: bool = False
    count: Annotated[int, Field(ge=0)] | None = None
    counts: list[int] = []  # noqa: RUF012  pydantic copies it
    nested: "Sample | None" = None


class Shown(Out):
    amount: AmountOut


def refusal(**members: Any) -> str:
    """The code of the one error that these members meet."""
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate(members)
    [error] = field_errors(caught.value.errors())
    assert error.message
    return error.code


@pytest.mark.parametrize("value", [0.1, 1, True, None.__class__, [], {}])
def test_an_amount_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"amount": value})


@pytest.mark.parametrize(
    "text",
    ["1e3", "NaN", "Infinity", "-Infinity", "1,000", "", " ", "+1", ".5", "5.", "0x10", "٣", "--1"],
)
def test_only_plain_decimals_are_amounts(text: str) -> None:
    assert refusal(signed=text) == "decimal-format"


def test_an_amount_has_bounded_digits() -> None:
    assert Sample(amount="99999999999999.9999999999").amount is not None  # type: ignore[arg-type]
    assert refusal(amount="100000000000000") == "decimal-digits"
    assert refusal(amount="1.00000000001") == "decimal-digits"
    assert refusal(amount="9" * 10_000) == "decimal-format"


def test_signs_are_kept_where_they_belong() -> None:
    assert refusal(amount="-0.01") == "too-small"
    assert refusal(quantity="0") == "not-positive"
    assert refusal(fraction="1.01") == "too-large"
    assert Sample.model_validate({"signed": "-0.01"}).signed == Decimal("-0.01")


def test_negative_zero_is_zero() -> None:
    assert str(Sample.model_validate({"amount": "-0"}).amount) == "0"


@given(st.decimals(-(10**14) + 1, 10**14 - 1, places=10, allow_nan=False))
def test_an_amount_survives_the_wire_unchanged(amount: Decimal) -> None:
    shown = Shown(amount=amount).model_dump_json()
    text = shown.removeprefix('{"amount":"').removesuffix('"}')
    assert "e" not in text.lower()
    assert Sample.model_validate({"signed": text}).signed == amount


def test_currencies_and_countries_are_iso_codes() -> None:
    assert refusal(currency="XXZ") == "unknown-currency"
    assert refusal(country="UK") == "unknown-country"
    assert refusal(currency="eur") == "string-pattern-mismatch"
    assert Sample(currency="EUR", country="GB").country == "GB"


def test_instants_carry_an_offset_and_are_kept_in_utc() -> None:
    given_instant = Sample.model_validate({"instant": "2026-11-23T10:00:00+01:00"}).instant
    assert given_instant == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert refusal(instant="2026-11-23T10:00:00") == "timezone-aware"
    assert refusal(instant="0001-01-01T00:00:00+14:00") == "date-out-of-range"
    assert refusal(instant=0) == "date-not-text"
    assert refusal(instant="1795424400") == "date-not-text"


def test_days_are_text_within_the_calendar() -> None:
    assert Sample.model_validate({"day": "2026-11-23"}).day == date(2026, 11, 23)
    assert refusal(day="9999-12-31") == "date-out-of-range"
    assert refusal(day=20261123) == "date-not-text"
    assert refusal(day="20261123") == "date-not-text"
    assert refusal(day="0") == "date-not-text"
    assert refusal(day="2026-11-23T00:00:00+14:00") == "date-not-text"
    assert refusal(day="2026-11-23\n") == "date-not-text"
    assert refusal(day="2026-02-30") == "date-from-datetime-parsing"


@pytest.mark.parametrize(
    "value", ["yes", "true", "on", "1", 1, 0, 1.0, "", [], None, "false", "True"]
)
def test_only_true_and_false_are_booleans(value: object) -> None:
    assert refusal(granted=value) == "bool-type"
    assert refusal(nested={"granted": value}) == "bool-type"


@pytest.mark.parametrize("value", ["1", 1.0, 1.5, True, False, "", " 1", [], 1e30])
def test_only_whole_numbers_are_whole_numbers(value: object) -> None:
    assert refusal(count=value) == "int-type"
    assert refusal(counts=[1, value]) == "int-type"


def test_booleans_and_whole_numbers_are_taken_as_such() -> None:
    """The control."""
    sample = Sample.model_validate({"granted": True, "count": 3, "counts": [0, -1]})
    assert (sample.granted, sample.count, sample.counts) == (True, 3, [0, -1])


def test_a_float_or_an_open_decimal_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="Rated: a float"):

        class Rated(In):
            rate: float

    with pytest.raises(TypeError, match="Priced: a decimal"):

        class Priced(In):
            prices: list[Decimal]


@pytest.mark.parametrize("module", ["crm.app", "erp.app", "cpq.app"])
def test_every_body_of_the_services_is_as_strict(module: str) -> None:
    service: Service = importlib.import_module(module).service
    bodies = [
        parameter.annotation
        for router in service.routers
        for route in router.routes
        for name, parameter in route.signature.parameters.items()
        if route.unsafe and f"{{{name}}}" not in route.path
    ]
    assert len(bodies) > 5
    loose = [body for body in bodies if not (isinstance(body, type) and issubclass(body, In))]
    assert loose == []


def test_unknown_members_are_refused_by_name() -> None:
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate({"nmae": "Ada"})
    [error] = field_errors(caught.value.errors())
    assert (error.field, error.code) == ("nmae", "extra-forbidden")


def test_text_is_bounded() -> None:
    assert refusal(name="x" * 201) == "string-too-long"
    assert refusal(name="  ") == "string-too-short"
    assert refusal(email="nobody") == "string-pattern-mismatch"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a\nb", "not-one-line"),
        ("a\tb", "not-one-line"),
        ("a\x7fb", "not-one-line"),
        ("a\x85b", "not-one-line"),
        ("a\u2028b", "not-one-line"),
        ("gpj.\u202eexe", "not-one-line"),
        ("\u2066a", "not-one-line"),
        ("\ufeff", "nothing-visible"),
        ("\u200b\u00ad", "nothing-visible"),
    ],
)
def test_a_name_is_one_line_that_reads_one_way(name: str, code: str) -> None:
    assert refusal(name=name) == code


@pytest.mark.parametrize(
    "name",
    [
        "Café Müller",
        "می‌خواهم",
        "👩‍👩‍👧",
        "a\u00a0b",
        "שלום \u200fX",
        "Z͑ͫ",
        "株式会社",
        "O'Neil & Søn",
    ],
)
def test_names_of_many_scripts_are_names(name: str) -> None:
    assert Sample(name=name).name == name


def test_money_keeps_amount_and_currency_together() -> None:
    sample = Sample.model_validate({"money": {"amount": "12.50", "currency": "EUR"}})
    assert sample.money is not None
    assert sample.money.money() == Money(Decimal("12.5"), "EUR")
    assert MoneyOut.of(sample.money.money()).model_dump_json() == (
        '{"amount":"12.5","currency":"EUR"}'
    )
