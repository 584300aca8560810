"""What a UVL file says, before it is understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

Path = tuple[str, ...]
"""Identifiers between dots."""


class FeatureKind(StrEnum):
    """The type of a feature; all but BOOLEAN have a value beside being selected."""

    BOOLEAN = "Boolean"
    INTEGER = "Integer"
    REAL = "Real"
    STRING = "String"


class GroupKind(StrEnum):
    """How the features of a group depend on their parent."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"
    OR = "or"
    ALTERNATIVE = "alternative"
    CARDINALITY = "cardinality"


@dataclass(frozen=True, slots=True)
class Vector:
    """A list of values; constraints cannot ask it."""


AttributeValue = Decimal | bool | str | Vector


@dataclass(frozen=True, slots=True)
class Constraint:
    """A formula, its words, and the line on which it begins."""

    formula: Formula
    words: tuple[str, ...]
    text: str
    line: int


@dataclass(slots=True)
class Feature:
    """A feature of the tree. A path of several identifiers is the root of an imported file."""

    path: Path
    line: int
    kind: FeatureKind = FeatureKind.BOOLEAN
    low: int = 1
    high: int | None = 1
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """Features under a parent; low and high count different ones."""

    kind: GroupKind
    line: int
    low: int = 0
    high: int | None = None
    features: list[Feature] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Import:
    """Another file, and what its features are called here."""

    file: Path
    alias: Path
    line: int


@dataclass(slots=True)
class File:
    """One file."""

    name: str
    namespace: Path = ()
    imports: list[Import] = field(default_factory=list)
    root: Feature | None = None
    constraints: list[Constraint] = field(default_factory=list)


# Formulas. `depth` counts the formulas inside, so that nothing has to follow them to measure.


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true or false."""

    value: Decimal | str | bool
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Reference:
    """A feature, or an attribute of one."""

    path: Path
    line: int
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """A function of references: sum, avg, len, floor, ceil."""

    function: str
    arguments: tuple[Reference, ...]
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator of the language with what it joins; `-` of one operand is a sign."""

    operator: str
    operands: tuple[Formula, ...]
    depth: int


Formula = Literal | Reference | Call | Operation
