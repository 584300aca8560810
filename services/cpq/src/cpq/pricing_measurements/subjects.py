"""Generated documents and price books: rules of every kind, equal for equal arguments."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain, islice, pairwise
from typing import Final
from uuid import UUID

from cpq.pricing.rules import (
    Adjustment,
    Attribute,
    Band,
    Basis,
    Block,
    Blocks,
    Change,
    Comparison,
    Condition,
    Deed,
    Discount,
    DocumentToPrice,
    Floor,
    ForAttributes,
    InBundle,
    Method,
    PricedOn,
    Promotion,
    Request,
    Rule,
    RuleKind,
    Schedule,
    ScheduleTier,
    Scope,
    Share,
    Unit,
    UsageRate,
    Within,
)
from cpq.selling import Graduated, UsageTier
from servicekit.values import Period

DAY: Final = date(2026, 11, 23)
ALWAYS: Final = Period(date(2026, 1, 1))
CUSTOMER: Final = UUID(int=7)
ON: Final = PricedOn("EUR", DAY, (CUSTOMER,), "NL", "gold", None, frozenset({"SPRING"}))

BUNDLE: Final = 10
"""Lines of a bundle: its root, two subassemblies, six parts, and care at a share of the price."""
GROUP: Final = 50
"""Lines of a group."""
CATEGORIES: Final = tuple(f"category-{number}" for number in range(10))
MODELS: Final = (None, "monthly", "yearly")
COLOURS: Final = ("red", "green", "blue")
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A document and the rules that it is priced by."""

    told: str
    document: DocumentToPrice
    rules: tuple[Rule, ...]


