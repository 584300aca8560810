"""Price, cost and delivery of a configuration as numbers of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from cpq.configuration.evaluation import EXACT
from cpq.configuration.expressions import Measure
from cpq.configuration.model import Amounts, Supply
from cpq.solving.optimal.program import Literal, Number
from cpq.solving.optimal.tree import Part, Tree


class Measures:
    """Sums over what is selected. An amount that is not known counts as nothing here."""

    def __init__(self, tree: Tree, supply: Supply) -> None:
        self._tree = tree
        self._supply = supply
        self._known: dict[Measure, Number] = {}
        self._units: dict[str, Number] = {}

    def __call__(self, measure: Measure) -> Number:
        """The measure, for rules as for goals. Raises `ModelIsTooLarge`."""
        if measure not in self._known:
            place, self._tree.program.place = self._tree.program.place, f"@{measure}"
            self._known[measure] = (
                self._days() if measure is Measure.DELIVERY_DAYS else self._sum(measure)
            )
            self._tree.program.place = place
        return self._known[measure]

    def unknown(self, measure: Measure) -> Literal:
        """True exactly when an amount that is not known counts."""
        missing = [
            literal
            for part in self._tree.parts.values()
            for literal, item, _ in self._counted(part)
            if item is not None and _amount(self._of(item), measure) is None
        ]
        return self._tree.program.either(missing)

    def _sum(self, measure: Measure) -> Number:
        program = self._tree.program
        numbers: list[Number] = []
        for part in self._tree.parts.values():
            for literal, item, own in self._counted(part):
                amount = _amount(own, measure) or Decimal(0)
                if item is not None:
                    amount = EXACT.add(amount, _amount(self._of(item), measure) or Decimal(0))
                if amount:
                    units = self.units(part)
                    if literal.index != part.selected.index:
                        units = program.where(literal, units)
                    numbers.append(program.times(units, amount))
        return program.add(numbers)

    def _days(self) -> Number:
        """The longest of the days: each step up to them counts once one reaches it."""
        program = self._tree.program
        days: dict[int, list[Literal]] = {}
        for part in self._tree.parts.values():
            for literal, item, _ in self._counted(part):
                if item is not None and (least := self._of(item).delivery_days):
                    days.setdefault(least, []).append(literal)
        reached, steps = program.false, []
        levels = sorted(days)
        for below, level in reversed(list(zip([0, *levels], levels, strict=False))):
            reached = program.either((reached, *days[level]))
            steps.append((reached, level - below))
        return program.of_literals(steps)

    def _counted(self, part: Part) -> Iterator[tuple[Literal, str | None, Amounts]]:
        """The node and its options: when each counts, its item, and the model's own amounts."""
        node = part.node
        yield part.selected, node.item, Amounts(node.price, node.cost)
        for attribute in node.attributes:
            codes = part.attributes.get(attribute.code)
            if isinstance(codes, Mapping):
                for option in attribute.options:
                    own = Amounts(option.price, option.cost)
                    yield codes[option.code], option.item, own

    def units(self, part: Part) -> Number:
        """How many of a node belong to one unit of the root; 0 where it is not selected."""
        program = self._tree.program
        chain: list[Part] = []
        one: Part | None = part
        while one is not None and one.node.key not in self._units:
            chain.append(one)
            one = one.parent
        for one in reversed(chain):
            if one.parent is None:
                found = program.constant(Decimal(1))
            elif self._units[one.parent.node.key].high == 1:
                # The parent counts once if at all, and its children only with it.
                found = one.quantity
            elif one.node.maximum == 1:
                found = program.where(one.selected, self._units[one.parent.node.key])
            else:
                found = program.product(self._units[one.parent.node.key], one.quantity)
            self._units[one.node.key] = found
        return self._units[part.node.key]

    def _of(self, item: str) -> Amounts:
        return self._supply.amounts.get(item, Amounts())


def _amount(amounts: Amounts, measure: Measure) -> Decimal | None:
    """One of the amounts; days as a number."""
    match measure:
        case Measure.PRICE:
            return amounts.price
        case Measure.COST:
            return amounts.cost
        case Measure.DELIVERY_DAYS:
            return None if amounts.delivery_days is None else Decimal(amounts.delivery_days)
