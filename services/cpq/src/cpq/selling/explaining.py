"""How usage comes to what it costs, step by step, worked out apart from the rater.

The steps sum to the amount that `rated` gives, so each proves the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from cpq.selling.usage import (
    Graduated,
    Package,
    Percentage,
    Standard,
    UsagePrice,
    UsageTier,
    check_tiers,
)
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_NOTHING = Decimal(0)
_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class RatingStep:
    """A step from usage to an amount."""

    said: str
    """For people: `50 above 100 at 0.5`."""
    amount: Decimal
    """What it adds, not rounded."""


def explained(
    price: UsagePrice, usage: Sequence[Decimal], share: Decimal = _ALL
) -> list[RatingStep]:
    """The steps of `rated`; their amounts sum to what it gives, before that is rounded.

    Raises `UsageModelMakesNoSense`.
    """
    if isinstance(price, Percentage):
        return [_event(price, one) for one in usage]
    units = sum(usage, start=_NOTHING)
    if isinstance(price, Standard):
        return [_at(units, price.unit_price)]
    if isinstance(price, Package):
        return list(_packages(price, units, share))
    check_tiers(price.tiers)
    if isinstance(price, Graduated):
        return list(_graduated(price.tiers, units, share))
    return list(_volume(price.tiers, units))


def _at(units: Decimal, each: Decimal, where: str = "") -> RatingStep:
    said = f"{plain(units)}{where} at {plain(each)}"
    return RatingStep(said, ARITHMETIC.multiply(units, each))


def _packages(price: Package, units: Decimal, share: Decimal) -> Iterator[RatingStep]:
    free = ARITHMETIC.multiply(price.free, share)
    if free:
        yield RatingStep(f"{plain(min(units, free))} of {plain(units)} are free", _NOTHING)
    due = max(ARITHMETIC.subtract(units, free), _NOTHING)
    packages = ARITHMETIC.divide(due, price.size).to_integral_value(ROUND_CEILING)
    yield RatingStep(
        f"{plain(packages)} packages of {plain(price.size)} at {plain(price.package_price)}",
        ARITHMETIC.multiply(packages, price.package_price),
    )


def _volume(tiers: Sequence[UsageTier], units: Decimal) -> Iterator[RatingStep]:
    below = _NOTHING
    for tier in tiers:
        if tier.up_to is None or units <= tier.up_to:
            if units:
                yield _at(units, tier.unit_price, f", all {_reach(below, tier.up_to)},")
                yield from _flat(tier.flat, _ALL)
            return
        below = tier.up_to


def _graduated(tiers: Sequence[UsageTier], units: Decimal, share: Decimal) -> Iterator[RatingStep]:
    below = _NOTHING
    for tier in tiers:
        end = None if tier.up_to is None else ARITHMETIC.multiply(tier.up_to, share)
        if units <= below:
            return
        inside = ARITHMETIC.subtract(units if end is None else min(units, end), below)
        yield _at(inside, tier.unit_price, f" {_reach(below, end)}")
        yield from _flat(tier.flat, share)
        if end is None:
            return
        below = end


def _reach(below: Decimal, end: Decimal | None) -> str:
    """Where a tier lies, such as `above 100 up to 200`."""
    parts = [f"above {plain(below)}" if below else "", "" if end is None else f"up to {plain(end)}"]
    return " ".join(filter(None, parts)) or "without end"


def _flat(flat: Decimal, share: Decimal) -> Iterator[RatingStep]:
    if flat:
        part = "" if share == _ALL else f", {plain(share)} of {plain(flat)}"
        yield RatingStep(f"flat fee of the tier{part}", ARITHMETIC.multiply(flat, share))


def _event(price: Percentage, amount: Decimal) -> RatingStep:
    rate = plain(ARITHMETIC.multiply(price.rate, Decimal(100)))
    said = f"{rate} % of {plain(amount)}"
    found = ARITHMETIC.multiply(amount, price.rate)
    if price.fee:
        said += f" and a fee of {plain(price.fee)}"
        found = ARITHMETIC.add(found, price.fee)
    if price.least is not None and found < price.least:
        said, found = f"{said}, at least {plain(price.least)}", price.least
    if price.most is not None and found > price.most:
        said, found = f"{said}, at most {plain(price.most)}", price.most
    return RatingStep(said, found)
