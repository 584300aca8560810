"""A CML file as models: one for each type that is configured on its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from cpq.configuration.expressions import AttributeOf, Comparison, Constant, Expression
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Fact,
    Group,
    Message,
    Model,
    Node,
    Preference,
    Rule,
    Table,
)
from cpq.readers import fitting
from cpq.readers.cml.actions import Effects
from cpq.readers.cml.annotations import remark
from cpq.readers.cml.book import Book
from cpq.readers.cml.coercions import Scope
from cpq.readers.cml.compared import compared_texts
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.instances import Instance, Naming, Plain, Port, grow
from cpq.readers.cml.slots import Slot
from cpq.readers.cml.syntax import Source
from cpq.readers.cml.translating import Translator
from cpq.readers.cml.values import (
    all_of,
    any_of,
    asked,
    compared,
    implied,
    negated,
    quantity,
    selected,
    total,
)
from cpq.readers.findings import Findings
from cpq.readers.refusals import NothingToConfigure


@dataclass(frozen=True, slots=True)
class Translation:
    """What one root type of a file became; `keys` are the types of the nodes by their keys."""

    root: Node
    rules: tuple[Rule, ...]
    tables: tuple[Table, ...]
    preferences: tuple[Preference, ...]
    messages: tuple[Message, ...]
    facts: tuple[Fact, ...]
    types: dict[str, str] = field(default_factory=dict)

    def model(self, key: str, name: str) -> Model:
        """A model of it."""
        return fitting.fit(
            Model(
                key=key,
                name=name,
                root=self.root,
                rules=self.rules,
                tables=self.tables,
                preferences=self.preferences,
                messages=self.messages,
                facts=self.facts,
            )
        )


def roots(hierarchy: Hierarchy) -> list[str]:
    """The types that are configured on their own, in the file's order.

    They are those that no other relation than a virtual type's holds and that have relations,
    variables or rules. Where there is none, those that nothing holds at all.
    """
    source = hierarchy.source
    held: set[str] = set()
    grouped = {
        variable.type for one in source.types.values() for variable in one.variables
    } & source.types.keys()
    for declared in source.types.values():
        if not declared.virtual:
            for relation in declared.relations:
                held.update(hierarchy.members(relation))
    inner = {one.base for one in source.types.values() if one.base is not None}

    def stands_alone(name: str) -> bool:
        return (
            name not in held
            and name not in grouped
            and hierarchy.annotation(name, "groupBy") is None
            and (name not in inner or name in hierarchy.products)
        )

    found = [
        name
        for name in source.types
        if stands_alone(name)
        and (
            hierarchy.relations(name) or (hierarchy.variables(name) and not _part(hierarchy, name))
        )
    ]
    if found:
        return found
    return [name for name in source.types if stands_alone(name) and hierarchy.rules(name)]


def _part(hierarchy: Hierarchy, name: str) -> bool:
    """Whether a virtual type holds it, which shows it with its variables already."""
    return any(
        name in hierarchy.members(relation)
        for one in hierarchy.source.types.values()
        if one.virtual
        for relation in one.relations
    )


def models(source: Source, findings: Findings) -> tuple[Model, ...]:
    """The models of a file. Raises `NothingToConfigure`, `BundleIsCyclic`, `FileIsTooLarge`."""
    hierarchy = Hierarchy(source, findings)
    translations = {name: translate(hierarchy, name, Plain()) for name in roots(hierarchy)}
    reached = {kind for one in translations.values() for kind in one.types.values()}
    for kind in unreached(hierarchy, reached):
        # A circle of types has no beginning; this names it.
        grow(hierarchy, kind, Plain())
        findings.lost(
            kind,
            source.place(source.types[kind].line),
            f"{kind} is part of nothing that is configured; its rules are left out.",
        )
    if not translations:
        raise NothingToConfigure(f"{source.name} has no type with parts, variables or rules.")
    return tuple(one.model(name, name) for name, one in translations.items())


def unreached(hierarchy: Hierarchy, reached: set[str]) -> list[str]:
    """The types with parts or rules of their own that no model has, in the file's order.

    What a reached type inherits from is reached, and so are groups and what is lost already.
    """
    lines = {one.name for name in reached for one in hierarchy.ancestry(name)}
    grouped = {
        variable.type for one in hierarchy.source.types.values() for variable in one.variables
    }
    return [
        name
        for name, declared in hierarchy.source.types.items()
        if name not in lines
        and name not in grouped
        and hierarchy.annotation(name, "groupBy") is None
        and (declared.relations or declared.rules)
    ]


def translate(hierarchy: Hierarchy, root: str, naming: Naming) -> Translation:
    """The node of a root type with all below it, and what must hold between them."""
    source, findings = hierarchy.source, hierarchy.findings
    tree = grow(hierarchy, root, naming)
    _remarks(hierarchy, tree)
    book = Book(hierarchy, tree, compared_texts(source))
    compiler = Compiler(book)

    def works_out(slot: Slot) -> Expression:
        assert slot.calculated is not None
        assert slot.attribute is not None
        scope = Scope((slot.instance,))
        if slot.attribute.type is AttributeType.BOOLEAN:
            return compiler.truth(slot.calculated, scope)
        number = compiler.number(slot.calculated, scope)
        if slot.whole and not number.whole:
            slot.attribute = replace(slot.attribute, type=AttributeType.DECIMAL)
            slot.whole = False
            findings.changed(
                slot.variable.type,
                source.place(slot.variable.line),
                f"{slot.variable.name} need not be whole; it is not rounded.",
            )
        return number.expression

    book.works_out = works_out
    book.calculate()
    effects = Effects()
    translator = Translator(compiler, effects)
    for instance in tree.walk():
        for number, call in enumerate(instance.rules):
            translator.translate(instance, call, defines=number in instance.defining)
    made = translator.made
    kept = [slot for slot in book.slots() if not slot.failure]
    own = [rule for slot in kept for rule in slot.rules]
    between = [*_group_rules(tree), *made.rules]
    said = [
        *(one.condition for one in (*own, *between)),
        *(one.condition for one in made.preferences),
        *(one.condition for one in made.messages),
        *(
            slot.attribute.expression
            for slot in kept
            if slot.attribute is not None and slot.attribute.expression is not None
        ),
        *effects.conditions(),
    ]
    hidden = book.keep(said)
    said.extend(one.condition for one in hidden)
    facts, defaults = book.facts.used({name for one in said for name in asked(one)})
    return Translation(
        root=_Nodes(book, effects).node(tree),
        rules=(*own, *hidden, *between),
        tables=(*(table for slot in kept for table in slot.tables), *made.tables),
        preferences=(*defaults, *made.preferences),
        messages=tuple(made.messages),
        facts=facts,
        types={one.key: one.type for one in tree.walk() if one.inside is None},
    )


def _remarks(hierarchy: Hierarchy, tree: Instance) -> None:
    """What the annotations of types and relations lose, and what a relation cannot tell apart."""
    findings, source = hierarchy.findings, hierarchy.source
    for instance in tree.walk():
        for declared in hierarchy.ancestry(instance.type):
            for annotation in declared.annotations:
                remark(findings, source, annotation, f"the type {declared.name}")
        for port in instance.ports.values():
            for annotation in port.relation.annotations:
                remark(findings, source, annotation, f"the relation {port.relation.name}")
            alike = [
                one.type
                for one in port.members
                if one.maximum > 1
                and any(variable.value is None or _chosen(hierarchy, one, name)
                        for name, variable in one.variables.items())
            ]  # fmt: skip
            if alike:
                findings.changed(
                    "relation",
                    source.place(port.relation.line),
                    f"All units of {', '.join(alike[:5])} in {port.relation.name} have the same"
                    " values; lines with other values cannot be added beside them.",
                )


def _chosen(hierarchy: Hierarchy, instance: Instance, name: str) -> bool:
    value = instance.variables[name].value
    return value is not None and type(value).__name__ == "Items"


class _Nodes:
    """Makes nodes of instances."""

    def __init__(self, book: Book, effects: Effects) -> None:
        self.book = book
        self.effects = effects
        self.hierarchy = book.hierarchy

    def node(self, instance: Instance) -> Node:
        made: dict[str, Node] = {}
        # Children before their parents, so that depth costs no recursion.
        for one in reversed(list(instance.walk())):
            if one.inside is None:
                made[one.key] = self.single(one, made)
        return made[instance.key]

    def single(self, instance: Instance, made: dict[str, Node]) -> Node:
        hidden = self.effects.nodes.get(instance.key, ())
        declared = self.hierarchy.source.types[instance.type]
        title = declared.annotation("displayName")
        return Node(
            key=instance.key,
            name=(title.text() if title is not None else "") or instance.type,
            required=instance.required,
            minimum=instance.minimum,
            maximum=instance.maximum,
            default=instance.default,
            abstract=declared.virtual,
            attributes=tuple(self.shown(instance, one) for one in self.book.attributes(instance)),
            groups=tuple(self.groups(instance, made)),
            visible_when=negated(any_of(hidden)) if hidden else None,
        )

    def shown(self, instance: Instance, attribute: Attribute) -> Attribute:
        hidden = self.effects.attributes.get(AttributeOf(instance.key, attribute.code))
        return replace(attribute, visible_when=negated(any_of(hidden))) if hidden else attribute

    def groups(self, instance: Instance, made: dict[str, Node]) -> list[Group]:
        found = []
        for name, port in instance.ports.items():
            if not port.members:
                continue
            title = port.relation.annotation("displayName")
            several = len(port.members) > 1
            group = Group(
                key=f"{instance.key}:{name}",
                name=(title.text() if title is not None else "") or name,
                members=tuple(made[one.key] for one in port.members),
                least_units=port.minimum if several and port.minimum else None,
                most_units=port.maximum if several and port.said else None,
            )
            found.append(self.possible(group, port.relation.line))
        for name, inner in instance.groups.items():
            members = tuple(made[one.key] for one in _members(inner))
            if members:
                group = Group(
                    key=f"{instance.key}:{name}",
                    name=name,
                    members=members,
                    minimum=self.instances(inner, "minInstanceQty") or 0,
                    maximum=self.instances(inner, "maxInstanceQty"),
                )
                line = self.hierarchy.source.types[inner.type].line
                found.append(self.possible(group, line))
        return found

    def possible(self, group: Group, line: int) -> Group:
        """The group with bounds that can be kept."""
        found = fitting.possible(group)
        if found != group:
            self.hierarchy.findings.changed(
                "cardinality",
                self.hierarchy.source.place(line),
                f"No choice of the parts of {group.name} keeps its bounds; they are widened.",
            )
        return found

    def instances(self, group: Instance, key: str) -> int | None:
        """A bound of a component group: how many different components."""
        annotation = self.hierarchy.annotation(group.type, key)
        if annotation is None or not annotation.text().isdecimal() or len(annotation.text()) > 9:
            return None
        return int(annotation.text())


def _members(group: Instance) -> list[Instance]:
    """All components of a group, those of the groups inside it too."""
    found: list[Instance] = []
    for port in group.ports.values():
        found.extend(port.members)
    for inner in group.groups.values():
        found.extend(_members(inner))
    return found


def _group_rules(tree: Instance) -> list[Rule]:
    """The bounds of relations inside of component groups, whose group has other bounds already."""
    return [
        _units_rule(instance, port)
        for instance in tree.walk()
        if instance.inside is not None
        for port in instance.ports.values()
        if len(port.members) > 1 and (port.minimum or port.said)
    ]


def _units_rule(instance: Instance, port: Port) -> Rule:
    units = total(quantity(one) for one in port.members)
    bounds = []
    if port.minimum:
        bounds.append(compared(Comparison.AT_LEAST, units, Constant(Decimal(port.minimum))))
    if port.said:
        bounds.append(compared(Comparison.AT_MOST, units, Constant(Decimal(port.maximum))))
    name = port.relation.name
    return Rule(
        f"{instance.key}:{instance.prefix}{name}:units",
        implied(selected(instance), all_of(bounds)),
        f"{name} takes {port.minimum} to {port.maximum} in all.",
    )
