"""Products with their components as trees of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cpq.configuration.expressions import (
    Compare,
    Comparison,
    Constant,
    CountOf,
    Expression,
    Implies,
    Selected,
)
from cpq.configuration.model import Attribute, Group, Node, Rule, Table
from cpq.readers import fitting
from cpq.readers.refusals import BundleIsCyclic, FileIsTooLarge
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.selling import Selling
from cpq.readers.revenue_cloud.sheets import Row, Sheet

UNBOUNDED = 9999
"""The most of a component whose quantity people may change and no row bounds."""
MOST_NODES = 20_000
MOST_NODES_IN_ALL = 100_000
DEEPEST = 25


@dataclass(frozen=True, slots=True)
class Component:
    """What stands at a node: its product, and the row that makes it part of its parent."""

    product: Row
    row: Row | None
    parent: str | None


@dataclass(slots=True)
class Bundle:
    """A tree of nodes, what must hold in it, and what stands where."""

    root: Node
    rules: list[Rule]
    tables: list[Table]
    components: dict[str, Component]


def plant(catalogue: Catalogue, product: Row, root: str | None = None) -> Bundle:
    """The tree of a product. Raises `BundleIsCyclic`, `FileIsTooLarge`.

    `root` is the key of its node and stands before the keys below; without it, the root's key is
    the SKU and does not.
    """
    key = catalogue.key(product) if root is None else root
    return _Planter(catalogue, "" if root is None else f"{root}/").plant(product, key)


class _Planter:
    """Grows one tree."""

    def __init__(self, catalogue: Catalogue, prefix: str) -> None:
        self.catalogue = catalogue
        self.findings = catalogue.findings
        self.relations = catalogue.relations
        self.prefix = prefix
        self.bundle: Bundle
        self.selling = Selling(catalogue)
        self.rules: list[Rule] = []
        self.tables: list[Table] = []
        self.components: dict[str, Component] = {}
        self.way: list[Row] = []

    def plant(self, product: Row, key: str) -> Bundle:
        root = self.node(product, key, None, None)
        return Bundle(root, [*self.rules, *self.selling.rules], self.tables, self.components)

    def node(self, product: Row, key: str, row: Row | None, parent: str | None) -> Node:
        """The node of a product with all below it."""
        sku = self.catalogue.sku(product)
        if len(self.way) >= DEEPEST:
            top = self.catalogue.sku(self.way[0])
            raise FileIsTooLarge(f"{top}: components are nested deeper than {DEEPEST}.")
        if len(self.components) >= MOST_NODES:
            top = self.catalogue.sku(self.way[0])
            raise FileIsTooLarge(f"{top} has more than {MOST_NODES} components.")
        self.catalogue.grown += 1
        if self.catalogue.grown > MOST_NODES_IN_ALL:
            raise FileIsTooLarge(f"All bundles have more than {MOST_NODES_IN_ALL} components.")
        self.way.append(product)
        self.components[key] = Component(product, row, parent)
        if row is not None and parent is not None:
            above = self.components[parent].product
            self.selling.component(row, key, product, parent, above)
        groups = self.groups(product, key, parent is None)
        self.way.pop()
        minimum, maximum, default = (1, 1, None) if row is None else self.quantities(row)
        return Node(
            key=key,
            name=product["Name"] or sku,
            required=row is not None and row.flag("IsComponentRequired"),
            minimum=minimum,
            maximum=maximum,
            default=default,
            item=self.catalogue.item(product),
            attributes=(*self.own(product, key), *self.selling.attributes(product)),
            groups=groups,
        )

    def own(self, product: Row, key: str) -> list[Attribute]:
        found = []
        for one in self.catalogue.attributes.of(product):
            found.append(one.attribute)
            table = one.table(key)
            if table is not None:
                self.tables.append(table)
        return found

    # ---- components

    def groups(self, product: Row, key: str, is_root: bool) -> tuple[Group, ...]:
        """The component groups of a product, each with its components, in order."""
        sheet = self.catalogue.folder.sheet("ProductComponentGroup")
        rows = self.relations.of(sheet, ("ParentProduct",), self.catalogue.products, product)
        components = self.catalogue.parts(product)
        ours = {id(one) for one in rows}
        placed: dict[int, list[Row]] = {}
        for row in components:
            group = self.relations.one(row, ("ProductComponentGroup",), sheet)
            if group is not None and id(group) not in ours:
                self.findings.lost(
                    "ProductComponentGroup", row.place, "The group belongs to another product."
                )
                group = None
            placed.setdefault(0 if group is None else id(group), []).append(row)
        often = self.often(components)
        found = []
        members: dict[int, list[str]] = {}
        for row in sorted(rows, key=lambda one: self.outward(one, sheet)):
            nodes = self.members(placed.get(id(row), []), key, row, often, is_root)
            members[id(row)] = [one.key for one in nodes]
            low, high = self.bounds(row)
            if nodes:
                names = [one.first("Name", "Code") for one in reversed(self.lineage(row, sheet))]
                made = Group(
                    key=f"{key}:{row.first('Code', 'Id', 'Name')}",
                    name=" / ".join(names),
                    members=tuple(nodes),
                    minimum=low,
                    maximum=high,
                )
                found.append(self.possible(made, row))
        rest = self.members(placed.get(0, []), key, None, often, is_root)
        if rest:
            found.append(Group(f"{key}:components", "Components", tuple(rest)))
        self.outer(rows, sheet, members, key)
        return tuple(found)

    def possible(self, group: Group, row: Row) -> Group:
        """The group with bounds that can be kept."""
        found = fitting.possible(group)
        if found != group:
            self.findings.changed(
                "MinBundleComponents",
                row.place,
                f"No choice of the components of {group.name} keeps its bounds; they are widened.",
            )
        return found

    def outer(self, rows: list[Row], sheet: Sheet, members: dict[int, list[str]], key: str) -> None:
        """What a group of groups bounds: the components of all groups inside it."""
        inside: dict[int, list[str]] = {}
        for row in rows:
            for above in self.lineage(row, sheet)[1:]:
                inside.setdefault(id(above), []).extend(members[id(row)])
        for row in rows:
            low, high = self.bounds(row)
            every = [*members[id(row)], *inside.get(id(row), [])]
            if (low or high is not None) and (id(row) in inside or not members[id(row)]):
                if not every:
                    self.findings.lost(
                        "MinBundleComponents", row.place, f"{row['Name']} has no component."
                    )
                    continue
                name = row.first("Name", "Code")
                count = CountOf(tuple(Selected(one) for one in every))
                if low:
                    condition = Compare(Comparison.AT_LEAST, count, Constant(Decimal(low)))
                    self.rule(f"{key}:{name}:least", key, condition, f"{name} needs {low}.", row)
                if high is not None:
                    condition = Compare(Comparison.AT_MOST, count, Constant(Decimal(high)))
                    self.rule(f"{key}:{name}:most", key, condition, f"{name} takes {high}.", row)

    def rule(self, name: str, node: str, condition: Expression, message: str, row: Row) -> None:
        self.rules.append(Rule(name, Implies(Selected(node), condition), message, row.place))

    def lineage(self, row: Row, sheet: Sheet) -> list[Row]:
        """A group and the groups around it, the nearest first."""
        found = [row]
        while len(found) < DEEPEST:
            above = self.relations.one(found[-1], ("ParentGroup",), sheet)
            if above is None:
                return found
            if above in found:
                raise BundleIsCyclic(f"{above.place}: the group {above['Name']} is inside itself.")
            found.append(above)
        raise FileIsTooLarge(f"{row.place}: groups are nested deeper than {DEEPEST}.")

    def members(
        self, rows: list[Row], key: str, group: Row | None, often: set[str], is_root: bool
    ) -> list[Node]:
        """The nodes of component rows; a key names the group where a product stands twice."""
        found = []
        before = self.prefix if is_root and not self.prefix else f"{key}/"
        for row in sorted(rows, key=self.order):
            for child in self.catalogue.children(row):
                own = sku = self.catalogue.sku(child)
                if child in self.way:
                    circle = [self.catalogue.sku(one) for one in self.way]
                    said = " > ".join([*circle[self.way.index(child) :], sku])
                    raise BundleIsCyclic(f"{row.place}: {sku} is part of itself ({said}).")
                if sku in often:
                    own = f"{'' if group is None else group.first('Code', 'Name')}:{sku}"
                place = fitting.node_key(f"{before}{own}")
                if place in self.components:
                    self.findings.lost(
                        "ProductRelatedComponent", row.place, f"{sku} is the same component again."
                    )
                    continue
                found.append(self.node(child, place, row, key))
        return found

    def often(self, rows: list[Row]) -> set[str]:
        """The products that stand more than once among the components."""
        seen: dict[str, int] = {}
        for row in rows:
            for child in self.catalogue.children(row):
                sku = self.catalogue.sku(child)
                seen[sku] = seen.get(sku, 0) + 1
        return {sku for sku, count in seen.items() if count > 1}

    def outward(self, row: Row, sheet: Sheet) -> list[tuple[bool, Decimal]]:
        """Where a group stands: by the sequence of the outermost group first."""
        return [self.order(one) for one in reversed(self.lineage(row, sheet))]

    def order(self, row: Row) -> tuple[bool, Decimal]:
        number = self.relations.number(row, "Sequence")
        return (True, Decimal(0)) if number is None else (False, number)

    def bounds(self, row: Row) -> tuple[int, int | None]:
        """How many different components a group wants."""
        low = self.relations.count(row, "MinBundleComponents") or 0
        high = self.relations.count(row, "MaxBundleComponents")
        if high is not None and low > high:
            self.findings.lost(
                "MinBundleComponents", row.place, f"At least {low} and at most {high} is never so."
            )
            return 0, None
        return low, high

    def quantities(self, row: Row) -> tuple[int, int, int | None]:
        """The least, most and proposed quantity of a component."""
        quantity = self.relations.count(row, "Quantity")
        low = self.relations.count(row, "MinQuantity")
        high = self.relations.count(row, "MaxQuantity")
        usual = quantity or 1
        if not row.flag("IsQuantityEditable", otherwise=True):
            low = high = usual
        least = max(1, low or 1)
        most = UNBOUNDED if high is None else high
        if most > fitting.MOST_UNITS or least > fitting.MOST_UNITS:
            self.findings.changed(
                "MaxQuantity",
                row.place,
                f"It is taken as {fitting.MOST_UNITS}, the most there are.",
            )
            least, most = min(least, fitting.MOST_UNITS), min(most, fitting.MOST_UNITS)
        if least > most:
            self.findings.lost(
                "MinQuantity", row.place, f"At least {least} and at most {most} is never so."
            )
            least, most = 1, UNBOUNDED
        default = None
        if row.flag("IsDefaultComponent") or row.flag("IsComponentRequired"):
            default = min(max(usual, least), most)
            if default != usual:
                self.findings.changed(
                    "Quantity", row.place, f"{usual} is not between {least} and {most}."
                )
        self.remarks(row)
        return least, most, default

    def remarks(self, row: Row) -> None:
        """What a component row says that a model does not."""
        if row.flag("DoesBundlePriceIncludeChild"):
            self.findings.changed(
                "DoesBundlePriceIncludeChild",
                row.place,
                "The bundle's price includes the component; here its own list price counts too.",
            )
        if row["QuantityScaleMethod"].lower() == "constant":
            self.findings.changed(
                "QuantityScaleMethod",
                row.place,
                "The quantity does not grow with the bundle's; here it is for each unit of it.",
            )
        if row["QuoteVisibility"].lower() not in ("", "always"):
            self.findings.noted("QuoteVisibility", row.place, "How the quote is printed.")
