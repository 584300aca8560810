"""The price rules of one day, sorted so that finding one costs little on a long quote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from cpq.pricing.rules.lines import PricedOn, Request
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

_Table = dict[tuple[str | None, str | None], list[Rule]]
"""Rules of one kind, by subject and category."""


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
        self._tables: dict[RuleKind, _Table] = {}
        self._by_item: set[RuleKind] = set()
        """Kinds of which some rule names an item by its id."""
        for rule in (*rules, *_schedules(day, breaks), *_discounts(day, tiers)):
            if day in rule.period:
                scope = rule.scope
                if scope.item_id is not None:
                    self._by_item.add(rule.kind)
                table = self._tables.setdefault(rule.kind, {})
                table.setdefault((scope.subject, scope.category), []).append(rule)
        for table in self._tables.values():
            for found in table.values():
                found.sort(key=lambda rule: rule.rank, reverse=True)

    @property
    def rules(self) -> list[Rule]:
        """All of them, by kind."""
        return [
            rule for table in self._tables.values() for found in table.values() for rule in found
        ]

    def fitting(self, kind: RuleKind, line: Request, on: PricedOn) -> Sequence[Rule]:
        """The rules of a kind whose scope fits the line, the most specific first."""
        table = self._tables.get(kind)
        if table is None:
            return ()
        places: list[tuple[str | None, str | None]] = [(line.sku, None), (None, None)]
        if line.category is not None:
            places += [(line.sku, line.category), (None, line.category)]
        if kind in self._by_item:
            item = str(line.item_id)
            places += [(item, None), (item, line.category)] if line.category else [(item, None)]
        found = [
            rule
            for place in places
            if place in table
            for rule in table[place]
            if _fits(rule.scope, line, on)
        ]
        if len(found) > 1:
            found.sort(key=_precedence(on), reverse=True)
        return found

    def first(self, kind: RuleKind, line: Request, on: PricedOn) -> Rule | None:
        """The rule of a kind that wins for the line."""
        found = self.fitting(kind, line, on)
        return found[0] if found else None


def _precedence(on: PricedOn) -> Callable[[Rule], tuple[object, ...]]:
    """A rule for a customer goes before one for those above it, whatever else they say."""
    distance = {customer: at for at, customer in enumerate(on.customers)}

    def rank(rule: Rule) -> tuple[object, ...]:
        nearness = -distance[rule.scope.customer_id] if rule.scope.customer_id else 0
        return (rule.scope.customer_id is not None, nearness, *rule.rank)

    return rank


def _fits(scope: Scope, line: Request, on: PricedOn) -> bool:
    return (
        (scope.customer_id is None or scope.customer_id in on.customers)
        and scope.selling_model in (None, line.selling_model)
        and scope.partner_level in (None, on.partner_level)
        and scope.tier in (None, line.tier)
        and scope.country in (None, on.country)
        and scope.price_book in (None, on.price_book)
        and scope.currency in (None, on.currency)
    )


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
