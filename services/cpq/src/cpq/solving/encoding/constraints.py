"""What must hold, each with the key and the words by which a reason names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cpq.configuration.expressions import (
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    Quantity,
    Selected,
    Value,
)
from cpq.configuration.language import unparse
from cpq.configuration.model import Group, Rule, Supply, Table
from cpq.solving.encoding.expressions import Clause, Translator, simplified
from cpq.solving.encoding.gates import FALSE, TRUE, Clauses
from cpq.solving.encoding.linear import Linear, add, weighted
from cpq.solving.refusals import ModelIsTooLarge, ModelMakesNoSense
from cpq.solving.variables import Few, Many, Part, Variables


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule, table, group or edge of the tree; its clauses are a slice of all constraints'.

    `start` and `end` are places in the flat clauses.
    """

    key: str
    source: Part | Group | Rule | Table
    start: int
    end: int

    @property
    def message(self) -> str:
        """The constraint in words."""
        match self.source:
            case Rule() | Table() if self.source.message:
                return self.source.message
            case Rule(condition=condition):
                return unparse(condition)
            case Table(allowed=allowed):
                return "This combination is not listed" if allowed else "This is not combined"
            case Group():
                return _group_in_words(self.source)
            case Part(node=node, parent=parent):
                above = parent.node.name if parent is not None else ""
                always = "always " if node.required else ""
                return f"{node.name} is {always}part of {above}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An item that is not sold, and the literal of what has it."""

    key: str
    message: str
    literal: int


class Constraints:
    """All constraints of a model, encoded in the order: tree, groups, tables, rules."""

    def __init__(self, translator: Translator) -> None:
        """Encode them. Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        self.clauses = Clauses()
        self.list: list[Constraint] = []
        self._translator = translator
        self._variables = translator.variables
        self._gates = translator.gates
        model = translator.variables.model
        for part in self._variables.parts.values():
            if part.parent is not None:
                self._add(f"node:{part.node.key}", part, self._tree(part, part.parent))
        for part in self._variables.parts.values():
            for group in part.node.groups:
                self._add(group.key, group, self._group(part, group))
        for table in model.tables:
            self._add(table.key, table, self._table(table))
        for rule in model.rules:
            self._gates.place = rule.key
            self._add(rule.key, rule, translator.clauses(rule.condition))

    def _add(
        self, key: str, source: Part | Group | Rule | Table, clauses: Iterable[Clause]
    ) -> None:
        self._gates.place = key
        start = len(self.clauses.flat)
        try:
            for clause in clauses:
                self.clauses.add(clause)
                self._gates.check(len(self.clauses.flat))
        except RecursionError as error:
            raise ModelIsTooLarge(f"{key} is nested too deeply", field=key) from error
        if len(self.clauses.flat) > start:
            self.list.append(Constraint(key, source, start, len(self.clauses.flat)))

    def _tree(self, part: Part, parent: Part) -> Iterator[Clause]:
        yield from _kept((-part.selected, parent.selected))
        if part.node.required:
            yield from _kept((-parent.selected, part.selected))

    def _group(self, part: Part, group: Group) -> Iterator[Clause]:
        """The lower limits hold while the node is selected, the upper ones always.

        Without its node no member is there, so it makes no difference but to reasons: that members
        exclude each other need not be explained by the tree.
        """
        members = part.children.get(group.key, [])
        selected = [member.selected for member in members]
        if group.minimum == 1:
            yield from _kept((-part.selected, *selected))
        elif group.minimum > 1:
            different = weighted([(literal, 1) for literal in selected])
            enough = self._translator.arithmetic.at_least(different, group.minimum)
            yield from _kept((-part.selected, enough))
        if group.maximum == 1:
            yield from self._gates.exclusive(selected) if selected else ()
        elif group.maximum is not None and group.maximum < len(selected):
            different = weighted([(literal, 1) for literal in selected])
            beyond = self._translator.arithmetic.at_least(different, group.maximum + 1)
            yield from _kept((-beyond,))
        if group.least_units is None and group.most_units is None:
            return
        units = add([self._units(member) for member in members])
        if group.least_units is not None:
            enough = self._translator.arithmetic.at_least(units, group.least_units)
            yield from _kept((-part.selected, enough))
        if group.most_units is not None:
            beyond = self._translator.arithmetic.at_least(units, group.most_units + 1)
            yield from _kept((-beyond,))

    def _units(self, member: Part) -> Linear:
        return self._translator.number(Quantity(member.node.key))

    def _table(self, table: Table) -> Iterator[Clause]:
        """Where the attributes' nodes are selected: one of the rows, or none of them."""
        self._gates.place = table.key
        idle = [
            -self._variables.parts[column.node].selected
            for column in table.columns
            if isinstance(column, AttributeOf) and column.node in self._variables.parts
        ]
        cells = [_Column(self._translator, table.key, column) for column in table.columns]
        if not table.allowed:
            for row in table.rows:
                yield from _kept(
                    (*idle, *(-cell.literal(value) for cell, value in zip(cells, row, strict=True)))
                )
        elif any(None in row for row in table.rows):
            allowed = [
                self._gates.both(
                    cell.literal(value) for cell, value in zip(cells, row, strict=True)
                )
                for row in table.rows
            ]
            yield from _kept((*idle, *allowed))
        else:
            yield from _prefixes(cells, table.rows, idle)


