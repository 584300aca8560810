"""A bundle of the catalogue and what a constraint model says of it, as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from cpq.configuration.expressions import (
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    Expression,
    Implies,
    Not,
    Quantity,
    Selected,
    Sum,
    Value,
)
from cpq.configuration.model import Attribute, AttributeType, Group, Node, Rule, Table
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.bundles import Bundle
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.kinds import Property
from cpq.readers.revenue_cloud.sheets import Row
from cpq.readers.revenue_cloud.ties import Ties

Known = dict[AttributeOf, Property]
"""What the catalogue says of the attributes of a bundle's nodes."""


class Keys:
    """Keys of the catalogue for the instances of a constraint model.

    A member of a relation is the component that the relation is tied to; without such a tie, the
    only component of the parent that is the product of the member's type. A member that is no
    component gets a key of its own, with a finding.
    """

    def __init__(
        self, catalogue: Catalogue, ties: Ties, bundles: dict[str, Bundle], place: str
    ) -> None:
        self.catalogue = catalogue
        self.ties = ties
        self.bundles = bundles
        self.place = place
        self._root = ""
        self._given: set[str] = set()
        self._below: dict[tuple[str, int], list[str]] = {}
        self._rows: dict[str, int] = {}
        for bundle in bundles.values():
            for key, one in bundle.components.items():
                self._rows[key] = id(one.row)
                if one.parent is not None:
                    self._below.setdefault((one.parent, id(one.product)), []).append(key)

    def root(self, type_name: str) -> str:
        """The SKU of the product that the type stands for, or the type's name."""
        product = self.ties.products.get(type_name)
        self._root = fitting.node_key(type_name if product is None else self.catalogue.sku(product))
        return self._root

    def member(self, parent: str, relation: str, type_name: str, declared: str) -> str:
        """The key of the component, or one of the relation's own."""
        product = self.ties.products.get(type_name)
        found = None if product is None else self.component(parent, relation, product)
        if found is not None and found not in self._given:
            self._given.add(found)
            return found
        if product is not None:
            why = f"{self.catalogue.sku(product)}, which is no component of {parent}, or one that"
            why = f"{why} another relation holds already"
        elif type_name in self.ties.classifications:
            why = f"{type_name}, a class of products, beside its products"
        else:
            why = f"{type_name}, which stands for no product"
        self.catalogue.findings.changed(relation, self.place, f"The relation holds {why}.")
        own = relation if type_name == declared else f"{relation}/{type_name}"
        found = own if parent == self._root else f"{parent}/{own}"
        while found in self._given or found in self._rows:
            found = f"{found}~"
        self._given.add(found)
        return found

    def component(self, parent: str, relation: str, product: Row) -> str | None:
        """The component of a parent that a member is; on a quote, a product of its own."""
        below = self._below.get((parent, id(product)), [])
        if len(below) > 1:
            tied = {id(one) for one in self.ties.ports.get(relation.rpartition("/")[2], [])}
            below = [key for key in below if self._rows[key] in tied]
        if len(below) == 1:
            return below[0]
        key = self.catalogue.key(product)
        on_quote = parent == self._root and self._root not in self.bundles
        return key if on_quote and key in self.bundles else None


