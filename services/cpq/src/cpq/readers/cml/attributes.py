"""Variables of CML as attributes of nodes: their domains, defaults and constants.

A variable with a domain is chosen; one that equals an expression is calculated; a text that is
always the same is an enumeration with one value, and one that changes is worked out where it is
used. What a variable's annotations ask for and a model has not becomes a finding.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cpq.configuration.expressions import AttributeOf, Constant, Value
from cpq.configuration.model import Attribute, AttributeType, Option
from cpq.readers import fitting
from cpq.readers.cml.annotations import default, remark, title
from cpq.readers.cml.grids import Grids
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.slots import Slot, coded
from cpq.readers.cml.syntax import Items, Variable
from cpq.readers.cml.values import Inexpressible

QUANTITY_TAGS = {"lineitemquantity", "itemendquantity", "quantity", "item_quantity"}
LONGEST_TEXT = 255
"""Characters of a free text."""


class Declarations:
    """Makes slots of variables. `compared` are the texts that rules compare each variable with."""

    def __init__(self, hierarchy: Hierarchy, compared: dict[str, list[str]]) -> None:
        self.hierarchy = hierarchy
        self.findings = hierarchy.findings
        self.source = hierarchy.source
        self.compared = compared
        self.grids = Grids(hierarchy)

    def slot(self, instance: Instance, variable: Variable) -> Slot:
        """The slot of one variable of one instance."""
        code = fitting.key(instance.prefix + variable.name)
        slot = Slot(instance, variable, AttributeOf(instance.node.key, code))
        calculated = variable.value is not None and self.hierarchy.listed(variable.value) is None
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
                self.grids.number(slot, code)
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
        attribute = Attribute(code, title(slot.variable), AttributeType.BOOLEAN)
        domain = self.hierarchy.listed(slot.variable.value)
        if domain is not None:
            values = {one for one in self.values(domain) if isinstance(one, bool)}
            if len(values) == 1:
                attribute = replace(attribute, expression=Constant(values.pop()))
        elif slot.variable.value is not None:
            slot.calculated = slot.variable.value
        given = default(slot.variable)
        if given is not None and slot.calculated is None:
            if given.lower() in ("true", "false"):
                attribute = replace(attribute, default=given.lower() == "true")
            elif given:
                self.hierarchy.no_default(slot.variable, given)
        slot.attribute = attribute

    def string(self, slot: Slot, code: str) -> None:
        variable = slot.variable
        name = title(variable)
        domain = self.hierarchy.listed(variable.value)
        slot.text = True
        if variable.value is not None and domain is None:
            fixed = self.hierarchy.constant(variable.value)
            if fixed is None or isinstance(fixed, bool):
                slot.calculated = variable.value
                return
            slot.attribute = _enumeration(code, name, [_said(fixed)], _said(fixed))
            return
        given = default(variable)
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
                if given and len(given) > LONGEST_TEXT:
                    self.hierarchy.no_default(variable, given)
                    given = None
                slot.attribute = Attribute(
                    code, name, AttributeType.TEXT, default=given or None, longest=LONGEST_TEXT
                )
                return
            options = list(dict.fromkeys([*named, *([given] if given else []), fitting.OTHER]))
            slot.attribute = _enumeration(code, name, options, None)
            self.findings.changed(
                "string",
                self.source.place(variable.line),
                f"{variable.name} has no domain; it is one of those that rules name, or another.",
            )
        if given:
            if given in options:
                slot.attribute = replace(slot.attribute, default=coded(given))
            else:
                self.hierarchy.no_default(variable, given)

    def values(self, domain: Items) -> list[Value]:
        """The single values of a domain of texts or truths."""
        found: list[Value] = []
        for one in domain.items:
            value = self.hierarchy.constant(one.first)
            if value is None or one.last is not None:
                raise Inexpressible("domain", "A value of the domain is no constant.")
            found.append(value)
        return found


_NAMES = {"": "none", fitting.OTHER: "any other"}


def _enumeration(code: str, name: str, options: list[str], default: str | None) -> Attribute:
    return Attribute(
        code,
        name,
        AttributeType.ENUMERATION,
        options=tuple(Option(coded(one), _NAMES.get(one, one)) for one in options),
        default=None if default is None else coded(default),
    )


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else value
