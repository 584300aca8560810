"""Attributes of products: of their classification, and their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from cpq.configuration.model import Attribute, AttributeType
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.folders import Folder
from cpq.readers.revenue_cloud.kinds import ACTIVE, Kinds, Line, Property
from cpq.readers.revenue_cloud.sheets import Relations, Row, decimal

DEEPEST_CLASSIFICATION = 20
MOST_ATTRIBUTES = 1_000


@dataclass(slots=True)
class Attributes:
    """Works out the attributes of products."""

    folder: Folder
    relations: Relations
    kinds: Kinds = field(init=False)
    _known: dict[str, tuple[Property, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = Kinds(self.folder, self.relations)

    @property
    def findings(self) -> Findings:
        """Where findings go."""
        return self.relations.findings

    def of(self, product: Row) -> tuple[Property, ...]:
        """The attributes of a product, in order: its own rows override its classification's."""
        if product.place not in self._known:
            self._known[product.place] = tuple(self._work_out(product))
        return self._known[product.place]

    def _work_out(self, product: Row) -> Iterable[Property]:
        definitions: dict[str, list[Row]] = {}
        lines: dict[str, Row] = {}
        for rows in (*self._classified(product), self._own(product)):
            for row in rows:
                definition = self.relations.one(
                    row, ("AttributeDefinition",), self.folder.sheet("AttributeDefinition")
                )
                if definition is None:
                    if not self.relations.names(row, ("AttributeDefinition",)):
                        self.findings.lost(
                            "AttributeDefinition", row.place, "The row names no attribute."
                        )
                    continue
                lines[definition.place] = definition
                definitions.setdefault(definition.place, []).append(row)
        found: list[tuple[tuple[bool, Decimal], int, Property]] = []
        for place, rows in definitions.items():
            # The nearest row says last what holds.
            line = Line(tuple(reversed(rows)), lines[place])
            made = self._property(line)
            if made is None:
                continue
            if any(one.attribute.code == made.attribute.code for _, _, one in found):
                self.findings.lost(
                    "AttributeDefinition",
                    line.definition.place,
                    f"{made.attribute.code} is the name of another attribute already.",
                )
            elif len(found) >= MOST_ATTRIBUTES:
                self.findings.lost(
                    "AttributeDefinition",
                    line.place,
                    f"The product has more than {MOST_ATTRIBUTES} attributes.",
                )
            else:
                found.append((self.order(line), len(found), made))
        return [made for _, _, made in sorted(found, key=lambda each: each[:2])]

    def _property(self, line: Line) -> Property | None:
        definition = line.definition
        if not definition.flag("IsActive", otherwise=True):
            self.findings.noted("IsActive", definition.place, "The attribute is not active.")
            return None
        code = definition.first("DeveloperName", "Code", "Name")
        if not code:
            self.findings.lost(
                "AttributeDefinition", definition.place, "It has no name and no code."
            )
            return None
        name = line.rows[0]["AttributeNameOverride"] or definition.first("Label", "Name", "Code")
        return self.kinds.property(
            line, Attribute(fitting.key(code), name or code, AttributeType.TEXT)
        )

    def _own(self, product: Row) -> list[Row]:
        sheet = self.folder.sheet("ProductAttributeDefinition")
        products = self.folder.sheet("Product2")
        rows = self.relations.of(sheet, ("Product2", "Product"), products, product)
        return [row for row in rows if self.holds(row)]

    def _classified(self, product: Row) -> list[list[Row]]:
        """The rows of the product's classification and its parents, the farthest first."""
        sheet = self.folder.sheet("ProductClassification")
        rows = self.folder.sheet("ProductClassificationAttr", "ProductClassificationAttribute")
        found: list[list[Row]] = []
        current = self.relations.one(product, ("BasedOn",), sheet)
        seen: set[str] = set()
        while current is not None:
            if current.place in seen or len(seen) >= DEEPEST_CLASSIFICATION:
                self.findings.lost(
                    "ParentProductClassification",
                    current.place,
                    f"{current.first('Name', 'Code')} has too many classes above it, or is above"
                    " itself.",
                )
                break
            seen.add(current.place)
            if current["Status"].lower() not in ACTIVE:
                self.findings.changed(
                    "ProductClassification",
                    product.place,
                    f"{current.first('Name', 'Code')} is {current['Status']}; its attributes are"
                    " left out.",
                )
                break
            own = self.relations.of(rows, ("ProductClassification",), sheet, current)
            found.append([row for row in own if self.holds(row)])
            current = self.relations.one(
                current, ("ParentProductClassification", "ParentClassification"), sheet
            )
        return found[::-1]

    def holds(self, row: Row) -> bool:
        """Whether a row is active."""
        if row["Status"].lower() in ACTIVE:
            return True
        self.findings.noted("Status", row.place, f"The row is {row['Status']}; it was left out.")
        return False

    def order(self, line: Line) -> tuple[bool, Decimal]:
        found = decimal(line("Sequence"))
        return found is None, found or Decimal(0)
