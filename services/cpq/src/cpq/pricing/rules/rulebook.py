"""The price rules of one day, sorted so that finding one costs little on a long quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from uuid import UUID

from cpq.pricing.rules.lines import Request
from cpq.pricing.rules.rule import (
    Adjustment,
    Band,
    Change,
    Discount,
    Method,
    Rule,
    RuleKind,
    Schedule,
    ScheduleTier,
    Scope,
    Within,
)
from cpq.pricing.rules.schedule import QuantityBreak, TierDiscount


class PriceRules:
    """The price rules of one day: those of price books, quantity breaks and tier discounts."""

    def __init__(
        self,
        day: date,
        breaks: Sequence[QuantityBreak] = (),
        tiers: Sequence[TierDiscount] = (),
        rules: Iterable[Rule] = (),
    ) -> None:
        self.day = day
        self._held: list[Rule] = []
        self._by_sku: dict[str, list[Rule]] = {}
        self._by_item: dict[UUID, list[Rule]] = {}
        self._by_category: dict[str | None, list[Rule]] = {}
        """Those that name no item."""
        for rule in (*rules, *_schedules(day, breaks), *_discounts(day, tiers)):
            period = rule.period
            if period.start > day or (period.end is not None and period.end <= day):
                continue
            self._held.append(rule)
            scope = rule.scope
            if scope.item_id is not None:
                self._by_item.setdefault(scope.item_id, []).append(rule)
            elif scope.sku is not None:
                self._by_sku.setdefault(scope.sku, []).append(rule)
            else:
                self._by_category.setdefault(scope.category, []).append(rule)

    @property
    def rules(self) -> list[Rule]:
        """All of them, by kind, then by item and category; the same for the same rules."""
        tables: dict[RuleKind, dict[tuple[str | None, str | None], list[Rule]]] = {}
        for rule in self._held:
            table = tables.setdefault(rule.kind, {})
            table.setdefault((rule.scope.subject, rule.scope.category), []).append(rule)
        return [
            rule
            for table in tables.values()
            for found in table.values()
            for rule in sorted(found, key=_rank, reverse=True)
        ]

    def for_item(self, line: Request) -> list[Rule]:
        """The rules that name the line's item, by its SKU or by its id."""
        found = self._by_sku.get(line.sku, [])
        if self._by_item and (more := self._by_item.get(line.item_id)):
            return [*found, *more]
        return found

    def for_many(self, category: str | None) -> list[Rule]:
        """The rules that name no item, and no other category than this."""
        found = self._by_category.get(None, [])
        if category is not None and (more := self._by_category.get(category)):
            return [*found, *more]
        return found


_rank = attrgetter("rank")


def _schedules(day: date, breaks: Sequence[QuantityBreak]) -> Iterator[Rule]:
    """Quantity breaks as schedules: those of one case are the tiers of one."""
    cases: dict[tuple[UUID | None, str | None], list[QuantityBreak]] = {}
    for each in breaks:
        if day in each.period:
            # An item's rule counts for the item whatever its category is said to be.
            case = (each.item_id, None if each.item_id else each.category)
            cases.setdefault(case, []).append(each)
    for (item_id, category), found in cases.items():
        found.sort(key=lambda each: each.rank)
        tiers = tuple(
            ScheduleTier(
                Band(each.minimum_quantity, None),
                Adjustment(Change.PERCENT, each.discount),
                f"quantity-break:{each.id}",
            )
            for each in found
        )
        newest = max(found, key=lambda each: each.period.start)
        yield Rule(
            key=str(newest.id),
            kind=RuleKind.QUANTITY,
            scope=Scope(item_id=item_id, category=category),
            period=newest.period,
            deed=Schedule(Method.RANGE, Within.LINE, tiers),
        )


def _discounts(day: date, tiers: Sequence[TierDiscount]) -> Iterator[Rule]:
    for each in tiers:
        if day in each.period:
            yield Rule(
                key=str(each.id),
                kind=RuleKind.TIER,
                scope=Scope(tier=each.tier, category=each.category),
                period=each.period,
                deed=Discount(Adjustment(Change.PERCENT, each.discount)),
                named=f"tier-discount:{each.id}",
            )
