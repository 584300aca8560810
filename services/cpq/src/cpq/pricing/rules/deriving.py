"""Prices derived from other lines: in which order they come, and what they are a share of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from cpq.pricing.rules.places import Placed, Standing
from cpq.pricing.rules.rule import Basis, Share, Within
from cpq.pricing.rules.steps import NOTHING, working
from servicekit.values.decimals import ARITHMETIC

_Alike: TypeAlias = tuple[str, bool, Within, frozenset[str], Basis, bool]
"""Equal for lines that are derived from the same ones: where they stand and whether they count,
and of what they are a share."""


class Stood(NamedTuple):
    """What derived prices ask of a line that is priced."""

    quantity: Decimal
    start: Decimal
    """The unit price that its waterfall began with."""
    unit: Decimal
    """The unit price that it ended with."""
    net: Decimal
    """The amount of all units, for one period."""


class Whole(NamedTuple):
    """What a derived price is a share of."""

    amount: Decimal
    lines: int


def waves(standing: Standing) -> dict[str, int]:
    """Derived lines by when they can be priced: after all lines of lower waves, from 1 on.

    Those whose prices go in circles, and those that wait for such, have none.
    """
    by_sku: dict[str, list[str]] = {}
    for key in standing.derived:
        by_sku.setdefault(standing.placed[key].line.sku, []).append(key)
    waiting = {key: set(_derived_before(standing, key, by_sku)) for key in standing.derived}
    found: dict[str, int] = {}
    wave = 0
    while waiting:
        wave += 1
        ready = [key for key, others in waiting.items() if not others]
        if not ready:
            break
        for key in ready:
            found[key] = wave
            del waiting[key]
        for others in waiting.values():
            others.difference_update(ready)
    return found


def _derived_before(
    standing: Standing, key: str, by_sku: Mapping[str, Collection[str]]
) -> Iterator[str]:
    placed = standing.placed[key]
    assert placed.share is not None
    _, share = placed.share
    for sku in share.contributors:
        for other in by_sku.get(sku, ()):
            if other != key and _counts_for(standing.placed[other], placed, share):
                yield other


def _counts_for(other: Placed, line: Placed, share: Share) -> bool:
    """Whether a line that the share is of stands where it looks, and is offered."""
    return (other.line.counts or not line.line.counts) and (
        other.place(share.within) == line.place(share.within)
    )


class Wholes:
    """Sums over lines that are priced; those of derived lines that are alike are found once."""

    def __init__(self, standing: Standing, stood: Mapping[str, Stood]) -> None:
        self._standing = standing
        self._stood = stood
        self._known: dict[_Alike, Whole] = {}

    def of(self, line: Placed) -> Whole:
        """What the price of a derived line is a share of. All contributors have been priced."""
        assert line.share is not None
        _, share = line.share
        place, counts = line.place(share.within), line.line.counts
        if line.line.sku in share.contributors:
            return self._sum(line, share)
        asked = (share.within, share.contributors, share.basis, share.per_unit)
        alike = (place, counts, *asked)
        found = self._known.get(alike)
        if found is None:
            found = self._known[alike] = self._sum(line, share)
        return found

    def _sum(self, line: Placed, share: Share) -> Whole:
        amounts = []
        for key in self._standing.at(share.within, line):
            other = self._standing.placed[key]
            if (
                key != line.line.key
                and (other.line.counts or not line.line.counts)
                and (
                    other.line.sku in share.contributors
                    if share.contributors
                    else other.share is None
                )
            ):
                amounts.append(_contribution(self._stood[key], share))
        # Exact, whatever the order: amounts have ten places, and all of them together 28 digits.
        return Whole(sum(amounts, start=NOTHING), len(amounts))


def _contribution(one: Stood, share: Share) -> Decimal:
    """What a line adds to the whole that a derived price is a share of, for one period."""
    if share.per_unit:
        return one.start if share.basis is Basis.LIST else one.unit
    if share.basis is Basis.LIST:
        return working(ARITHMETIC.multiply(one.start, one.quantity))
    return one.net
