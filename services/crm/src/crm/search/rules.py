"""What can be searched for."""

import re

from servicekit.errors import InvalidInput

MOST_WORDS = 6
KINDS = ("customer", "person")
_DIGITS = re.compile(r"[0-9 ()./+-]+\Z")


class NothingIsSearched(InvalidInput):
    code = "nothing-is-searched"
    title = "A search needs a word"
    hint = "Give 1 to 6 words with letters or digits; words beyond the sixth are left out."


def as_number(query: str) -> str | None:
    """The last eight digits when `query` is a phone number, else None."""
    digits = re.sub(r"[^0-9]", "", query)
    if len(digits) < 7 or not _DIGITS.match(query):
        return None
    return digits[-8:]
