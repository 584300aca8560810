"""A state as front ends get it: each target's domain, with value and origin.

Equal domains are built once: they are immutable, and most of a state is the same after a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cpq.configuration.answers import Domain, Origin, Reason, ValueState
from cpq.configuration.expressions import (
    AttributeOf,
    Expression,
    Quantity,
    Selected,
    Value,
    walk,
)
from cpq.configuration.model import Target
from cpq.solving.domains import Left
from cpq.solving.encoding import Encoding, Few
from cpq.solving.following import Followed
from cpq.solving.requests import Assumed, Known
from cpq.solving.targets import Slot
from cpq.solving.totals import Truth, value_of

Ranges = tuple[tuple[Decimal, Decimal], ...]

MOST_DOMAINS: Final = 100_000
"""Domains that are remembered; beyond, they are forgotten and built anew."""

_ORIGINS: Final = (Origin.USER, Origin.FORCED, Origin.DEFAULT, Origin.PROPOSED)
_CODES: Final = 64


@dataclass(slots=True)
class Findings:
    """What was found out about a request, from which its domains are built.

    Attributes:
        left: beside all choices.
        true: the literals of the proposed configuration.
        possible: the literals that may hold beside the choices of other targets, for slots that
            share their variable with a choice.
        ranges: of numbers in binary, by slot.
        followed: what follows from the proposed configuration.
        decided: the calculated slots that no open choice can change.
        reasons: of excluded values, by slot and value.
        forced: why a value is forced, by slot.
    """

    left: Left
    true: Truth
    assumed: Sequence[Assumed]
    known: Known
    possible: dict[int, set[int]] = field(default_factory=dict)
    ranges: dict[int, Ranges] = field(default_factory=dict)
    followed: Followed = field(default_factory=Followed)
    decided: frozenset[int] = frozenset()
    reasons: dict[tuple[int, Value], Reason | None] = field(default_factory=dict)
    forced: dict[int, Reason | None] = field(default_factory=dict)


class Display:
    """Builds the domains of one model."""

    def __init__(self, encoding: Encoding, slots: Sequence[Slot]) -> None:
        self._slots = slots
        simple = [slot for slot in slots if isinstance(slot.target, Selected)]
        self._others = [slot for slot in slots if not isinstance(slot.target, Selected)]
        self._simple = simple
        self._places = np.array([slot.index for slot in simple], dtype=np.int64)
        self._row = {slot.index: row for row, slot in enumerate(simple)}
        self._variables = np.array([_variable(slot) for slot in simple], dtype=np.int64)
        defaults = [slot.part.node.default if slot.part else None for slot in simple]
        self._defaults = np.array(
            [-1 if default is None else int(default > 0) for default in defaults], dtype=np.int8
        )
        self._templates = np.full((len(simple), _CODES), None, dtype=object)
        self._built: dict[tuple[object, ...], Domain] = {}
        self._spoken = [
            (literal, _mentioned(preference.condition, slots))
            for preference, literal in zip(
                encoding.model.preferences, encoding.preferences, strict=True
            )
        ]

    @property
    def size_bytes(self) -> int:
        """About how much memory the remembered domains hold."""
        return self._templates.nbytes + 600 * len(self._built)

    def domains(self, found: Findings) -> tuple[Domain, ...]:
        """The domain of each slot, in order."""
        hidden = found.followed.hidden
        preferred = {
            index for literal, spoken in self._spoken if literal in found.true for index in spoken
        }
        built = np.full(len(self._slots), None, dtype=object)
        built[self._places] = self._selections(found, hidden, preferred)
        users = {one.choice.target: one for one in found.assumed}
        explained = {index for index, _ in found.reasons} | set(found.forced)
        for slot in self._others:
            built[slot.index] = self._other(slot, found, hidden, preferred, users)
        for index in explained:
            built[index] = _with_reasons(built[index], index, found)
        return tuple(built.tolist())

    def _selections(
        self, found: Findings, hidden: frozenset[int], preferred: Set[int]
    ) -> NDArray[np.object_]:
        """The domains of whether nodes are selected, all at once: the bulk of a large model."""
        variables = self._variables
        true, false = found.left.true[variables], found.left.false[variables]
        value = found.true.flags[variables]
        by_default = value == self._defaults
        for index in preferred:
            if index in self._row:
                by_default[self._row[index]] = True
        origin = np.where(true & false, np.where(by_default, 2, 3), 1)
        for one in found.assumed:
            row = self._row.get(one.slot.shared)
            if row is None:
                continue
            origin[row] = 0
            possible = found.possible[one.slot.shared]
            variable = int(variables[row])
            true[row], false[row] = variable in possible, -variable in possible
        codes = true + 2 * false + 4 * value + 8 * origin + 32
        for index in hidden:
            if index in self._row:
                codes[self._row[index]] -= 32
        rows = np.arange(len(codes))
        domains: NDArray[np.object_] = self._templates[rows, codes]
        for row in np.flatnonzero(domains == None).tolist():  # noqa: E711
            code = int(codes[row])
            built = Domain(
                self._simple[row].target,
                bool(code & 4),
                _ORIGINS[code >> 3 & 3],
                (ValueState(False, bool(code & 2)), ValueState(True, bool(code & 1))),
                visible=bool(code & 32),
            )
            domains[row] = self._templates[row, code] = built
        return domains

    def _other(
        self,
        slot: Slot,
        found: Findings,
        hidden: frozenset[int],
        preferred: Set[int],
        users: Mapping[Target, Assumed],
    ) -> Domain:
        visible = slot.index not in hidden
        user = users.get(slot.target)
        value: Value | None = None
        origin: Origin | None = None
        if slot.question is not None:
            value, origin = (user.choice.value, Origin.USER) if user else (None, None)
        elif slot.calculated:
            value = (found.followed.values or {}).get(slot.index)
            if value is not None:
                origin = Origin.FORCED if slot.index in found.decided else Origin.PROPOSED
        elif slot.domain is None:
            value, origin = self._text(slot, found, user)
        else:
            value = value_of(slot.domain, found.true) if slot.owner in found.true else None
            if value is not None:
                origin = self._origin(slot, value, found, preferred, users)
        possible: tuple[bool, ...] = ()
        if isinstance(slot.domain, Few):
            beside = found.possible.get(slot.shared)
            may = found.left.may if beside is None else beside.__contains__
            possible = tuple(map(may, slot.domain.literals))
        ranges = found.ranges.get(slot.index, ())
        key = (slot.index, value, origin, possible, ranges, visible)
        known = self._built.get(key)
        if known is None:
            if len(self._built) >= MOST_DOMAINS:
                self._built.clear()
            states: tuple[ValueState, ...] = ()
            if isinstance(slot.domain, Few):
                states = tuple(map(ValueState, slot.domain.values, possible))
            known = Domain(slot.target, value, origin, states, ranges, visible=visible)
            self._built[key] = known
        return known

    def _text(
        self, slot: Slot, found: Findings, user: Assumed | None
    ) -> tuple[Value | None, Origin | None]:
        """A text has what was chosen, else its default, where its node is selected."""
        if slot.owner not in found.true or slot.attribute is None:
            return None, None
        if user is not None:
            return user.choice.value, Origin.USER
        if slot.attribute.default is not None:
            return slot.attribute.default, Origin.DEFAULT
        return None, None

    def _origin(
        self,
        slot: Slot,
        value: Value,
        found: Findings,
        preferred: Set[int],
        users: Mapping[Target, Assumed],
    ) -> Origin:
        if slot.target in users:
            return Origin.USER
        if isinstance(slot.target, Quantity):
            selection = users.get(Selected(slot.target.node))
            if selection is not None and selection.choice.value is False:
                return Origin.USER
        if is_forced(slot, found):
            return Origin.FORCED
        if slot.index in preferred or value == _default(slot):
            return Origin.DEFAULT
        return Origin.PROPOSED


def is_forced(slot: Slot, found: Findings) -> bool:
    """Whether the choices leave one value only, and the node to have it."""
    if found.left.may(-slot.owner):
        return False
    if isinstance(slot.domain, Few):
        return sum(map(found.left.may, slot.domain.literals)) == 1
    ranges = found.ranges.get(slot.index, ())
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _with_reasons(domain: Domain, index: int, found: Findings) -> Domain:
    values = tuple(
        ValueState(one.value, one.possible, found.reasons.get((index, one.value)))
        for one in domain.values
    )
    return Domain(
        domain.target,
        domain.value,
        domain.origin,
        values,
        domain.ranges,
        found.forced.get(index),
        domain.visible,
    )


def _variable(slot: Slot) -> int:
    assert isinstance(slot.domain, Few)
    return slot.domain.literals[1]


def _mentioned(condition: Expression, slots: Iterable[Slot]) -> frozenset[int]:
    spoken = {
        part for part in walk(condition) if isinstance(part, Selected | Quantity | AttributeOf)
    }
    return frozenset(slot.index for slot in slots if slot.target in spoken)


def _default(slot: Slot) -> Value | None:
    if slot.attribute is not None:
        return slot.attribute.default
    default = slot.part.node.default if slot.part is not None else None
    return None if default is None else Decimal(default)
