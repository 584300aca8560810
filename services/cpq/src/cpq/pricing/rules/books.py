"""Price books: the life of a version, what publishing refuses, and what a lint finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import pairwise

from cpq.pricing.rules.rule import (
    Adjustment,
    Band,
    Blocks,
    Change,
    Discount,
    ForAttributes,
    InBundle,
    Method,
    Promotion,
    Rule,
    RuleKind,
    Schedule,
    Share,
    UsageRate,
)
from cpq.pricing.rules.usage import cheaper_for_more, wrong_usage
from servicekit.errors import Fault, InvalidInput, NotFound, RuleBroken
from servicekit.values import plain


class BookStatus(StrEnum):
    """Where a version of a price book stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class PriceBookNotFound(NotFound):
    """The version does not exist in this tenant."""

    code = "price-book-not-found"
    title = "There is no such version of a price book"
    hint = "List the price books to see their ids."


class PriceBookIsNotDraft(RuleBroken):
    """Only a draft changes; what was published stays as it is."""

    code = "price-book-is-not-draft"
    title = "Only a draft can be changed, published or discarded"
    hint = "Send the document as a new draft: it becomes the next version of its key."


class PriceBookIsNotPublished(RuleBroken):
    """Only what is published can be retired."""

    code = "price-book-is-not-published"
    title = "Only a published version can be retired"
    hint = "List the versions of the key; a draft is discarded with DELETE."


class PriceBooksOverlap(RuleBroken):
    """On one day a key has one published version."""

    code = "price-books-overlap"
    title = "Another version of the price book is published on one of these days"
    hint = "Publish from a later day, which ends the version before, or retire the other version."


class PublishedPriceBookNeverChanges(RuleBroken):
    """What was priced with a version must mean the same for ever."""

    code = "published-price-book-never-changes"
    title = "A published version of a price book never changes"
    hint = "Send the changed document as a new draft and publish that."


class PriceBookKeepsItsKey(InvalidInput):
    """A version belongs to its key from the first draft on."""

    code = "price-book-keeps-its-key"
    title = "A draft keeps the key it was created with"
    hint = "Create a new draft for the other key."


class PriceBookMakesNoSense(InvalidInput):
    """Each rule must mean one thing."""

    code = "price-book-makes-no-sense"
    title = "Rules of the price book contradict themselves or each other"
    hint = "Correct every named place."


class PriceBookIsAmbiguous(RuleBroken):
    """Two rules for the same case may not hold on the same day."""

    code = "price-book-is-ambiguous"
    title = "Two price rules for the same case would hold on the same day"
    hint = "End one of the named rules before the other begins, or give one another condition."


class PriceBookValidityIsEmpty(InvalidInput):
    """A version is valid on at least one day."""

    code = "price-book-validity-empty"
    title = "A version is valid on at least one day"
    hint = "Choose a valid_to after valid_from, or leave it out."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a lint finds odd; it does not stop publishing."""

    rule: str
    """The rule's key."""
    code: str
    message: str


def case_of(rule: Rule) -> tuple[object, ...]:
    """Equal for two rules that would answer the same question."""
    deed = rule.deed
    own: tuple[object, ...] = ()
    if isinstance(deed, Promotion):
        own = (deed.code,)
    elif isinstance(deed, UsageRate):
        own = (deed.resource,)
    elif isinstance(deed, InBundle):
        own = (
            deed.bundle_sku,
            deed.parent_sku,
            deed.parent_selling_model,
            deed.bundle_selling_model,
        )
    elif isinstance(deed, ForAttributes):
        own = (frozenset((c.attribute, c.comparison, str(c.value)) for c in deed.conditions),)
    return (rule.kind, rule.scope, own)


def faults_of(rules: Sequence[Rule]) -> list[Fault]:
    """Everything in a book that is wrong by itself, each with its place, as `rules.3.tiers`."""
    found: list[Fault] = []
    for at, rule in enumerate(rules):
        found += [Fault(f"rules.{at}{place}", text) for place, text in _wrong(rule)]
    seen: dict[str, int] = {}
    for at, rule in enumerate(rules):
        if rule.key in seen:
            found.append(Fault(f"rules.{at}.key", f"rule {seen[rule.key]} has this key already"))
        seen.setdefault(rule.key, at)
    found += [
        Fault(f"rules.{at}", f"for the same case and days as rule {other} ({rules[other].key})")
        for at, other in _doubles(rules)
    ]
    circle = _circle(rules)
    if circle:
        found.append(Fault("rules", f"prices derived from each other: {' > '.join(circle)}"))
    return found


