"""Which places share a VAT, and which parts of countries stand outside of it.

Council Directive 2006/112/EC, articles 5 to 8 (territory) and 33 to 34 (distance sales, with the
threshold of article 59c).
"""

from datetime import date
from decimal import Decimal

# Country: its first day in the Union's VAT area, and the first day on which it was no longer in it.
_MEMBERS: dict[str, tuple[date, date | None]] = {
    **dict.fromkeys(
        ("BE", "DE", "DK", "ES", "FR", "GR", "IE", "IT", "LU", "NL", "PT"), (date(1993, 1, 1), None)
    ),
    **dict.fromkeys(("AT", "FI", "SE"), (date(1995, 1, 1), None)),
    **dict.fromkeys(
        ("CY", "CZ", "EE", "HU", "LT", "LV", "MT", "PL", "SI", "SK"), (date(2004, 5, 1), None)
    ),
    **dict.fromkeys(("BG", "RO"), (date(2007, 1, 1), None)),
    "HR": (date(2013, 7, 1), None),
    "GB": (date(1993, 1, 1), date(2021, 1, 1)),
    # Treated as France (article 7).
    "MC": (date(1993, 1, 1), None),
    # Northern Ireland: goods only, by the protocol.
    "XI": (date(2021, 1, 1), None),
}
GOODS_ONLY = frozenset({"XI"})

OUTSIDE_THE_VAT_AREA: dict[tuple[str, str], str] = {
    ("DE", "BUESINGEN"): "Büsingen am Hochrhein",
    ("DE", "HELGOLAND"): "Heligoland",
    ("DK", "FO"): "Faroe Islands",
    ("DK", "GL"): "Greenland",
    ("ES", "CANARY-ISLANDS"): "Canary Islands",
    ("ES", "CEUTA"): "Ceuta",
    ("ES", "MELILLA"): "Melilla",
    ("FI", "AX"): "Åland Islands",
    ("FR", "OVERSEAS"): "French overseas departments",
    ("GR", "AGIO-OROS"): "Mount Athos",
    ("IT", "CAMPIONE"): "Campione d'Italia",
    ("IT", "LIVIGNO"): "Livigno",
}
"""Territories of members that count as abroad, by country and region code (article 6)."""

DISTANCE_SALES_THRESHOLD = Decimal(10_000)
"""Euros a calendar year to consumers in all other member states together, from July 2021 on."""


def in_the_union(country: str, region: str, day: date) -> bool:
    """Whether a place is in the VAT area of the European Union on a day."""
    since = _MEMBERS.get(country)
    if since is None or (country, region) in OUTSIDE_THE_VAT_AREA:
        return False
    begins, ends = since
    return begins <= day and (ends is None or day < ends)


def members(day: date) -> list[str]:
    """The countries in the Union's VAT area on a day, by code; without what is treated so."""
    return sorted(
        country
        for country in _MEMBERS
        if country not in {"MC", "XI"} and in_the_union(country, "", day)
    )
