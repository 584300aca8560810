"""What a configuration says, what it costs and when it can be delivered, added up exactly."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from cpq.configuration.answers import Totals
from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.model import Amounts, Node, Option, Supply, Target
from cpq.solving.encoding import Few, Many
from cpq.solving.satisfying import Flags
from cpq.solving.variables import Part, Variables

_NOTHING: Final = Decimal(0)

_LARGEST: Final = 2**62
"""Sums below are added up in the processor's own numbers."""


class Truth:
    """A configuration: which variables are true in it.

    A literal is in it when it is true. Variables of which nothing is said count as false.
    """

    __slots__ = ("_bytes", "flags")

    def __init__(self, literals: Iterable[int], variables: int) -> None:
        true = np.fromiter(literals, dtype=np.int64)
        self.flags = np.zeros(variables + 1, dtype=np.bool_)
        self.flags[true[true > 0]] = True
        self._bytes = self.flags.tobytes()

    def __contains__(self, literal: object) -> bool:
        assert isinstance(literal, int)
        return bool(self._bytes[literal]) if literal > 0 else not self._bytes[-literal]


@dataclass(frozen=True, slots=True)
class Priced:
    """Something that counts while its literal is true; None: an amount that is not known."""

    literal: int
    price: Decimal | None
    cost: Decimal | None
    days: int | None
    counted: tuple[Few | Many, ...]
    """Quantities that multiply it, of its node and those above."""


class _Column:
    """Amounts of many things, in whole units of their last decimal place."""

    def __init__(self, amounts: Sequence[Decimal | None]) -> None:
        known = [_NOTHING if amount is None else amount for amount in amounts]
        self._places = max((-int(one.as_tuple().exponent) for one in known), default=0)
        whole = [int(EXACT.scaleb(one, self._places)) for one in known]
        small = sum(map(abs, whole)) < _LARGEST
        self._whole = np.array(whole, dtype=np.int64 if small else object)
        self._unknown = np.array([amount is None for amount in amounts], dtype=np.bool_)

    def total(self, counted: Flags) -> Decimal | None:
        """The sum of those that count; None when one of them is not known."""
        if (self._unknown & counted).any():
            return None
        whole = Decimal(int(self._whole[counted].sum()))
        return EXACT.scaleb(whole, -self._places)


class Amounting:
    """Adds up the amounts of one model at one moment of supply."""

    def __init__(self, variables: Variables, supply: Supply) -> None:
        found: list[Priced] = []
        counted: dict[int, tuple[Few | Many, ...]] = {}
        for part in variables.parts.values():
            above = counted[part.parent.index] if part.parent is not None else ()
            if part.parent is not None and part.quantity is not None:
                above = (*above, part.quantity)
            counted[part.index] = above
            found.extend(_priced(part, above, supply))
        self.priced: Sequence[Priced] = found
        single = [one for one in found if not one.counted]
        self._several = [one for one in found if one.counted]
        self._variables = np.array([abs(one.literal) for one in single], dtype=np.int64)
        self._positive = np.array([one.literal > 0 for one in single], dtype=np.bool_)
        self._price = _Column([one.price for one in single])
        self._cost = _Column([one.cost for one in single])
        self._days = np.array([one.days or 0 for one in single], dtype=np.int64)
        self._undated = np.array([one.days is None for one in single], dtype=np.bool_)

    def totals(self, true: Truth) -> Totals:
        """The totals of a configuration."""
        counted = true.flags[self._variables] == self._positive
        price, cost = self._price.total(counted), self._cost.total(counted)
        days: int | None = int(self._days[counted].max(initial=0))
        if (self._undated & counted).any():
            days = None
        for one in self._several:
            if one.literal not in true:
                continue
            units = 1
            for quantity in one.counted:
                units *= int(value_of(quantity, true) or 0)
            price = _plus(price, one.price, units)
            cost = _plus(cost, one.cost, units)
            days = None if days is None or one.days is None else max(days, one.days)
        return Totals(price, cost, days)


def _priced(part: Part, counted: tuple[Few | Many, ...], supply: Supply) -> Iterator[Priced]:
    found: list[tuple[int, Node | Option]] = [(part.selected, part.node)]
    for attribute in part.node.attributes:
        domain = part.attributes.get(attribute.code)
        if attribute.options and isinstance(domain, Few):
            found.extend(zip(domain.literals, attribute.options, strict=True))
    for literal, one in found:
        if one.item is None and not one.price and not one.cost:
            continue
        # What the model itself does not say is nothing, and delays nothing.
        item = Amounts(_NOTHING, _NOTHING, 0)
        if one.item is not None:
            item = supply.amounts.get(one.item, Amounts())
        yield Priced(
            literal,
            None if item.price is None else item.price + (one.price or _NOTHING),
            None if item.cost is None else item.cost + (one.cost or _NOTHING),
            item.delivery_days,
            counted,
        )


class Values(Mapping[Quantity | AttributeOf, Value]):
    """The configuration in which some literals are true, as `cpq.configuration.evaluation` has it.

    Values are worked out when they are asked for.
    """

    def __init__(self, variables: Variables, true: Container[int]) -> None:
        self._parts = variables.parts
        self._true = true

    def __getitem__(self, target: Quantity | AttributeOf) -> Value:
        part = self._parts.get(target.node)
        if part is None or part.selected not in self._true:
            raise KeyError(target)
        if isinstance(target, AttributeOf):
            found = value_of(part.attributes[target.attribute], self._true)
        elif part.quantity is None:
            found = Decimal(1)
        else:
            found = value_of(part.quantity, self._true)
        assert found is not None
        return found

    def __iter__(self) -> Iterator[Quantity | AttributeOf]:
        for key, part in self._parts.items():
            if part.selected in self._true:
                yield Quantity(key)
                yield from (AttributeOf(key, code) for code in part.attributes)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def completed(variables: Variables, true: Container[int]) -> tuple[tuple[Target, Value], ...]:
    """Every node and attribute of the configuration in which these literals are true.

    A node with a quantity is told by it, another one by whether it is selected; what belongs to a
    node that is not selected is left out.
    """
    found: list[tuple[Target, Value]] = []
    for key, part in variables.parts.items():
        selected = part.selected in true
        if part.quantity is None:
            found.append((Selected(key), selected))
        else:
            found.append((Quantity(key), value_of(part.quantity, true) or _NOTHING))
        if selected:
            for code, domain in part.attributes.items():
                value = value_of(domain, true)
                assert value is not None
                found.append((AttributeOf(key, code), value))
    return tuple(found)


def value_of(domain: Few | Many, true: Container[int]) -> Value | None:
    """The value of a domain where these literals are true; None where it has none."""
    if isinstance(domain, Few):
        for value, literal in zip(domain.values, domain.literals, strict=True):
            if literal in true:
                return value
        return None
    if domain.owner not in true:
        return None
    return domain.value(sum(1 << at for at, bit in enumerate(domain.bits) if bit in true))


def _plus(total: Decimal | None, amount: Decimal | None, units: int) -> Decimal | None:
    if total is None or amount is None:
        return None
    if units == 1:
        return EXACT.add(total, amount)
    return EXACT.add(total, EXACT.multiply(amount, Decimal(units)))