class Joiner:
    """Joins the nodes of a constraint model to those of the catalogue.

    `tables` are the catalogue's own, which follow their attributes; `rules` are what it adds.
    """

    def __init__(self, findings: Findings, place: str, tables: Iterable[Table]) -> None:
        self.findings = findings
        self.place = place
        self.rules: list[Rule] = []
        self._tables = {one.columns[0]: one for one in tables}

    @property
    def tables(self) -> tuple[Table, ...]:
        """The catalogue's tables as they are after joining."""
        return tuple(self._tables.values())

    def join(self, ours: Node, theirs: Node, known: Known) -> Node:
        """The node with what both say of it. `known` is what the catalogue says of attributes."""
        members = {one.key: one for group in theirs.groups for one in group.members}
        there = {one.key for group in ours.groups for one in group.members}
        groups = [
            replace(
                group,
                members=tuple(
                    self.join(one, members[one.key], known) if one.key in members else one
                    for one in group.members
                ),
            )
            for group in ours.groups
        ]
        for group in theirs.groups:
            self.units(theirs.key, group)
            rest = tuple(one for one in group.members if one.key not in there)
            if rest:
                groups.append(replace(group, members=rest, least_units=None, most_units=None))
        low, high = self.quantity(ours, theirs)
        required = ours.required or theirs.required
        default = ours.default if ours.default is not None else theirs.default
        if default is not None and not (low <= default <= high or (default == 0 and not required)):
            default = None
        return replace(
            ours,
            required=required,
            minimum=low,
            maximum=high,
            default=default,
            attributes=tuple(self.attributes(ours, theirs, known)),
            groups=tuple(self.possible(group) for group in groups),
            visible_when=theirs.visible_when or ours.visible_when,
        )

    def possible(self, group: Group) -> Group:
        """The group with bounds that can be kept."""
        found = fitting.possible(group)
        if found != group:
            self.findings.changed(
                "cardinality",
                self.place,
                f"No choice of the components of {group.name} keeps its bounds; they are widened.",
            )
        return found

    def quantity(self, ours: Node, theirs: Node) -> tuple[int, int]:
        """The bounds that both have; the constraint model's where none would be left."""
        low, high = max(ours.minimum, theirs.minimum), min(ours.maximum, theirs.maximum)
        if low <= high:
            return low, high
        self.findings.changed(
            ours.key,
            self.place,
            f"The catalogue takes {ours.minimum} to {ours.maximum} and the constraint model"
            f" {theirs.minimum} to {theirs.maximum}; the latter is kept.",
        )
        return theirs.minimum, theirs.maximum

    def units(self, node: str, group: Group) -> None:
        """What a relation bounds in all, as a rule: its members may stand in several groups."""
        total = Sum(tuple(Quantity(one.key) for one in group.members))
        for stem, comparison, count in (
            ("least", Comparison.AT_LEAST, group.least_units),
            ("most", Comparison.AT_MOST, group.most_units),
        ):
            if count is not None:
                held = Compare(comparison, total, Constant(Decimal(count)))
                words = f"{group.name} takes at {stem} {count} in all."
                self.rule(f"{group.key}:{stem}", node, held, words)

    def rule(self, key: str, node: str, held: Expression, words: str) -> None:
        self.rules.append(Rule(key, Implies(Selected(node), held), words, self.place))

    # ---- attributes

    def attributes(self, ours: Node, theirs: Node, known: Known) -> Iterable[Attribute]:
        """The attributes of both: how they look from the catalogue, what they may be from both."""
        named = {one.code.lower(): one for one in theirs.attributes}
        for one in ours.attributes:
            other = named.pop(one.code.lower(), None)
            if other is None:
                yield one
                continue
            yield self.attribute(ours.key, one, other, known.get(AttributeOf(ours.key, one.code)))
        yield from named.values()

    def attribute(
        self, node: str, ours: Attribute, theirs: Attribute, said: Property | None
    ) -> Attribute:
        found = replace(
            theirs, name=ours.name, visible_when=ours.visible_when or theirs.visible_when
        )
        target = AttributeOf(node, theirs.code)
        self._tables.pop(AttributeOf(node, ours.code), None)
        if theirs.expression is not None:
            return found
        if ours.expression is not None:
            self.findings.changed(
                "IsReadOnly",
                self.place,
                f"{ours.name} is only read in the catalogue; here it may be chosen.",
            )
        elif theirs.type is AttributeType.ENUMERATION and ours.type is AttributeType.ENUMERATION:
            names = {one.code: one.name for one in ours.options}
            options = (replace(one, name=names.get(one.code, one.name)) for one in theirs.options)
            found = replace(found, options=tuple(options))
            self.refuse(target, found, names, dict(() if said is None else said.refused))
        elif _is_number(ours) and _is_number(theirs) and said is not None:
            self.narrow(target, found, said)
        elif ours.type is not theirs.type:
            self.findings.changed(
                theirs.code,
                self.place,
                f"{ours.name} is {ours.type} in the catalogue and {theirs.type} in the constraint"
                " model; the latter is kept.",
            )
        if ours.default is not None and self.fits(found, ours.default):
            found = replace(found, default=ours.default)
        return found

    def fits(self, theirs: Attribute, value: Value) -> bool:
        """Whether the catalogue's default is a value of the attribute."""
        match theirs.type:
            case AttributeType.ENUMERATION:
                return any(one.code == value for one in theirs.options)
            case AttributeType.BOOLEAN:
                return isinstance(value, bool)
            case AttributeType.TEXT:
                return isinstance(value, str) and len(value) <= theirs.longest
        if not isinstance(value, Decimal) or theirs.minimum is None or theirs.maximum is None:
            return False
        inside = theirs.minimum <= value <= theirs.maximum
        return inside and (value - theirs.minimum) % theirs.step == 0

    def narrow(self, target: AttributeOf, theirs: Attribute, said: Property) -> None:
        """The bounds and the pick list that the catalogue has for a number of both."""
        assert theirs.minimum is not None
        assert theirs.maximum is not None
        stem = f"{target.node}:{target.attribute}"
        if said.least is not None and said.least > theirs.minimum:
            held = Compare(Comparison.AT_LEAST, target, Constant(said.least))
            words = f"{theirs.name} is at least {said.least:f}."
            self.rule(f"{stem}:least", target.node, held, words)
        if said.most is not None and said.most < theirs.maximum:
            held = Compare(Comparison.AT_MOST, target, Constant(said.most))
            words = f"{theirs.name} is at most {said.most:f}."
            self.rule(f"{stem}:most", target.node, held, words)
        left = replace(said, values=tuple(one for one in said.values if self.fits(theirs, one)))
        if said.values and not left.values:
            self.none_left(theirs)
            return
        table = replace(left, attribute=theirs).table(target.node)
        if table is not None:
            self._tables[target] = table

    def none_left(self, theirs: Attribute) -> None:
        self.findings.changed(
            theirs.code,
            self.place,
            f"No value of {theirs.name} is one of the catalogue's; those of the constraint model"
            " are kept.",
        )

    def refuse(
        self,
        target: AttributeOf,
        theirs: Attribute,
        names: dict[str, str],
        reasons: dict[str, str],
    ) -> None:
        """Values that the constraint model knows and the catalogue does not offer."""
        missing = [one.code for one in theirs.options if one.code not in names]
        if missing and len(missing) == len(theirs.options):
            self.none_left(theirs)
            return
        for code in missing:
            self.rules.append(
                Rule(
                    f"{target.node}:{target.attribute}:{code}",
                    Not(Compare(Comparison.EQUAL, target, Constant(code))),
                    reasons.get(code, f"{theirs.name} {code} is not in the catalogue."),
                    self.place,
                )
            )


def known_of(catalogue: Catalogue, bundle: Bundle) -> Known:
    """What the catalogue says of the attributes of a bundle's nodes."""
    return {
        AttributeOf(key, each.attribute.code): each
        for key, one in bundle.components.items()
        for each in catalogue.attributes.of(one.product)
    }


def _is_number(attribute: Attribute) -> bool:
    return attribute.type in (AttributeType.INTEGER, AttributeType.DECIMAL)