def refuse_ambiguity(book: Sequence[Rule], others: Iterable[Rule]) -> None:
    """Raise `PriceBookIsAmbiguous` if a rule of another book is for a case of this one."""
    cases: dict[tuple[object, ...], list[tuple[int, Rule]]] = {}
    for at, rule in enumerate(book):
        cases.setdefault(case_of(rule), []).append((at, rule))
    for other in others:
        for at, rule in cases.get(case_of(other), ()):
            if rule.period.overlaps(other.period):
                raise PriceBookIsAmbiguous(
                    f"rule {rule.key!r} and rule {other.key!r} of {other.version} are for the same "
                    "case and share a day",
                    field=f"rules.{at}",
                    rule=rule.key,
                    other=other.key,
                    other_book=other.version,
                )


def lint(rules: Sequence[Rule]) -> list[Finding]:
    """What looks wrong in a book: gaps, double discounts, rules that never win, currencies."""
    found = [*_gaps(rules), *_stacking(rules), *_shadowed(rules), *_currencies(rules)]
    return [*found, *_cliffs(rules)]


def _wrong(rule: Rule) -> Iterator[tuple[str, str]]:
    deed = rule.deed
    for place, adjustment in _adjustments(rule):
        if adjustment.change is Change.PERCENT and adjustment.value > 1:
            yield place, "nobody takes off more than everything"
        if adjustment.change is Change.OVERRIDE and adjustment.value < 0:
            yield place, "a price is not below nothing"
        if adjustment.change is not Change.PERCENT and rule.scope.currency is None:
            yield ".currency", "an amount needs the currency of the rule"
    if rule.kind in (RuleKind.LIST, RuleKind.CONTRACTED, RuleKind.BLOCK, RuleKind.COST):
        if rule.scope.currency is None:
            yield ".currency", "an amount needs the currency of the rule"
        if rule.scope.subject is None:
            yield ".sku", "a price or cost is that of an item"
    if rule.kind is RuleKind.DERIVED and rule.scope.subject is None:
        yield ".sku", "a derived price is that of an item"
    if isinstance(deed, UsageRate):
        yield from wrong_usage(deed, rule.scope.currency)
    if isinstance(deed, Blocks):
        yield from _bands(".blocks", [one.band for one in deed.blocks])
    if isinstance(deed, Schedule):
        yield from _bands(".tiers", [one.band for one in deed.tiers])
        changes = {one.adjustment.change for one in deed.tiers}
        if deed.method is Method.SLAB and len(changes) > 1:
            yield ".tiers", "slabs all change the price in the same way"
        if rule.kind is RuleKind.TERM and deed.method is Method.SLAB:
            yield ".method", "a term reaches one tier; months have no slabs"


def _bands(place: str, bands: Sequence[Band]) -> Iterator[tuple[str, str]]:
    for at, band in enumerate(bands):
        if band.upper is not None and band.upper <= band.lower:
            yield f"{place}.{at}.upper", f"not above {plain(band.lower)}"
    for at, (before, band) in enumerate(pairwise(bands), start=1):
        if before.upper is None or band.lower < before.upper:
            yield f"{place}.{at}.lower", "overlaps the one before; write them in rising order"


def _adjustments(rule: Rule) -> Iterator[tuple[str, Adjustment]]:
    deed = rule.deed
    if isinstance(deed, ForAttributes | InBundle | Promotion | Discount):
        yield ".change", deed.adjustment
    if isinstance(deed, Schedule):
        for at, tier in enumerate(deed.tiers):
            yield f".tiers.{at}.change", tier.adjustment


def _doubles(rules: Sequence[Rule]) -> Iterator[tuple[int, int]]:
    cases: dict[tuple[object, ...], list[int]] = {}
    for at, rule in enumerate(rules):
        same = cases.setdefault(case_of(rule), [])
        yield from ((at, o) for o in same if rules[o].period.overlaps(rule.period))
        same.append(at)


