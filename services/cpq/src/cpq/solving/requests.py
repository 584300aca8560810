"""What a request brings, checked against the model and turned into assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import AnswerTo, Choice, Fact, FactType, Target
from cpq.solving.encoding import Encoding, Few, Many
from cpq.solving.refusals import (
    ChosenTwice,
    FactMakesNoSense,
    UnknownFact,
    UnknownTarget,
    UnknownValue,
    ValueIsCalculated,
)
from cpq.solving.targets import Slot, slots
from cpq.solving.variables import LARGEST


@dataclass(frozen=True, slots=True)
class Assumed:
    """A choice, its slot, and the literals that hold exactly when a configuration has it."""

    choice: Choice
    slot: Slot
    literals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of a request.

    `literals` hold for it; `open` names the declared facts that it leaves out.
    """

    values: Mapping[str, Value]
    literals: tuple[int, ...]
    open: frozenset[str]


class Requests:
    """Reads requests for one encoding."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.slots = slots(encoding)
        self._by_target: dict[Target, Slot] = {slot.target: slot for slot in self.slots}
        self._facts = {fact.name: fact for fact in encoding.model.facts}
        self._literals: dict[int, dict[Value, int]] = {
            slot.index: dict(zip(slot.domain.values, slot.domain.literals, strict=True))
            for slot in self.slots
            if isinstance(slot.domain, Few)
        }

        self.grids = [slot for slot in self.slots if isinstance(slot.domain, Many)]
        """Slots whose values are written in binary."""
        values = [
            (literal, slot.index)
            for slot in self.slots
            if isinstance(slot.domain, Few)
            for literal in slot.domain.literals
        ]
        self.literals_of_values = np.array([literal for literal, _ in values], dtype=np.int64)
        """The literals of all values that are listed, slot by slot."""
        self.slots_of_values = np.array([index for _, index in values], dtype=np.int64)
        self.decided = _decided(self.slots)
        """The variables that a configuration consists of; all others follow from them."""
        self._sharing: dict[int, list[Slot]] = {}
        for slot in self.slots:
            self._sharing.setdefault(slot.shared, []).append(slot)

    def literals_of(self, shared: int) -> list[int]:
        """The literals of the values that slots with one variable may have, each once."""
        found = {
            literal: None
            for slot in self._sharing[shared]
            if isinstance(slot.domain, Few)
            for literal in slot.domain.literals
        }
        return list(found)

    def slot(self, target: Target, field: str) -> Slot:
        """The slot of a target. Raises `UnknownTarget`, `ValueIsCalculated`."""
        slot = self._by_target.get(target)
        if slot is None and isinstance(target, Quantity):
            # A node of which there is one or none is decided by its selection.
            slot = self._by_target.get(Selected(target.node))
        if slot is None:
            raise UnknownTarget(f"The model has no {in_words(target)}", field=field)
        if slot.calculated:
            raise ValueIsCalculated(f"{in_words(target)} is calculated", field=field)
        return slot

    def assume(self, target: Target, value: Value, field: str) -> tuple[Slot, tuple[int, ...]]:
        """The slot and the literals of a value; the refusals name the field.

        Raises `UnknownTarget`, `UnknownValue`, `ValueIsCalculated`.
        """
        slot = self.slot(target, field)
        literals = self._of(slot, target, value)
        if literals is None:
            raise UnknownValue(f"{in_words(target)} is never {value!s}", field=field)
        return slot, literals

    def _of(self, slot: Slot, target: Target, value: Value) -> tuple[int, ...] | None:
        if slot.domain is None:
            assert slot.attribute is not None
            fits = isinstance(value, str) and len(value) <= slot.attribute.longest
            return (slot.owner,) if fits else None
        if isinstance(target, Quantity) and isinstance(slot.target, Selected):
            if not (isinstance(value, Decimal) and value in (0, 1)):
                return None
            value = self.own(slot, target, value)
        if isinstance(slot.domain, Few):
            sort = type(slot.domain.values[0]) if slot.domain.values else str
            if not isinstance(value, sort):
                return None
            literal = self._literals[slot.index].get(value)
            return None if literal is None else (literal,)
        if isinstance(target, Quantity) and value == 0 and not isinstance(value, bool):
            return (-slot.domain.owner,)
        position = slot.domain.position(value)
        return None if position is None else tuple(slot.domain.assumptions(position))

    def own(self, slot: Slot, target: Target, value: Value) -> Value:
        """The value of a target as its slot has it: to have one of a node is to select it."""
        decides = isinstance(target, Quantity) and isinstance(slot.target, Selected)
        return value == 1 if decides else value

    def literals(self, slot: Slot, value: Value) -> tuple[int, ...]:
        """The literals of a value that the slot is known to have."""
        found = self._of(slot, slot.target, value)
        assert found is not None, f"{in_words(slot.target)} is never {value!s}"
        return found

    def choices(self, choices: Sequence[Choice]) -> list[Assumed]:
        """The choices in the order of the model, whatever theirs.

        Raises `UnknownTarget`, `UnknownValue`, `ValueIsCalculated`, `ChosenTwice`.
        """
        found: dict[Target, Assumed] = {}
        for at, choice in enumerate(choices):
            field = f"choices.{at}"
            slot, literals = self.assume(choice.target, choice.value, field)
            before = found.get(choice.target)
            if before is None:
                found[choice.target] = Assumed(choice, slot, literals)
            elif before.choice != choice:
                raise ChosenTwice(f"{in_words(choice.target)} is chosen twice", field=field)
        return sorted(
            found.values(),
            key=lambda one: (one.slot.index, isinstance(one.choice.target, Quantity)),
        )

    def facts(self, facts: Mapping[str, Value]) -> Known:
        """The facts as literals. Raises `UnknownFact`, `FactMakesNoSense`."""
        for name, value in facts.items():
            declared = self._facts.get(name)
            if declared is None:
                raise UnknownFact(f"The model asks for no {name}", field=f"facts.{name}")
            if not _fits(declared, value):
                raise FactMakesNoSense(f"{name} is never {value!s}", field=f"facts.{name}")
        literals: list[int] = []
        for name, domain in self.encoding.variables.facts.items():
            if name not in facts:
                if isinstance(domain, Few) and self._facts[name].type is FactType.TEXT:
                    literals.append(self.encoding.variables.declared(name))
                continue
            literals.extend(_literals(domain, facts[name]))
        for (one, other), literal in self.encoding.variables.undeclared.items():
            texts = {facts.get(one), facts.get(other)}
            elsewhere = len(texts) == 1 and texts.isdisjoint(
                {None, *self._facts[one].values, *self._facts[other].values}
            )
            literals.append(literal if elsewhere else -literal)
        missing = frozenset(name for name in self._facts if name not in facts)
        return Known(dict(facts), tuple(literals), missing)


def _decided(slots: Sequence[Slot]) -> list[int]:
    found: set[int] = set()
    for slot in slots:
        if slot.domain is None or slot.question is not None:
            continue
        literals = slot.domain.literals if isinstance(slot.domain, Few) else slot.domain.bits
        found.update(abs(literal) for literal in literals)
    return sorted(found)


def _literals(domain: Few | Many, value: Value) -> list[int]:
    if isinstance(domain, Many):
        position = domain.position(value)
        assert position is not None
        return domain.assumptions(position)
    return [
        literal if known == value else -literal
        for known, literal in zip(domain.values, domain.literals, strict=True)
    ]


def _fits(fact: Fact, value: Value) -> bool:
    """Whether the value is of the fact's kind, within its bounds and on its grid."""
    if fact.type is FactType.TEXT:
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, Decimal) or not value.is_finite():
        return False
    first = -LARGEST if fact.minimum is None else fact.minimum
    last = LARGEST if fact.maximum is None else fact.maximum
    step = fact.step if fact.type is FactType.NUMBER else Decimal(1)
    return first <= value <= last and (value - first) % step == 0


def in_words(target: Target) -> str:
    """A target as people write it."""
    match target:
        case Selected(node):
            return node
        case Quantity(node):
            return f"quantity of {node}"
        case AttributeOf(node, attribute):
            return f"{node}.{attribute}"
        case AnswerTo(question):
            return f"question {question}"
