"""Variables of CML as attributes of nodes: their domains, defaults and constants.

A variable with a domain is chosen; one that equals an expression is calculated; a text that is
always the same is an enumeration with one value, and one that changes is worked out where it is
used. What a variable's annotations ask for and a model has not becomes a finding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    Expression,
    Value,
)
from cpq.configuration.model import Attribute, AttributeType, Option, Rule, Table
from cpq.readers.cml.annotations import remark
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.syntax import Items, Path, Syntax, Variable
from cpq.readers.cml.values import Inexpressible, Number, Text, Truth, Worth, any_of, quantity

EPOCH = date(1970, 1, 1)
WHOLE = (Decimal(-(2**31)), Decimal(2**31 - 1))
"""What a number without a domain may be: what the language's `int` holds."""
OTHER = ""
"""The code of any value that no rule names, of a text without a domain."""
QUANTITY_TAGS = {"lineitemquantity", "itemendquantity", "quantity", "item_quantity"}
MOST_LISTED = 2_000
"""Values of a number listed one by one."""


@dataclass(slots=True)
class Slot:
    """A variable of an instance, and what it became.

    Attributes:
        attribute: in the model; None for a text that is worked out, a quantity, or a failure.
        calculated: what it equals, still to be worked out.
        whole, dated: of a number.
        failure: why it is not in the model, if it is not.
    """

    instance: Instance
    variable: Variable
    target: AttributeOf
    attribute: Attribute | None = None
    calculated: Syntax | None = None
    text: bool = False
    whole: bool = False
    dated: bool = False
    count: bool = False
    failure: str = ""
    rules: list[Rule] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def worth(self) -> Worth:
        """What it is worth in an expression. Raises `Inexpressible`."""
        if self.failure:
            raise Inexpressible(self.variable.name, f"{self.variable.name} is not in the model.")
        if self.count:
            return Number(quantity(self.instance), whole=True)
        assert self.attribute is not None
        match self.attribute.type:
            case AttributeType.BOOLEAN:
                return Truth(self.target)
            case AttributeType.ENUMERATION:
                return Text(
                    tuple(
                        (Compare(Comparison.EQUAL, self.target, Constant(one.code)), one.code)
                        for one in self.attribute.options
                    ),
                    of=self.target,
                )
            case AttributeType.TEXT:
                raise Inexpressible(
                    self.variable.name, f"{self.variable.name} is free text, outside all rules."
                )
        return Number(self.target, self.whole, self.dated)


