"""What clients receive about configurations."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from cpq.choices.payloads import ChoiceOut
from cpq.configuration.answers import Completion, Lint, Reason, Repair
from cpq.configurator.schemas.written import (
    ConflictOut,
    DomainOut,
    MessageOut,
    ReasonOut,
    RepairOut,
    TotalsOut,
    Writer,
    totals,
)
from cpq.configurator.service import Answered, Part, Ready
from cpq.facts.payloads import CreditOut, MarginOut, SourceOut, StepOut, StockOut
from servicekit.http import AmountOut, FractionOut, Out, QuantityOut


class UnavailableOut(Out):
    """An item that cannot be sold now, which excludes what it belongs to."""

    sku: str
    """The item."""
    reason: str
    """Why, in a sentence."""


class AboutOut(Out):
    """Which version an answer is about."""

    model_id: UUID
    """The version, as the catalogue knows it."""
    model: str
    """The model's key."""
    model_version: int
    """Its number; send it with the next question, so that a new version does not change it."""
    name: str
    """What people call the model."""
    sku: str | None
    """The item that a configuration of it sells."""
    currency: str | None
    """Of all amounts in this answer."""
    compiled: bool
    """Whether it is answered by what the worker compiled; otherwise it is searched."""

    @classmethod
    def of(cls, about: Ready) -> Self:
        """Render the version."""
        version = about.version
        return cls(
            model_id=version.id,
            model=version.key,
            model_version=version.model_version,
            name=version.name,
            sku=version.sku,
            currency=about.currency,
            compiled=version.compiled,
        )


class StateOut(Out):
    """Everything that a front end shows after a choice."""

    about: AboutOut
    """The version that answered."""
    consistent: bool
    """Some valid configuration has all the choices. Where false, `conflict` says why not, and all
    else is about the choices without the first repair's changes."""
    domains: list[DomainOut]
    """What is left for each target, in the order of the model."""
    messages: list[MessageOut]
    """Words of the model for the proposed configuration."""
    totals: TotalsOut
    """Sums over the proposed configuration, for one unit."""
    conflict: ConflictOut | None
    """Why the choices cannot stand together, and how to mend them."""
    unavailable: list[UnavailableOut]
    """Items that cannot be sold now."""


class ExplanationOut(Out):
    """Whether a value is possible, and why not."""

    about: AboutOut
    """The version that answered."""
    possible: bool
    """Some valid configuration with these choices has it."""
    reason: ReasonOut | None
    """Why it is not possible."""

    @classmethod
    def of(cls, found: Answered[Reason | None]) -> Self:
        """Render the explanation."""
        writer = Writer(found.about.loaded.wording)
        return cls(
            about=AboutOut.of(found.about),
            possible=found.answer is None,
            reason=writer.reason(found.answer),
        )


class RepairsOut(Out):
    """How to make the choices consistent."""

    about: AboutOut
    """The version that answered."""
    repairs: list[RepairOut]
    """The least changes, the one that changes the price least first; none: nothing clashes."""

    @classmethod
    def of(cls, found: Answered[tuple[Repair, ...]]) -> Self:
        """Render the repairs."""
        writer = Writer(found.about.loaded.wording)
        return cls(
            about=AboutOut.of(found.about), repairs=[writer.repair(one) for one in found.answer]
        )


class CompletionOut(Out):
    """A finished, valid configuration."""

    values: list[ChoiceOut]
    """Everything that holds in it."""
    totals: TotalsOut
    """Its sums, for one unit."""
    optimal: bool
    """Proved to be the best; false when time ran out before the proof."""


class CompletedOut(CompletionOut):
    """The best finished configuration for a goal."""

    about: AboutOut
    """The version that answered."""

    @classmethod
    def of(cls, found: Answered[Completion]) -> "CompletedOut":
        """Render the configuration."""
        about = AboutOut.of(found.about)
        return CompletedOut.model_construct(about=about, **_completion(found.about, found.answer))


def _completion(about: Ready, completion: Completion) -> dict[str, Any]:
    writer = Writer(about.loaded.wording)
    return {
        "values": [writer.choice(target, value) for target, value in completion.values],
        "totals": totals(completion.totals),
        "optimal": completion.optimal,
    }


