"""Numbers and dates of CML as numbers on a grid, with what keeps them to their domains."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from cpq.configuration.expressions import And, Compare, Comparison, Constant, Expression
from cpq.configuration.model import Attribute, AttributeType, Rule, Table
from cpq.readers import fitting
from cpq.readers.cml.annotations import default, title
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.slots import Slot
from cpq.readers.cml.syntax import Items, Operation, Path, Syntax, Variable
from cpq.readers.cml.values import Inexpressible, any_of, implied, selected

EPOCH = date(1970, 1, 1)
MOST = Decimal(fitting.LARGEST_DOMAIN)


class Grids:
    """Fills slots of numbers."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self.findings = hierarchy.findings
        self.source = hierarchy.source

    def number(self, slot: Slot, code: str) -> None:
        variable = slot.variable
        kind = AttributeType.INTEGER if slot.whole else AttributeType.DECIMAL
        scale = 0 if slot.whole else (2 if variable.scale is None else variable.scale)
        step = Decimal(1).scaleb(-scale)
        attribute = Attribute(code, title(variable), kind, step=step)
        domain = self.hierarchy.listed(variable.value)
        if variable.value is not None and domain is None:
            slot.calculated = variable.value
            slot.attribute = Attribute(code, attribute.name, kind)
            return
        ranges = [] if domain is None else self.ranges(domain, slot.dated)
        if domain is not None:
            attribute = self.within(slot, attribute, ranges)
        if attribute.minimum is None or self.is_large(attribute):
            defined = self.defined(slot)
            if defined is not None:
                slot.calculated = defined
                slot.attribute = Attribute(code, attribute.name, kind)
                slot.tables.clear()
                slot.rules.clear()
                if ranges:
                    self.keep(slot, slot.attribute, ranges)
                if default(variable):
                    self.findings.changed(
                        "@(defaultValue)",
                        self.source.place(variable.line),
                        f"{variable.name} is calculated; nothing is proposed.",
                    )
                return
            attribute = self.bounded(variable, attribute)
        given = default(variable)
        if given:
            value = self.as_number(given, slot.dated)
            assert attribute.minimum is not None
            assert attribute.maximum is not None
            if (
                value is None
                or not attribute.minimum <= value <= attribute.maximum
                or (value - attribute.minimum) % attribute.step
            ):
                self.hierarchy.no_default(variable, given)
            else:
                attribute = replace(attribute, default=value)
        slot.attribute = attribute

    def is_large(self, attribute: Attribute) -> bool:
        """Whether a number has more values than a model takes."""
        assert attribute.minimum is not None
        assert attribute.maximum is not None
        return attribute.maximum - attribute.minimum >= attribute.step * MOST

    def bounded(self, variable: Variable, attribute: Attribute) -> Attribute:
        """A number with bounds that a model takes, and a finding about what it loses."""
        place = self.source.place(variable.line)
        if attribute.minimum is None:
            low = -(MOST / 2 - 1) * attribute.step
            high = MOST / 2 * attribute.step
            said = f"{variable.name} has no domain; it is taken from {low:f} to {high:f}."
            self.findings.changed(variable.type, place, said)
            return replace(attribute, minimum=low, maximum=high)
        high = attribute.minimum + (MOST - 1) * attribute.step
        self.findings.changed(
            "domain",
            place,
            f"{variable.name} may have more than {fitting.LARGEST_DOMAIN} values; it is taken"
            f" up to {high:f}.",
        )
        return replace(attribute, maximum=high)

    def defined(self, slot: Slot) -> Syntax | None:
        """What a rule of its type says that a variable equals: `constraint(x == …)`."""
        for number, rule in enumerate(slot.instance.rules):
            if rule.kind != "constraint" or number in slot.instance.defining:
                continue
            match rule.arguments:
                case (Operation(operators=("==",), operands=(left, right)), *_):
                    for one, other in ((left, right), (right, left)):
                        name = one.head if isinstance(one, Path) and not one.steps else ""
                        if name == slot.variable.name:
                            slot.instance.defining.add(number)
                            return other
        return None

    def within(
        self, slot: Slot, attribute: Attribute, ranges: list[tuple[Decimal, Decimal]]
    ) -> Attribute:
        """The attribute on the coarsest grid that has all values, and what keeps it to them."""
        step = attribute.step
        ranges = [
            (low, high)
            for low, high in sorted(ranges)
            if low <= high and low % step == 0 and high % step == 0
        ]
        if not ranges:
            raise Inexpressible("domain", f"{slot.variable.name} has no value of its type.")
        low, high = ranges[0][0], max(one for _, one in ranges)
        if any(first != last for first, last in ranges):
            found = replace(attribute, minimum=low, maximum=high)
            if len(ranges) > 1:
                self.keep(slot, found, ranges)
            return found
        gaps = [int((one - low) / step) for one, _ in ranges]
        coarse = math.gcd(*gaps) or 1
        found = replace(attribute, minimum=low, maximum=high, step=step * coarse)
        if len(set(gaps)) != gaps[-1] // coarse + 1:
            self.keep(slot, found, ranges)
        return found

    def keep(self, slot: Slot, attribute: Attribute, ranges: list[tuple[Decimal, Decimal]]) -> None:
        """A table or rule that allows the listed values and no others."""
        key = f"{slot.target.node}:{attribute.code}:domain"
        source = self.source.place(slot.variable.line)
        listed = ", ".join(
            f"{low:f}" if low == high else f"{low:f} to {high:f}" for low, high in ranges[:20]
        )
        message = f"{attribute.name} may be {listed}{', …' if len(ranges) > 20 else ''}."
        if all(low == high for low, high in ranges) and attribute.minimum is not None:
            rows = tuple((low,) for low in dict.fromkeys(low for low, _ in ranges))
            slot.tables.append(Table(key, (slot.target,), rows, True, message, source))
            return
        parts: list[Expression] = []
        for low, high in ranges:
            at_least = Compare(Comparison.AT_LEAST, slot.target, Constant(low))
            at_most = Compare(Comparison.AT_MOST, slot.target, Constant(high))
            parts.append(And((at_least, at_most)))
        held = implied(selected(slot.instance), any_of(parts))
        slot.rules.append(Rule(key, held, message, source))

    def ranges(self, domain: Items, dated: bool) -> list[tuple[Decimal, Decimal]]:
        """The ranges of a domain of numbers or dates, a single value as one of it alone."""
        return [
            (self.edge(one.first, dated), self.edge(one.last or one.first, dated))
            for one in domain.items
        ]

    def edge(self, syntax: Syntax, dated: bool) -> Decimal:
        value = self.hierarchy.constant(syntax)
        found = value if isinstance(value, Decimal) else self.as_number(str(value), dated)
        if found is None:
            raise Inexpressible("domain", f"{value} is no value of a number's domain.")
        return found

    def as_number(self, said: str, dated: bool) -> Decimal | None:
        if dated:
            found = days(said)
            return None if found is None else Decimal(found)
        try:
            value = Decimal(said.strip())
        except InvalidOperation:
            return None
        return value if value.is_finite() and abs(value) < Decimal(10) ** 15 else None


def days(said: str) -> int | None:
    """The days from 1970-01-01 to an ISO date; None for another text."""
    try:
        return (date.fromisoformat(said[:10]) - EPOCH).days
    except ValueError:
        return None
