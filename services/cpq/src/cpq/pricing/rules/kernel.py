"""Pricing a document: pure, and the same whatever the order of its lines.

A pricing begins from one that is through, or from nothing, and prices the lines that have
changed and those that look at them; pricing from scratch is the case where all have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from typing import TypeAlias

from cpq.pricing.rules.deriving import Stood, Whole, Wholes, waves
from cpq.pricing.rules.fitting import Fitting
from cpq.pricing.rules.ladders import Ladders
from cpq.pricing.rules.lines import DocumentToPrice, PricedOn, Request
from cpq.pricing.rules.places import Moves, Placed, Sets, Standing, Together, number_for
from cpq.pricing.rules.rule import Method, Within
from cpq.pricing.rules.rulebook import PriceRules
from cpq.pricing.rules.running import Running
from cpq.pricing.rules.slabs import price_slabs
from cpq.pricing.rules.steps import (
    NOTHING,
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


_WITH_OTHERS = (Within.BUNDLE, Within.GROUP, Within.QUOTE)
_NOWHERE: Together = ("", "", "")


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
        self._watched = False
        """Whether there are derived lines that need not be priced anew for their own sake."""

    def following(self) -> Pricing:
        """Another one that begins from here; this one must not price again."""
        other = copy(self)
        other.begin_anew()
        return other

    def begin_anew(self) -> None:
        """Share nothing that changes with the one that this is a copy of."""
        self.standing = self.standing.copy()
        self.prices, self.repriced = dict(self.prices), set()
        self._stood, self._wholes = dict(self._stood), dict(self._wholes)
        self._slabs, self._fills = self._slabs.copy(), dict(self._fills)
        self._again, self._stirred, self._watched = {}, {}, False

    def price(
        self, lines: dict[str, Request], put: Collection[str], removed: Collection[str]
    ) -> None:
        """Let these be the lines, of which some are new or changed, and price what that touches.

        `removed` are keys of lines that were there before. Raises what `price_document` raises;
        this pricing is then of no use any more.
        """
        standing = self.standing
        moves = standing.take(lines, put, removed)
        dirty = moves.touched | self._reaching_others(moves)
        if standing.derived or self._waves:
            old, self._waves = self._waves, waves(standing)
            dirty.update(key for key in standing.derived if old.get(key) != self._waves.get(key))
        for key in removed:
            del self.prices[key], self._stood[key]
            self._wholes.pop(key, None)
        for key in (*dirty, *removed):
            self._leave_slabs(key)
        self._watched = bool(standing.derived - dirty)
        self._stir(moves.left)
        waterfall, wholes = Waterfall(self.on, self._ladders), Wholes(standing, self._stood)
        for wave in sorted({0, *self._waves.values()}):
            due = self._due(wave, dirty, wholes)
            self._wave(wave, due, moves.touched, waterfall, wholes)
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

    def _reaching_others(self, moves: Moves) -> set[str]:
        """Lines that reach another tier, or whose slabs hold other units, as sums are others."""
        standing, reached = self.standing, self._ladders.reached
        found: set[str] = set()
        for at, old in moves.sums.items():
            new = standing.sums.get(at, NOTHING)
            same: bool | None = None
            """Whether lines that are offered reach the tier that they did; None: not yet known."""
            for key in standing.counting.get(at) - moves.touched:
                placed = standing.placed[key]
                line, schedule = placed.line, placed.schedule_at(at)
                if same is None or not line.counts:
                    numbers = (number_for(line, old), number_for(line, new))
                    before, after = (reached(schedule, number) for number in numbers)
                    stays = before is after
                    if line.counts:
                        same = stays
                else:
                    stays = same
                if not stays or (schedule.method is Method.SLAB and self._fills_at(key, at)):
                    found.add(key)
        return found

    def _fills_at(self, key: str, at: Together) -> bool:
        slabs = self._fills.get(key)
        return slabs is not None and slabs[1] == at

    def _leave_slabs(self, key: str) -> None:
        slabs = self._fills.pop(key, None)
        if slabs is not None:
            self._slabs.drop(slabs, key)
            self._again.setdefault(slabs[0], set()).add(slabs)

    def _stir(self, lines: Iterable[Placed]) -> None:
        """Remember where lines have changed, for those whose prices are derived from them."""
        if self._watched:
            for one in lines:
                for within in _WITH_OTHERS:
                    self._stirred.setdefault((within, one.place(within)), set()).add(one.line.sku)

    def _wave(
        self,
        wave: int,
        due: set[str],
        touched: set[str],
        waterfall: Waterfall,
        wholes: Wholes,
    ) -> None:
        """Take lines through the waterfall side by side, since slabs look at them together."""
        for key in due:
            self._leave_slabs(key)
        due = due.union(*(self._slabs.get(slabs) for slabs in self._again.get(wave, ())))
        filled: dict[_Slabs, list[tuple[Running, Reached]]] = {}
        running = self._begin(wave, due, filled, waterfall, wholes)
        if filled:
            others = set[str]().union(*(self._slabs.get(slabs) for slabs in filled)) - due
            running |= self._begin(wave, others, filled, waterfall, wholes)
            for found in filled.values():
                price_slabs(sorted(found, key=_key), waterfall.told)
        for key in sorted(running):
            one = running[key]
            waterfall.term(one)
            waterfall.ramp(one)
            waterfall.discounts(one)
            try:
                waterfall.manual(one)
                self.prices[key] = waterfall.end(one)
            except Refusal as refusal:
                refusal.field = self._field(key, refusal.field)
                raise
            stood = Stood(one.request.quantity, one.start, one.unit, one.net or NOTHING)
            if key in touched or self._stood.get(key) != stood:
                self._stood[key] = stood
                self._stir((one.placed,))
        self.repriced |= running.keys()

    def _begin(
        self,
        wave: int,
        keys: set[str],
        filled: dict[_Slabs, list[tuple[Running, Reached]]],
        waterfall: Waterfall,
        wholes: Wholes,
    ) -> dict[str, Running]:
        """Take lines up to their schedule by quantity; where that is in slabs, they wait there."""
        begun: dict[str, Running] = {}
        for key in sorted(keys):
            placed = self.standing.placed[key]
            if wave:
                one = self._derived(placed, wholes)
            else:
                try:
                    one = waterfall.begin(placed)
                except Refusal as refusal:
                    refusal.field = self._field(key, refusal.field)
                    raise
            waterfall.block(one)
            waterfall.attribute(one)
            waterfall.bundle(one)
            reached, at = self._reached(placed)
            if reached is None or not waterfall.given(one, reached.rule):
                waterfall.quantity(one, None)
            elif reached.schedule.method is Method.RANGE:
                waterfall.quantity(one, reached)
            else:
                slabs = (wave, at, "" if placed.line.counts else key)
                filled.setdefault(slabs, []).append((one, reached))
                self._slabs.add(slabs, key)
                self._fills[key] = slabs
            begun[key] = one
        return begun

    def _reached(self, placed: Placed) -> tuple[Reached | None, Together]:
        """The most specific schedule of which the line reaches a tier, and where that counts."""
        sums = self.standing.sums
        for rule, schedule, at in placed.counted:
            number = number_for(placed.line, sums.get(at, NOTHING))
            tier = self._ladders.reached(schedule, number)
            if tier is not None:
                return Reached(rule, schedule, number, tier), at
        return None, _NOWHERE

    def _derived(self, placed: Placed, wholes: Wholes) -> Running:
        assert placed.share is not None
        rule, share = placed.share
        whole = self._wholes[placed.line.key] = wholes.of(placed)
        running = Running(placed)
        reason = (
            f"{percent(share.fraction)} of {plain(whole.amount)} {self.on.currency}, "
            f"the {share.basis.value} of {'a unit of ' if share.per_unit else ''}"
            f"{whole.lines} lines"
        )
        unit = ARITHMETIC.multiply(whole.amount, share.fraction)
        running.begin(unit, StepName.DERIVED, rule.name, reason, rule.version)
        return running

    def _refuse_circles(self) -> None:
        waiting = sorted(key for key in self.standing.derived if key not in self._waves)
        if waiting:
            lines = self.standing.lines
            names = ", ".join(sorted({lines[key].sku for key in waiting}))
            raise DerivedPricesGoInCircles(names, field=self._field(waiting[0], "sku"))

    def _field(self, key: str, field: str | None) -> str:
        """Where a refusal is: the line's place in the document, and what of the line."""
        place = f"lines.{list(self.standing.lines).index(key)}"
        return f"{place}.{field}" if field else place


def _key(found: tuple[Running, Reached]) -> str:
    return found[0].request.key
