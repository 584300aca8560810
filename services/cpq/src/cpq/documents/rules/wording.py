"""Words, numbers and days of the languages that quotes are written in."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from servicekit.printing.wording import Wording

__all__ = ["TEXTS", "Language", "Wording", "wording"]

TEXTS = Path(__file__).with_name("texts.toml")
"""What documents say, by language and key."""


class Language(StrEnum):
    """The languages that documents are written in, by their tags (BCP 47)."""

    ENGLISH = "en"
    GERMAN = "de"
    CHINESE = "zh-Hans"


@cache
def wording(language: Language) -> Wording:
    """The wording of a language."""
    return Wording(language.value, _catalogues()[language.value])


@cache
def _catalogues() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))
