"""What follows from a configuration: calculated values, what is visible, which messages are shown.

Nobody chooses these, so they are evaluated on the proposal and never solved for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpq.configuration.answers import Shown
from cpq.configuration.evaluation import Configuration, Semantics
from cpq.configuration.expressions import (
    AttributeOf,
    Expression,
    FactOf,
    MeasureOf,
    Quantity,
    Selected,
    Value,
    walk,
)
from cpq.configuration.model import Message, Supply, Target
from cpq.solving.domains import Left
from cpq.solving.encoding import Encoding, Few, Many
from cpq.solving.requests import Known
from cpq.solving.targets import Slot
from cpq.solving.totals import Truth, Values


@dataclass(frozen=True, slots=True)
class Followed:
    """What follows: the slots that are hidden, the messages, the calculated values by slot."""

    hidden: frozenset[int] = frozenset()
    shown: tuple[Shown, ...] = ()
    values: Mapping[int, Value] | None = None


@dataclass(frozen=True, slots=True)
class _Condition:
    """An expression and the facts that it asks for, also by way of what is calculated."""

    expression: Expression
    facts: frozenset[str]

    def is_known(self, known: Known) -> bool:
        """Whether the request brings all facts that it asks for."""
        return known.open.isdisjoint(self.facts)


@dataclass(frozen=True, slots=True)
class _Calculated:
    """A calculated attribute, and what it is calculated from: variables and numbers in binary."""

    slot: Slot
    condition: _Condition
    variables: NDArray[np.int64]
    grids: tuple[int, ...]


class _Remembering(Semantics):
    """Works out every attribute once: what is calculated is often calculated from another."""

    attributes: dict[AttributeOf, Value | None]

    def _attribute(self, target: AttributeOf, values: Configuration) -> Value | None:
        if target not in self.attributes:
            self.attributes[target] = super()._attribute(target, values)
        return self.attributes[target]


class Following:
    """What follows from the configurations of one model."""

    def __init__(self, encoding: Encoding, supply: Supply, slots: Sequence[Slot]) -> None:
        self._encoding = encoding
        self._supply = supply
        self._semantics = Semantics(encoding.model, {}, supply)
        expressions = {
            slot.target: slot.attribute.expression
            for slot in slots
            if slot.attribute is not None and slot.attribute.expression is not None
        }
        self._parts: dict[object, frozenset[Expression]] = {
            target: frozenset(_all_parts(expression, expressions))
            for target, expression in expressions.items()
        }
        self._hidden = [
            (slot.index, self._condition(condition))
            for slot in slots
            if (condition := _visible_when(slot)) is not None
        ]
        self._messages: list[tuple[Message, _Condition]] = [
            (message, self._condition(message.condition)) for message in encoding.model.messages
        ]
        self._calculated = [
            self._calculation(slot, slots) for slot in slots if slot.target in expressions
        ]

    def _condition(self, expression: Expression) -> _Condition:
        found = set(walk(expression))
        for part in list(found):
            found |= self._parts.get(part, frozenset())
        return _Condition(
            expression, frozenset(part.name for part in found if isinstance(part, FactOf))
        )

    def _calculation(self, slot: Slot, slots: Sequence[Slot]) -> _Calculated:
        parts = self._parts[slot.target]
        every = any(isinstance(part, MeasureOf) for part in parts)
        targets = {part for part in parts if isinstance(part, Selected | Quantity | AttributeOf)}
        targets |= {Selected(part.node) for part in targets}
        asked = [one for one in slots if every or one.target in targets]
        literals = {
            abs(literal)
            for one in asked
            if isinstance(one.domain, Few)
            for literal in one.domain.literals
        }
        assert isinstance(slot.target, AttributeOf)
        return _Calculated(
            slot,
            self._condition(slot.target),
            np.array(sorted(literals | {abs(slot.owner)}), dtype=np.int64),
            tuple(one.index for one in asked if isinstance(one.domain, Many)),
        )

    def of(self, true: Truth, known: Known) -> Followed:
        """What follows from a configuration.

        A condition that asks for an open fact is not known to hold: its message is not shown, and
        what it would hide is shown. A value that asks for one is not known.
        """
        if not self._hidden and not self._messages and not self._calculated:
            return Followed()
        semantics = self._with(known)
        values = Values(self._encoding.variables, true)
        return Followed(
            frozenset(
                index
                for index, condition in self._hidden
                if condition.is_known(known)
                and not semantics.evaluate(condition.expression, values)
            ),
            tuple(
                Shown(message.key, message.text, message.severity, message.node)
                for message, condition in self._messages
                if condition.is_known(known) and semantics.evaluate(condition.expression, values)
            ),
            {
                one.slot.index: value
                for one in self._calculated
                if one.slot.owner in true
                and one.condition.is_known(known)
                and (value := semantics.evaluate(one.condition.expression, values)) is not None
            },
        )

    def _with(self, known: Known) -> Semantics:
        """The meaning of expressions for one configuration of a request."""
        semantics = _Remembering(self._encoding.model, known.values, self._supply)
        # What depends on the model alone is worked out once.
        vars(semantics).update(
            nodes=self._semantics.nodes, parents=self._semantics.parents, attributes={}
        )
        return semantics

    def decided(self, left: Left, known: Known, single: Mapping[int, bool]) -> Iterator[int]:
        """The calculated slots of which all that they are calculated from is decided.

        `single` says of numbers in binary whether one value is left.
        """
        for one in self._calculated:
            variables = one.variables
            if (
                one.condition.is_known(known)
                and not (left.true[variables] & left.false[variables]).any()
                and all(single.get(index, False) for index in one.grids)
            ):
                yield one.slot.index


def _all_parts(expression: Expression, calculated: Mapping[Target, Expression]) -> set[Expression]:
    """All parts of an expression, and of what is calculated in it."""
    found: set[Expression] = set()
    waiting = [expression]
    while waiting:
        for part in walk(waiting.pop()):
            if part not in found and isinstance(part, AttributeOf) and part in calculated:
                waiting.append(calculated[part])
            found.add(part)
    return found


def _visible_when(slot: Slot) -> Expression | None:
    if slot.question is not None:
        return slot.question.ask_when
    if slot.attribute is not None:
        return slot.attribute.visible_when
    is_node = slot.part is not None and isinstance(slot.target, Selected | Quantity)
    return slot.part.node.visible_when if is_node and slot.part is not None else None
