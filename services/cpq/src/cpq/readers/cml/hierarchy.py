"""The types of a file by inheritance: what each has, and which of them a relation may hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cpq.readers import fitting
from cpq.readers.cml.syntax import (
    Annotation,
    Items,
    Literal,
    Operation,
    Path,
    Relation,
    RuleCall,
    Source,
    Syntax,
    Type,
    Variable,
)
from cpq.readers.findings import Findings
from cpq.readers.refusals import FileCannotBeRead

UNBOUNDED = 9999
"""The most of a relation whose file sets no `maxRelationSize`; source: page "Relationships"."""
SCALARS = {"int", "decimal", "double", "string", "boolean", "bool", "date", "datetime"}


class Hierarchy:
    """The types of a file. Raises `FileCannotBeRead` for a type that inherits from itself.

    `products` are types that stand for a product: they may be instantiated though they have
    subtypes. Without it, only a leaf is, or what a relation itself orders or gives by default.
    `instances` and `weight` count what has grown from the types.
    """

    def __init__(
        self, source: Source, findings: Findings, products: frozenset[str] = frozenset()
    ) -> None:
        self.source = source
        self.findings = findings
        self.products = products
        self.instances = 0
        self.weight = 0
        self._children: dict[str, list[str]] = {}
        for one in source.types.values():
            if one.base is not None:
                self._children.setdefault(one.base, []).append(one.name)
                if one.base not in source.types:
                    findings.noted(
                        one.base,
                        source.place(one.line),
                        f"The base of {one.name} is not declared; it adds nothing.",
                    )
        self._lines = {name: tuple(self._ancestry(name)) for name in source.types}
        self.limit = self._limit()

    def _ancestry(self, name: str) -> Iterator[Type]:
        seen: list[str] = []
        current: str | None = name
        while current is not None and current in self.source.types:
            if current in seen:
                circle = " : ".join([*seen[seen.index(current) :], current])
                raise FileCannotBeRead(
                    f"{self.source.place(self.source.types[current].line)}: the type {current}"
                    f" inherits from itself ({circle})."
                )
            seen.append(current)
            declared = self.source.types[current]
            yield declared
            current = declared.base

    def ancestry(self, name: str) -> tuple[Type, ...]:
        """The type and its bases, nearest first."""
        return self._lines[name]

    def is_a(self, name: str, base: str) -> bool:
        """Whether the type is the base, or inherits from it."""
        if name == base:
            return True
        return any(one.name == base or one.base == base for one in self._lines.get(name, ()))

    def variables(self, name: str) -> dict[str, Variable]:
        """The variables of a type with those inherited; a type's own override."""
        found: dict[str, Variable] = {}
        for one in reversed(self.ancestry(name)):
            for variable in one.variables:
                found[variable.name] = variable
        return found

    def relations(self, name: str) -> dict[str, Relation]:
        """The relations of a type with those inherited; a type's own override."""
        found: dict[str, Relation] = {}
        for one in reversed(self.ancestry(name)):
            for relation in one.relations:
                found[relation.name] = relation
        return found

    def rules(self, name: str) -> list[RuleCall]:
        """The rules of a type with those inherited, the base's first."""
        return [rule for one in reversed(self.ancestry(name)) for rule in one.rules]

    def annotation(self, name: str, key: str) -> Annotation | None:
        """The nearest annotation of a type or its bases."""
        found = (one.annotation(key) for one in self.ancestry(name))
        return next((one for one in found if one is not None), None)

    def descendants(self, name: str) -> Iterator[str]:
        """The type and all its subtypes, each before its own subtypes, in the file's order."""
        waiting = [name]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(reversed(self._children.get(current, [])))

    def members(self, relation: Relation) -> list[str]:
        """The types that the relation may hold instances of."""
        named = {*relation.order, *(one.type for one in relation.defaults)}
        found = [
            name
            for name in self.descendants(relation.type)
            if name in self.source.types
            and (name not in self._children or name in self.products or name in named)
        ]
        first = [name for name in relation.order if name in found]
        return [*first, *(name for name in found if name not in first)]

    def bounds(self, relation: Relation) -> tuple[int, int, bool]:
        """The least and most units of a relation, and whether the file itself says so.

        Raises `FileCannotBeRead` for bounds that no number satisfies.
        """
        place = self.source.place(relation.line)
        low = self._count(relation.minimum, place, 0)
        high = self._count(relation.maximum, place, self.limit)
        if low > high or low < 0:
            raise FileCannotBeRead(
                f"{place}: the relation {relation.name} wants at least {low} and at most {high}."
            )
        said = relation.minimum is not None and relation.maximum is not None
        return low, max(low, min(high, self.limit)), said

    def _limit(self) -> int:
        found = self.source.constants.get("maxRelationSize")
        if found is None:
            return UNBOUNDED
        value = self.constant(found)
        if isinstance(value, str) and value.isdecimal():
            value = Decimal(value)
        if isinstance(value, Decimal) and 1 <= value <= 1_073_741_824:
            return min(int(value), fitting.MOST_UNITS)
        self.findings.lost(
            "maxRelationSize", self.source.place(1), f"It is no count; {UNBOUNDED} is taken."
        )
        return UNBOUNDED

    def _count(self, bound: Syntax | None, place: str, otherwise: int) -> int:
        if bound is None:
            return otherwise
        value = self.constant(bound)
        if (
            isinstance(value, Decimal)
            and value == value.to_integral_value()
            and abs(value) < 10**10
        ):
            return int(value)
        self.findings.lost("cardinality", place, f"It is no constant; {otherwise} is taken.")
        return otherwise

    def listed(self, syntax: Syntax | None) -> Items | None:
        """The list that is written, or that a constant names."""
        seen: set[str] = set()
        while isinstance(syntax, Path) and not syntax.steps and syntax.head not in seen:
            seen.add(syntax.head)
            syntax = self.source.constants.get(syntax.head)
        return syntax if isinstance(syntax, Items) else None

    def no_default(self, variable: Variable, default: str) -> None:
        """Notes that a variable cannot have the value that is proposed for it."""
        self.findings.changed(
            "@(defaultValue)",
            self.source.place(variable.line),
            f"{variable.name} cannot be {default}; nothing is proposed.",
        )

    def constant(self, syntax: Syntax) -> Decimal | str | bool | None:
        """The value of a literal or of a declared constant; None for anything else."""
        seen: set[str] = set()
        while True:
            match syntax:
                case Literal(value=value):
                    return value
                case Path(head=head, steps=()) if (
                    head in self.source.constants and head not in seen
                ):
                    seen.add(head)
                    syntax = self.source.constants[head]
                case Operation(operators=("-",), operands=(Literal(value=Decimal() as value),)):
                    return -value
                case _:
                    return None
