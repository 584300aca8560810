"""Usage prices that lines of quotes have: kept, told to the customer, and proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cpq.selling import (
    RatingStep,
    UsagePrice,
    explained,
    proved,
    read_usage,
)
from servicekit.errors import InvalidInput

Kept = Mapping[str, Any]
"""A usage price as lines keep it: `{resource, unit, rule, version, price, samples}`."""


class LineHasNoSuchUsage(InvalidInput):
    """A line rates usage of the resources that it has prices for."""

    code = "line-has-no-such-usage"
    title = "The line has no usage price of this resource"
    hint = "Name one of the resources in the line's usage; read the quote to see them."


@dataclass(frozen=True, slots=True)
class UsageRated:
    """What usage costs by the price that a line has kept."""

    resource: str
    unit: str
    rule: str
    version: str
    currency: str
    amount: Decimal
    """At ten places."""
    rounded: Decimal
    """To the currency's minor units."""
    steps: Sequence[RatingStep]


@dataclass(frozen=True, slots=True)
class UsageProof:
    """A kept sample, rated again by the price that its record gives."""

    key: str
    """The line."""
    resource: str
    events: Sequence[Decimal]
    kept: Decimal
    """What was quoted for it."""
    rated: Decimal | None
    """What the rater says; None: the record has no price of the resource."""

    @property
    def holds(self) -> bool:
        """Whether the quote says what the rater does."""
        return self.rated == self.kept


def usage_named(kept: Sequence[Kept] | None, resource: str, key: str) -> Kept:
    """The usage price of a resource. Raises `LineHasNoSuchUsage`."""
    for one in kept or ():
        if one["resource"] == resource:
            return one
    known = ", ".join(one["resource"] for one in kept or ()) or "none"
    raise LineHasNoSuchUsage(
        f"line {key!r} has no usage price of {resource!r}; there are: {known}", field="resource"
    )


def price_of(kept: Kept) -> UsagePrice:
    """The price of a kept usage price."""
    return read_usage(kept["price"])


def steps_of(kept: Kept, events: Sequence[Decimal], share: Decimal) -> Sequence[RatingStep]:
    """How usage comes to what it costs."""
    return explained(price_of(kept), events, share)


def asked_samples(kept: Sequence[Kept] | None) -> dict[str, tuple[Decimal, ...]]:
    """The sample usage that a line was asked for, by resource."""
    return {
        one["resource"]: _events(sample) for one in kept or () for sample in one.get("samples", ())
    }


def offered_usage(kept: Sequence[Kept] | None) -> list[dict[str, Any]] | None:
    """What the customer sees of usage prices: no names of rules. None: there are none."""
    if not kept:
        return None
    members = ("resource", "unit", "price", "samples")
    return [{name: one[name] for name in members if one.get(name)} for one in kept]


def proofs_of(
    key: str, kept: Sequence[Kept] | None, prices: Mapping[str, UsagePrice]
) -> list[UsageProof]:
    """The samples of a line rated again, by the prices of its resources as a replay has them."""
    found = []
    for one in kept or ():
        price = prices.get(one["resource"])
        for sample in one.get("samples", ()):
            events, amount = _events(sample), Decimal(sample["amount"])
            again = None if price is None else proved(price, [(events, amount)])[0].rated
            found.append(UsageProof(key, one["resource"], events, amount, again))
    return found


def _events(sample: Mapping[str, Any]) -> tuple[Decimal, ...]:
    return tuple(Decimal(one) for one in sample["events"])
