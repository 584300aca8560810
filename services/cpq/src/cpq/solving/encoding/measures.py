"""Price, cost and delivery of the whole configuration as numbers that rules may ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from cpq.configuration.expressions import Measure
from cpq.configuration.model import AttributeType, Node, Option, Supply
from cpq.solving.encoding.gates import TRUE
from cpq.solving.encoding.linear import Linear, add, constant, weighted
from cpq.solving.variables import Few, Part, Variables

_NOTHING = Decimal(0)


@dataclass(slots=True)
class _Sub:
    """What a node adds to its parent; 0 where it is not selected."""

    part: Part
    amount: Linear


class Measures:
    """Encodes each measure when a rule asks for it first.

    Of members that exclude each other at most one amount counts, which needs no adders: price
    limits are found much faster so. But the sums are then right only while the groups' own limits
    hold, so an encoding that explains without them is made with `exclusive` false.
    """

    def __init__(self, variables: Variables, supply: Supply, *, exclusive: bool) -> None:
        self.variables = variables
        self.supply = supply
        self.exclusive = exclusive
        self.relied = False
        """Whether a sum relies on a group's limit."""
        self._known: dict[Measure, Linear] = {}

    def __call__(self, measure: Measure) -> Linear:
        known = self._known.get(measure)
        if known is None:
            if measure is Measure.DELIVERY_DAYS:
                known = self._longest()
            else:
                known = self._total(lambda one: self._amount(one, measure))
            self._known[measure] = known
        return known

    def _amount(self, one: Node | Option, measure: Measure) -> Decimal:
        """Price or cost of one unit; what is not known counts as nothing."""
        known = self.supply.amounts.get(one.item) if one.item is not None else None
        if measure is Measure.PRICE:
            own, item = one.price, known.price if known else None
        else:
            own, item = one.cost, known.cost if known else None
        return (own or _NOTHING) + (item or _NOTHING)

    def _total(self, amount: Callable[[Node | Option], Decimal]) -> Linear:
        """The sum over one unit of the root: children first."""
        below: dict[int, Linear] = {}
        for part in reversed(self.variables.parts.values()):
            terms = [self._own(part, amount)]
            for group in part.node.groups:
                members = [
                    _Sub(member, below.pop(member.index))
                    for member in part.children.get(group.key, ())
                ]
                priced = [one for one in members if one.amount.low or one.amount.high]
                if self.exclusive and group.maximum == 1 and len(priced) > 1:
                    self.relied = True
                    terms.append(self._one_of(priced))
                else:
                    terms.extend(one.amount for one in priced)
            total = add(terms)
            if part.quantity is not None and part.parent is not None and (total.low or total.high):
                units = self.variables.number(part.quantity)
                total = self.variables.arithmetic.product(units, total)
            below[part.index] = total
        return below[0]

    def _own(self, part: Part, amount: Callable[[Node | Option], Decimal]) -> Linear:
        """The node's own amount and its options', 0 where it is not selected."""
        terms: list[Linear] = []
        own = constant(amount(part.node))
        if own.constant:
            terms.append(weighted([(part.selected, own.constant)], places=own.places))
        for attribute in part.node.attributes:
            if attribute.type is not AttributeType.ENUMERATION:
                continue
            domain = part.attributes[attribute.code]
            assert isinstance(domain, Few)
            amounts = [constant(amount(option)) for option in attribute.options]
            places = max(one.places for one in amounts)
            pairs = [
                (literal, one.at(places).constant)
                for literal, one in zip(domain.literals, amounts, strict=True)
                if one.constant
            ]
            if pairs:
                terms.append(self.variables.arithmetic.selected(pairs, places))
        return add(terms)

    def _one_of(self, members: Sequence[_Sub]) -> Linear:
        """The amount of the one member that is selected: bit by bit, one of theirs."""
        arithmetic, gates = self.variables.arithmetic, self.variables.gates
        places = max(one.amount.places for one in members)
        amounts = [one.amount.at(places) for one in members]
        low, high = min(0, *(one.low for one in amounts)), max(0, *(one.high for one in amounts))
        # Raised by the lowest amount while selected, no bit is true while it is not.
        raised = [
            add([amount, weighted([(one.part.selected, -low)], places=places)])
            for one, amount in zip(members, amounts, strict=True)
        ]
        unit = gcd(*(weight for one in raised for weight in one.terms.values())) or 1
        columns: list[list[int]] = [[] for _ in range(((high - low) // unit).bit_length())]
        for one in raised:
            number = Linear(one.terms, one.constant, 0, high - low, places)
            for column, bit in zip(columns, arithmetic.bits(number, unit), strict=True):
                column.append(bit)
        pairs = [(gates.either(column), unit << at) for at, column in enumerate(columns)]
        if low:
            pairs.append((gates.either([one.part.selected for one in members]), low))
        return weighted(pairs, places=places).bounded(low, high)

    def _longest(self) -> Linear:
        """The longest delivery of anything selected: a literal for each number of days."""
        days: dict[int, list[int]] = {}
        for part in self.variables.parts.values():
            pairs: list[tuple[int, Node | Option]] = [(part.selected, part.node)]
            for attribute in part.node.attributes:
                domain = part.attributes.get(attribute.code)
                if attribute.type is AttributeType.ENUMERATION and isinstance(domain, Few):
                    pairs.extend(zip(domain.literals, attribute.options, strict=True))
            for literal, one in pairs:
                known = self.supply.amounts.get(one.item) if one.item is not None else None
                if known is not None and known.delivery_days:
                    days.setdefault(known.delivery_days, []).append(literal)
        levels = sorted(days)
        reached = -TRUE
        pairs_of: list[tuple[int, int]] = []
        for at in range(len(levels) - 1, -1, -1):
            reached = self.variables.gates.either([reached, *days[levels[at]]])
            pairs_of.append((reached, levels[at] - (levels[at - 1] if at else 0)))
        longest = weighted(pairs_of)
        return longest.bounded(0, levels[-1]) if levels else longest
