"""External variables of CML as facts of the request."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cpq.configuration.expressions import Compare, Comparison, Constant, FactOf
from cpq.configuration.model import Fact, FactType, Preference
from cpq.readers import fitting
from cpq.readers.cml.annotations import remark
from cpq.readers.cml.grids import days
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Asset
from cpq.readers.cml.numbers import Range
from cpq.readers.cml.slots import coded, said
from cpq.readers.cml.syntax import Variable
from cpq.readers.cml.values import Inexpressible, Number, Text, Truth, Worth, asked

MOST_ASSETS = Decimal(9999)


class Facts:
    """The facts of a file; an external variable that nothing maps is a constant instead."""

    def __init__(self, hierarchy: Hierarchy, compared: dict[str, list[str]]) -> None:
        self.hierarchy = hierarchy
        self.compared = compared
        self.facts: dict[str, Fact] = {}
        self.preferences: list[Preference] = []
        self.names: dict[str, str] = {}
        for variable in hierarchy.source.externals.values():
            try:
                self.declare(variable)
            except Inexpressible as stop:
                place = hierarchy.source.place(variable.line)
                hierarchy.findings.lost(stop.construct, place, stop.because)

    def asset(self, asset: Asset) -> None:
        """How many of a product the customer has already."""
        self.facts[asset.fact] = Fact(
            asset.fact, FactType.NUMBER, minimum=Decimal(0), maximum=MOST_ASSETS
        )

    def declare(self, variable: Variable) -> None:
        findings = self.hierarchy.findings
        source = self.hierarchy.source
        for annotation in variable.annotations:
            remark(findings, source, annotation, f"the external variable {variable.name}")
        mapped = variable.annotation("contextPath") or variable.annotation("tagName")
        listed = self.hierarchy.listed(variable.value)
        if mapped is None and variable.value is not None and listed is None:
            return
        name = self.name(variable)
        match variable.type:
            case "string":
                # An open fact may have any declared value: one that no rule names is declared too.
                named = self.compared.get(variable.name, [])
                texts = [*named, *self.texts(variable), "", fitting.OTHER]
                self.facts[name] = Fact(
                    name, FactType.TEXT, tuple(dict.fromkeys(coded(one) for one in texts))
                )
            case "boolean" | "bool":
                self.facts[name] = Fact(name, FactType.TEXT, ("true", "false"))
            case "int" | "decimal" | "double":
                scale = (
                    0
                    if variable.type == "int"
                    else (2 if variable.scale is None else variable.scale)
                )
                step = Decimal(1).scaleb(-scale)
                low, high = self.bounds(variable, step)
                self.facts[name] = Fact(name, FactType.NUMBER, (), low, high, step)
            case "date":
                self.facts[name] = Fact(name, FactType.DATE, (), *fitting.DAYS)
            case _:
                findings.lost(
                    variable.type,
                    source.place(variable.line),
                    f"{variable.name} has no type of a fact.",
                )
                return
        self.names[variable.name] = name
        self.default(variable)

    def name(self, variable: Variable) -> str:
        """The name of a variable's fact, which is none of what an engine sums up itself."""
        name = fitting.key(variable.name)
        while (
            name in fitting.TOTALS
            or name in self.facts
            or (name != variable.name and name in self.hierarchy.source.externals)
        ):
            name = f"{name}_"
        if name != variable.name:
            self.hierarchy.findings.changed(
                "extern",
                self.hierarchy.source.place(variable.line),
                f"{variable.name} means something else in a model; the fact is called {name}.",
            )
        return name

    def default(self, variable: Variable) -> None:
        """What the file takes when nothing is given: preferred, while the fact is open."""
        given = self.hierarchy.constant(variable.value) if variable.value is not None else None
        annotation = variable.annotation("defaultValue")
        if given is None and annotation is not None:
            given = annotation.text()
        if given is None or given == "":
            return
        name = self.names[variable.name]
        fact = self.facts[name]
        if isinstance(given, bool):
            given = "true" if given else "false"
        value: Decimal | str | None = given
        if fact.type is not FactType.TEXT and isinstance(given, str):
            found = days(given) if fact.type is FactType.DATE else _decimal(given)
            value = None if found is None else Decimal(found)
        elif fact.type is FactType.TEXT:
            value = coded(f"{given:f}" if isinstance(given, Decimal) else given)
            if variable.type == "string" and value not in fact.values:
                self.facts[name] = replace(fact, values=(*fact.values, value))
        if value is None or not self.has(name, value):
            self.hierarchy.no_default(variable, f"{given}")
            return
        self.preferences.append(
            Preference(
                f"{name}:default",
                Compare(Comparison.EQUAL, FactOf(name), Constant(value)),
                message=f"{variable.name} is {given} unless the request says otherwise.",
                source=self.hierarchy.source.place(variable.line),
            )
        )

    def used(self, names: set[str]) -> tuple[tuple[Fact, ...], tuple[Preference, ...]]:
        """The facts that are asked, with what is taken for them; others are noted."""
        for variable, name in self.names.items():
            if name not in names:
                self.hierarchy.findings.noted(
                    "extern",
                    self.hierarchy.source.place(self.hierarchy.source.externals[variable].line),
                    f"No rule here asks {variable}; it is no fact of the model.",
                )
        return (
            tuple(fact for name, fact in self.facts.items() if name in names),
            tuple(
                one
                for one in self.preferences
                if any(name in names for name in asked(one.condition))
            ),
        )

    def has(self, name: str, value: Decimal | str) -> bool:
        """Whether a fact may have the value."""
        fact = self.facts[name]
        if isinstance(value, str):
            return value in fact.values
        assert fact.minimum is not None
        assert fact.maximum is not None
        return fact.minimum <= value <= fact.maximum and (value - fact.minimum) % fact.step == 0

    def worth(self, name: str) -> Worth | None:
        """What an external variable's fact is worth; None for one that is a constant."""
        variable = self.hierarchy.source.externals[name]
        if name not in self.names:
            return None
        fact = self.facts[self.names[name]]
        of = FactOf(fact.name)
        if variable.type in ("boolean", "bool"):
            return Truth(Compare(Comparison.EQUAL, of, Constant("true")))
        if fact.type is FactType.TEXT:
            return Text(
                tuple(
                    (Compare(Comparison.EQUAL, of, Constant(one)), said(one)) for one in fact.values
                ),
                of,
            )
        return Number(of, fact.step == 1, date=fact.type is FactType.DATE)

    def range(self, name: str) -> Range:
        """The lowest and highest value of a fact."""
        fact = self.facts[name]
        if fact.minimum is None or fact.maximum is None:
            raise Inexpressible(name, f"{name} is no number.")
        return fact.minimum, fact.maximum

    def texts(self, variable: Variable) -> list[str]:
        """The texts of a domain."""
        domain = self.hierarchy.listed(variable.value)
        values = (
            [] if domain is None else [self.hierarchy.constant(one.first) for one in domain.items]
        )
        return [one for one in values if isinstance(one, str)]

    def bounds(self, variable: Variable, step: Decimal) -> Range:
        """The lowest and highest number of a domain, with no more values than a model takes."""
        domain = self.hierarchy.listed(variable.value)
        edges = [
            value
            for one in (() if domain is None else domain.items)
            for edge in (one.first, one.last)
            if edge is not None and isinstance(value := self.hierarchy.constant(edge), Decimal)
        ]
        most = Decimal(fitting.LARGEST_DOMAIN)
        low = min(edges) if edges else -(most / 2 - 1) * step
        high = max(edges) if edges else most / 2 * step
        if not edges or high - low >= most * step:
            high = min(high, low + (most - 1) * step)
            self.hierarchy.findings.changed(
                "extern",
                self.hierarchy.source.place(variable.line),
                f"{variable.name} is taken from {low:f} to {high:f}.",
            )
        return low, high


def _decimal(said: str) -> Decimal | None:
    try:
        found = Decimal(said)
    except ArithmeticError:
        return None
    return found if found.is_finite() else None