class _Column:
    """The literal of each value in a table's column."""

    def __init__(
        self, translator: Translator, table: str, column: AttributeOf | Quantity | Selected
    ) -> None:
        self._translator = translator
        self._column = column
        self._domain = translator.variables.domain(column)
        self._known: dict[Value, int] = {}
        if isinstance(column, AttributeOf) and self._domain is None:
            part = translator.variables.parts.get(column.node)
            attribute = part.node.attribute(column.attribute) if part is not None else None
            if attribute is None or attribute.expression is None:
                raise ModelMakesNoSense(f"{table} has a column that no rule may ask", field=table)
        elif self._domain is None:
            raise ModelMakesNoSense(f"{table} speaks of {column.node}", field=table)

    def literal(self, value: Value | None) -> int:
        """True where the column has the value; None stands for any."""
        if value is None:
            return TRUE
        known = self._known.get(value)
        if known is None:
            known = self._known[value] = self._literal(value)
        return known

    def _literal(self, value: Value) -> int:
        gates, domain = self._translator.gates, self._domain
        if isinstance(domain, Few):
            literal = domain.literal(value)
            return FALSE if literal is None else literal
        if isinstance(domain, Many):
            if isinstance(self._column, Quantity) and value == 0:
                return -domain.owner
            position = domain.position(value)
            return FALSE if position is None else gates.both(domain.assumptions(position))
        if isinstance(value, bool):
            literal = self._translator.literal(self._column)
            return literal if value else -literal
        return self._translator.literal(Compare(Comparison.EQUAL, self._column, Constant(value)))


def _prefixes(
    columns: list[_Column], rows: Iterable[tuple[Value | None, ...]], idle: list[int]
) -> Iterator[Clause]:
    """One clause for each beginning of a row: it goes on in one of the ways that are listed."""
    following: dict[tuple[int, ...], dict[int, None]] = {(): {}}
    for row in rows:
        literals = tuple(cell.literal(value) for cell, value in zip(columns, row, strict=True))
        if FALSE in literals:
            continue
        for length, literal in enumerate(literals):
            following.setdefault(literals[:length], {})[literal] = None
    for beginning, ways in following.items():
        yield from _kept((*idle, *(-literal for literal in beginning), *ways))


def _kept(clause: Clause) -> Iterator[Clause]:
    """The clause, unless it always holds."""
    simple = simplified(clause)
    if simple is not None:
        yield simple


def exclusions(variables: Variables, supply: Supply) -> list[Exclusion]:
    """What is not sold, in the order of the model."""
    reasons = {one.item: one.reason for one in supply.unavailable}
    found: list[Exclusion] = []
    for part in variables.parts.values():
        item = part.node.item
        if item in reasons:
            found.append(Exclusion(f"item:{item}", reasons[item], part.selected))
        for attribute in part.node.attributes:
            for option in attribute.options:
                if option.item in reasons:
                    domain = part.attributes[attribute.code]
                    assert isinstance(domain, Few)
                    literal = domain.literal(option.code)
                    assert literal is not None
                    found.append(Exclusion(f"item:{option.item}", reasons[option.item], literal))
    return found


def _group_in_words(group: Group) -> str:
    least, most = group.minimum, group.maximum
    limits: list[str] = []
    if most is not None and least == most:
        limits.append(f"exactly {least}")
    elif least and most is not None:
        limits.append(f"{least} to {most}")
    elif least:
        limits.append(f"at least {least}")
    elif most is not None:
        limits.append(f"at most {most}")
    if group.least_units is not None:
        limits.append(f"at least {group.least_units} units")
    if group.most_units is not None:
        limits.append(f"at most {group.most_units} units")
    return f"{group.name}: {', '.join(limits)} to be chosen"
