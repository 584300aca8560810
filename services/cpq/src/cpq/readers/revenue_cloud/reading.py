"""A Revenue Cloud catalogue as models: one for each product that can be configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cpq.configuration.model import Model, Node
from cpq.readers.cml.hierarchy import Hierarchy
from cpq.readers.cml.parsing import parse
from cpq.readers.cml.reading import Translation, roots, translate
from cpq.readers.files import text_of
from cpq.readers.findings import Findings, Reading
from cpq.readers.refusals import NothingToConfigure
from cpq.readers.revenue_cloud.bundles import Bundle, plant
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.folders import Constraints, Folder, load, sort
from cpq.readers.revenue_cloud.joining import Joiner, Keys, known_of
from cpq.readers.revenue_cloud.parts import Parts
from cpq.readers.revenue_cloud.qualification import Qualification, unknown_rows
from cpq.readers.revenue_cloud.sheets import Row
from cpq.readers.revenue_cloud.ties import Ties, Tying

REFERENCES: tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...] = (
    (
        "ProductRelatedComponent",
        (
            (("ParentProduct",), "Product2"),
            (("ChildProduct",), "Product2"),
            (("ChildProductClassification",), "ProductClassification"),
            (("ProductComponentGroup",), "ProductComponentGroup"),
        ),
    ),
    (
        "ProductComponentGroup",
        ((("ParentProduct",), "Product2"), (("ParentGroup",), "ProductComponentGroup")),
    ),
    ("Product2", ((("BasedOn",), "ProductClassification"),)),
    (
        "ProductAttributeDefinition",
        (
            (("Product2", "Product"), "Product2"),
            (("AttributeDefinition",), "AttributeDefinition"),
        ),
    ),
    (
        "ProductClassificationAttr",
        (
            (("ProductClassification",), "ProductClassification"),
            (("AttributeDefinition",), "AttributeDefinition"),
        ),
    ),
    ("AttributeDefinition", ((("Picklist", "AttributePicklist"), "AttributePicklist"),)),
    ("AttributePicklistValue", ((("Picklist", "AttributePicklist"), "AttributePicklist"),)),
    (
        "ProductSellingModelOption",
        (
            (("Product2", "Product"), "Product2"),
            (("ProductSellingModel",), "ProductSellingModel"),
        ),
    ),
    (
        "ProductCategoryProduct",
        ((("Product", "Product2"), "Product2"), (("ProductCategory",), "ProductCategory")),
    ),
    ("ProductQualification", ((("Product", "Product2"), "Product2"),)),
    ("ProductDisqualification", ((("Product", "Product2"), "Product2"),)),
    ("ProductCategoryQualification", ((("Category", "ProductCategory"), "ProductCategory"),)),
    ("ProductCategoryDisqual", ((("Category", "ProductCategory"), "ProductCategory"),)),
)
"""What the rows of each table refer to; each is followed once, so that nothing dangles unseen."""


def read_directory(path: Path) -> Reading:
    """The models of a folder. Raises `FileCannotBeRead`, `FileIsTooLarge`, what `read` raises."""
    return read(load(path))


def read(files: Mapping[str, bytes]) -> Reading:
    """The models of a catalogue's files, by their path in its folder.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `BundleIsCyclic`, `NothingToConfigure`.
    """
    findings = Findings()
    folder = sort(files, findings)
    catalogue = Catalogue(folder, findings)
    follow(catalogue)
    reader = _Reader(catalogue, Qualification(catalogue))
    for constraints in folder.constraints:
        reader.constrain(constraints)
    models = tuple(reader.models())
    if not models:
        raise NothingToConfigure("No active product of the catalogue has components or attributes.")
    return Reading(models, tuple(findings))


def follow(catalogue: Catalogue) -> None:
    """Follows every reference of every row; those to nothing are findings."""
    folder: Folder = catalogue.folder
    for name, references in REFERENCES:
        sheet = folder.sheets.get(name)
        if sheet is None:
            continue
        for bases, target in references:
            for row in sheet:
                catalogue.relations.one(row, bases, folder.sheet(target))
        if name.endswith(("Qualification", "Disqualification", "Disqual")):
            unknown_rows(catalogue, sheet)


@dataclass(frozen=True, slots=True)
class _Quote:
    """A constraint model of what stands on a quote together."""

    name: str
    root: str
    place: str
    translation: Translation
    standing: dict[str, Bundle]
    """Products that may be line items, by their keys."""


@dataclass(slots=True)
class _Reader:
    catalogue: Catalogue
    qualification: Qualification
    said: dict[str, list[tuple[str, str, Translation]]] = field(default_factory=dict)
    """What constraint models say of a product, each with its name and place."""
    quotes: list[_Quote] = field(default_factory=list)
    bundles: dict[str, Bundle] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        return self.catalogue.findings

    # ---- constraint models

    def constrain(self, constraints: Constraints) -> None:
        """Translates a constraint model in the words of the catalogue."""
        tying = Tying(self.catalogue, constraints)
        if not tying.active():
            return
        name = tying.name()
        text = text_of(constraints.content, constraints.path)
        source = parse(text, constraints.path, self.findings)
        ties = tying.tie()
        for tag, product in ties.products.items():
            if tag not in source.types:
                self.findings.lost(
                    tag,
                    f"{constraints.path}:1",
                    f"{product['Name']} is tied to a type that is not there.",
                )
        hierarchy = Hierarchy(source, self.findings, frozenset(ties.products))
        for root in roots(hierarchy):
            self.root(name, hierarchy, ties, root)

    def root(self, name: str, hierarchy: Hierarchy, ties: Ties, root: str) -> None:
        """Translates a type that is configured on its own, for its product or for a quote."""
        product = ties.products.get(root)
        place = hierarchy.source.place(hierarchy.source.types[root].line)
        if product is not None:
            bundle = self.bundle(product)
            keys = Keys(self.catalogue, ties, {bundle.root.key: bundle}, place)
            said = self.said.setdefault(bundle.root.key, [])
            said.append((name, place, translate(hierarchy, root, keys)))
            return
        if not hierarchy.source.types[root].virtual:
            self.findings.changed(
                root, place, "The type stands for no product; its model is made of the file alone."
            )
        lines = {self.catalogue.key(one): one for one in ties.products.values()}
        standing = {key: plant(self.catalogue, one, key) for key, one in lines.items()}
        keys = Keys(self.catalogue, ties, standing, place)
        self.quotes.append(_Quote(name, root, place, translate(hierarchy, root, keys), standing))

    def bundle(self, product: Row) -> Bundle:
        key = self.catalogue.key(product)
        if key not in self.bundles:
            self.bundles[key] = plant(self.catalogue, product)
        return self.bundles[key]

    # ---- models

    def models(self) -> Iterable[Model]:
        """The models of products, in the order of the table, then those of quotes."""
        seen: dict[str, str] = {}
        for product in self.catalogue.products:
            sku = self.catalogue.sku(product)
            if not sku:
                self.findings.lost("Product2", product.place, "The product has no SKU and no name.")
                continue
            if sku in seen:
                self.findings.lost(
                    "Product2", product.place, f"{sku} is the same product as in {seen[sku]}."
                )
                continue
            seen[sku] = product.place
            if not self.catalogue.active(product):
                self.findings.noted("IsActive", product.place, f"{sku} is not active.")
                continue
            bundle = self.bundle(product)
            if product["Type"].lower() == "bundle" and len(bundle.components) < 2:
                self.findings.noted("Type", product.place, f"The bundle {sku} has no component.")
            if product.flag("IsSoldOnlyWithOtherProds"):
                continue
            if len(bundle.components) > 1 or bundle.root.attributes or bundle.root.key in self.said:
                yield self.model(product, bundle)
        for quote in self.quotes:
            yield self.quote(quote)

    def model(self, product: Row, bundle: Bundle) -> Model:
        """The model of a product: its tree, and what constraint models say of it."""
        self.qualification.facts = {}
        parts = Parts()
        parts.rules(bundle.rules)
        parts.rules(self.qualification.rules(bundle))
        root, tables, known = bundle.root, tuple(bundle.tables), known_of(self.catalogue, bundle)
        for name, place, translation in self.said.get(bundle.root.key, ()):
            joiner = Joiner(self.findings, place, tables)
            root = joiner.join(root, translation.root, known)
            tables = joiner.tables
            parts.rules(joiner.rules)
            parts.add(name, translation)
        parts.tables(tables)
        parts.facts(self.qualification.facts.values())
        return parts.model(bundle.root.key, bundle.root.name, root)

    def quote(self, quote: _Quote) -> Model:
        """A model whose root is the quote: line items are products with all their components."""
        parts = Parts()
        self.qualification.facts = {}
        groups = []
        for group in quote.translation.root.groups:
            members: list[Node] = []
            for one in group.members:
                bundle = quote.standing.get(one.key)
                if bundle is None:
                    members.append(one)
                    continue
                parts.rules(bundle.rules)
                parts.rules(self.qualification.rules(bundle))
                joiner = Joiner(self.findings, quote.place, bundle.tables)
                ours = replace(bundle.root, maximum=one.maximum)
                members.append(joiner.join(ours, one, known_of(self.catalogue, bundle)))
                parts.rules(joiner.rules)
                parts.tables(joiner.tables)
            groups.append(replace(group, members=tuple(members)))
        parts.add(quote.name, quote.translation)
        parts.facts(self.qualification.facts.values())
        tree = replace(quote.translation.root, groups=tuple(groups))
        return parts.model(f"{quote.name}.{quote.root}", f"{quote.name} {quote.root}", tree)