def generated(lines: int, rules: int = 1_000, tiers: int = 5, *, whole: bool = False) -> Subject:
    """A document in bundles and groups, and a book with rules of every kind.

    Of the rules a few dozen are for any item or for a category; the others are for one item each,
    of which the document has at most half as many as lines, and a large book many more. With
    `whole` the only schedule by quantity is one of slabs that all lines of the quote fill together,
    so that none is priced by itself, unless its price was agreed.
    """
    chance = random.Random(SEED)
    items = max(5, lines // 2)
    document = DocumentToPrice(ON, [_line(at, items, chance) for at in range(lines)])
    found: Iterable[Rule] = chain(_for_many(tiers, chance), _for_items(tiers, chance))
    if whole:
        slabs = _rule("whole", RuleKind.QUANTITY, _slabs(tiers, Within.QUOTE))
        others = (rule for rule in found if rule.kind is not RuleKind.QUANTITY)
        found = chain((replace(slabs, stacks=True),), others)
    book = tuple(islice(found, rules))
    told = f"{lines:,} lines, {len(book):,} rules, {tiers} tiers a schedule"
    if whole:
        told += ", slabs over the quote"
    return Subject(told, document, book)


def changed(line: Request, number: int) -> Request:
    """The line with another quantity and another discount."""
    return replace(
        line,
        quantity=line.quantity + 1 + number % 3,
        discount=Decimal(number % 4 + 1).scaleb(-2),
        discount_reason="Another offer",
    )


def _line(at: int, items: int, chance: random.Random) -> Request:
    bundle, place = divmod(at, BUNDLE)
    root = f"l{bundle * BUNDLE:05}"
    number = place if place in (0, BUNDLE - 1) else chance.randrange(items)
    sku = {0: f"BUNDLE-{bundle % 7}", BUNDLE - 1: f"CARE-{bundle % 3}"}.get(place, f"I-{number}")
    parent = None if place == 0 else root
    if 3 <= place < BUNDLE - 1:
        parent = f"l{bundle * BUNDLE + 1 + place % 2:05}"
    attributes: dict[str, Attribute] = {}
    if place % 2:
        attributes = {"colour": chance.choice(COLOURS), "length": Decimal(chance.randrange(1, 40))}
    months = Decimal(chance.choice((12, 24, 36))) if place % 3 == 0 else None
    given = Decimal(chance.randrange(1, 6)).scaleb(-2) if place % 4 == 1 else Decimal(0)
    # Above the floor, whatever the item costs.
    agreed = Decimal(chance.randrange(60_000, 90_000)).scaleb(-2) if at % 37 == 5 else None
    return Request(
        item_id=UUID(int=number + 1),
        sku=sku,
        category=CATEGORIES[number % len(CATEGORIES)],
        quantity=Decimal(chance.randrange(1, 60)),
        tier=("standard", "gold")[bundle % 2],
        list_unit_price=Decimal(chance.randrange(100, 100_000)).scaleb(-2),
        agreed_unit_price=agreed,
        agreed_reason=None if agreed is None else "As last year",
        discount=given,
        discount_reason="Loyal for years" if given else None,
        key=f"l{at:05}",
        parent=parent,
        group=f"g{at // GROUP}",
        counts=at % 53 != 13,
        selling_model=MODELS[chance.randrange(3)],
        attributes=attributes,
        term_months=months,
        term_multiplier=Decimal(1) if months is None else months,
        term_reason="" if months is None else f"{months} months",
        unit_cost=Decimal(chance.randrange(1, 100)).scaleb(-2) if place % 2 else None,
    )


def _rule(key: str, kind: RuleKind, deed: Deed, scope: Scope | None = None) -> Rule:
    return Rule(key, kind, scope or Scope(), ALWAYS, deed, "bench:1")


def _off(hundredths: int) -> Adjustment:
    return Adjustment(Change.PERCENT, Decimal(hundredths).scaleb(-2))


def _tiers(count: int, step: int = 5) -> tuple[ScheduleTier, ...]:
    lowers = [Decimal(1 + at * step) for at in range(count)]
    bands = [Band(one, other) for one, other in pairwise([*lowers, None]) if one is not None]
    return tuple(
        ScheduleTier(band, Adjustment(Change.PERCENT, Decimal(at * 40 // count).scaleb(-2)))
        for at, band in enumerate(bands)
    )


def _slabs(tiers: int, within: Within) -> Schedule:
    return Schedule(Method.SLAB, within, _tiers(tiers))


def _for_many(tiers: int, chance: random.Random) -> Iterator[Rule]:
    """Rules for any item, or for those of a category."""
    for at, category in enumerate(CATEGORIES):
        scope = Scope(category=category)
        within = tuple(Within)[at % 4]
        if at % 3:
            deed = Schedule(Method.RANGE, within, _tiers(tiers, 10 if at % 2 else 100))
            yield _rule(f"range-{at}", RuleKind.QUANTITY, deed, scope)
        elif within is not Within.QUOTE:
            yield _rule(f"slab-{at}", RuleKind.QUANTITY, _slabs(tiers, within), scope)
        yield _rule(f"tier-{at}", RuleKind.TIER, Discount(_off(at)), replace(scope, tier="gold"))
    yield _rule("term", RuleKind.TERM, Schedule(Method.RANGE, Within.LINE, _tiers(tiers, 6)))
    for model in MODELS[1:]:
        scope = Scope(selling_model=model)
        schedule = Schedule(Method.RANGE, Within.LINE, _tiers(tiers, 6))
        yield _rule(f"term-{model}", RuleKind.TERM, schedule, scope)
    yield _rule("spring", RuleKind.PROMOTION, Promotion("SPRING", _off(3)))
    yield _rule("autumn", RuleKind.PROMOTION, Promotion("AUTUMN", _off(9)))
    for level in ("gold", "silver"):
        yield _rule(level, RuleKind.PARTNER, Discount(_off(2)), Scope(partner_level=level))
    yield _rule("floor", RuleKind.FLOOR, Floor(most_discount=Decimal("0.5")))
    for at, colour in enumerate(COLOURS):
        conditions = (
            Condition("colour", Comparison.EQUAL, colour),
            Condition("length", Comparison.AT_LEAST, Decimal(10 * at)),
        )
        deed_of = ForAttributes(conditions, Adjustment(Change.AMOUNT, Decimal(-at)))
        yield _rule(f"colour-{at}", RuleKind.ATTRIBUTE, deed_of)
    for at in range(7):
        yield _rule(f"bundle-{at}", RuleKind.BUNDLE, InBundle(f"BUNDLE-{at}", _off(5)))
    calls = Graduated(
        (UsageTier(Decimal(1000), Decimal("0.01")), UsageTier(None, Decimal("0.004")))
    )
    yield _rule(
        "calls", RuleKind.USAGE, UsageRate("calls", "call", calls), Scope(category=CATEGORIES[0])
    )
    for at, within in enumerate((Within.BUNDLE, Within.BUNDLE, Within.GROUP)):
        basis = (Basis.NET, Basis.LIST)[at % 2]
        share = Share(Decimal("0.1"), frozenset(), within, basis)
        yield _rule(f"care-{at}", RuleKind.DERIVED, share, Scope(sku=f"CARE-{at}"))


def _for_items(tiers: int, chance: random.Random) -> Iterator[Rule]:
    """Rules for one item each, without end."""
    number = 0
    while True:
        sku, key = Scope(sku=f"I-{number}"), f"item-{number}"
        amount = Decimal(chance.randrange(100, 100_000)).scaleb(-2)
        yield _rule(key, RuleKind.LIST, Unit(amount), replace(sku, currency="EUR"))
        yield _rule(f"{key}-cost", RuleKind.COST, Unit(amount / 4), replace(sku, currency="EUR"))
        if number % 4 == 0:
            whose = replace(sku, customer_id=CUSTOMER)
            yield _rule(key, RuleKind.CONTRACTED, Unit(amount * Decimal("0.8")), whose)
        elif number % 4 == 1:
            bands = [(1, 10), (10, 30)]
            blocks = (Block(Band(Decimal(a), Decimal(b)), amount * a) for a, b in bands)
            yield _rule(key, RuleKind.BLOCK, Blocks(tuple(blocks)), sku)
        elif number % 4 == 2:
            schedule = Schedule(Method.RANGE, Within.LINE, _tiers(tiers))
            yield _rule(key, RuleKind.QUANTITY, schedule, sku)
        else:
            red = (Condition("colour", Comparison.EQUAL, "red"),)
            yield _rule(key, RuleKind.ATTRIBUTE, ForAttributes(red, _off(-4)), sku)
        number += 1
