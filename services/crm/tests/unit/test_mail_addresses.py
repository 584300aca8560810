"""The short way for plain mail addresses agrees with the library that knows them all."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.schemas.customers import _is_plain

PARTS = st.text(alphabet="ab0.-+_!@ é", min_size=1, max_size=12)


@given(st.one_of(st.emails(), st.builds("{}@{}.{}".format, PARTS, PARTS, PARTS)))
def test_what_is_taken_as_plain_is_valid_and_stays_as_it_is(address: str) -> None:
    lowered = address.lower()
    if not _is_plain(lowered):
        return
    checked = validate_email(lowered, check_deliverability=False, test_environment=True)
    assert checked.normalized == lowered


@pytest.mark.parametrize(
    "address",
    [
        "a..b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a@-example.com",
        "a@example-.com",
        "a@example",
        "a b@example.com",
        f"a@{'b' * 64}.com",
        "a@example.1",
        "a@printer.local",
    ],
)
def test_what_is_wrong_is_not_taken_as_plain(address: str) -> None:
    assert not _is_plain(address)
    with pytest.raises(EmailNotValidError):
        validate_email(address, check_deliverability=False, test_environment=True)
