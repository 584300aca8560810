"""Cross rates are exact; rate files are read whole or not at all."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.exchange_rates.rules import (
    RateFileIsUnreadable,
    RecordedRate,
    converted,
    read_history,
    route,
    worth,
)

DAY = date(2026, 10, 30)
HEAD = b"Date,USD,JPY,CYP,\n"


def recorded(
    base: str, quote: str, rate: str, day: date = DAY
) -> dict[tuple[str, str], RecordedRate]:
    return {(base, quote): RecordedRate(base, quote, Decimal(rate), day, "ecb")}


USD, JPY = recorded("EUR", "USD", "1.1172"), recorded("EUR", "JPY", "175.68")


def rate_of(rates: dict[tuple[str, str], RecordedRate], one: str, other: str) -> Fraction | None:
    legs = route(rates, one, other)
    return None if legs is None else worth(legs)


def test_units_of_the_quote_for_one_of_the_base() -> None:
    assert rate_of(USD, "EUR", "USD") == Fraction("1.1172")
    assert rate_of(USD, "USD", "EUR") == 1 / Fraction("1.1172")
    assert rate_of(USD | JPY, "USD", "JPY") == Fraction("175.68") / Fraction("1.1172")
    assert rate_of(USD, "USD", "GBP") is None
    assert rate_of({}, "USD", "USD") == 1


def test_a_rate_given_is_preferred_to_its_inverse_and_both_to_a_way_over_a_third() -> None:
    given_directly = recorded("USD", "EUR", "0.9")
    assert rate_of(USD | given_directly, "USD", "EUR") == Fraction("0.9")
    assert rate_of(USD | JPY | recorded("USD", "JPY", "150"), "USD", "JPY") == 150


def test_a_policy_without_inversion_takes_no_inverse() -> None:
    assert route(USD, "USD", "EUR", inverts=False) is None
    assert route(USD, "EUR", "USD", inverts=False) is not None


def test_of_several_thirds_the_one_with_the_newest_rates_is_taken() -> None:
    old = date(2026, 10, 28)
    over_chf = recorded("CHF", "USD", "1.2", old) | recorded("CHF", "JPY", "190")
    assert rate_of(over_chf | USD | JPY, "USD", "JPY") == Fraction("175.68") / Fraction("1.1172")


RATES = st.decimals("0.0001", "99999", places=6, allow_nan=False)


@given(RATES, RATES, st.decimals("-1000000", "1000000", places=2, allow_nan=False))
def test_there_and_back_is_where_one_was(one: Decimal, other: Decimal, amount: Decimal) -> None:
    rates = recorded("EUR", "USD", str(one)) | recorded("EUR", "JPY", str(other))
    there, back = rate_of(rates, "USD", "JPY"), rate_of(rates, "JPY", "USD")
    assert there is not None
    assert back is not None
    assert there * back == 1
    assert converted(-amount, there, "JPY") == -converted(amount, there, "JPY")
    assert abs(Fraction(converted(amount, there, "JPY")) - Fraction(amount) * there) <= Fraction(
        1, 2
    )


def test_halves_go_away_from_zero() -> None:
    assert converted(Decimal("0.5"), Fraction(1), "JPY") == 1
    assert converted(Decimal("-0.5"), Fraction(1), "JPY") == -1
    assert converted(Decimal(388), Fraction("93.9325"), "RUB") == Decimal("36445.81")


def zipped(*files: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_history_says_units_for_one_euro_and_leaves_old_currencies_out() -> None:
    rows = HEAD + b"2026-10-30,1.1172,175.68,N/A,\n2026-10-29,N/A,175.92,0.58231,\n\n"
    for content in (rows, b"\xef\xbb\xbf" + rows, zipped(("eurofxref-hist.csv", rows))):
        history = read_history(content)
        assert history.base == "EUR"
        assert [(each.quote, str(each.rate_on), str(each.rate)) for each in history.rates] == [
            ("USD", "2026-10-30", "1.1172"),
            ("JPY", "2026-10-30", "175.68"),
            ("JPY", "2026-10-29", "175.92"),
        ]
        assert (history.days, history.missing, history.left_out) == (2, 1, ("CYP",))


def test_the_daily_file_is_read_as_well() -> None:
    [rate] = read_history(b"Date, USD, \n30 October 2026, 1.1172, \n").rates
    assert (rate.rate_on, rate.rate) == (DAY, Decimal("1.1172"))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "Line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"Date\n", "Line 1"),
        (b"Date,USD,USD\n", "'USD'"),
        (b"Date,EUR\n", "'EUR'"),
        (b"Date,usd\n", "'usd'"),
        (HEAD + b"2026-10-30,1,2\n", "Line 2"),
        (HEAD + b"2026-10-30,1,2,3,4\n", "Line 2"),
        (HEAD + b"2026-13-30,1,2,3,\n", "Line 2"),
        (HEAD + b"2026-10-30,1,2,3,\n2026-10-30,1,2,3,\n", "twice"),
        (HEAD + b"2026-10-30,-1,2,3,\n", "'-1'"),
        (HEAD + b"2026-10-30,0,2,3,\n", "'0'"),
        (HEAD + b"2026-10-30,NaN,2,3,\n", "'NaN'"),
        (HEAD + b"2026-10-30,1e9,2,3,\n", "'1e9'"),
        (HEAD + b'2026-10-30,"' + b"1" * 100_000 + b'",2,3,\n', "no rate"),
        (b"Date" + b",USD" * 101 + b"\n", "columns"),
        (b"PK\x03\x04nothing", "ZIP"),
        (zipped(), "0 files"),
        (zipped(("a.csv", HEAD), ("b.csv", HEAD)), "2 files"),
    ],
)
def test_what_is_no_history_is_refused_with_its_place(content: bytes, place: str) -> None:
    with pytest.raises(RateFileIsUnreadable) as refused:
        read_history(content)
    assert place in refused.value.detail


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped(("bomb.csv", b"0" * 200_000_000))
    assert len(bomb) < 300_000
    with pytest.raises(RateFileIsUnreadable, match="more than"):
        read_history(bomb)


@given(st.binary(max_size=400))
def test_no_file_makes_it_fall_over(content: bytes) -> None:
    for file in (content, b"PK" + content, HEAD + content):
        try:
            read_history(file)
        except RateFileIsUnreadable:
            continue


@pytest.mark.data
def test_the_whole_history_is_read(data_set: Callable[[str], Path]) -> None:
    history = read_history((data_set("fx") / "eurofxref-hist.zip").read_bytes())
    assert history.days == 7_126
    assert min(each.rate_on for each in history.rates) == date(1999, 1, 4)
    first = [r for r in history.rates if r.rate_on == date(1999, 1, 4) and r.quote == "USD"]
    assert [r.rate for r in first] == [Decimal("1.1789")]
    assert set(history.left_out) == {
        "BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL",
    }  # fmt: skip
