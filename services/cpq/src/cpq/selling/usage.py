"""Rating usage: what so many units cost under a usage price.

The models are those of Lago: standard, graduated, volume, package, percentage. Amounts are exact
up to ten places; rounding to a currency is the document's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TypeAlias

from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC, round_to

PLACES = 10
_NOTHING = Decimal(0)


class UsageModelMakesNoSense(ValueError):
    """Tiers begin at nothing and follow on one another; only the last has no end."""


@dataclass(frozen=True, slots=True)
class Standard:
    """Each unit costs the same."""

    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class UsageTier:
    """Units above those of the tiers before, up to and with `up_to` (None: all others)."""

    up_to: Decimal | None
    unit_price: Decimal
    flat: Decimal = Decimal(0)
    """Due once as soon as a unit is in the tier."""


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each unit costs what its own tier says."""

    tiers: tuple[UsageTier, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """All units cost what the tier of the last one says."""

    tiers: tuple[UsageTier, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """Units come in packages; a begun one is due whole. Some units are free."""

    size: Decimal
    package_price: Decimal
    free: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share of an amount, and a fee for each event; each event within a least and a most."""

    rate: Decimal
    """A fraction: 0.029 is 2.9 %."""
    fee: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None


UsagePrice: TypeAlias = Standard | Graduated | Volume | Package | Percentage


def rated(price: UsagePrice, usage: Sequence[Decimal], share: Decimal = Decimal(1)) -> Decimal:
    """What usage costs over one period: events of units (of a percentage: of money).

    `share` is the part of the period that the usage is for: the bounds of graduated tiers and
    their flat fees, and free units, count for that part alone. Raises `UsageModelMakesNoSense`,
    and `ValueError` for usage below nothing.
    """
    if any(one < 0 for one in usage):
        raise ValueError("usage is not below nothing")
    if isinstance(price, Percentage):
        return _rounded(sum((_event(price, one) for one in usage), start=_NOTHING))
    units = sum(usage, start=_NOTHING)
    if isinstance(price, Standard):
        return _rounded(ARITHMETIC.multiply(units, price.unit_price))
    if isinstance(price, Package):
        due = max(ARITHMETIC.subtract(units, ARITHMETIC.multiply(price.free, share)), _NOTHING)
        packages = ARITHMETIC.divide(due, price.size).to_integral_value(ROUND_CEILING)
        return _rounded(ARITHMETIC.multiply(packages, price.package_price))
    check_tiers(price.tiers)
    if isinstance(price, Volume):
        return _rounded(_volume(price.tiers, units))
    return _rounded(_graduated(price.tiers, units, share))


def _event(price: Percentage, amount: Decimal) -> Decimal:
    found = ARITHMETIC.add(ARITHMETIC.multiply(amount, price.rate), price.fee)
    if price.least is not None:
        found = max(found, price.least)
    return found if price.most is None else min(found, price.most)


def _volume(tiers: Sequence[UsageTier], units: Decimal) -> Decimal:
    if not units:
        return _NOTHING
    reached = next(tier for tier in tiers if tier.up_to is None or units <= tier.up_to)
    return ARITHMETIC.add(ARITHMETIC.multiply(units, reached.unit_price), reached.flat)


def _graduated(tiers: Sequence[UsageTier], units: Decimal, share: Decimal) -> Decimal:
    total, below = _NOTHING, _NOTHING
    for tier in tiers:
        end = units if tier.up_to is None else min(units, ARITHMETIC.multiply(tier.up_to, share))
        inside = ARITHMETIC.subtract(end, below)
        if inside <= 0:
            break
        total = ARITHMETIC.add(total, ARITHMETIC.multiply(inside, tier.unit_price))
        total = ARITHMETIC.add(total, ARITHMETIC.multiply(tier.flat, share))
        below = end
    return total


def check_tiers(tiers: Sequence[UsageTier]) -> None:
    """Raise `UsageModelMakesNoSense` unless the tiers rise and only the last has no end."""
    ends = [tier.up_to for tier in tiers]
    if not tiers or ends[-1] is not None or None in ends[:-1]:
        raise UsageModelMakesNoSense("the last tier, and only that, has no end")
    below = _NOTHING
    for at, end in enumerate(ends[:-1]):
        assert end is not None
        if end <= below:
            raise UsageModelMakesNoSense(f"tier {at}: {plain(end)} is not above {plain(below)}")
        below = end


def _rounded(amount: Decimal) -> Decimal:
    return round_to(amount, PLACES)


@dataclass(frozen=True, slots=True)
class Proof:
    """What sample usage costs, against what was quoted for it."""

    rated: Decimal
    quoted: Decimal

    @property
    def holds(self) -> bool:
        """Whether the quote says what the rater does."""
        return self.rated == self.quoted


def proved(price: UsagePrice, quoted: Iterable[tuple[Sequence[Decimal], Decimal]]) -> list[Proof]:
    """Rate samples of usage again and compare each with the amount that was quoted for it."""
    return [Proof(rated(price, usage), amount) for usage, amount in quoted]