class Declarations:
    """Makes slots of variables. `compared` are the texts that rules compare each variable with."""

    def __init__(self, hierarchy: Hierarchy, compared: dict[str, list[str]]) -> None:
        self.hierarchy = hierarchy
        self.findings = hierarchy.findings
        self.source = hierarchy.source
        self.compared = compared

    def slot(self, instance: Instance, variable: Variable) -> Slot:
        """The slot of one variable of one instance."""
        code = instance.prefix + variable.name
        slot = Slot(instance, variable, AttributeOf(instance.node.key, code))
        calculated = variable.value is not None and not self.is_domain(variable.value)
        for annotation in variable.annotations:
            remark(
                self.findings, self.source, annotation, f"the variable {variable.name}", calculated
            )
        try:
            self.fill(slot, code)
        except Inexpressible as stop:
            slot.failure = stop.because
            self.findings.lost(stop.construct, self.source.place(variable.line), stop.because)
        return slot

    def is_domain(self, syntax: Syntax | None) -> bool:
        """Whether what a variable equals is a list: its domain."""
        return self.listed(syntax) is not None

    def listed(self, syntax: Syntax | None) -> Items | None:
        """The list that is written, or that a constant names."""
        seen: set[str] = set()
        while isinstance(syntax, Path) and not syntax.steps and syntax.head not in seen:
            seen.add(syntax.head)
            syntax = self.source.constants.get(syntax.head)
        return syntax if isinstance(syntax, Items) else None

    def fill(self, slot: Slot, code: str) -> None:
        variable = slot.variable
        tag = variable.annotation("tagName")
        if tag is not None and tag.text().lower().replace("__std", "") in QUANTITY_TAGS:
            slot.count = True
            return
        if variable.many:
            raise Inexpressible(
                f"{variable.type}[]",
                f"{variable.name} takes several values at once; a model has one.",
            )
        match variable.type:
            case "boolean" | "bool":
                self.truth(slot, code)
            case "int" | "decimal" | "double" | "date":
                slot.dated = variable.type == "date"
                slot.whole = variable.type in ("int", "date")
                self.number(slot, code)
            case "string":
                self.string(slot, code)
            case "datetime":
                raise Inexpressible(
                    "datetime",
                    f"{variable.name}: the language does not support it in rules either.",
                )
            case _:
                raise Inexpressible(
                    variable.type, f"{variable.name} has a type that is not declared."
                )

    def truth(self, slot: Slot, code: str) -> None:
        attribute = Attribute(code, self.title(slot.variable), AttributeType.BOOLEAN)
        domain = self.listed(slot.variable.value)
        if domain is not None:
            values = {one for one in self.values(domain) if isinstance(one, bool)}
            if len(values) == 1:
                attribute = replace(attribute, expression=Constant(values.pop()))
        elif slot.variable.value is not None:
            slot.calculated = slot.variable.value
        default = self.default(slot.variable)
        if default is not None and slot.calculated is None:
            if default.lower() in ("true", "false"):
                attribute = replace(attribute, default=default.lower() == "true")
            elif default:
                self.no_default(slot.variable, default)
        slot.attribute = attribute

    def number(self, slot: Slot, code: str) -> None:
        variable = slot.variable
        kind = AttributeType.INTEGER if slot.whole else AttributeType.DECIMAL
        scale = 0 if slot.whole else (2 if variable.scale is None else variable.scale)
        step = Decimal(1).scaleb(-scale)
        attribute = Attribute(code, self.title(variable), kind, step=step)
        domain = self.listed(variable.value)
        if variable.value is not None and domain is None:
            slot.calculated = variable.value
            slot.attribute = attribute
            return
        if domain is None:
            low, high = WHOLE
            self.findings.changed(
                variable.type,
                self.source.place(variable.line),
                f"{variable.name} has no domain; it is taken from {low:f} to {high:f}.",
            )
            attribute = replace(attribute, minimum=low, maximum=high)
        else:
            attribute = self.within(slot, attribute, self.ranges(domain, slot.dated))
        default = self.default(variable)
        if default:
            value = self.as_number(default, slot.dated)
            assert attribute.minimum is not None
            assert attribute.maximum is not None
            if (
                value is None
                or not attribute.minimum <= value <= attribute.maximum
                or (value - attribute.minimum) % attribute.step
            ):
                self.no_default(variable, default)
            else:
                attribute = replace(attribute, default=value)
        slot.attribute = attribute

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
        if all(low == high for low, high in ranges):
            rows = tuple((low,) for low in dict.fromkeys(low for low, _ in ranges))
            slot.tables.append(Table(key, (slot.target,), rows, True, message, source))
            return
        parts: list[Expression] = []
        for low, high in ranges:
            at_least = Compare(Comparison.AT_LEAST, slot.target, Constant(low))
            at_most = Compare(Comparison.AT_MOST, slot.target, Constant(high))
            parts.append(And((at_least, at_most)))
        slot.rules.append(Rule(key, any_of(parts), message, source))

    def string(self, slot: Slot, code: str) -> None:
        variable = slot.variable
        name = self.title(variable)
        domain = self.listed(variable.value)
        slot.text = True
        if variable.value is not None and domain is None:
            fixed = self.hierarchy.constant(variable.value)
            if fixed is None or isinstance(fixed, bool):
                slot.calculated = variable.value
                return
            slot.attribute = _enumeration(code, name, [_said(fixed)], _said(fixed))
            return
        default = self.default(variable)
        if domain is not None:
            options = list(dict.fromkeys(_said(one) for one in self.values(domain)))
            if not options:
                raise Inexpressible("domain", f"{variable.name} has no value.")
            configurable = variable.annotation("configurable")
            first = configurable is None or configurable.text().lower() != "false"
            slot.attribute = _enumeration(code, name, options, options[0] if first else None)
        else:
            named = self.compared.get(variable.name, [])
            if not named:
                slot.attribute = Attribute(
                    code, name, AttributeType.TEXT, default=default or None, longest=255
                )
                return
            options = list(dict.fromkeys([*named, *([default] if default else []), OTHER]))
            slot.attribute = _enumeration(code, name, options, None)
            slot.attribute = replace(
                slot.attribute,
                options=tuple(
                    replace(one, name="any other") if one.code == OTHER else one
                    for one in slot.attribute.options
                ),
            )
            self.findings.changed(
                "string",
                self.source.place(variable.line),
                f"{variable.name} has no domain; it is one of those that rules name, or another.",
            )
        if default:
            if default in options:
                slot.attribute = replace(slot.attribute, default=default)
            else:
                self.no_default(variable, default)

    def values(self, domain: Items) -> list[Value]:
        """The single values of a domain of texts or truths."""
        found: list[Value] = []
        for one in domain.items:
            value = self.hierarchy.constant(one.first)
            if value is None or one.last is not None:
                raise Inexpressible("domain", "A value of the domain is no constant.")
            found.append(value)
        return found

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

    def default(self, variable: Variable) -> str | None:
        """What `defaultValue` says, as a text; None when nothing."""
        found = variable.annotation("defaultValue")
        return None if found is None else found.text()

    def no_default(self, variable: Variable, default: str) -> None:
        self.findings.changed(
            "@(defaultValue)",
            self.source.place(variable.line),
            f"{variable.name} cannot be {default}; nothing is proposed.",
        )

    def title(self, variable: Variable) -> str:
        """The name for people."""
        found = variable.annotation("displayName")
        return (found.text() if found is not None else "") or variable.name


def days(said: str) -> int | None:
    """The days from 1970-01-01 to an ISO date; None for another text."""
    try:
        return (date.fromisoformat(said[:10]) - EPOCH).days
    except ValueError:
        return None


def _enumeration(code: str, name: str, options: list[str], default: str | None) -> Attribute:
    return Attribute(
        code,
        name,
        AttributeType.ENUMERATION,
        options=tuple(Option(one, one) for one in options),
        default=default,
    )


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else value
