"""Products of a catalogue: what they are called, what may be part of them, how they are sold."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.attributes import Attributes
from cpq.readers.revenue_cloud.folders import Folder
from cpq.readers.revenue_cloud.sheets import Relations, Row, Sheet

PARTS = {"", "bundlecomponent", "classificationcomponent"}


@dataclass(slots=True)
class Catalogue:
    """Makes bundles of a folder's tables."""

    folder: Folder
    findings: Findings
    relations: Relations = field(init=False)
    attributes: Attributes = field(init=False)
    grown: int = 0
    """Nodes of all trees made so far."""
    _children: dict[int, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relations = Relations(self.findings)
        self.attributes = Attributes(self.folder, self.relations)

    @property
    def products(self) -> Sheet:
        """The table of products."""
        return self.folder.sheet("Product2")

    def sku(self, product: Row) -> str:
        """What the ERP calls the product."""
        return product.first("StockKeepingUnit", "ProductCode", "Name", "Id")

    def key(self, product: Row) -> str:
        """The SKU as the key of a node."""
        return fitting.node_key(self.sku(product))

    def item(self, product: Row) -> str | None:
        """The SKU as an item of the ERP; None, with a finding, where it is too long for one."""
        sku = fitting.line(self.sku(product))
        if len(sku) <= fitting.LONGEST_ITEM:
            return sku or None
        self.findings.lost(
            "StockKeepingUnit",
            product.place,
            f"It has more than {fitting.LONGEST_ITEM} characters; the node is no item.",
        )
        return None

    def active(self, product: Row) -> bool:
        """Whether the product is sold at all."""
        return product.flag("IsActive", otherwise=True)

    def parts(self, product: Row) -> list[Row]:
        """The rows of a product's components that a bundle can have."""
        sheet = self.folder.sheet("ProductRelatedComponent")
        rows = self.relations.of(sheet, ("ParentProduct",), self.products, product)
        return [row for row in rows if self.is_part(row)]

    def is_part(self, row: Row) -> bool:
        """Whether a row makes its child part of the parent, and not an add-on or a set."""
        kinds = self.folder.sheet("ProductRelationshipType")
        kind = self.relations.one(row, ("ProductRelationshipType",), kinds) if kinds.rows else None
        role = row["ChildProductRole"] or ("" if kind is None else kind["AssociatedProductRoleCat"])
        if role.lower() in PARTS:
            return True
        self.findings.noted("ChildProductRole", row.place, f"A {role} is no part of a bundle.")
        return False

    def children(self, row: Row) -> list[Row]:
        """The products that a component row may be: its child, or those of its classification."""
        if id(row) not in self._children:
            self._children[id(row)] = self._child(row)
        return self._children[id(row)]

    def _child(self, row: Row) -> list[Row]:
        child = self.relations.one(row, ("ChildProduct",), self.products)
        if child is not None:
            if self.active(child):
                return [child]
            self.findings.changed(
                "IsActive", row.place, f"{self.sku(child)} is not active; it is no component."
            )
            return []
        classifications = self.folder.sheet("ProductClassification")
        chosen = self.relations.one(row, ("ChildProductClassification",), classifications)
        if chosen is None:
            if not self.relations.names(row, ("ChildProduct", "ChildProductClassification")):
                self.findings.lost("ProductRelatedComponent", row.place, "The row names no child.")
            return []
        found: list[Row] = []
        waiting, seen = [chosen], {id(chosen)}
        while waiting:
            current = waiting.pop(0)
            based = self.relations.of(self.products, ("BasedOn",), classifications, current)
            found.extend(one for one in based if self.active(one))
            for below in self.relations.of(
                classifications,
                ("ParentProductClassification", "ParentClassification"),
                classifications,
                current,
            ):
                if id(below) not in seen:
                    seen.add(id(below))
                    waiting.append(below)
        if not found:
            self.findings.lost(
                "ChildProductClassification", row.place, "No active product has the classification."
            )
        return found

    def models_of(self, product: Row) -> list[Row]:
        """The active selling models of a product, its default first."""
        options = self.folder.sheet("ProductSellingModelOption")
        selling = self.folder.sheet("ProductSellingModel")
        rows = self.relations.of(options, ("Product2", "Product"), self.products, product)
        rows = sorted(rows, key=lambda row: not row.flag("IsDefault"))
        found = [self.relations.one(row, ("ProductSellingModel",), selling) for row in rows]
        active = [
            one for one in found if one is not None and one["Status"].lower() in ("", "active")
        ]
        return list({id(one): one for one in active}.values())
