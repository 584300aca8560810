"""The tree of instances that a type describes: what can be part of one unit of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from cpq.readers import fitting
from cpq.readers.cml.hierarchy import SCALARS, Hierarchy
from cpq.readers.cml.syntax import Relation, RuleCall, Syntax, Variable
from cpq.readers.refusals import BundleIsCyclic, FileIsTooLarge

MOST_INSTANCES = 20_000
"""Parts of all models of a file."""
MOST_VARIABLES = 200_000
"""Variables and rules of all those parts."""
DEEPEST = 25


class Naming(Protocol):
    """Gives nodes their keys, which must be unique in the model."""

    def root(self, type_name: str) -> str:
        """The key of the root."""

    def member(self, parent: str, relation: str, type_name: str, declared: str) -> str:
        """The key of an instance of a type in a relation of the node `parent`."""


class Plain:
    """Keys from the file alone: the way of relations, and the subtype where it is another."""

    def root(self, type_name: str) -> str:
        """The type's name."""
        self._root = type_name
        return type_name

    def member(self, parent: str, relation: str, type_name: str, declared: str) -> str:
        """`relation`, `relation/Subtype`, below it `relation/inner`."""
        own = relation if type_name == declared else f"{relation}/{type_name}"
        return own if parent == self._root and own != parent else f"{parent}/{own}"


@dataclass(frozen=True, slots=True)
class Asset:
    """Products of one type that the customer has already: a fact of the request, not a choice."""

    type: str
    fact: str


@dataclass(slots=True)
class Port:
    """A relation of an instance, with the instances that it may hold."""

    relation: Relation
    minimum: int
    maximum: int
    said: bool
    """Whether the file gives the bounds itself."""
    members: list[Instance] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)


@dataclass(slots=True)
class Instance:
    """What becomes a node; or, `inside` another, a component group, which is no node of its own."""

    key: str
    type: str
    variables: dict[str, Variable]
    rules: list[RuleCall]
    parent: Instance | None = None
    inside: Instance | None = None
    minimum: int = 1
    maximum: int = 1
    required: bool = True
    default: int | None = None
    ports: dict[str, Port] = field(default_factory=dict)
    groups: dict[str, Instance] = field(default_factory=dict)
    prefix: str = ""
    """Before the codes of its attributes: the way of groups from its node."""
    defining: set[int] = field(default_factory=set)
    """Which of its rules say what a variable equals; they are that variable's expression."""

    @property
    def node(self) -> Instance:
        """The instance whose node it belongs to."""
        return self if self.inside is None else self.inside.node

    def walk(self) -> Iterator[Instance]:
        """The instance with its groups and all below, each before its own."""
        waiting = [self]
        while waiting:
            current = waiting.pop()
            yield current
            below = [member for port in current.ports.values() for member in port.members]
            waiting.extend(reversed([*current.groups.values(), *below]))


def grow(hierarchy: Hierarchy, root: str, naming: Naming) -> Instance:
    """The instances of a root type. Raises `BundleIsCyclic`, `FileIsTooLarge`."""
    return _Grower(hierarchy, naming).root(root)


