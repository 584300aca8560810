"""Pricing a document: pure, and the same whatever the order of its lines.

A pricing begins from one that is through, or from nothing, and prices the lines that have
changed and those that look at them; pricing from scratch is the case where all have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from cpq.pricing.rules.deriving import Stood, Whole, Wholes, waves
from cpq.pricing.rules.fitting import Fitting
from cpq.pricing.rules.ladders import Ladders
from cpq.pricing.rules.lines import DocumentToPrice, PricedOn, Request
from cpq.pricing.rules.places import Placed, Sets, Standing, Together
from cpq.pricing.rules.rule import Method, Schedule, Within
from cpq.pricing.rules.rulebook import PriceRules
from cpq.pricing.rules.running import Running
from cpq.pricing.rules.slabs import price_slabs
from cpq.pricing.rules.steps import (
    DerivedPricesGoInCircles,
    PricedLine,
    StepName,
    percent,
)
from cpq.pricing.rules.waterfall import Reached, Waterfall
from servicekit.errors import Refusal
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_Slabs: TypeAlias = tuple[int, Together, str]
"""Lines that fill slabs together: their wave, the schedule and the place, and who is alone."""


def price_document(document: DocumentToPrice, rules: PriceRules) -> dict[str, PricedLine]:
    """Price every line, by key.

    Lines whose price is derived from others are priced after those. A refusal names the line in
    `field` (`lines.3.quantity`), by its place in the document. Raises `ItemHasNoListPrice`,
    `AgreedPriceNeedsReason`, `DiscountNeedsReason`, `PriceIsBelowFloor`, `PriceIsTooLarge`,
    `DerivedPricesGoInCircles`.
    """
    lines = {line.key: line for line in document.lines}
    pricing = Pricing(document.on, rules)
    pricing.price(lines, lines, ())
    return pricing.prices


def price_line(request: Request, rules: PriceRules, currency: str) -> PricedLine:
    """Price a document of one line; the field of a refusal is the line's own."""
    on = PricedOn(currency, rules.day)
    try:
        return price_document(DocumentToPrice(on, [request]), rules)[request.key]
    except Refusal as refusal:
        refusal.field = (refusal.field or "").removeprefix("lines.0.")
        raise


class Pricing:
    """The lines of a document with their prices, and what is needed to price some of them anew."""

    def __init__(self, on: PricedOn, rules: PriceRules) -> None:
        self.on = on
        self.rules = rules
        self.prices: dict[str, PricedLine] = {}
        self.repriced: set[str] = set()
        """The lines that were priced last."""
        self.standing = Standing(Fitting(rules, on))
        self._ladders = Ladders()
        self._stood: dict[str, Stood] = {}
        self._wholes: dict[str, Whole] = {}
        self._waves: dict[str, int] = {}
        self._slabs: Sets[_Slabs] = Sets()
        self._fills: dict[str, _Slabs] = {}
        """Which slabs a line fills."""
        self._again: dict[int, set[_Slabs]] = {}
        """Slabs that lines have left, by wave: the others share them anew."""
        self._stirred: dict[tuple[Within, str], set[str]] = {}
        """Where lines have changed that others may be derived from."""

    def following(self) -> Pricing:
        """Another one that begins from here; this one must not price again."""
        other = Pricing.__new__(Pricing)
        other.on, other.rules, other._ladders = self.on, self.rules, self._ladders
        other.standing = self.standing.copy()
        other.prices, other.repriced = dict(self.prices), set()
        other._stood, other._wholes = dict(self._stood), dict(self._wholes)
        other._waves = self._waves
        other._slabs, other._fills = self._slabs.copy(), dict(self._fills)
        other._again, other._stirred = {}, {}
        return other

    def price(
        self, lines: dict[str, Request], put: Collection[str], removed: Collection[str]
    ) -> None:
        """Let these be the lines, of which some are new or changed, and price what that touches.

        `removed` are keys of lines that were there before. Raises what `price_document` raises;
        this pricing is then of no use any more.
        """
        standing = self.standing
        before = {key: old for key in (*put, *removed) if (old := standing.placed.get(key))}
        derived = set(standing.derived)
        touched, sums = standing.take(lines, put, removed)
        waterfall = Waterfall(self.on, self._ladders)
        dirty = touched | self._reaching_others(sums, touched)
        if derived or standing.derived:
            old, self._waves = self._waves, waves(standing)
            dirty.update(key for key in standing.derived if old.get(key) != self._waves.get(key))
        for key in removed:
            self._leave(key)
            for known in (self.prices, self._stood, self._wholes):
                known.pop(key, None)  # type: ignore[attr-defined]
        self._stir(before.values())
        wholes = Wholes(standing, self._stood)
        for wave in sorted({0, *self._waves.values()}):
            self._wave(wave, self._due(wave, dirty, wholes), waterfall, wholes)
        self._refuse_circles()

    def _due(self, wave: int, dirty: set[str], wholes: Wholes) -> set[str]:
        """The lines of a wave whose price may be another one."""
        derived = self.standing.derived
        if wave == 0:
            return dirty - derived
        due = {key for key in derived if self._waves.get(key) == wave}
        return {key for key in due if key in dirty or self._is_of_another_whole(key, wholes)}

    def _is_of_another_whole(self, key: str, wholes: Wholes) -> bool:
        placed = self.standing.placed[key]
        assert placed.share is not None
        _, share = placed.share
        skus = self._stirred.get((share.within, placed.place(share.within)))
        if not skus or (share.contributors and skus.isdisjoint(share.contributors)):
            return False
        return wholes.of(placed) != self._wholes[key]

    def _reaching_others(self, sums: Mapping[Together, Decimal], touched: set[str]) -> set[str]:
        """Lines that reach another tier, or whose slabs hold other units, as sums are others."""
        standing, reached = self.standing, self._ladders.reached
        found: set[str] = set()
        for at, old in sums.items():
            others = standing.counting.get(at) - touched
            if not others:
                continue
            moved: dict[int, bool] = {}
            for key in others - found:
                placed = standing.placed[key]
                line = placed.line
                schedule = placed.schedule_at(at)
                alone = 0 if line.counts else id(placed)
                if alone not in moved:
                    before = standing.number(line, old)
                    after = standing.number(line, standing.sums.get(at))
                    moved[alone] = (
                        reached(schedule, before) is not reached(schedule, after)
                        or schedule.method is Method.SLAB
                    )
                if moved[alone] and self._takes(placed, at):
                    found.add(key)
        return found

    def _wave(
        self, wave: int, due: Iterable[str], waterfall: Waterfall, wholes: Wholes
    ) -> None:
        """Take lines through the waterfall side by side, since slabs look at them together."""
        ...
