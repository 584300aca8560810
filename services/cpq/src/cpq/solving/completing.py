"""The best configuration by the circuit, where a goal is a sum over single literals.

That is so unless an amount is multiplied by more than its own node's quantity. The circuit then
finds in milliseconds what an integer program proves in seconds; `solving.optimal` answers for
everything else, and orders configurations the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import numpy as np

from cpq.configuration.answers import Completion, Goal
from cpq.configuration.evaluation import EXACT
from cpq.solving.compiled import Circuit
from cpq.solving.compiled.costing import Costs
from cpq.solving.encoding import TRUE, Encoding, Few, Many
from cpq.solving.totals import Amounting, Priced, Truth, completed
from cpq.solving.variables import Part

Weights = dict[int, int]
"""By literal."""


class Completer:
    """Finds best configurations by one circuit, at one moment of supply."""

    def __init__(self, circuit: Circuit, encoding: Encoding, amounting: Amounting) -> None:
        self._circuit = circuit
        self._encoding = encoding
        self._amounting = amounting
        self._parts = list(encoding.variables.parts.values())
        self._priced = amounting.priced
        self._excluded = [-one.literal for one in encoding.exclusions]
        self._costs: dict[Goal, Costs | None] = {}

    @property
    def size_bytes(self) -> int:
        """About how much memory the goals hold that were asked for."""
        return sum(one.size_bytes for one in self._costs.values() if one is not None)

    def best(self, given: Sequence[int], goal: Goal) -> Completion | None:
        """The best configuration with what is given.

        None where the circuit cannot tell: the goal is no sum of single literals, nothing has what
        is given, or all that has it has amounts that are not known.
        """
        if goal not in self._costs:
            self._costs[goal] = self._laid_out(goal)
        costs = self._costs[goal]
        if costs is None:
            return None
        assumed = [*given, *self._excluded, *(-literal for literal in self._unknown(goal))]
        if not self._circuit.consistent(assumed):
            return None
        if goal is Goal.EARLIEST_DELIVERY:
            assumed += self._soonest(assumed)
        found = self._circuit.cheapest(costs, assumed)
        assert found is not None
        _, flags = found
        true = Truth(np.flatnonzero(flags).tolist(), self._encoding.total)
        values = completed(self._encoding.variables, true)
        return Completion(values, self._amounting.totals(true))

    def _soonest(self, given: Sequence[int]) -> list[int]:
        """The literals that delay a delivery more than needed, excluded."""
        delays = [(one.days, one.literal) for one in self._priced if one.days]
        levels = [0, *sorted({days for days, _ in delays})]
        low, high = 0, len(levels) - 1
        while low < high:
            middle = (low + high) // 2
            if self._circuit.consistent([*given, *_beyond(delays, levels[middle])]):
                high = middle
            else:
                low = middle + 1
        return _beyond(delays, levels[low])

    def _unknown(self, goal: Goal) -> Iterator[int]:
        """What has an amount that the goal asks and nobody knows."""
        for one in self._priced:
            if None in _asked(one, goal):
                yield one.literal

    def _laid_out(self, goal: Goal) -> Costs | None:
        asked = [] if goal is Goal.EARLIEST_DELIVERY else list(self._amounts(goal))
        if any(weights is None for weights in asked):
            return None
        places = max(
            (-_exponent(amount) for found in asked for _, amount in found or ()), default=0
        )
        amounts = _added(
            (literal, int(amount.scaleb(places, EXACT)))
            for found in asked
            for literal, amount in found or ()
        )
        parts = _added((part.selected, 1) for part in self._parts)
        order = _added((part.selected, at) for at, part in enumerate(self._parts))
        firsts = _added(pair for part in self._parts for pair in _firsts(part))
        return self._circuit.costs(_in_turn(amounts, parts, order, firsts))

    def _amounts(self, goal: Goal) -> Iterator[list[tuple[int, Decimal]] | None]:
        """What each literal adds to what is minimised; None where it takes more than literals."""
        own = {part.selected: part.quantity for part in self._parts}
        for one in self._priced:
            amount = Decimal(0)
            for known in _asked(one, goal):
                # What is not known is not selected.
                amount = amount if known is None else EXACT.add(amount, known)
            if not amount:
                continue
            if not one.counted:
                yield [(one.literal, amount)]
                continue
            quantity = own.get(one.literal)
            if quantity is None or one.counted != (quantity,):
                yield None
            else:
                yield _multiplied(quantity, amount)


def _asked(one: Priced, goal: Goal) -> tuple[Decimal | None, ...]:
    """The amounts of something that the goal asks, with the sign that makes less of them better."""
    match goal:
        case Goal.LOWEST_PRICE:
            return (one.price,)
        case Goal.HIGHEST_PRICE:
            return (_negative(one.price),)
        case Goal.HIGHEST_MARGIN:
            return _negative(one.price), one.cost
        case Goal.EARLIEST_DELIVERY:
            return (None if one.days is None else Decimal(one.days),)


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else EXACT.minus(amount)


def _beyond(delays: Iterable[tuple[int | None, int]], days: int) -> list[int]:
    return [-literal for delay, literal in delays if delay is not None and delay > days]


def _multiplied(quantity: Few | Many, amount: Decimal) -> list[tuple[int, Decimal]]:
    """A node's amount for each of its units."""
    if isinstance(quantity, Few):
        pairs = zip(quantity.literals, quantity.values, strict=True)
        return [
            (literal, EXACT.multiply(amount, value))
            for literal, value in pairs
            if isinstance(value, Decimal) and value
        ]
    bits = [
        (bit, EXACT.multiply(amount, quantity.step * (1 << at)))
        for at, bit in enumerate(quantity.bits)
    ]
    return [(quantity.owner, EXACT.multiply(amount, quantity.first)), *bits]


def _firsts(part: Part) -> Iterator[tuple[int, int]]:
    """How far values are from the first ones, a literal's share each."""
    for domain in part.attributes.values():
        if isinstance(domain, Few):
            yield from ((literal, at) for at, literal in enumerate(domain.literals))
        else:
            yield from ((bit, 1 << at) for at, bit in enumerate(domain.bits))
    if part.quantity is None:
        yield part.selected, 1
    else:
        yield from ((one, int(much)) for one, much in _multiplied(part.quantity, Decimal(1)))


def _added(pairs: Iterable[tuple[int, int]]) -> Weights:
    found: Weights = {}
    for literal, weight in pairs:
        found[literal] = found.get(literal, 0) + weight
    return found


def _in_turn(*wishes: Weights) -> Weights:
    """One sum of all, in which what comes later only matters where what comes before is equal."""
    together: Weights = {}
    for wish in wishes:
        stride = 1 + sum(map(abs, wish.values()))
        together = {literal: weight * stride for literal, weight in together.items()}
        for literal, weight in wish.items():
            together[literal] = together.get(literal, 0) + weight
    together.pop(TRUE, None)
    return {literal: weight for literal, weight in together.items() if weight}


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return min(exponent, 0)
