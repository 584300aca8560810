"""What clients ask about configurations."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from cpq.choices.asked import Asked
from cpq.choices.payloads import (
    MOST_CHOICES,
    Choices,
    Facts,
    ModelKey,
    ModelVersion,
    QuestionTargetIn,
    TargetIn,
    ValueIn,
    asked,
)
from cpq.configuration.answers import Goal
from cpq.configurator.service import Question
from servicekit.http import CurrencyCode, DayIn, In, QuantityIn

MOST_SAMPLES = 100

Seconds = Annotated[int, Field(ge=1, le=60)]


class ConfigurationIn(In):
    """A configuration: its choices, the version of its model, and whose eyes look at it."""

    model: ModelKey
    """The model's key."""
    model_version: ModelVersion | None = None
    """The version to go on with; null: the one that is published on the day."""
    on: DayIn | None = None
    """The day whose version, list prices and costs count; null: today."""
    choices: Choices = []  # noqa: RUF012
    """What was decided, in any order; one choice for each target."""
    facts: Facts = {}  # noqa: RUF012
    """What is so and nobody chooses, by the names that the model declares; days as ISO dates. Tier,
    region, country, currency and date are taken from the request where they are not given."""
    currency: CurrencyCode | None = None
    """Of list prices; null: that of the customer's account, the customer's own, or the model's."""
    customer_id: UUID | None = None
    """Whose tier, country and credit count."""
    tier: Annotated[str | None, StringConstraints(min_length=1, max_length=40)] = None
    """Instead of the customer's."""
    selling_company_id: UUID | None = None
    """Whose costs and credit count; null: that of the customer's first account, or any."""
    requested_on: DayIn | None = None
    """The day for which delivery is wanted; null: today."""

    def question(self) -> Question:
        """The configuration for the use case."""
        return Question(
            model=self.model,
            model_version=self.model_version,
            on=self.on,
            choices=[choice.asked() for choice in self.choices],
            facts=self.facts,
            currency=self.currency,
            customer_id=self.customer_id,
            tier=self.tier,
            company_id=self.selling_company_id,
            requested_on=self.requested_on,
        )


class StateIn(ConfigurationIn):
    """A configuration whose state is asked for."""

    reasons: bool = True
    """Say why each excluded value is excluded; without, a large model answers sooner."""
    targets: Annotated[list[TargetIn | QuestionTargetIn], Field(max_length=MOST_CHOICES)] | None = (
        None
    )
    """Show what is left for these alone, such as those on the screen; null: for all."""

    def question(self) -> Question:
        """The configuration for the use case, with what is to be shown of it."""
        shown = None if self.targets is None else [asked(one, True) for one in self.targets]
        return replace(super().question(), shown=shown)


class LiveIn(StateIn):
    """A configuration to be checked and priced."""

    quantity: QuantityIn = Decimal(1)
    """How many of the whole, for quantity breaks, the stock promise and credit."""


class ExplainIn(ConfigurationIn):
    """A configuration, and a value that is asked about."""

    target: TargetIn | QuestionTargetIn
    """What it is about, as a choice names it."""
    value: ValueIn
    """The value that is or is not possible."""

    def wanted(self) -> Asked:
        """The value for the use case."""
        return asked(self.target, self.value)


class TimedIn(ConfigurationIn):
    """A configuration, and how long the answer may take."""

    seconds: Seconds | None = None
    """The longest that the answer may take; null: as long as the service allows."""


class CompleteIn(TimedIn):
    """A configuration to be finished."""

    goal: Goal
    """What the finished configuration is to be best at."""


class SampleIn(TimedIn):
    """Finished configurations to be drawn."""

    number: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] = 1
    """How many."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """The same seed draws the same configurations."""


class LintIn(TimedIn):
    """A version to be looked through."""

    @model_validator(mode="after")
    def _of_the_model_alone(self) -> Self:
        if self.choices:
            raise ValueError("a model is looked through without choices")
        return self
