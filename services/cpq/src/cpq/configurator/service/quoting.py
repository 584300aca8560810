"""A configuration as a line of a quote: checked, priced and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from cpq.choices.asked import Said
from cpq.configuration.answers import State
from cpq.configuration.model import AnswerTo
from cpq.configurator.rules import (
    ConfigurationIsInConflict,
    ConfigurationSellsNothing,
    composition_of,
    quantity_of,
    said,
)
from cpq.configurator.service.answering import Answered, state
from cpq.configurator.service.asking import Opens, Question
from cpq.configurator.service.living import configured_price, parts_of, values_of
from cpq.pricing import service as pricing
from cpq.projections.queries import Item
from servicekit.uow import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class ConfiguredPart:
    """An item that one unit consists of."""

    item_id: UUID
    sku: str
    quantity: int
    stocked: bool


@dataclass(frozen=True, slots=True)
class Configured:
    """A finished configuration that a line may sell."""

    item: Item
    """What the line sells."""
    model: str
    model_version: int
    model_id: UUID
    content_hash: str
    """Of the version's document: with the choices, what was configured."""
    choices: Sequence[dict[str, Any]]
    """`[{target, value}]` as they were sent."""
    facts: dict[str, Said]
    values: Sequence[dict[str, Any]]
    """Everything that holds, as `[{target, value}]`."""
    parts: Sequence[ConfiguredPart]
    """The line's own item is the first."""
    own_cost: Decimal
    """What the model itself adds to the cost of one unit."""
    price: pricing.ConfiguredPrice


async def configured(uow: UnitOfWork | ReadSession, asked: Question) -> Configured:
    """The configuration that these choices propose, if a line may sell it.

    Raises what `ready` raises, `ConfigurationSellsNothing`, and `ConfigurationIsInConflict` where
    the choices clash with each other or with what may be sold.
    """
    found = await state(_within(uow), asked, reasons=False)
    about, answer = found.about, found.answer
    if about.version.sku is None or about.world is None:
        raise ConfigurationSellsNothing(f"{about.version.key!r} names no item", field="model")
    _refuse_conflict(answer)
    sold = about.world.items[about.version.sku]
    values = values_of(answer)
    composition = composition_of(about.model, values)
    parts = parts_of(about, composition, Decimal(1))
    write = about.loaded.wording.text
    return Configured(
        item=sold.item,
        model=about.version.key,
        model_version=about.version.model_version,
        model_id=about.version.id,
        content_hash=about.version.content_hash,
        choices=[
            {"target": write(choice.target), "value": said(choice.value)}
            for choice in about.choices
        ],
        facts=dict(asked.facts or {}),
        values=_held(found),
        parts=[
            ConfiguredPart(
                part.known.item.item_id, part.sku, part.quantity, part.known.item.stocked
            )
            for part in parts
            if part.known is not None
        ],
        own_cost=composition.own_cost,
        price=configured_price(about, answer, parts),
    )


def _refuse_conflict(answer: State) -> None:
    if answer.conflict is not None:
        raise ConfigurationIsInConflict(
            " ".join(answer.conflict.reason.messages) or "the choices clash", field="choices"
        )


def _held(found: Answered[State]) -> list[dict[str, Any]]:
    """What is there, and with which values; what was left out is not listed."""
    write = found.about.loaded.wording.text
    values = values_of(found.answer)
    there = {
        node.key
        for node in found.about.model.nodes()
        if node is found.about.model.root or quantity_of(node, values)
    }
    return [
        {"target": write(target), "value": said(value)}
        for target, value in values.items()
        if isinstance(target, AnswerTo) or target.node in there
    ]


def _within(uow: UnitOfWork | ReadSession) -> Opens:
    """A command reads in its own transaction."""
    reads = ReadSession(uow.session, uow.principal, uow.now)
    return lambda: nullcontext(reads)
