"""Phone numbers: as people write them in, as E.164 out."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from crm.customers.rules import PhoneNumberIsImpossible


def e164(written: str, country: str | None, *, field: str = "phone") -> str:
    """The number in E.164 form, `+49301234567`.

    A number in national form is read as one of `country` (ISO 3166-1 alpha-2). The length must be
    possible there; whether the prefix is assigned today is not asked, because numbering plans
    change more often than libraries are updated. Raises PhoneNumberIsImpossible.
    """
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException as error:
        where = f"in {country}" if country else "without a country"
        raise PhoneNumberIsImpossible(
            f"{written!r} cannot be read as a phone number {where}.", field=field
        ) from error
    # A local number, without its area, is possible too; but nobody else can dial it.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise PhoneNumberIsImpossible(
            f"{written!r} has a length that no number of +{number.country_code} has.", field=field
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