def _circle(rules: Sequence[Rule]) -> list[str]:
    """Items whose derived prices depend on each other, in a circle."""
    named: dict[str, set[str]] = {}
    for rule in rules:
        if isinstance(rule.deed, Share) and rule.scope.sku is not None:
            named.setdefault(rule.scope.sku, set()).update(rule.deed.contributors)
    done: set[str] = set()

    for start in sorted(named):
        path: list[str] = []
        waiting = [(start, iter(sorted(named[start])))]
        path.append(start)
        while waiting:
            sku, rest = waiting[-1]
            other = next((one for one in rest if one in named and one not in done), None)
            if other is None:
                done.add(sku)
                waiting.pop()
                path.pop()
            elif other in path:
                return [*path[path.index(other) :], other]
            else:
                path.append(other)
                waiting.append((other, iter(sorted(named[other]))))
    return []


def _gaps(rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        deed = rule.deed
        bands: Sequence[Band] = ()
        if isinstance(deed, Schedule):
            bands = [one.band for one in deed.tiers]
        elif isinstance(deed, Blocks):
            bands = [one.band for one in deed.blocks]
        for before, band in pairwise(bands):
            if before.upper is not None and band.lower > before.upper:
                yield Finding(
                    rule.key,
                    "gap",
                    f"nothing between {plain(before.upper)} and {plain(band.lower)}",
                )
        if bands and isinstance(deed, Blocks) and bands[-1].upper is not None:
            yield Finding(
                rule.key, "gap", f"from {plain(bands[-1].upper)} on the list price holds again"
            )


def _stacking(rules: Sequence[Rule]) -> Iterator[Finding]:
    blocks = {rule.scope.subject for rule in rules if rule.kind is RuleKind.BLOCK}
    for rule in rules:
        subject = rule.scope.subject
        if rule.stacks and blocks and (subject is None or subject in blocks):
            yield Finding(
                rule.key, "double-discount", "is given on block prices too, which have theirs"
            )


def _shadowed(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Discounts that nobody gets, since a contracted or block price of the item has them in it."""
    whole = [
        rule
        for rule in rules
        if rule.kind is RuleKind.CONTRACTED
        or (isinstance(rule.deed, Blocks) and _endless([one.band for one in rule.deed.blocks]))
    ]
    for rule in rules:
        if rule.kind in _DISCOUNTS and not rule.stacks and rule.scope.subject is not None:
            over = next((one for one in whole if _covers(one, rule)), None)
            if over is not None:
                yield Finding(
                    rule.key, "shadowed", f"rule {over.key!r} prices every line that it fits"
                )


_DISCOUNTS = frozenset(RuleKind) - {
    RuleKind.LIST, RuleKind.CONTRACTED, RuleKind.BLOCK, RuleKind.DERIVED, RuleKind.FLOOR,
    RuleKind.COST, RuleKind.USAGE,
}  # fmt: skip


def _endless(bands: Sequence[Band]) -> bool:
    """Whether every quantity is in one of the bands."""
    return (
        bool(bands)
        and bands[0].lower <= 1
        and bands[-1].upper is None
        and all(before.upper == band.lower for before, band in pairwise(bands))
    )


def _covers(other: Rule, rule: Rule) -> bool:
    """Whether the other rule fits wherever and whenever this one does."""
    wider = all(
        getattr(other.scope, one.name) in (None, getattr(rule.scope, one.name))
        for one in fields(other.scope)
    )
    period = other.period
    whole = period.start <= rule.period.start and (
        period.end is None or (rule.period.end is not None and rule.period.end <= period.end)
    )
    return wider and whole


def _currencies(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Items that are priced in some currencies of the book and not in others."""
    prices: dict[str, set[str]] = {}
    for rule in rules:
        if rule.kind is RuleKind.LIST and rule.scope.subject and rule.scope.currency:
            prices.setdefault(rule.scope.subject, set()).add(rule.scope.currency)
    everywhere = set().union(*prices.values()) if prices else set()
    for item, known in sorted(prices.items()):
        if known != everywhere:
            missing = ", ".join(sorted(everywhere - known))
            yield Finding(item, "currency-missing", f"has no list price in {missing}")


def _cliffs(rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        if isinstance(rule.deed, UsageRate):
            for said in cheaper_for_more(rule.deed.price):
                yield Finding(rule.key, "cheaper-for-more", said)
