"""Words, numbers and days of a language: texts of a service, formats of Unicode's CLDR by Babel."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from servicekit.values import minor_units

_SPACES = str.maketrans({"\u202f": "\u00a0"})
"""The narrow no-break space is missing in many fonts."""


class Wording:
    """How a document speaks in one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Make one; `language` is a tag (BCP 47)."""
        self.language = language
        self._texts = texts
        self._locale = Locale.parse(language, sep="-")

    def text(self, key: str, /, **values: str) -> str:
        """The text of a key with its blanks filled in. Raises `KeyError` for an unknown key."""
        return self._texts[key].format(**values)

    def known(self, key: str) -> str | None:
        """The text of a key, if there is one."""
        return self._texts.get(key)

    def unit(self, code: str) -> str:
        """A unit as people write it; one that no catalogue knows stays as it is."""
        return self._texts.get(f"unit.{code}", code)

    def country(self, code: str) -> str:
        """The name of a country (ISO 3166-1 alpha-2); one that has none stays as it is."""
        return str(self._locale.territories.get(code, code))

    def amount(self, amount: Decimal, currency: str) -> str:
        """An amount without its currency, at the minor units or as finely as it is."""
        pattern = _pattern(minor_units(currency))
        return format_decimal(amount, format=pattern, locale=self._locale).translate(_SPACES)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency, as the language writes it."""
        standard = self._locale.currency_formats["standard"].pattern.partition(";")[0]
        pattern = standard.replace("#,##0.00", _pattern(minor_units(currency)))
        return format_currency(
            amount, currency, format=pattern, locale=self._locale, currency_digits=False
        ).translate(_SPACES)

    def number(self, number: Decimal) -> str:
        """A quantity, with all its places."""
        return format_decimal(number, format=_pattern(0), locale=self._locale).translate(_SPACES)

    def percent(self, fraction: Decimal) -> str:
        """A fraction as per cent, with all its places: 0.081 is 8.1 %."""
        pattern = self._locale.percent_formats[None].pattern.replace("#,##0", _pattern(0))
        return format_percent(fraction, format=pattern, locale=self._locale).translate(_SPACES)

    def day(self, day: date) -> str:
        """A day, with the month by its name."""
        return format_date(day, "long", locale=self._locale)


def _pattern(places: int) -> str:
    """At least so many places; beyond them, as many as the number has, up to ten."""
    return f"#,##0.{'0' * places}{'#' * (10 - places)}"
