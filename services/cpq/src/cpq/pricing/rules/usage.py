"""Usage prices of price books: what a rule says, what is wrong with it, what a line is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from cpq.pricing.rules.offered import Sample, UsageOffered
from cpq.pricing.rules.rule import Rule, UsageRate
from cpq.pricing.rules.steps import LARGEST, NOTHING
from cpq.selling import (
    Graduated,
    Package,
    Percentage,
    UsagePrice,
    UsageTier,
    Volume,
    rated,
)
from servicekit.errors import InvalidInput, RuleBroken
from servicekit.values import plain


class UsageHasNoPrice(RuleBroken):
    """Sample usage is of a resource that no price book has a usage price for."""

    code = "usage-has-no-price"
    title = "No usage price of the resource fits the line"
    hint = "Name a resource that a published price book has a usage rule for, or leave it out."


class UsageIsTooLarge(InvalidInput):
    """What usage costs stays below a trillion, as every amount does."""

    code = "usage-too-large"
    title = "The usage would cost a trillion or more"
    hint = "Check the amounts of the events."


def usage_of(
    rules: Sequence[Rule], asked: Mapping[str, Sequence[Decimal]] | None
) -> tuple[UsageOffered, ...]:
    """The usage prices of a line, one for each resource, by resource; and what samples cost.

    `rules` are those that fit the line, the most specific first. Raises `UsageHasNoPrice`,
    `UsageIsTooLarge`.
    """
    found: dict[str, Rule] = {}
    for rule in rules:
        assert isinstance(rule.deed, UsageRate)
        found.setdefault(rule.deed.resource, rule)
    asked = asked or {}
    for resource in asked:
        if resource not in found:
            known = ", ".join(sorted(found)) or "none"
            raise UsageHasNoPrice(
                f"no usage price of {resource!r} fits; there are: {known}",
                field=f"usage_samples.{resource}",
                resource=resource,
            )
    return tuple(_offered(found[name], asked.get(name)) for name in sorted(found))


def _offered(rule: Rule, events: Sequence[Decimal] | None) -> UsageOffered:
    deed = rule.deed
    assert isinstance(deed, UsageRate)
    samples: tuple[Sample, ...] = ()
    if events:
        amount = usage_amount(deed.price, events, field=f"usage_samples.{deed.resource}")
        samples = (Sample(tuple(events), amount),)
    return UsageOffered(deed.resource, deed.unit, rule.name, rule.version, deed.price, samples)


def usage_amount(
    price: UsagePrice, events: Sequence[Decimal], share: Decimal = Decimal(1), *, field: str
) -> Decimal:
    """What usage costs, at ten places. Raises `UsageIsTooLarge`."""
    try:
        amount = rated(price, events, share)
    except InvalidOperation:  # More digits than any amount has.
        amount = LARGEST
    if amount >= LARGEST:
        raise UsageIsTooLarge(f"{len(events)} events cost too much", field=field)
    return amount


def wrong_usage(rate: UsageRate, currency: str | None) -> Iterator[tuple[str, str]]:
    """What makes no sense in a usage price, each with its place in the rule."""
    price = rate.price
    if isinstance(price, Graduated | Volume):
        yield from _wrong_tiers(price.tiers)
    elif isinstance(price, Package):
        if price.size <= 0:
            yield ".price.size", "a package holds something"
    elif isinstance(price, Percentage):
        if price.least is not None and price.most is not None and price.most < price.least:
            yield ".price.maximum", f"less than the minimum, {plain(price.least)}"
        if price.fee == NOTHING and price.least is None and price.most is None:
            return  # A share of any money, in whichever currency that is.
    if currency is None:
        yield ".currency", "an amount needs the currency of the rule"


def _wrong_tiers(tiers: Sequence[UsageTier]) -> Iterator[tuple[str, str]]:
    """As `check_tiers` of `cpq.selling`, but every fault, with its place."""
    if not tiers:
        yield ".price.tiers", "there is no tier"
    below = NOTHING
    for at, tier in enumerate(tiers):
        last = at == len(tiers) - 1
        if tier.up_to is None:
            if not last:
                yield f".price.tiers.{at}.up_to", "only the last tier has no end"
        elif last:
            yield f".price.tiers.{at}.up_to", "the last tier has no end; leave it out"
        if tier.up_to is not None:
            if tier.up_to <= below:
                yield f".price.tiers.{at}.up_to", f"not above {plain(below)}"
            below = tier.up_to


def cheaper_for_more(price: UsagePrice) -> Iterator[str]:
    """Where all units cost less as soon as there is one more: volume tiers are steps down."""
    if isinstance(price, Volume):
        for tier, after in pairwise(price.tiers):
            assert tier.up_to is not None
            before = rated(price, [tier.up_to])
            if tier.up_to * after.unit_price + after.flat < before:
                yield f"above {plain(tier.up_to)} all units cost less than {plain(before)}"