class CountOut(Out):
    """How many finished configurations have these choices."""

    about: AboutOut
    """The version that answered."""
    count: Annotated[str | None, Field(pattern=r"^[0-9]+$")]
    """The exact number in decimal digits, as many as it takes; null: too many to count."""

    @classmethod
    def of(cls, found: Answered[int | None]) -> Self:
        """Render the number."""
        count = None if found.answer is None else str(found.answer)
        return cls(about=AboutOut.of(found.about), count=count)


class SampleOut(Out):
    """Finished configurations: each with the same chance where the version is compiled."""

    about: AboutOut
    """The version that answered."""
    configurations: list[CompletionOut]
    """What was drawn."""

    @classmethod
    def of(cls, found: Answered[list[Completion]]) -> "SampleOut":
        """Render the configurations."""
        return SampleOut.model_construct(
            about=AboutOut.of(found.about),
            configurations=[
                CompletionOut.model_construct(**_completion(found.about, one))
                for one in found.answer
            ],
        )


class LintOut(Out):
    """Something that looks wrong in a model."""

    finding: Literal[
        "void",
        "dead",
        "false-optional",
        "core",
        "redundant",
        "contradictory-defaults",
        "unfinished",
    ]
    """What it is: no configuration at all; a part that no configuration has; an optional part that
    every one has; a part that every one has; a rule that the others imply; defaults that clash;
    the place where time ran out."""
    place: str
    """The key it is about, or a key and a value."""
    because: str
    """Why, in a sentence."""


class LintReportOut(Out):
    """What was found in a version, for what may be sold at this moment."""

    about: AboutOut
    """The version that answered."""
    findings: list[LintOut]
    """In the order of the model."""

    @classmethod
    def of(cls, found: Answered[list[Lint]]) -> Self:
        """Render what was found."""
        return cls(
            about=AboutOut.of(found.about),
            findings=[
                LintOut(finding=one.finding.value, place=one.place, because=one.because)
                for one in found.answer
            ],
        )


class PartOut(Out):
    """An item of the proposed configuration."""

    sku: str
    """The item."""
    item_id: UUID | None
    """The item, by its id in the ERP; null: CPQ has not heard of it."""
    name: str | None
    """What people call it."""
    quantity: QuantityOut
    """How many belong to one unit, in the item's unit."""
    list_unit_price: AmountOut | None
    """List price of one of it; null: there is none."""
    price_source: SourceOut | None
    """Which event told the list price."""
    stock: StockOut | None
    """Whether all that are needed can be promised; null: the ERP has told nothing."""

    @classmethod
    def of(cls, part: Part, now: datetime) -> Self:
        """Render the part; ages are at `now`."""
        known = part.known
        prices = known.prices if known else None
        stock = known.stock if known else None
        return cls(
            sku=part.sku,
            item_id=known.item.item_id if known else None,
            name=known.item.name if known else None,
            quantity=Decimal(part.quantity),
            list_unit_price=part.unit_price,
            price_source=SourceOut.of(prices.source, now) if prices else None,
            stock=StockOut.of(part.stock, stock.source if stock else None, now),
        )


class PriceOut(Out):
    """What the proposed configuration costs, by the waterfall of a quote."""

    currency: str
    """Of the amounts here."""
    list_unit_price: AmountOut | None
    """List prices of one unit, summed up."""
    net_unit_price: AmountOut
    """Price of one unit without tax and after all discounts, not rounded."""
    discount_fraction: FractionOut
    """Of all discounts, off the list price."""
    net: AmountOut
    """Of the quantity, without tax, rounded."""
    tax_estimate: AmountOut
    """What the ERP's invoice is likely to add."""
    gross_estimate: AmountOut
    """Net plus estimated tax."""
    tax_rate: FractionOut
    """The rate of the estimate."""
    tax_reason: str
    """Why this rate."""
    waterfall: list[StepOut]
    """How the price came about, per unit."""


class LiveOut(StateOut):
    """The state of a configuration, and the deal that it makes."""

    quantity: QuantityOut
    """How many of the whole were asked for."""
    parts: list[PartOut]
    """The items that one unit consists of."""
    price: PriceOut | None
    """What it costs; null: the model sells no item that CPQ knows, or some price is not known."""
    margin: MarginOut | None
    """Net less standard cost; null: some cost is not known."""
    stock: StockOut | None
    """Whether the whole can be promised: the worst of its parts; null: not known."""
    credit: CreditOut | None
    """The customer's credit before and after; null: no customer was named, or none is known."""
