"""The attributes of all instances of a model, and what is made beside them while it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from cpq.configuration.expressions import AttributeOf, Expression, FactOf, Quantity, Value
from cpq.configuration.language import DEEPEST
from cpq.configuration.model import Attribute, AttributeType, Rule
from cpq.readers import fitting
from cpq.readers.cml.attributes import Declarations
from cpq.readers.cml.facts import Facts
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.numbers import Auxiliary, Range, Ranges
from cpq.readers.cml.settling import about, settled
from cpq.readers.cml.slots import Slot
from cpq.readers.cml.values import FALSE, Inexpressible, depth, implied, references, selected

DEEPEST_RANGE = 40


class Works(Protocol):
    """Works out the expression of a calculated variable. Raises `Inexpressible`."""

    def __call__(self, slot: Slot) -> Expression: ...


class Book:
    """Slots of variables, hidden attributes, facts; `name` and `line` are of what is being read."""

    def __init__(
        self, hierarchy: Hierarchy, root: Instance, compared: dict[str, list[str]]
    ) -> None:
        self.hierarchy = hierarchy
        self.declarations = Declarations(hierarchy, compared)
        self.facts = Facts(hierarchy, compared)
        self.name = ""
        self.line = 0
        self.instances: dict[str, Instance] = {}
        self._slots: dict[tuple[int, str], Slot] = {}
        self._hidden: dict[str, list[Attribute]] = {}
        self._hidden_ranges: dict[AttributeOf, Range] = {}
        self._made: Counter[tuple[str, str]] = Counter()
        self._bound: dict[AttributeOf, Rule] = {}
        self._expressions: dict[AttributeOf, Expression] = {}
        self._ranges: dict[AttributeOf, Range] = {}
        self._asked: list[AttributeOf] = []
        self.works_out: Works | None = None
        for asset in (
            asset for one in root.walk() for port in one.ports.values() for asset in port.assets
        ):
            self.facts.asset(asset)
        for instance in root.walk():
            if instance.inside is None:
                self.instances[instance.key] = instance
            for variable in instance.variables.values():
                self._slots[id(instance), variable.name] = self.declarations.slot(
                    instance, variable
                )
        self._by_target = {one.target: one for one in self._slots.values()}
        self.ranges = Ranges(self._quantity, self._range, self.facts.range)

    def slots(self) -> list[Slot]:
        """All slots, in the file's order."""
        return list(self._slots.values())

    def slot(self, instance: Instance, name: str) -> Slot | None:
        """The slot of a variable; None where the instance has none of that name."""
        return self._slots.get((id(instance), name))

    def begin(self, name: str, line: int) -> None:
        """Begins to read a rule."""
        self.name, self.line = name, line

    # ---- calculated attributes

    def calculate(self) -> None:
        """Works out all calculated attributes; those that cannot be are findings and left out."""
        for slot in self.slots():
            if slot.calculated is None or slot.attribute is None or slot.failure:
                continue
            try:
                self.expression(slot)
            except Inexpressible as stop:
                self.fail(slot, stop.construct, stop.because)
        self._cut_circles()
        self._cut_dependents()
        for slot in self.slots():
            if slot.attribute is not None and slot.target in self._expressions:
                slot.attribute = replace(slot.attribute, expression=self._expressions[slot.target])

    def expression(self, slot: Slot) -> Expression:
        """What a calculated attribute equals."""
        if slot.target not in self._expressions:
            assert self.works_out is not None
            outer = self.name, self.line
            self.begin(slot.variable.name, slot.variable.line)
            try:
                self._expressions[slot.target] = self.works_out(slot)
            finally:
                self.begin(*outer)
        return self._expressions[slot.target]

    def settled(self, expression: Expression, instance: Instance) -> Expression:
        """An expression about an instance, worked out for the case that it is selected."""
        node = instance.node
        return settled(expression, node.key, node.maximum, self._own)

    def _own(self, target: AttributeOf) -> Expression | None:
        """What an attribute equals, when that is about its own node alone."""
        slot = self._by_target.get(target)
        if slot is None or slot.calculated is None or slot.failure or target in self._asked:
            return None
        if len(self._asked) >= DEEPEST_RANGE:
            return None
        self._asked.append(target)
        try:
            found = self.settled(self.expression(slot), slot.instance)
        except Inexpressible:
            return None
        finally:
            self._asked.pop()
        return found if about(found, target.node) else None

    def is_calculated(self, target: Expression) -> bool:
        """Whether an expression is an attribute that nobody chooses."""
        if not isinstance(target, AttributeOf):
            return False
        slot = self._by_target.get(target)
        return (
            slot is None
            or slot.calculated is not None
            or (slot.attribute is not None and slot.attribute.expression is not None)
        )

    def may_be(self, target: Expression | None, value: Value) -> bool:
        """Whether a chosen number or quantity can have the value; anything else can."""
        if not isinstance(value, Decimal):
            return True
        if isinstance(target, Quantity):
            node = self.instances[target.node]
            return value == 0 or (node.minimum <= value <= node.maximum and value % 1 == 0)
        slot = self._by_target.get(target) if isinstance(target, AttributeOf) else None
        if slot is None or slot.attribute is None or slot.attribute.minimum is None:
            return True
        low, high, step = slot.attribute.minimum, slot.attribute.maximum, slot.attribute.step
        assert high is not None
        return low <= value <= high and (value - low) % step == 0

    def fail(self, slot: Slot, construct: str, because: str) -> None:
        """Leaves a variable out, with a finding."""
        slot.failure = because
        self._expressions.pop(slot.target, None)
        self.hierarchy.findings.lost(
            construct, self.hierarchy.source.place(slot.variable.line), because
        )

    def failed(self, expression: Expression) -> str | None:
        """The name of a variable that is not in the model but in the expression."""
        for target in self.uses(expression):
            slot = self._by_target.get(target)
            if slot is not None and slot.failure:
                return slot.variable.name
        return None

    def _cut_circles(self) -> None:
        """Every calculated attribute that depends on itself, or too deeply on others, fails."""
        needs = {
            target: {one for one in self.uses(expression) if one in self._expressions}
            for target, expression in self._expressions.items()
        }
        free = [target for target, needed in needs.items() if not needed]
        users: dict[AttributeOf, list[AttributeOf]] = {}
        for target, needed in needs.items():
            for one in needed:
                users.setdefault(one, []).append(target)
        ready = []
        while free:
            done = free.pop()
            ready.append(done)
            for user in users.get(done, ()):
                needs[user].discard(done)
                if not needs[user]:
                    free.append(user)
            del needs[done]
        depths: dict[AttributeOf, int] = {}
        for target in ready:
            depths[target] = depth(self._expressions[target], lambda one: depths.get(one, 0))
            if depths[target] >= DEEPEST:
                slot = self._by_target[target]
                name = slot.variable.name
                self.fail(slot, name, f"{name} is calculated by more than {DEEPEST} steps.")
        for target in needs:
            slot = self._by_target[target]
            name = slot.variable.name
            self.fail(slot, name, f"{name} depends on itself, or on what does.")

    def _cut_dependents(self) -> None:
        """What is calculated from a failed variable fails too."""
        users: dict[AttributeOf, list[AttributeOf]] = {}
        for target, expression in self._expressions.items():
            for one in self.uses(expression):
                users.setdefault(one, []).append(target)
        waiting = [slot for slot in self._slots.values() if slot.failure]
        while waiting:
            missing = waiting.pop()
            for target in users.get(missing.target, ()):
                slot = self._by_target[target]
                if not slot.failure:
                    name = slot.variable.name
                    because = f"{name} needs {missing.variable.name}, which is not in the model."
                    self.fail(slot, name, because)
                    waiting.append(slot)

    # ---- what is made beside them

    def auxiliary(self, instance: Instance) -> Auxiliary:
        """Makes hidden whole numbers of the instance's node, kept to one value by a rule."""

        def make(
            stem: str, low: Decimal, high: Decimal, holds: Callable[[Expression], Expression]
        ) -> Expression:
            node = instance.node.key
            code = f"{stem} of {self.name}"
            self._made[node, code] += 1
            if self._made[node, code] > 1:
                code = f"{code}, {self._made[node, code]}"
            code = fitting.key(code)
            target = AttributeOf(node, code)
            low, high = Decimal(int(low)), Decimal(int(high))
            if high - low >= fitting.LARGEST_DOMAIN:
                raise Inexpressible(stem, f"It may have more than {fitting.LARGEST_DOMAIN} values.")
            self._hidden.setdefault(node, []).append(
                Attribute(
                    code,
                    code,
                    AttributeType.INTEGER,
                    minimum=low,
                    maximum=high,
                    visible_when=FALSE,
                )
            )
            self._hidden_ranges[target] = (min(low, Decimal(0)), max(high, Decimal(0)))
            self._bound[target] = Rule(
                f"{node}:{code}",
                implied(selected(instance), holds(target)),
                f"The {stem} of line {self.line} is what it is calculated from.",
                self.hierarchy.source.place(self.line),
            )
            return target

        return make

    def uses(self, expression: Expression) -> Iterator[AttributeOf]:
        """The attributes that an expression needs, those of its hidden numbers too."""
        seen: set[AttributeOf] = set()
        waiting = list(references(expression))
        while waiting:
            target = waiting.pop()
            if target not in seen:
                seen.add(target)
                yield target
                if target in self._bound:
                    waiting.extend(references(self._bound[target].condition))

    def keep(self, expressions: Iterable[Expression]) -> tuple[Rule, ...]:
        """Leaves out hidden numbers that nothing needs; gives the rules of the others."""
        needed = {one for expression in expressions for one in self.uses(expression)}
        self._bound = {target: rule for target, rule in self._bound.items() if target in needed}
        for node, hidden in self._hidden.items():
            self._hidden[node] = [one for one in hidden if AttributeOf(node, one.code) in needed]
        return tuple(self._bound.values())

    def never(self, target: AttributeOf | FactOf, value: str) -> None:
        """Notes that a rule compares an attribute with a value that it never has."""
        name = target.attribute if isinstance(target, AttributeOf) else target.name
        self.hierarchy.findings.noted(
            f'"{value}"',
            self.hierarchy.source.place(self.line),
            f'{name} is never "{value}"; the comparison is always false.',
        )

    def attributes(self, instance: Instance) -> list[Attribute]:
        """The attributes of an instance's node: its own, those of its groups, the hidden ones."""
        found: list[Attribute] = []
        waiting = [instance]
        while waiting:
            current = waiting.pop()
            for name in current.variables:
                slot = self._slots[id(current), name]
                if slot.attribute is not None and not slot.failure:
                    found.append(slot.attribute)
            waiting.extend(reversed(current.groups.values()))
        return [*found, *self._hidden.get(instance.key, ())]

    # ---- ranges

    def _quantity(self, node: str) -> Range:
        return Decimal(0), Decimal(self.instances[node].maximum)

    def _range(self, target: AttributeOf) -> Range:
        if target in self._hidden_ranges:
            return self._hidden_ranges[target]
        if target not in self._ranges:
            if target in self._asked or len(self._asked) >= DEEPEST_RANGE:
                raise Inexpressible(target.attribute, f"{target.attribute} depends on itself.")
            self._asked.append(target)
            try:
                self._ranges[target] = self._range_of(self._by_target[target])
            finally:
                self._asked.pop()
        return self._ranges[target]

    def _range_of(self, slot: Slot) -> Range:
        assert slot.attribute is not None
        if slot.calculated is not None:
            low, high = self.ranges.of(self.expression(slot))
        else:
            assert slot.attribute.minimum is not None
            assert slot.attribute.maximum is not None
            low, high = slot.attribute.minimum, slot.attribute.maximum
        if slot.instance.node.parent is not None:
            # While its node is not selected it reads 0.
            low, high = min(low, Decimal(0)), max(high, Decimal(0))
        return low, high
