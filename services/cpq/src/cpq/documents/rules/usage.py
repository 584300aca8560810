"""What documents say of usage: how it is rated, and what samples of it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cpq.documents.rules.wording import Wording
from cpq.selling import (
    Graduated,
    Package,
    Percentage,
    Standard,
    UsagePrice,
    UsageTier,
    read_usage,
)

_NAMED_EVENTS = 5
"""Events of a sample that are named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Example:
    """Some usage and what it costs over one period, not rounded."""

    events: tuple[Decimal, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What usage of a resource costs; it is not part of the totals."""

    resource: str
    unit: str
    price: UsagePrice
    examples: tuple[Example, ...] = ()


def usage_in(offered: Sequence[Mapping[str, Any]] | None) -> tuple[Usage, ...]:
    """The usage prices of an offer's line."""
    return tuple(
        Usage(
            one["resource"],
            one["unit"],
            read_usage(one["price"]),
            tuple(
                Example(tuple(map(Decimal, sample["events"])), Decimal(sample["amount"]))
                for sample in one.get("samples", ())
            ),
        )
        for one in offered or ()
    )


def usage_words(usage: Sequence[Usage], words: Wording, currency: str) -> Iterator[tuple[str, str]]:
    """Labels and what stands beside them."""
    for one in usage:
        label = words.text("usage.label", resource=one.resource)
        yield label, _price(one, words, currency)
        for example in one.examples:
            amount = words.money(example.amount, currency)
            events = _events(example.events, words)
            yield words.text("usage.example"), words.text("usage.sum", events=events, amount=amount)


def _price(usage: Usage, words: Wording, currency: str) -> str:
    def money(amount: Decimal) -> str:
        return words.money(amount, currency)

    price, unit = usage.price, usage.unit
    if isinstance(price, Standard):
        return words.text("usage.each", price=money(price.unit_price), unit=unit)
    if isinstance(price, Package):
        size = words.number(price.size)
        said = [words.text("usage.package", price=money(price.package_price), size=size, unit=unit)]
        if price.free:
            said.append(words.text("usage.free", free=words.number(price.free)))
        return words.text("usage.and").join(said)
    if isinstance(price, Percentage):
        said = [words.text("usage.share", percent=words.percent(price.rate), unit=unit)]
        for key, amount in (("minimum", price.least), ("maximum", price.most)):
            if amount is not None:
                said.append(words.text(f"usage.{key}", amount=money(amount)))
        if price.fee:
            said.insert(1, words.text("usage.fee", fee=money(price.fee)))
        return words.text("usage.and").join(said)
    model = "graduated" if isinstance(price, Graduated) else "volume"
    tiers = words.text("usage.and").join(_tiers(price.tiers, words, currency))
    return words.text(f"usage.{model}", unit=unit, tiers=tiers)


def _tiers(tiers: Sequence[UsageTier], words: Wording, currency: str) -> Iterator[str]:
    for tier in tiers:
        said = words.money(tier.unit_price, currency)
        if tier.flat:
            flat = words.money(tier.flat, currency)
            said = words.text("usage.flat", price=said, flat=flat)
        if tier.up_to is not None:
            yield words.text("usage.up_to", end=words.number(tier.up_to), price=said)
        else:
            yield words.text("usage.beyond", price=said) if len(tiers) > 1 else said


def _events(events: Sequence[Decimal], words: Wording) -> str:
    if len(events) <= _NAMED_EVENTS:
        return " + ".join(map(words.number, events))
    whole = words.number(sum(events, start=Decimal(0)))
    return words.text("usage.events", count=words.number(Decimal(len(events))), whole=whole)
