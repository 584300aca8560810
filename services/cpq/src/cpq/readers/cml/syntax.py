"""What a CML file says, as data: declarations and expressions, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null (None)."""

    value: Decimal | str | bool | None
    line: int


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a list, or a range of values up to `last`, inclusive."""

    first: Syntax
    last: Syntax | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list in brackets: the domain of a variable, or what `in` looks into."""

    items: tuple[Item, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """`.name`: a variable, a relation or a group of what stands before it."""

    name: str


@dataclass(frozen=True, slots=True)
class OfType:
    """`[Type]`: only instances of that type, with these values where `settings` has any."""

    type: str
    settings: tuple[tuple[str, Syntax], ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """`.name(arguments)`: an aggregate of what stands before it."""

    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A name, and the way from it."""

    head: str
    steps: tuple[Attribute | OfType | Method, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function: `parent(x)`, `strlen(x)`, `table(…)`."""

    name: str
    arguments: tuple[Argument, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """`{…}`: a row of a table."""

    values: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands.

    `operators` has the operator before each operand for `+` and `*` (the first is `+` or `*`), so
    that a long sum is flat; for the others it holds the one operator: `&&`, `||`, `^`, `<->`,
    `->`, `?`, `!`, `in`, `not in`, `==`, `!=`, `<`, `<=`, `>`, `>=`.
    """

    operators: tuple[str, ...]
    operands: tuple[Syntax, ...]
    line: int


Syntax = Literal | Items | Path | Call | Operation
Argument = Syntax | Row


@dataclass(frozen=True, slots=True)
class Annotation:
    """`@(key = value, …)` or `@name(…)`, one for each property; `value` may be None."""

    name: str
    value: Syntax | None
    line: int

    def text(self) -> str:
        """The value as a text: `true`, `0.00`, a name, or what stands in the quotes."""
        match self.value:
            case Literal(value=bool() as value):
                return "true" if value else "false"
            case Literal(value=None):
                return "null"
            case Literal(value=value):
                return str(value)
            case Path(head=head, steps=()):
                return head
        return ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a type or, `external`, of the whole file.

    `type` is `int`, `decimal`, `double`, `string`, `boolean`, `date` or the name of a declared
    type, which makes it a component group; `scale` is the number of decimals, `many` `[]`.
    """

    name: str
    type: str
    line: int
    scale: int | None = None
    many: bool = False
    value: Syntax | None = None
    annotations: tuple[Annotation, ...] = ()
    external: bool = False

    def annotation(self, name: str) -> Annotation | None:
        """The annotation of that name, whatever its case."""
        return _named(self.annotations, name)


@dataclass(frozen=True, slots=True)
class Default:
    """`default Type(quantity)` in the block of a relation."""

    type: str
    quantity: Syntax | None
    settings: tuple[tuple[str, Syntax], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`name = sum(x)` in the block of a relation."""

    name: str
    value: Syntax
    line: int


@dataclass(frozen=True, slots=True)
class Relation:
    """`relation name : Type[minimum..maximum]`; None where no bound is given, or `*`."""

    name: str
    type: str
    line: int
    minimum: Syntax | None = None
    maximum: Syntax | None = None
    order: tuple[str, ...] = ()
    defaults: tuple[Default, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    def annotation(self, name: str) -> Annotation | None:
        """The annotation of that name, whatever its case."""
        return _named(self.annotations, name)


@dataclass(frozen=True, slots=True)
class RuleCall:
    """`constraint(…)`, `require(…)`, `exclude(…)`, `message(…)`, `preference(…)`, `setdefault(…)`
    or `rule(…)`, with the name that a constraint may have.

    `stem` is what its key is made of: its name, or its kind and a digest of its words, which stays
    the same wherever in the file it stands.
    """

    kind: str
    name: str
    arguments: tuple[Argument, ...]
    line: int
    annotations: tuple[Annotation, ...] = ()
    stem: str = ""


@dataclass(slots=True)
class Type:
    """A type with what stands in its own block; what it inherits is its base's."""

    name: str
    base: str | None
    line: int
    annotations: tuple[Annotation, ...] = ()
    variables: list[Variable] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    rules: list[RuleCall] = field(default_factory=list)

    def annotation(self, name: str) -> Annotation | None:
        """The annotation of that name, whatever its case."""
        return _named(self.annotations, name)

    @property
    def virtual(self) -> bool:
        """Whether it stands for the quote or another container that nobody buys."""
        found = self.annotation("virtual")
        return found is not None and found.text().lower() == "true"


@dataclass(slots=True)
class Source:
    """A whole file."""

    name: str
    types: dict[str, Type] = field(default_factory=dict)
    externals: dict[str, Variable] = field(default_factory=dict)
    constants: dict[str, Syntax] = field(default_factory=dict)
    """Values of `define` and `property`."""

    def place(self, line: int) -> str:
        """Where a finding lies."""
        return f"{self.name}:{line}"


def _named(annotations: tuple[Annotation, ...], name: str) -> Annotation | None:
    wanted = name.lower()
    return next((one for one in annotations if one.name.lower() == wanted), None)
