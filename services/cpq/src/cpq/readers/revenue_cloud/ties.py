"""What ties a constraint model to the catalogue: types to products, relations to components.

`ExpressionSetConstraintObj` names for each tag of the CML file the record that it stands for. The
records' ids are those of the organisation that the files were taken from, so they are followed by
the tables beside the file: products by name, components by their parent's and child's names and
sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.folders import Constraints
from cpq.readers.revenue_cloud.sheets import Row, Sheet

FIELDS = ("StockKeepingUnit", "ProductCode", "Code", "Name", "Id")
"""By what a record is known in another organisation, the surest first."""


@dataclass(slots=True)
class Ties:
    """The products of types, and the component rows of relations."""

    products: dict[str, Row] = field(default_factory=dict)
    classifications: dict[str, Row] = field(default_factory=dict)
    ports: dict[str, list[Row]] = field(default_factory=dict)


class Tying:
    """Follows the ties of one constraint model."""

    def __init__(self, catalogue: Catalogue, constraints: Constraints) -> None:
        self.catalogue = catalogue
        self.constraints = constraints

    @property
    def findings(self) -> Findings:
        """Where findings go."""
        return self.catalogue.findings

    def tie(self) -> Ties:
        """All ties that can be followed; the others are findings."""
        found = Ties()
        for row in self.constraints.sheet("ExpressionSetConstraintObj"):
            tag, kind = row["ConstraintModelTag"], row["ConstraintModelTagType"].lower()
            if not tag or kind not in ("type", "port"):
                self.findings.lost(
                    "ExpressionSetConstraintObj",
                    row.place,
                    "It ties neither a type nor a relation.",
                )
            elif kind == "port":
                component = self.component(row)
                if component is not None:
                    found.ports.setdefault(tag, []).append(component)
            else:
                self.type_(row, tag, found)
        return found

    def active(self) -> bool:
        """Whether a version of the constraint model is active."""
        versions = self.constraints.sheet("ExpressionSetDefinitionVersion").rows
        known = [one for one in versions if self.constraints.name.endswith(one["DeveloperName"])]
        if not known or any(one["Status"].lower() in ("", "active") for one in known):
            return True
        self.findings.changed(
            "ExpressionSetDefinitionVersion",
            known[0].place,
            f"The constraint model is {known[0]['Status']}; it was left out.",
        )
        return False

    def name(self) -> str:
        """The name of the constraint model."""
        sets = self.constraints.sheet("ExpressionSet").rows
        for one in sets:
            if one["ApiName"] and one["ApiName"] in self.constraints.name:
                return one["ApiName"]
        return sets[0].first("ApiName", "Name") if len(sets) == 1 else self.constraints.name

    def type_(self, row: Row, tag: str, found: Ties) -> None:
        """A type is a product or a classification."""
        product = self.record(row, "Product2", self.catalogue.products)
        if product is not None:
            found.products[tag] = product
            return
        classifications = self.catalogue.folder.sheet("ProductClassification")
        chosen = self.record(row, "ProductClassification", classifications)
        if chosen is not None:
            found.classifications[tag] = chosen
            return
        self.findings.lost(
            "ExpressionSetConstraintObj",
            row.place,
            f"The type {tag} stands for no single product or classification of the catalogue.",
        )

    def record(self, row: Row, table: str, target: Sheet) -> Row | None:
        """The row of the catalogue that a tie's record is, if it is one of that table."""
        for column in row.values:
            base, dot, name = column.partition(".")
            if dot and base in (table, "ReferenceObject") and row[column]:
                direct = target.find(name, row[column])
                if len(direct) == 1:
                    return direct[0]
        reference = row["ReferenceObjectId"]
        if not reference:
            return None
        there = self.constraints.sheet(table).find("Id", reference)
        if not there:
            own = target.find("Id", reference)
            return own[0] if len(own) == 1 else None
        for name in FIELDS[:-1]:
            if there[0][name]:
                same = target.find(name, there[0][name])
                if len(same) == 1:
                    return same[0]
        return None

    def component(self, row: Row) -> Row | None:
        """The component row of the catalogue that a relation stands for."""
        sheet = self.catalogue.folder.sheet("ProductRelatedComponent")
        reference = row["ReferenceObjectId"]
        there = self.constraints.sheet("ProductRelatedComponent").find("Id", reference)
        if not there:
            own = sheet.find("Id", reference) if reference else []
            if len(own) == 1:
                return own[0]
            self.untied(row)
            return None
        wanted = there[0]
        parent = self.named(wanted, "ParentProduct", self.catalogue.products)
        child = self.named(wanted, "ChildProduct", self.catalogue.products)
        classification = self.named(
            wanted,
            "ChildProductClassification",
            self.catalogue.folder.sheet("ProductClassification"),
        )
        if parent is None or (child is None and classification is None):
            self.untied(row)
            return None
        fitting = [
            one
            for one in self.catalogue.parts(parent)
            if (child is not None and child in self.catalogue.children(one))
            or (classification is not None and self.of_class(one) is classification)
        ]
        exact = [one for one in fitting if one["Sequence"] == wanted["Sequence"]]
        chosen = exact if len(exact) == 1 else fitting
        if len(chosen) != 1:
            self.untied(row)
            return None
        return chosen[0]

    def of_class(self, row: Row) -> Row | None:
        sheet = self.catalogue.folder.sheet("ProductClassification")
        return self.catalogue.relations.one(row, ("ChildProductClassification",), sheet)

    def named(self, row: Row, base: str, target: Sheet) -> Row | None:
        """The record that a row of the other organisation names."""
        for name in FIELDS[:-1]:
            said = row[f"{base}.{name}"]
            if said:
                found = target.find(name, said)
                if len(found) == 1:
                    return found[0]
        return None

    def untied(self, row: Row) -> None:
        self.findings.lost(
            "ExpressionSetConstraintObj",
            row.place,
            f"The relation {row['ConstraintModelTag']} stands for no single component of a bundle.",
        )
