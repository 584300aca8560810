"""VAT numbers of the EU, the United Kingdom, Switzerland and Norway, by checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.taxes.rules import TaxNumberIsInvalid, check_number, checked

# From the tests and documentation of python-stdnum, and published company numbers.
VALID = [
    "ATU13585627", "BE0428759497", "BG175074752", "CY10259033P", "CZ25123891", "DE136695976",
    "DK13585628", "EE100931558", "EL094259216", "ESB58378431", "FI20774740", "FR40303265045",
    "GB980780684", "HR33392005961", "HU12892312", "IE6433435F", "IT00743110157", "LT119511515",
    "LU15027442", "LV40003521600", "MT11679112", "NL004495445B01", "PL8567346215", "PT501964843",
    "RO18547290", "SE123456789701", "SI50223054", "SK2022749619", "XI980780684",
    "CHE100155212MWST", "NO995525828MVA",
]  # fmt: skip


@pytest.mark.parametrize("number", VALID)
def test_a_number_is_valid_and_one_digit_off_is_not(number: str) -> None:
    found = check_number(number)
    assert found.valid, found
    assert found.number == number

    digits = [at for at, letter in enumerate(number) if letter.isdigit()]
    wrong = 0
    for at in digits:
        other = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        wrong += not check_number(other).valid
    assert wrong >= len(digits) - 3, "the checksum notices nearly every digit"


def test_separators_case_and_missing_prefixes_do_not_matter() -> None:
    assert check_number("de 136.695-976").number == "DE136695976"
    assert check_number("136695976", "DE").number == "DE136695976"
    assert check_number("GR094259216").number == "EL094259216"
    assert check_number("094259216", "GR").number == "EL094259216"
    assert check_number("EL094259216").country == "GR"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("DE136695978", "invalid-checksum"),
        ("DE13669597", "invalid-length"),
        ("DEABCDEFGHI", "invalid-format"),
        ("ZZ123", "unknown-country"),
        ("", "unknown-country"),
        ("ＤＥ136695976", "unknown-country"),
    ],
)
def test_a_number_that_fails_says_why(number: str, reason: str) -> None:
    assert check_number(number).reason == reason
    with pytest.raises(TaxNumberIsInvalid, match=reason):
        checked(number, None, field="vat_number")


@given(st.text(max_size=60), st.none() | st.sampled_from(["DE", "FR", "GB", "CH", "BR", "NL"]))
def test_whatever_is_typed_gets_an_answer(number: str, country: str | None) -> None:
    found = check_number(number, country)
    assert found.valid == (found.reason is None)


@given(
    st.sampled_from(sorted({number[:2] for number in VALID})),
    st.text("0123456789ABCXYZ", max_size=14),
)
def test_whatever_follows_a_prefix_gets_an_answer(prefix: str, rest: str) -> None:
    found = check_number(prefix + rest)
    assert found.valid == (found.reason is None)
    if found.valid:
        assert check_number(found.number) == found
