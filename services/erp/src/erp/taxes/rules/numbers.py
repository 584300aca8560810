"""VAT numbers, by form and checksum. Whether a number is in force only its country can say.

The forms and checksums are python-stdnum's: all of the European Union, the United Kingdom and
Northern Ireland, Switzerland and Norway.
"""

from dataclasses import dataclass

from stdnum import get_cc_module
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)

from servicekit.errors import InvalidInput

# Prefix of a number: the country it stands for.
_COUNTRIES = (
    *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "XI"),
)
_PREFIXES = {**{code: code for code in _COUNTRIES}, "EL": "GR"}
_KEEP_PREFIX = frozenset({"CH"})
LONGEST_NUMBER = 32


class TaxNumberIsInvalid(InvalidInput):
    """A number that cannot be is a typing error, and would be a wrong invoice."""

    code = "tax-number-is-invalid"
    title = "A VAT number has the form and the checksum of its country"
    hint = "POST /v1/tax-number-checks says what is wrong with a number."


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number with its prefix and without separators; `reason` is why it is not valid.

    `country` is ISO 3166-1 alpha-2 (XI: Northern Ireland), None where the prefix is nobody's.
    """

    number: str
    country: str | None
    reason: str | None
    detail: str

    @property
    def valid(self) -> bool:
        """Whether form and checksum are right."""
        return self.reason is None


def _validate(country: str, body: str) -> str:
    module = get_cc_module("GB" if country == "XI" else country, "vat")
    assert module is not None
    return str(module.validate(body))


def _compact(number: str) -> str:
    return "".join(letter for letter in number.upper() if letter not in " .-/\t\u00a0")


def check_number(number: str, country: str | None = None) -> CheckedNumber:
    """Check a number as typed; `country` is added where the number has no prefix.

    Greece is EL in numbers; GR is read as it.
    """
    text = _compact(number)
    prefix = text[:2]
    if prefix == "GR":
        prefix, text = "EL", "EL" + text[2:]
    if prefix not in _PREFIXES and country is not None:
        prefix = "EL" if country == "GR" else country
        text = text if text.startswith(prefix) else prefix + text
    if prefix not in _PREFIXES or len(text) > LONGEST_NUMBER or not text.isascii():
        return CheckedNumber(
            text[:LONGEST_NUMBER],
            None,
            "unknown-country",
            "The number begins with no country whose numbers we can check.",
        )
    of = _PREFIXES[prefix]
    body = text if prefix in _KEEP_PREFIX else text[2:]
    try:
        compact = _validate(of, body)
    except InvalidLength:
        return CheckedNumber(text, of, "invalid-length", "The number is too long or too short.")
    except InvalidChecksum:
        return CheckedNumber(text, of, "invalid-checksum", "Its check digits do not agree.")
    except InvalidComponent:
        return CheckedNumber(text, of, "invalid-component", "A part of it cannot be.")
    except (InvalidFormat, ValidationError, ValueError, IndexError):
        return CheckedNumber(text, of, "invalid-format", "It has not the form of its country.")
    found = compact if prefix in _KEEP_PREFIX else prefix + compact
    return CheckedNumber(found, of, None, "Form and checksum are right.")


def checked(number: str, country: str | None, *, field: str) -> CheckedNumber:
    """The number in its plain form; raises `TaxNumberIsInvalid` with the reason."""
    found = check_number(number, country)
    if not found.valid:
        raise TaxNumberIsInvalid(f"{found.number}: {found.reason}. {found.detail}", field=field)
    return found
