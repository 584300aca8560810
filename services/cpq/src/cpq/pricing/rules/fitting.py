"""Which rules fit a line: found once for all lines that are alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from cpq.pricing.rules.lines import PricedOn, Request
from cpq.pricing.rules.rule import Rule, RuleKind, Scope
from cpq.pricing.rules.rulebook import PriceRules

_ForMany: TypeAlias = tuple[str | None, str | None, str]
"""Category, selling model and tier."""
_Alike: TypeAlias = tuple[str, UUID, str | None, str | None, str]
"""SKU, item, category, selling model and tier."""


class Fits:
    """The rules that fit a line, by what they decide, the most specific first."""

    __slots__ = (
        "attribute",
        "block",
        "bundle",
        "contracted",
        "cost",
        "derived",
        "floor",
        "listed",
        "partner",
        "promotion",
        "quantity",
        "term",
        "tier",
        "usage",
    )

    def __init__(self, like: Fits | None = None) -> None:
        self.listed: Sequence[Rule] = () if like is None else like.listed
        self.contracted: Sequence[Rule] = () if like is None else like.contracted
        self.block: Sequence[Rule] = () if like is None else like.block
        self.attribute: Sequence[Rule] = () if like is None else like.attribute
        self.bundle: Sequence[Rule] = () if like is None else like.bundle
        self.derived: Sequence[Rule] = () if like is None else like.derived
        self.quantity: Sequence[Rule] = () if like is None else like.quantity
        self.term: Sequence[Rule] = () if like is None else like.term
        self.promotion: Sequence[Rule] = () if like is None else like.promotion
        self.tier: Sequence[Rule] = () if like is None else like.tier
        self.partner: Sequence[Rule] = () if like is None else like.partner
        self.floor: Sequence[Rule] = () if like is None else like.floor
        self.cost: Sequence[Rule] = () if like is None else like.cost
        self.usage: Sequence[Rule] = () if like is None else like.usage


_NAMES: Final = {kind: kind.value for kind in RuleKind} | {RuleKind.LIST: "listed"}


class Fitting:
    """The rules of a day for whoever buys: lines that are alike are looked up once."""

    def __init__(self, rules: PriceRules, on: PricedOn) -> None:
        self._rules = rules
        self._on = on
        self._distance = {customer: at for at, customer in enumerate(on.customers)}
        self._for_many: dict[_ForMany, Fits] = {}
        self._alike: dict[_Alike, Fits] = {}
        self._ranks: dict[int, tuple[object, ...]] = {}
        """By the identity of rules, all of which `rules` holds."""

    def of(self, line: Request) -> Fits:
        """The rules that fit the line."""
        alike = (line.sku, line.item_id, line.category, line.selling_model, line.tier)
        found = self._alike.get(alike)
        if found is None:
            found = self._alike[alike] = self._find(line)
        return found

    def _find(self, line: Request) -> Fits:
        like = (line.category, line.selling_model, line.tier)
        many = self._for_many.get(like)
        if many is None:
            rules = self._rules.for_many(line.category)
            many = self._for_many[like] = self._sorted(Fits(), rules, line)
        own = self._rules.for_item(line)
        return self._sorted(Fits(many), own, line) if own else many

    def _sorted(self, fits: Fits, rules: Iterable[Rule], line: Request) -> Fits:
        more: dict[str, list[Rule]] = {}
        for rule in rules:
            if _fits(rule.scope, line, self._on):
                more.setdefault(_NAMES[rule.kind], []).append(rule)
        for name, found in more.items():
            found += getattr(fits, name)
            if len(found) > 1:
                found.sort(key=self._precedence, reverse=True)
            setattr(fits, name, found)
        return fits

    def _precedence(self, rule: Rule) -> tuple[object, ...]:
        """A rule for a customer goes before one for those above it, whatever else they say."""
        rank = self._ranks.get(id(rule))
        if rank is None:
            whose = rule.scope.customer_id
            nearness = -self._distance[whose] if whose is not None else 0
            rank = self._ranks[id(rule)] = (whose is not None, nearness, *rule.rank)
        return rank


def _fits(scope: Scope, line: Request, on: PricedOn) -> bool:
    return (
        (scope.customer_id is None or scope.customer_id in on.customers)
        and (scope.category is None or scope.category == line.category)
        and (scope.selling_model is None or scope.selling_model == line.selling_model)
        and (scope.partner_level is None or scope.partner_level == on.partner_level)
        and (scope.tier is None or scope.tier == line.tier)
        and (scope.country is None or scope.country == on.country)
        and (scope.price_book is None or scope.price_book == on.price_book)
        and (scope.currency is None or scope.currency == on.currency)
    )
