"""Words, numbers and days of a language: texts of our own, formats of Unicode's CLDR by Babel."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from servicekit.values import minor_units

TEXTS = Path(__file__).with_name("texts.toml")
"""What documents say, by language and key."""
_SPACES = str.maketrans({"\u202f": "\u00a0"})
"""The narrow no-break space is missing in many fonts."""


class Language(StrEnum):
    """The languages that documents are written in, by their tags (BCP 47)."""

    ENGLISH = "en"
    GERMAN = "de"
    CHINESE = "zh-Hans"


class Wording:
    """How a document speaks in one language."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._locale = Locale.parse(language.value, sep="-")

    def text(self, key: str, /, **values: str) -> str:
        """The text of a key with its blanks filled in. Raises `KeyError` for an unknown key."""
        return self._texts[key].format(**values)

    def known(self, key: str) -> str | None:
        """The text of a key, if there is one."""
        return self._texts.get(key)

    def unit(self, code: str) -> str:
        """A unit as people write it; one that no catalogue knows stays as it is."""
        return self._texts.get(f"unit.{code}", code)

    def amount(self, amount: Decimal, currency: str) -> str:
        """An amount without its currency, at the minor units or as finely as it is."""
        return format_decimal(amount, format=_pattern(minor_units(currency)), locale=self._locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency, as the language writes it."""
        standard = self._locale.currency_formats["standard"].pattern.partition(";")[0]
        pattern = standard.replace("#,##0.00", _pattern(minor_units(currency)))
        return format_currency(
            amount, currency, format=pattern, locale=self._locale, currency_digits=False
        ).translate(_SPACES)

    def number(self, number: Decimal) -> str:
        """A quantity, with all its places."""
        return format_decimal(number, format=_pattern(0), locale=self._locale)

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


@cache
def wording(language: Language) -> Wording:
    """The wording of a language."""
    return Wording(language, _catalogues()[language.value])


@cache
def _catalogues() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))