class _Grower:
    def __init__(self, hierarchy: Hierarchy, naming: Naming) -> None:
        self.hierarchy = hierarchy
        self.naming = naming
        self.way: list[str] = []

    def root(self, name: str) -> Instance:
        found = self.instance(name, self.naming.root(name), None)
        self.fill(found)
        return found

    def instance(self, name: str, key: str, parent: Instance | None) -> Instance:
        variables = self.hierarchy.variables(name)
        rules = self.hierarchy.rules(name)
        self.hierarchy.instances += 1
        self.hierarchy.weight += len(variables) + len(rules)
        root = self.way[0] if self.way else name
        if self.hierarchy.instances > MOST_INSTANCES:
            raise FileIsTooLarge(
                f"{self.hierarchy.source.name}: {root} has more than {MOST_INSTANCES} parts."
            )
        if self.hierarchy.weight > MOST_VARIABLES:
            raise FileIsTooLarge(
                f"{self.hierarchy.source.name}: the parts of {root} have more than"
                f" {MOST_VARIABLES} variables and rules."
            )
        return Instance(fitting.node_key(key), name, variables, rules, parent)

    def fill(self, instance: Instance) -> None:
        name = instance.type
        source = self.hierarchy.source
        if name in self.way:
            circle = " > ".join([*self.way[self.way.index(name) :], name])
            raise BundleIsCyclic(
                f"{source.place(source.types[name].line)}: {name} is part of itself ({circle})."
            )
        if len(self.way) >= DEEPEST:
            raise FileIsTooLarge(f"{source.name}: parts are nested deeper than {DEEPEST}.")
        self.way.append(name)
        for variable in list(instance.variables.values()):
            if variable.type not in SCALARS and variable.type in source.types:
                self.group(instance, variable)
        for relation in self.hierarchy.relations(name).values():
            instance.ports[relation.name] = self.port(instance, relation)
        self.way.pop()

    def group(self, instance: Instance, variable: Variable) -> None:
        """A variable whose type is declared: a component group."""
        inner = self.instance(variable.type, instance.key, instance.parent)
        inner.inside = instance
        inner.prefix = f"{instance.prefix}{variable.name}."
        del instance.variables[variable.name]
        instance.groups[variable.name] = inner
        self.fill(inner)

    def port(self, instance: Instance, relation: Relation) -> Port:
        low, high, said = self.hierarchy.bounds(relation)
        port = Port(relation, low, high, said)
        place = self.hierarchy.source.place(relation.line)
        findings = self.hierarchy.findings
        if relation.type not in self.hierarchy.source.types:
            findings.lost(
                relation.type,
                place,
                f"The relation {relation.name} holds a type that is not declared.",
            )
            return port
        grouped = self.hierarchy.annotation(relation.type, "groupBy")
        if grouped is not None:
            findings.lost(
                "@(groupBy)",
                self.hierarchy.source.place(grouped.line),
                f"{relation.type} stands for one group of lines for each value of"
                f" {grouped.text()}; a model has no such groups, and its rules are left out.",
            )
            return port
        names = self.hierarchy.members(relation)
        node = relation.annotation("sourceContextNode")
        if node is not None and node.text().lower().startswith("asset"):
            port.assets = [Asset(name, fitting.key(f"{relation.name}/{name}")) for name in names]
            return port
        defaults = {one.type: one for one in relation.defaults}
        for name in names:
            way = instance.prefix.replace(".", "/") + relation.name
            key = self.naming.member(instance.node.key, way, name, relation.type)
            member = self.instance(name, key, instance.node)
            alone = len(names) == 1
            member.required = alone and low > 0
            member.minimum = max(1, low) if alone else 1
            member.maximum = max(high, member.minimum)
            if name in defaults:
                member.default = self.quantity(defaults[name].quantity, member, place)
            self.fill(member)
            port.members.append(member)
        for given in relation.defaults:
            if given.type not in names:
                findings.lost(
                    f"default {given.type}",
                    self.hierarchy.source.place(given.line),
                    f"The relation {relation.name} cannot hold {given.type}.",
                )
            elif given.settings:
                findings.lost(
                    f"default {given.type}{{…}}",
                    self.hierarchy.source.place(given.line),
                    "The values of its attributes are left out; the quantity is proposed.",
                )
        return port

    def quantity(self, given: Syntax | None, member: Instance, place: str) -> int | None:
        """The quantity that a relation proposes for a member."""
        value = Decimal(1) if given is None else self.hierarchy.constant(given)
        if not isinstance(value, Decimal) or value != value.to_integral_value():
            self.hierarchy.findings.lost("default", place, "Its quantity is no whole number.")
            return None
        count = int(value)
        if count == 0 or member.minimum <= count <= member.maximum:
            return count
        self.hierarchy.findings.lost(
            "default", place, f"{count} is not between {member.minimum} and {member.maximum}."
        )
        return None
