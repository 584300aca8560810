"""What stands somewhere taken as what is wanted there: a condition, a number, a text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from cpq.configuration.expressions import Comparison, Constant, Expression, FactOf
from cpq.readers.cml.book import Book
from cpq.readers.cml.grids import days
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.slots import Slot
from cpq.readers.cml.syntax import Argument, Syntax
from cpq.readers.cml.values import (
    TRUE,
    Held,
    Inexpressible,
    Number,
    Text,
    Truth,
    Worth,
    all_of,
    any_of,
    as_number,
    compared,
    constant,
    implied,
    number,
    quantity,
    selected,
    text,
    times,
    total,
)

DEEPEST_CALCULATION = 15
"""Texts that are worked out from texts that are worked out, and so on."""


class Unbound(Exception):
    """A rule speaks of an attribute of instances; it holds for each of them."""

    def __init__(self, key: tuple[str, ...], instances: tuple[Instance, ...]) -> None:
        super().__init__(key)
        self.key = key
        self.instances = instances


@dataclass(frozen=True, slots=True)
class Scope:
    """From where an expression looks: an instance, then those around it.

    `bound` says which of several instances a rule is about at the moment; None outside of rules.
    """

    instances: tuple[Instance, ...]
    bound: Mapping[tuple[str, ...], Instance] | None = None
    depth: int = 0

    @property
    def here(self) -> Instance:
        """The instance that speaks."""
        return self.instances[0]

    def inside(self, instance: Instance) -> Scope:
        """The view from an instance that an aggregate looks at."""
        return replace(self, instances=(instance, *self.instances))


class Coercions(ABC):
    """Works out what is wanted of an expression against a book of attributes."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.hierarchy = book.hierarchy

    @abstractmethod
    def worth(self, syntax: Argument, scope: Scope) -> Worth:
        """What an expression is worth. Raises `Inexpressible`, `Unbound`."""

    @abstractmethod
    def equal(self, left: Worth, right: Worth) -> Expression:
        """Whether two values are the same. Raises `Inexpressible`."""

    def truth(self, syntax: Syntax, scope: Scope) -> Expression:
        """A condition. Raises `Inexpressible`, `Unbound`."""
        return self.as_truth(self.worth(syntax, scope))

    def as_truth(self, worth: Worth) -> Expression:
        match worth:
            case Truth(expression=found):
                return found
            case Held():
                return self.present(worth)
            case Number(expression=found):
                return compared(Comparison.DIFFERENT, found, Constant(Decimal(0)))
            case Text() if {value.lower() for _, value in worth.cases} <= {"true", "false"}:
                return any_of(guard for guard, value in worth.cases if value.lower() == "true")
        raise Inexpressible("condition", "What stands there is neither true nor false.")

    def number(self, syntax: Syntax, scope: Scope) -> Number:
        """A number. Raises `Inexpressible`, `Unbound`."""
        return self.as_number(self.worth(syntax, scope))

    def as_number(self, worth: Worth) -> Number:
        match worth:
            case Number():
                return worth
            case Held():
                return Number(self.units(worth), whole=True)
            case Truth(expression=found):
                return Number(as_number(found), whole=True)
            case Text(cases=((_, value),)) if worth.literal is not None:
                day = days(value)
                if day is not None:
                    return replace(number(day), date=True)
                with suppress(ArithmeticError):
                    return number(Decimal(value.strip()))
        raise Inexpressible("number", "What stands there is no number.")

    def units(self, held: Held) -> Expression:
        """How many units of what a relation holds."""
        above = held.above or ((),) * len(held.instances)
        terms = [
            self.product([quantity(one), *(quantity(other) for other in way)])
            for one, way in zip(held.instances, above, strict=True)
        ]
        return total([*terms, *(FactOf(one.fact) for one in held.assets)])

    def product(self, factors: Iterable[Expression]) -> Expression:
        found: Expression = Constant(Decimal(1))
        for one in factors:
            found = times(found, one)
        return found

    def present(self, held: Held) -> Expression:
        """Whether a relation holds any of them, with the values that they must have."""
        return any_of(
            [
                *(all_of((selected(one), self.settled(one, held))) for one in held.instances),
                *(
                    compared(Comparison.MORE, FactOf(one.fact), Constant(Decimal(0)))
                    for one in held.assets
                ),
            ]
        )

    def settled(self, instance: Instance, held: Held) -> Expression:
        """That the instance has the values in braces."""
        return all_of(
            self.equal(self.attribute(instance, name), value) for name, value in held.settings
        )

    def settings(self, held: Held) -> Expression:
        """That each selected instance has the values in braces."""
        if not held.settings:
            return TRUE
        return all_of(implied(selected(one), self.settled(one, held)) for one in held.instances)

    def attribute(self, instance: Instance, name: str) -> Worth:
        """The variable of an instance. Raises `Inexpressible`."""
        slot = self.book.slot(instance, name)
        if slot is None:
            raise Inexpressible(name, f"{instance.type} has no variable {name}.")
        return self.variable(slot, Scope((instance,)))

    def variable(self, slot: Slot, scope: Scope) -> Worth:
        if (
            slot.text
            and slot.calculated is not None
            and slot.attribute is None
            and not slot.failure
        ):
            if scope.depth >= DEEPEST_CALCULATION:
                raise Inexpressible(
                    slot.variable.name,
                    f"{slot.variable.name} is worked out from itself, or from too many.",
                )
            inner = Scope((slot.instance,), depth=scope.depth + 1)
            found = self.worth(slot.calculated, inner)
            return found if isinstance(found, Text) else text(self.literal(found))
        return slot.worth()

    def literal(self, worth: Worth) -> str:
        """A text, or a constant written as one. Raises `Inexpressible`."""
        match worth:
            case Text() if worth.literal is not None:
                return worth.literal
            case Number(expression=found) if constant(found) is not None:
                return f"{constant(found):f}"
            case Truth(expression=Constant(value=bool() as value)):
                return "true" if value else "false"
        raise Inexpressible("text", "What stands there is no text that is always the same.")
