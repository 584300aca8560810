"""Usage on lines of quotes: samples that are asked for, prices that are answered, rating."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from cpq.facts.payloads import StoredAmount
from cpq.quotes.rules import UsageProof, UsageRated
from cpq.quotes.service.using import UsageAsked
from servicekit.http import AmountIn, AmountOut, FractionIn, In, Out

MOST_SAMPLES = 20
"""Resources whose usage a line may be asked for."""
MOST_SAMPLE_EVENTS = 100
MOST_EVENTS = 1_000
"""Events that are rated at once."""

Resource = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"),
    Field(examples=["api-calls"]),
]
UsageSamples = Annotated[
    dict[Resource, Annotated[list[AmountIn], Field(min_length=1, max_length=MOST_SAMPLE_EVENTS)]],
    Field(max_length=MOST_SAMPLES),
]
"""Amounts of events, by resource."""


def _above_nothing(share: Decimal) -> Decimal:
    if not share:
        raise ValueError("give a fraction above 0, up to 1")
    return share


class UsageRatingIn(In):
    """Usage of a resource on a line."""

    line: Annotated[
        str,
        StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"),
    ]
    """The key of the line."""
    resource: Resource
    """One of the resources of the line's usage."""
    events: Annotated[list[AmountIn], Field(min_length=1, max_length=MOST_EVENTS)]
    """The units of each event; of a percentage, its money."""
    share: Annotated[FractionIn, AfterValidator(_above_nothing)] = Decimal(1)
    """The part of the period that the usage is for: tiers, flat fees and free units count for it
    alone."""

    def asked(self) -> UsageAsked:
        """The usage for the use case."""
        return UsageAsked(self.line, self.resource, self.events, self.share)


class RatingStepOut(Out):
    """A step from usage to what it costs."""

    said: str
    """In words, such as `50 above 100 at 0.5`."""
    amount: AmountOut
    """What it adds, not rounded."""


class UsageRatingOut(Out):
    """What usage costs by the price that the line has kept; nothing is written."""

    resource: str
    """What is used."""
    unit: str
    """What is counted."""
    rule: str
    """The rule that the price is of."""
    version: str
    """The price book and its version."""
    currency: str
    """Of all amounts."""
    amount: AmountOut
    """At ten places, without tax."""
    rounded_amount: AmountOut
    """Rounded to the currency."""
    steps: list[RatingStepOut]
    """How it comes about; the amounts sum to it."""

    @classmethod
    def of(cls, found: UsageRated) -> Self:
        """Render it."""
        return cls(
            resource=found.resource,
            unit=found.unit,
            rule=found.rule,
            version=found.version,
            currency=found.currency,
            amount=found.amount,
            rounded_amount=found.rounded,
            steps=[RatingStepOut(said=one.said, amount=one.amount) for one in found.steps],
        )


class StandardUsageOut(Out):
    """Each unit costs the same."""

    model: Literal["standard"]
    """How usage is rated."""
    unit_price: StoredAmount
    """For one unit."""


class UsageTierOut(Out):
    """Units above those of the tiers before, up to and with `up_to`."""

    up_to: StoredAmount | None = None
    """The last unit of the tier; null: it has no end."""
    unit_price: StoredAmount
    """For one unit."""
    flat: StoredAmount | None = None
    """Due once as soon as a unit is in the tier; null: nothing."""


class TieredUsageOut(Out):
    """graduated: each unit costs what its own tier says; volume: what that of the last one says."""

    model: Literal["graduated", "volume"]
    """How usage is rated."""
    tiers: list[UsageTierOut]
    """In rising order; the last one has no end."""


class PackageUsageOut(Out):
    """Units come in packages; a begun one is due whole."""

    model: Literal["package"]
    """How usage is rated."""
    size: StoredAmount
    """Units of one package."""
    package_price: StoredAmount
    """For one package."""
    free: StoredAmount | None = None
    """Units that cost nothing; null: none."""


class PercentageUsageOut(Out):
    """A share of the money of each event, and a fee for it, within a minimum and a maximum."""

    model: Literal["percentage"]
    """How usage is rated."""
    rate: StoredAmount
    """The share: "0.029" is 2.9 %."""
    fee: StoredAmount | None = None
    """For each event; null: nothing."""
    minimum: StoredAmount | None = None
    """The least that an event costs; null: any."""
    maximum: StoredAmount | None = None
    """The most that an event costs; null: any."""


UsagePriceOut = Annotated[
    StandardUsageOut | TieredUsageOut | PackageUsageOut | PercentageUsageOut,
    Field(discriminator="model"),
]


class UsageSampleOut(Out):
    """Some usage and what the rater says that it costs over one period."""

    events: list[StoredAmount]
    """The units of each event; of a percentage, its money."""
    amount: StoredAmount
    """At ten places, without tax."""


class LineUsageOut(Out):
    """What usage of a resource costs on a line; it is not part of the quote's totals."""

    resource: str
    """What is used."""
    unit: str
    """What is counted."""
    rule: str
    """The rule that the price is of."""
    version: str
    """The price book and its version."""
    price: UsagePriceOut
    """How usage is rated, in the quote's currency, each period anew."""
    samples: list[UsageSampleOut]
    """Usage that was asked for."""

    @classmethod
    def all_of(cls, kept: Sequence[Any] | None) -> list[Self]:
        """Render the usage prices of a line."""
        return [cls.model_validate(one) for one in kept or ()]


class UsageProofOut(Out):
    """A kept sample of usage, rated again."""

    line: str
    """The key of the line."""
    resource: str
    """What is used."""
    events: list[AmountOut]
    """The units of each event."""
    kept_amount: AmountOut
    """What the quote says that it costs."""
    amount: AmountOut | None
    """What the rater says by the replayed price; null: the replay has no price of it."""
    proved: bool
    """Whether both say the same."""

    @classmethod
    def of(cls, proof: UsageProof) -> Self:
        """Render it."""
        return cls(
            line=proof.key,
            resource=proof.resource,
            events=list(proof.events),
            kept_amount=proof.kept,
            amount=proof.rated,
            proved=proof.holds,
        )
