"""How products are sold: a choice where there are several ways, and what a component wants."""

from __future__ import annotations

from cpq.configuration.expressions import (
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    Implies,
    Selected,
)
from cpq.configuration.model import Attribute, AttributeType, Option, Rule
from cpq.readers import fitting
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.sheets import Row

SELLING_MODEL = "Selling model"
"""The code of the attribute; no constraint model can name it."""


class Selling:
    """Selling models of the products of one tree; `rules` are what its components want of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rules: list[Rule] = []
        self._names: dict[str, list[str]] = {}

    def attributes(self, product: Row) -> list[Attribute]:
        """How the product is sold, where it can be sold in several ways."""
        names = self.names(product)
        if len(names) < 2:
            return []
        options = tuple(Option(name, name) for name in names)
        return [
            Attribute(
                SELLING_MODEL, "Selling model", AttributeType.ENUMERATION, options, default=names[0]
            )
        ]

    def component(self, row: Row, child: str, product: Row, parent: str, above: Row) -> None:
        """What a component row wants: a selling model of its own product, or of the bundle."""
        self.wanted(row, "ChildSellingModel", child, child, self.names(product))
        self.wanted(row, "ParentSellingModel", parent, child, self.names(above))

    def names(self, product: Row) -> list[str]:
        """The names of a product's selling models, its default first."""
        if product.place not in self._names:
            found = (one.first("Name", "Id") for one in self.catalogue.models_of(product))
            names = list(dict.fromkeys(fitting.key(one) for one in found if one))
            self._names[product.place] = names
        return self._names[product.place]

    def wanted(self, row: Row, base: str, node: str, child: str, names: list[str]) -> None:
        """A component that is only for one selling model of the bundle or of its own."""
        sheet = self.catalogue.folder.sheet("ProductSellingModel")
        model = self.catalogue.relations.one(row, (base,), sheet)
        if model is None:
            return
        name = fitting.key(model.first("Name", "Id"))
        if names == [name]:
            return
        if name not in names:
            self.catalogue.findings.lost(base, row.place, f"The product is not sold as {name}.")
            return
        self.rules.append(
            Rule(
                f"{child}:{base}",
                Implies(
                    Selected(child),
                    Compare(Comparison.EQUAL, AttributeOf(node, SELLING_MODEL), Constant(name)),
                ),
                f"{child} is only sold with the selling model {name}.",
                row.place,
            )
        )
