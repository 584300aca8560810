"""External variables of CML as facts of the request."""

from __future__ import annotations

from decimal import Decimal

from cpq.configuration.expressions import Compare, Comparison, Constant, FactOf
from cpq.configuration.model import Fact, FactType, Preference
from cpq.readers.cml.annotations import remark
from cpq.readers.cml.attributes import OTHER, WHOLE, days
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Asset
from cpq.readers.cml.numbers import Range
from cpq.readers.cml.syntax import Items, Path, Syntax, Variable
from cpq.readers.cml.values import Inexpressible, Number, Text, Truth, Worth, asked

DAYS = (Decimal(-719_162), Decimal(2_932_896))
"""0001-01-01 and 9999-12-31."""
MOST_ASSETS = Decimal(9999)


class Facts:
    """The facts of a file; an external variable that nothing maps is a constant instead."""

    def __init__(self, hierarchy: Hierarchy, compared: dict[str, list[str]]) -> None:
        self.hierarchy = hierarchy
        self.compared = compared
        self.facts: dict[str, Fact] = {}
        self.preferences: list[Preference] = []
        for variable in hierarchy.source.externals.values():
            self.declare(variable)

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
        if mapped is None and variable.value is not None and self.listed(variable.value) is None:
            return
        name = variable.name
        match variable.type:
            case "string":
                # An open fact may have any declared value: one that no rule names is declared too.
                texts = [*self.compared.get(name, []), *self.texts(variable.value), OTHER]
                self.facts[name] = Fact(name, FactType.TEXT, tuple(dict.fromkeys(texts)))
            case "boolean" | "bool":
                self.facts[name] = Fact(name, FactType.TEXT, ("true", "false"))
            case "int" | "decimal" | "double":
                scale = (
                    0
                    if variable.type == "int"
                    else (2 if variable.scale is None else variable.scale)
                )
                low, high = self.bounds(variable.value)
                self.facts[name] = Fact(
                    name, FactType.NUMBER, (), low, high, Decimal(1).scaleb(-scale)
                )
            case "date":
                self.facts[name] = Fact(name, FactType.DATE, (), *DAYS)
            case _:
                findings.lost(
                    variable.type, source.place(variable.line), f"{name} has no type of a fact."
                )
                return
        self.default(variable)

    def default(self, variable: Variable) -> None:
        """What the file takes when nothing is given: preferred, while the fact is open."""
        given = self.hierarchy.constant(variable.value) if variable.value is not None else None
        annotation = variable.annotation("defaultValue")
        if given is None and annotation is not None:
            given = annotation.text()
        if given is None or given == "":
            return
        fact = self.facts[variable.name]
        if isinstance(given, bool):
            given = "true" if given else "false"
        value: Decimal | str | None = given
        if fact.type is not FactType.TEXT and isinstance(given, str):
            found = days(given) if fact.type is FactType.DATE else _decimal(given)
            value = None if found is None else Decimal(found)
        elif fact.type is FactType.TEXT:
            value = f"{given:f}" if isinstance(given, Decimal) else given
            if value not in fact.values:
                fact = Fact(fact.name, fact.type, (*fact.values, value))
                self.facts[variable.name] = fact
        if value is None:
            return
        self.preferences.append(
            Preference(
                f"{variable.name}:default",
                Compare(Comparison.EQUAL, FactOf(variable.name), Constant(value)),
                message=f"{variable.name} is {given} unless the request says otherwise.",
                source=self.hierarchy.source.place(variable.line),
            )
        )

    def used(self, names: set[str]) -> tuple[tuple[Fact, ...], tuple[Preference, ...]]:
        """The facts that are asked, with what is taken for them; others are noted."""
        for name, variable in self.hierarchy.source.externals.items():
            if name in self.facts and name not in names:
                self.hierarchy.findings.noted(
                    "extern",
                    self.hierarchy.source.place(variable.line),
                    f"No rule here asks {name}; it is no fact of the model.",
                )
        return (
            tuple(fact for name, fact in self.facts.items() if name in names),
            tuple(
                one
                for one in self.preferences
                if any(name in names for name in asked(one.condition))
            ),
        )

    def worth(self, name: str) -> Worth | None:
        """What a fact is worth; None for an external variable that is a constant."""
        fact = self.facts.get(name)
        if fact is None:
            return None
        of = FactOf(name)
        variable = self.hierarchy.source.externals[name]
        if variable.type in ("boolean", "bool"):
            return Truth(Compare(Comparison.EQUAL, of, Constant("true")))
        if fact.type is FactType.TEXT:
            return Text(
                tuple((Compare(Comparison.EQUAL, of, Constant(one)), one) for one in fact.values),
                of,
            )
        return Number(of, fact.step == 1, date=fact.type is FactType.DATE)

    def range(self, name: str) -> Range:
        """The lowest and highest value of a fact."""
        fact = self.facts[name]
        if fact.minimum is None or fact.maximum is None:
            raise Inexpressible(name, f"{name} is no number.")
        return fact.minimum, fact.maximum

    def listed(self, syntax: Syntax | None) -> Items | None:
        while isinstance(syntax, Path) and not syntax.steps:
            following = self.hierarchy.source.constants.get(syntax.head)
            if following is syntax:
                return None
            syntax = following
            if isinstance(syntax, Path):
                return None
        return syntax if isinstance(syntax, Items) else None

    def texts(self, syntax: Syntax | None) -> list[str]:
        """The texts of a domain."""
        domain = self.listed(syntax)
        values = (
            [] if domain is None else [self.hierarchy.constant(one.first) for one in domain.items]
        )
        return [one for one in values if isinstance(one, str)]

    def bounds(self, syntax: Syntax | None) -> Range:
        """The lowest and highest number of a domain."""
        domain = self.listed(syntax)
        edges = [
            value
            for one in (() if domain is None else domain.items)
            for edge in (one.first, one.last)
            if edge is not None and isinstance(value := self.hierarchy.constant(edge), Decimal)
        ]
        return (min(edges), max(edges)) if edges else WHOLE


def _decimal(said: str) -> Decimal | None:
    try:
        found = Decimal(said)
    except ArithmeticError:
        return None
    return found if found.is_finite() else None
