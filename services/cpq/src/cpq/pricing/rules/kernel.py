"""Pricing a document: pure, and the same whatever the order of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeAlias

from cpq.pricing.rules.lines import DocumentToPrice, PricedOn, Request
from cpq.pricing.rules.rule import Basis, Method, RuleKind, Share, Within
from cpq.pricing.rules.rulebook import PriceRules
from cpq.pricing.rules.running import Running
from cpq.pricing.rules.slabs import price_slabs
from cpq.pricing.rules.steps import (
    NOTHING,
    DerivedPricesGoInCircles,
    PricedLine,
    StepName,
    percent,
    working,
)
from cpq.pricing.rules.waterfall import Reached, Waterfall
from servicekit.errors import Refusal
from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_Together: TypeAlias = tuple[str, str]
"""A schedule and the bundle, group or quote whose lines it looks at together."""


def price_document(document: DocumentToPrice, rules: PriceRules) -> dict[str, PricedLine]:
    """Price every line, by key.

    Lines whose price is derived from others are priced after those. A refusal names the line in
    `field` (`lines.3.quantity`), by its place in the document. Raises `ItemHasNoListPrice`,
    `AgreedPriceNeedsReason`, `DiscountNeedsReason`, `PriceIsBelowFloor`, `PriceIsTooLarge`,
    `DerivedPricesGoInCircles`.
    """
    return _Pricing(document, rules).price()


def price_line(request: Request, rules: PriceRules, currency: str) -> PricedLine:
    """Price a document of one line; the field of a refusal is the line's own."""
    on = PricedOn(currency, rules.day)
    try:
        return price_document(DocumentToPrice(on, [request]), rules)[request.key]
    except Refusal as refusal:
        refusal.field = (refusal.field or "").removeprefix("lines.0.")
        raise


class _Pricing:
    def __init__(self, document: DocumentToPrice, rules: PriceRules) -> None:
        self.document = document
        self.waterfall = Waterfall(document, rules)
        self.places = {line.key: at for at, line in enumerate(document.lines)}
        self.lines = sorted(document.lines, key=lambda line: line.key)
        self.shares = {
            line.key: (rule, rule.deed)
            for line in self.lines
            if (rule := rules.first(RuleKind.DERIVED, line, document.on)) is not None
            and isinstance(rule.deed, Share)
            and line.agreed_unit_price is None
        }
        self.measured = self._measure()
        self.done: dict[str, Running] = {}
        self.priced: dict[str, PricedLine] = {}

    def price(self) -> dict[str, PricedLine]:
        waiting = [line for line in self.lines if line.key in self.shares]
        self._wave([line for line in self.lines if line.key not in self.shares])
        while waiting:
            ready = [
                line
                for line in waiting
                if all(one.key in self.done for one in self._contributors(line))
            ]
            if not ready:
                names = ", ".join(sorted({line.sku for line in waiting}))
                raise DerivedPricesGoInCircles(names, field=self._field(waiting[0], "sku"))
            self._wave(ready)
            waiting = [line for line in waiting if line.key not in self.done]
        return self.priced

    def _wave(self, lines: Sequence[Request]) -> None:
        """Take lines through the waterfall side by side, since slabs look at them together."""
        waterfall = self.waterfall
        running = []
        for line in lines:
            with self._naming(line):
                one = self._begin(line)
            waterfall.block(one)
            waterfall.attribute(one)
            waterfall.bundle(one)
            running.append(one)
        self._quantities(running)
        for one in running:
            waterfall.term(one)
            waterfall.discounts(one)
            with self._naming(one.request):
                waterfall.manual(one)
                self.priced[one.request.key] = waterfall.end(one)
            self.done[one.request.key] = one

    def _begin(self, line: Request) -> Running:
        found = self.shares.get(line.key)
        return self.waterfall.begin(line) if found is None else self._derived(line)

    def _derived(self, line: Request) -> Running:
        rule, share = self.shares[line.key]
        amounts = [_contribution(self.done[other.key], share) for other in self._contributors(line)]
        whole = sum(amounts, start=NOTHING)
        unit = ARITHMETIC.multiply(whole, share.fraction)
        running = Running(line)
        reason = (
            f"{percent(share.fraction)} of {plain(whole)} {self.document.on.currency}, "
            f"the {share.basis.value} of {'a unit of ' if share.per_unit else ''}"
            f"{len(amounts)} lines"
        )
        running.begin(unit, StepName.DERIVED, rule.name, reason, rule.version)
        return running

    def _contributors(self, line: Request) -> list[Request]:
        _, share = self.shares[line.key]
        return [
            other
            for other in self.lines
            if other.key != line.key
            and (other.counts or not line.counts)
            and (other.sku in share.contributors or not share.contributors)
            and (share.contributors or other.key not in self.shares)
            and self._place(share.within, other) == self._place(share.within, line)
        ]

    def _place(self, within: Within, line: Request) -> str:
        """Where a line stands, for what looks at several lines together."""
        if within is Within.QUOTE:
            return ""
        if within is Within.GROUP:
            return line.group or ""
        if within is Within.BUNDLE:
            return (line.key, *self.waterfall.above(line))[-1]
        return line.key

    def _measure(self) -> dict[str, dict[str, Decimal]]:
        """The quantities that each line's schedules count, by line and rule.

        Lines that are not offered now count for themselves alone.
        """
        fitting = {
            line.key: list(self.waterfall.rules.fitting(RuleKind.QUANTITY, line, self.document.on))
            for line in self.lines
        }
        sums: dict[_Together, Decimal] = {}
        for line in self.lines:
            for rule in fitting[line.key] if line.counts else ():
                at = (rule.key, self._together(rule.deed, line))
                sums[at] = ARITHMETIC.add(sums.get(at, NOTHING), line.quantity)
        return {
            line.key: {
                rule.key: ARITHMETIC.add(
                    sums.get((rule.key, self._together(rule.deed, line)), NOTHING),
                    NOTHING if line.counts else line.quantity,
                )
                for rule in fitting[line.key]
            }
            for line in self.lines
        }

    def _together(self, deed: object, line: Request) -> str:
        return self._place(getattr(deed, "within", Within.LINE), line)

    def _quantities(self, running: Sequence[Running]) -> None:
        slabs: dict[_Together, list[tuple[Running, Reached]]] = {}
        for one in running:
            line = one.request
            reached = self.waterfall.given(
                one,
                self.waterfall.scheduled(RuleKind.QUANTITY, line, self.measured[line.key]),
            )
            if reached is None or reached.schedule.method is Method.RANGE:
                self.waterfall.quantity(one, reached)
                continue
            place = self._place(reached.schedule.within, line) if line.counts else line.key
            slabs.setdefault((reached.rule.key, place), []).append((one, reached))
        for found in slabs.values():
            price_slabs(found, self.document.on.currency)

    @contextmanager
    def _naming(self, line: Request) -> Iterator[None]:
        """Let a refusal say which line of the document it is about."""
        try:
            yield
        except Refusal as refusal:
            refusal.field = self._field(line, refusal.field)
            raise

    def _field(self, line: Request, field: str | None) -> str:
        place = f"lines.{self.places[line.key]}"
        return f"{place}.{field}" if field else place


def _contribution(one: Running, share: Share) -> Decimal:
    """What a line adds to the whole that a derived price is a share of, for one period."""
    if share.per_unit:
        return one.start if share.basis is Basis.LIST else one.unit
    if share.basis is Basis.LIST:
        return working(ARITHMETIC.multiply(one.start, one.request.quantity))
    return one.net or NOTHING
