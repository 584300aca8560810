"""What is written of models, choices and answers: plain dictionaries, since there are thousands.

An answer about a large model has a domain for each of its nodes. Their forms are declared here, so
that the API document says what they are; they are filled without validating each of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import WithJsonSchema, with_config
from typing_extensions import TypedDict

from cpq.choices.payloads import EXPLAINED, ChoiceOut, TargetText, ValueText
from cpq.configuration.answers import Change, Domain, Reason, Repair, Shown, Totals, ValueState
from cpq.configuration.expressions import Value
from cpq.configuration.model import Target
from cpq.configurator.rules import Wording, said
from servicekit.values import plain

AmountText = Annotated[
    str, WithJsonSchema({"type": "string", "format": "decimal", "examples": ["12.5"]})
]


@with_config(EXPLAINED)
class ReasonOut(TypedDict):
    """The choices and rules that together leave nothing else."""

    choices: list[ChoiceOut]
    """The choices that are part of it."""
    rules: list[str]
    """Keys of rules, tables and groups; `node:KEY` for the tree itself, `item:SKU` for an item."""
    messages: list[str]
    """The same rules in words, in the same order; without rules, that the choices clash."""
    facts: dict[str, ValueText]
    """What the request states that these rules ask for, by name."""


@with_config(EXPLAINED)
class ValueStateOut(TypedDict):
    """A value, and whether it may still be chosen."""

    value: ValueText
    """The value."""
    possible: bool
    """Some valid configuration with these choices has it."""
    reason: ReasonOut | None
    """Why it is not possible, where reasons were asked for."""


@with_config(EXPLAINED)
class DomainFormOut(TypedDict):
    """What is left for some target."""

    value: ValueText | None
    """What it is in the proposed configuration; null: nothing is proposed."""
    origin: Literal["user", "forced", "default", "proposed"] | None
    """Who gave that value: a choice, the rules, a default, or what completes the configuration."""
    values: list[ValueStateOut]
    """Every value, in order, where there are few."""
    ranges: list[list[AmountText]]
    """The lowest and the highest that are left, where there are many; arithmetic may exclude some
    between them."""
    reason: ReasonOut | None
    """Why it is forced."""
    visible: bool
    """Whether to show it now."""


@with_config(EXPLAINED)
class DomainOut(DomainFormOut):
    """What is left for one target."""

    target: TargetText
    """What it is about, as a choice names it."""


@with_config(EXPLAINED)
class MessageOut(TypedDict):
    """Words of the model for the proposed configuration."""

    key: str
    """The message's key in the model."""
    text: str
    """What to show."""
    severity: Literal["error", "warning", "info", "recommendation"]
    """How to show it; it forbids nothing."""
    node: str | None
    """The node that is recommended."""


@with_config(EXPLAINED)
class TotalsOut(TypedDict):
    """Sums over the proposed configuration for one unit; null: some part is not known."""

    price: AmountText | None
    """List prices, without tax and before any discount, in the currency of the answer."""
    cost: AmountText | None
    """Standard costs, in the same currency."""
    delivery_days: int | None
    """The longest promised delivery, in days from the requested day."""


@with_config(EXPLAINED)
class ChangeOut(TypedDict):
    """One choice of a repair."""

    choice: ChoiceOut
    """The choice as it is."""
    to: ValueText | None
    """The value to choose instead; null: take the choice back."""


@with_config(EXPLAINED)
class RepairOut(TypedDict):
    """A least set of changes after which the choices are consistent."""

    changes: list[ChangeOut]
    """What to change, all of it."""
    price: AmountText | None
    """List price of one unit of the configuration that is proposed then; null: not known."""
    price_difference: AmountText | None
    """That price less the one proposed for the choices alone that no repair touches."""


@with_config(EXPLAINED)
class ConflictOut(TypedDict):
    """Choices that cannot stand together, and how to mend them."""

    reason: ReasonOut
    """A minimal set of choices that clash, and the rules that they clash with."""
    repairs: list[RepairOut]
    """The least changes, the one that changes the price least first."""


CONTRADICTION = "The choices contradict each other."
"""A node is chosen not to be there, and a quantity of it."""


class Writer:
    """Writes answers about one model."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def choice(self, target: Target, value: Value) -> ChoiceOut:
        """A choice, or a value that holds."""
        return {"target": self.target(target), "value": said(value)}

    def reason(self, reason: Reason | None) -> ReasonOut | None:
        """Why something is so, if it was asked for."""
        return None if reason is None else self.known_reason(reason)

    def known_reason(self, reason: Reason) -> ReasonOut:
        """Why something is so."""
        return {
            "choices": [self.choice(one.target, one.value) for one in reason.choices],
            "rules": list(reason.rules),
            "messages": list(reason.messages) if reason.rules else [CONTRADICTION],
            "facts": {name: self._wording.fact(name, value) for name, value in reason.facts},
        }

    def domain(self, domain: Domain) -> DomainFormOut:
        """What is left for a target, without the target."""
        return {
            "value": None if domain.value is None else said(domain.value),
            "origin": None if domain.origin is None else domain.origin.value,
            "values": [self._value(one) for one in domain.values],
            "ranges": [[plain(low), plain(high)] for low, high in domain.ranges],
            "reason": self.reason(domain.reason),
            "visible": domain.visible,
        }

    def repair(self, repair: Repair) -> RepairOut:
        """A repair."""
        return {
            "changes": [self._change(one) for one in repair.changes],
            "price": _amount(repair.price),
            "price_difference": _amount(repair.price_difference),
        }

    def target(self, target: Target) -> TargetText:
        """How a choice names a target."""
        text = self._wording.text(target)
        return text if isinstance(text, str) else {"question": text["question"]}

    def _value(self, one: ValueState) -> ValueStateOut:
        return {
            "value": said(one.value),
            "possible": one.possible,
            "reason": self.reason(one.reason),
        }

    def _change(self, one: Change) -> ChangeOut:
        return {
            "choice": self.choice(one.choice.target, one.choice.value),
            "to": None if one.to is None else said(one.to),
        }


def message(shown: Shown) -> MessageOut:
    """A message of the model."""
    return {
        "key": shown.key,
        "text": shown.text,
        "severity": shown.severity.value,
        "node": shown.node,
    }


def totals(found: Totals) -> TotalsOut:
    """Sums of a configuration."""
    return {
        "price": _amount(found.price),
        "cost": _amount(found.cost),
        "delivery_days": found.delivery_days,
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
