"""What an engine says of a set of choices. Every answer is the same whatever their order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cpq.configuration.expressions import Value
from cpq.configuration.model import Choice, Severity, Target


class Origin(StrEnum):
    """Who gave a value."""

    USER = "user"
    FORCED = "forced"
    """The rules leave nothing else, given the choices."""
    DEFAULT = "default"
    """Proposed by a default or a preference; any choice overrides it."""
    PROPOSED = "proposed"
    """Proposed to make the configuration complete."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: the choices and the rules that together leave nothing else.

    `rules` are keys of rules, tables and groups, or `node:KEY` for the tree itself and `item:SKU`
    for an item that cannot be sold; `messages` say them in words, in the same order. `facts` are
    those of the request that these rules ask for, by name.
    """

    choices: tuple[Choice, ...]
    rules: tuple[str, ...]
    messages: tuple[str, ...]
    facts: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class ValueState:
    """A value of a target that has few: may it still be chosen, and if not, why not.

    No reason is given where none was asked for, or where time ran out before this one.
    """

    value: Value
    possible: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """What is left for one target.

    Where a choice has decided the target (or, for a quantity, whether its node is selected at all,
    and the other way round), it is judged beside the other choices: what it could be changed to.
    What is calculated has only a value: nobody chooses it.

    Attributes:
        values: every value of a boolean, an enumeration, or a number with few values, in order.
        ranges: for a number with many values, the lowest and highest possible ones, inclusive;
            values in between may be excluded by arithmetic, and choosing one says so.
        value: the value that the configuration has now, with its origin; the completed
            configuration that defaults and preferences propose is valid as a whole.
        reason: why it is forced, where it is.
        visible: whether to show it now.
    """

    target: Target
    value: Value | None
    origin: Origin | None
    values: tuple[ValueState, ...] = ()
    ranges: tuple[tuple[Decimal, Decimal], ...] = ()
    reason: Reason | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One choice of a repair: taken back (`to` None) or replaced by another value."""

    choice: Choice
    to: Value | None


@dataclass(frozen=True, slots=True)
class Repair:
    """A least set of changes after which the choices are consistent, and what it costs.

    `price` is that of the proposed configuration after the repair. `price_difference` compares it
    with the proposal for those choices alone that no repair touches: which choice came last, and
    so made the conflict, is not known here. Both are None where prices are not known.
    """

    changes: tuple[Change, ...]
    price_difference: Decimal | None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A minimal set of the user's choices that cannot stand together, with the rules that clash."""

    reason: Reason
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the model whose condition holds in the proposed configuration."""

    key: str
    text: str
    severity: Severity
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the proposed configuration for one unit of the root; None: some part is not known."""

    price: Decimal | None
    cost: Decimal | None
    delivery_days: int | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything a front end shows after a choice.

    Where `consistent` is false, `conflict` says why and how to mend it, and the domains are those
    of the choices without the least repair's changes.
    """

    consistent: bool
    domains: tuple[Domain, ...]
    messages: tuple[Shown, ...]
    totals: Totals
    conflict: Conflict | None = None


class Goal(StrEnum):
    """What a completion optimises."""

    LOWEST_PRICE = "lowest_price"
    HIGHEST_PRICE = "highest_price"
    HIGHEST_MARGIN = "highest_margin"
    """Price minus cost, as an amount."""
    EARLIEST_DELIVERY = "earliest_delivery"


@dataclass(frozen=True, slots=True)
class Completion:
    """A complete valid configuration. `optimal` is false when time ran out before the proof."""

    values: tuple[tuple[Target, Value], ...]
    totals: Totals
    optimal: bool = True


class Finding(StrEnum):
    """What a lint finds in a model."""

    VOID = "void"
    DEAD = "dead"
    """A node or value that no configuration has."""
    FALSE_OPTIONAL = "false-optional"
    """A node that is not required but in every configuration that has its parent."""
    CORE = "core"
    """A node that every configuration has."""
    REDUNDANT = "redundant"
    """A rule or table that the others imply."""
    CONTRADICTORY_DEFAULTS = "contradictory-defaults"
    UNFINISHED = "unfinished"
    """Time ran out at this place: what comes after it was not looked at."""


@dataclass(frozen=True, slots=True)
class Lint:
    """One finding, the place it concerns (a key, or a key and a value), and why."""

    finding: Finding
    place: str
    because: str
