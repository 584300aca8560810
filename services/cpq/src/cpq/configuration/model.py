"""A configuration model: a tree of nodes with attributes, and what must hold between them.

Amounts are `Decimal`s in the model's currency and for one unit of their node. Keys are unique in
the model and never change their meaning between versions; names are for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cpq.configuration.expressions import (
    AttributeOf,
    Expression,
    Quantity,
    Selected,
    Value,
)


class AttributeType(StrEnum):
    """What values an attribute may take."""

    BOOLEAN = "boolean"
    ENUMERATION = "enumeration"
    INTEGER = "integer"
    DECIMAL = "decimal"
    """A number on a grid: minimum, minimum + step, … up to maximum."""
    TEXT = "text"
    """Free text, outside all constraints."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value of an enumeration; `item` is an SKU of the ERP, one per unit of the node."""

    code: str
    name: str
    item: str | None = None
    price: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of a node.

    Attributes:
        code: unique within its node.
        options: the values of an enumeration, in the order to show them.
        minimum, maximum, step: of an INTEGER or DECIMAL; step is positive, and whole for integers.
        longest: of a TEXT, in characters.
        default: proposed until somebody chooses, and given up where a choice forbids it.
        expression: calculated, never chosen: INTEGER, DECIMAL or BOOLEAN. A number that is the
            same for every unit, such as a module's watts, is a calculated constant. It has no
            bounds of its own (a rule bounds it), and reads 0 or false while its node is not
            selected, as every attribute does.
        visible_when: show it only while this holds; hidden or not, it has a value.
    """

    code: str
    name: str
    type: AttributeType
    options: tuple[Option, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)
    longest: int = 200
    default: Value | None = None
    expression: Expression | None = None
    visible_when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A product, module or feature: part of its parent zero or more times.

    The root is always selected, once: how many of the whole are sold is the quote line's business.

    Attributes:
        required: selected whenever its parent is.
        minimum, maximum: its quantity per unit of the parent when it is selected; 1 <= minimum.
        default: the quantity proposed until somebody chooses; 0 proposes to leave it out; None
            proposes nothing.
        item: the SKU in the ERP whose list price, cost and stock promise count, per unit.
        price, cost: an amount of the model's own per unit, beside the item's.
        abstract: there to group others; nothing that could be bought.
        visible_when: show it only while this holds.
    """

    key: str
    name: str
    required: bool = False
    minimum: int = 1
    maximum: int = 1
    default: int | None = None
    item: str | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    abstract: bool = False
    attributes: tuple[Attribute, ...] = ()
    groups: tuple[Group, ...] = ()
    visible_when: Expression | None = None

    def attribute(self, code: str) -> Attribute | None:
        """The attribute with this code, or None."""
        return next((one for one in self.attributes if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Group:
    """Children of a node, and how many *different* ones must be selected while the node is.

    `maximum` None sets no limit beside the number of members. `least_units` and `most_units` bound
    the sum of the members' quantities.
    """

    key: str
    name: str
    members: tuple[Node, ...]
    minimum: int = 0
    maximum: int | None = None
    least_units: int | None = None
    most_units: int | None = None


class Severity(StrEnum):
    """How a message is shown; only rules forbid, whatever their message says."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold. `message` is what a person reads when it does not.

    `source` is the place in the file that it was read from, for example `server.cml:17`.
    """

    key: str
    condition: Expression
    message: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Combinations of values that are allowed (or forbidden), column by column.

    It speaks while the nodes of all its attribute columns are selected; a `Selected` column then
    reads true or false and a `Quantity` column 0 where its node is not. None in a row stands for
    any value.
    """

    key: str
    columns: tuple[AttributeOf | Quantity | Selected, ...]
    rows: tuple[tuple[Value | None, ...], ...]
    allowed: bool = True
    message: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Preference:
    """What should hold unless a choice or a rule says otherwise; heavier ones first."""

    key: str
    condition: Expression
    weight: int = 1
    message: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Words to show while the condition holds; it forbids nothing.

    `node` is what a RECOMMENDATION recommends.
    """

    key: str
    condition: Expression
    text: str
    severity: Severity = Severity.INFO
    node: str | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question, and what must hold while it stands."""

    code: str
    text: str
    then: Expression


@dataclass(frozen=True, slots=True)
class Question:
    """A question about needs instead of parts; its answer counts as a choice."""

    key: str
    text: str
    answers: tuple[Answer, ...]
    ask_when: Expression | None = None


class FactType(StrEnum):
    """What kind of value the request gives for a fact."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the request knows and rules may ask: customer tier, region, date.

    TEXT has `values`; another text than those equals none of them. NUMBER (on the grid of `step`)
    and DATE (days since 1970-01-01) lie between minimum and maximum.
    """

    name: str
    type: FactType
    values: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Model:
    """A version of what can be configured."""

    key: str
    name: str
    root: Node
    currency: str | None = None
    rules: tuple[Rule, ...] = ()
    tables: tuple[Table, ...] = ()
    preferences: tuple[Preference, ...] = ()
    messages: tuple[Message, ...] = ()
    questions: tuple[Question, ...] = ()
    facts: tuple[Fact, ...] = ()

    def nodes(self) -> Iterator[Node]:
        """All nodes, each before its children, in the order in which they stand."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(
                member for group in reversed(node.groups) for member in reversed(group.members)
            )


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """The target of a choice that answers a question; the value is the answer's code."""

    question: str


Target = Selected | Quantity | AttributeOf | AnswerTo
"""What a choice decides: whether a node is there, how many, an attribute, an answer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that the user decided; choices and a version are a configuration's state.

    Choosing an attribute's value selects its node: what is not there has no value.
    """

    target: Target
    value: Value


@dataclass(frozen=True, slots=True)
class Amounts:
    """Price, cost and delivery of one unit of an item; None: not known."""

    price: Decimal | None = None
    cost: Decimal | None = None
    delivery_days: int | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an item cannot be sold now: it is discontinued, has no price, is unknown."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Supply:
    """What the world outside the model says, at one moment: amounts by SKU, and what is not sold.

    `unavailable` items exclude their nodes and options with that reason. Amounts and reasons are
    not part of a version: they change while it stays.
    """

    amounts: dict[str, Amounts]
    unavailable: tuple[Unavailable, ...] = ()
