"""Tax rates that a new company starts with, for its own country.

Value-added tax rates as the countries publish them, each with the day from which it holds. They
are a start, not advice: a company keeps its rates with POST /v1/tax-rates. A country that is not
listed starts without a standard rate, so that nobody invoices a guessed tax.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ALWAYS = date(1900, 1, 1)

STANDARD, REDUCED, ZERO, EXEMPT = "standard", "reduced", "zero", "exempt"


@dataclass(frozen=True, slots=True)
class RateSeed:
    """A rate as a fraction, in force from a day on until the next one begins (None: for ever)."""

    category: str
    name: str
    rate: Decimal
    valid_from: date
    valid_to: date | None = None


def _from(year: int, month: int = 1, day: int = 1) -> date:
    return date(year, month, day)


# Country: (percentage, first day) of the standard rate, then of the reduced one.
_PERCENTAGES: dict[str, tuple[list[tuple[str, date]], list[tuple[str, date]]]] = {
    "AT": ([("20", _from(1984))], [("10", _from(1984))]),
    "BE": ([("21", _from(1996))], [("6", _from(1983))]),
    "CH": (
        [("7.7", _from(2018)), ("8.1", _from(2024))],
        [("2.5", _from(2011)), ("2.6", _from(2024))],
    ),
    "CZ": ([("21", _from(2013))], [("12", _from(2024))]),
    "DE": (
        [
            ("15", _from(1993)),
            ("16", _from(1998, 4)),
            ("19", _from(2007)),
            ("16", _from(2020, 7)),
            ("19", _from(2021)),
        ],
        [("7", _from(1983, 7)), ("5", _from(2020, 7)), ("7", _from(2021))],
    ),
    "DK": ([("25", _from(1992))], []),
    "ES": ([("18", _from(2010, 7)), ("21", _from(2012, 9))], [("10", _from(2012, 9))]),
    "FI": ([("24", _from(2013)), ("25.5", _from(2024, 9))], []),
    "FR": (
        [("19.6", _from(2000, 4)), ("20", _from(2014))],
        [("5.5", _from(1982, 7))],
    ),
    "GB": ([("17.5", _from(2010)), ("20", _from(2011, 1, 4))], [("5", _from(1997, 9))]),
    "IE": ([("23", _from(2021, 3))], [("13.5", _from(2003))]),
    "IT": ([("22", _from(2013, 10))], [("10", _from(1995, 2, 24))]),
    "LU": ([("16", _from(2023)), ("17", _from(2024))], []),
    "NL": ([("19", _from(2001)), ("21", _from(2012, 10))], [("9", _from(2019))]),
    "NO": ([("25", _from(2005))], [("15", _from(2012))]),
    "PL": ([("23", _from(2011))], [("8", _from(2011))]),
    "PT": ([("23", _from(2011))], []),
    "SE": ([("25", _from(1990, 7))], [("12", _from(1996))]),
    # Sales tax belongs to states and counties and to the buyer's place: none is assumed.
    "US": ([("0", ALWAYS)], [("0", ALWAYS)]),
}

_NAMES = {
    STANDARD: "Standard rate",
    REDUCED: "Reduced rate",
    ZERO: "Zero rate",
    EXEMPT: "Exempt",
}


def standard_rates(country: str) -> list[RateSeed]:
    """The rates to start with in a country (ISO 3166-1 alpha-2); zero and exempt are everywhere."""
    seeds = [
        RateSeed(ZERO, _NAMES[ZERO], Decimal(0), ALWAYS),
        RateSeed(EXEMPT, _NAMES[EXEMPT], Decimal(0), ALWAYS),
    ]
    for category, rates in zip(
        (STANDARD, REDUCED), _PERCENTAGES.get(country, ([], [])), strict=True
    ):
        ends = [*(begin for _, begin in rates[1:]), None]
        seeds += [
            RateSeed(
                category, _NAMES[category], Decimal(percentage).scaleb(-2), valid_from, ends[at]
            )
            for at, (percentage, valid_from) in enumerate(rates)
        ]
    return seeds
