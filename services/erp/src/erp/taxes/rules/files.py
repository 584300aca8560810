"""Files of tax rates as others publish them, read into rates by day.

Two forms are known: one object per country as of the file's day (`rates`, as vatnode.dev writes
the Commission's TEDB), and a history per country (`items`, as the vat-rates projects write it,
with territories as `exceptions`). Rates are percentages there and fractions here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from erp.taxes.rules.refusals import RateFileIsUnreadable
from erp.taxes.rules.standard_rates import ALWAYS
from servicekit.values.decimals import plain

_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_ALIASES = {"EL": "GR", "UK": "GB"}
_NAMES = {
    "standard": "Standard rate",
    "reduced": "Reduced rate",
    "super-reduced": "Super-reduced rate",
    "parking": "Parking rate",
}


@dataclass(frozen=True, slots=True)
class FileRate:
    """A rate (a fraction) as a file has it; it holds from a day on."""

    country: str
    region: str
    category: str
    name: str
    rate: Decimal
    valid_from: date


@dataclass(frozen=True, slots=True)
class FileTerritory:
    """A part of a country that the file taxes differently; `postcode` is a pattern, or None."""

    country: str
    region: str
    name: str
    postcode: str | None


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What was noticed at an entry of a file; an error keeps the file out, a note does not."""

    place: str
    code: str
    detail: str
    error: bool


@dataclass(frozen=True, slots=True)
class RateFile:
    """What a file says."""

    rates: tuple[FileRate, ...]
    territories: tuple[FileTerritory, ...]
    findings: tuple[FileFinding, ...]


class _Unreadable(Exception):
    def __init__(self, place: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.finding = FileFinding(place, code, detail, error=True)


def read_rates(
    content: Mapping[str, Any], *, valid_from: date | None, countries: frozenset[str] | None
) -> RateFile:
    """Read a file; `valid_from` replaces its day, `countries` leaves others out.

    Raises `RateFileIsUnreadable` for a form that is not known; what is wrong with an entry is a
    finding.
    """
    rates: list[FileRate] = []
    territories: dict[tuple[str, str], FileTerritory] = {}
    findings: list[FileFinding] = []
    if isinstance(content.get("rates"), dict):
        entries, read = content["rates"], _snapshot
        day = valid_from or _day(content.get("version"), "version")
    elif isinstance(content.get("items"), dict):
        entries, read = content["items"], _history
        day = valid_from or ALWAYS
    else:
        raise RateFileIsUnreadable("There is neither `rates` nor `items`.", field="file")
    for key in sorted(entries, key=str):
        country = _ALIASES.get(str(key), str(key))
        if countries is not None and country not in countries:
            continue
        if country == "XI":
            findings.append(
                FileFinding(str(key), "not-a-country", "Goods follow GB's rates.", error=False)
            )
            continue
        try:
            if not _COUNTRY.match(country):
                raise _Unreadable(str(key)[:40], "unknown-country", "No code of a country.")
            for found in read(country, entries[key], day):
                if isinstance(found, FileRate):
                    rates.append(found)
                elif isinstance(found, FileTerritory):
                    territories[found.country, found.region] = found
                else:
                    findings.append(found)
        except _Unreadable as wrong:
            findings.append(wrong.finding)
    rates.sort(key=lambda one: (one.country, one.region, one.category, one.valid_from))
    return RateFile(tuple(rates), tuple(territories.values()), tuple(findings))


_Found = FileRate | FileTerritory | FileFinding


def _snapshot(country: str, entry: Any, day: date) -> Iterator[_Found]:
    if not isinstance(entry, dict):
        raise _Unreadable(country, "no-object", "An entry is an object.")
    yield _rate(country, "", "standard", entry.get("standard"), day)
    reduced = entry.get("reduced") or []
    if not isinstance(reduced, list):
        raise _Unreadable(f"{country}.reduced", "no-list", "Reduced rates are a list.")
    if len(reduced) == 1:
        yield _rate(country, "", "reduced", reduced[0], day)
    elif reduced:
        for at, percentage in enumerate(reduced):
            value = _fraction(f"{country}.reduced.{at}", percentage)
            category = f"reduced-{plain(value * 100)}"
            yield FileRate(country, "", category, f"{_NAMES['reduced']}", value, day)
        yield FileFinding(
            f"{country}.reduced",
            "several-reduced-rates",
            "Each has a category of its own, such as reduced-5; `reduced` stays as it is.",
            error=False,
        )
    for name in ("super_reduced", "parking"):
        if entry.get(name) is not None:
            yield _rate(country, "", name.replace("_", "-"), entry[name], day)


def _history(country: str, entry: Any, day: date) -> Iterator[_Found]:
    if not isinstance(entry, list):
        raise _Unreadable(country, "no-list", "The history of a country is a list.")
    for at, period in enumerate(entry):
        place = f"{country}.{at}"
        if not isinstance(period, dict) or not isinstance(period.get("rates"), dict):
            raise _Unreadable(place, "no-object", "A period has `rates`.")
        since = max(_since(period.get("effective_from"), place), day)
        for name, percentage in sorted(period["rates"].items()):
            yield _rate(country, "", str(name).replace("_", "-").lower(), percentage, since)
        for number, exception in enumerate(period.get("exceptions") or []):
            yield from _exception(country, exception, since, f"{place}.exceptions.{number}")


def _exception(country: str, entry: Any, since: date, place: str) -> Iterator[_Found]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise _Unreadable(place, "no-object", "An exception has a name.")
    name = entry["name"].strip()
    region = re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")[:40].strip("-")
    if not region:
        raise _Unreadable(place, "no-name", "An exception has a name.")
    postcode = entry.get("postcode")
    yield FileTerritory(country, region, name, None if postcode is None else str(postcode)[:200])
    for key, percentage in sorted(entry.items()):
        if key not in {"name", "postcode"}:
            yield _rate(country, region, str(key).replace("_", "-").lower(), percentage, since)


def _rate(country: str, region: str, category: str, percentage: Any, since: date) -> FileRate:
    place = ".".join(part for part in (country, region, category) if part)
    name = _NAMES.get(category, category.replace("-", " ").capitalize())
    return FileRate(country, region, category, name, _fraction(place, percentage), since)


def _fraction(place: str, percentage: Any) -> Decimal:
    if isinstance(percentage, bool) or not isinstance(percentage, (int, float, str, Decimal)):
        raise _Unreadable(place, "no-rate", "A rate is a percentage.")
    try:
        found = Decimal(str(percentage)) / 100
    except InvalidOperation:
        raise _Unreadable(place, "no-rate", "A rate is a percentage.") from None
    if not found.is_finite() or not 0 <= found <= 1:
        raise _Unreadable(place, "no-rate", f"{percentage} per cent cannot be.")
    if found != found.quantize(Decimal("0.000001")):
        raise _Unreadable(place, "rate-is-too-fine", "A percentage has four decimals at most.")
    return found.normalize() if found else Decimal(0)


def _since(value: Any, place: str) -> date:
    if isinstance(value, str) and value.startswith("0000"):
        return ALWAYS
    try:
        return max(date.fromisoformat(str(value)), ALWAYS)
    except ValueError:
        raise _Unreadable(
            f"{place}.effective_from", "no-day", "A period begins on a day."
        ) from None


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise RateFileIsUnreadable(
            f"`{place}` is no day; give valid_from.", field="valid_from"
        ) from None
