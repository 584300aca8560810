"""Who may buy what and when: qualification rules as rules over facts of the request.

A row of ProductQualification says when a product is offered, one of ProductDisqualification when
not, and the tables of categories the same for all products of a category. Beside its dates a row
may have columns of its own (`Industry__c`), which name facts that the request brings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from cpq.configuration.expressions import (
    And,
    Compare,
    Comparison,
    Constant,
    Expression,
    FactOf,
    Implies,
    Not,
    Or,
    Selected,
)
from cpq.configuration.model import Fact, FactType, Rule
from cpq.readers import fitting
from cpq.readers.refusals import FileIsTooLarge
from cpq.readers.revenue_cloud.bundles import Bundle
from cpq.readers.revenue_cloud.catalogue import Catalogue
from cpq.readers.revenue_cloud.kinds import days
from cpq.readers.revenue_cloud.sheets import Row, Sheet

DATE = "date"
"""The fact that says of which day the request is."""
KNOWN = {
    "Id",
    "Name",
    "Reason",
    "IsQualified",
    "IsDisqualified",
    "EffectiveFromDate",
    "EffectiveToDate",
    "CurrencyIsoCode",
    "OwnerId",
    "CreatedById",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
    "LastReferencedDate",
    "LastViewedDate",
    "SystemModstamp",
    "IsDeleted",
}
BASES = ("Product", "Product2", "ParentProduct", "RootProduct", "Category", "ProductCategory")
PRODUCT_TABLES = (("ProductQualification",), ("ProductDisqualification",))
CATEGORY_TABLES = (
    ("ProductCategoryQualification",),
    ("ProductCategoryDisqual", "ProductCategoryDisqualification"),
)
MOST_RULES = 100_000


@dataclass(frozen=True, slots=True)
class _Limit:
    """What must hold so that a product is offered."""

    row: Row
    condition: Expression
    message: str


@dataclass(slots=True)
class Qualification:
    """The qualification rules of a catalogue; `facts` are those that they ask."""

    catalogue: Catalogue
    facts: dict[str, Fact] = field(default_factory=dict)

    def rules(self, bundle: Bundle) -> list[Rule]:
        """The rules of everything in a bundle. Raises `FileIsTooLarge`."""
        found: list[Rule] = []
        root = bundle.components[bundle.root.key].product
        for key, component in bundle.components.items():
            parent = component.parent
            above = None if parent is None else bundle.components[parent].product
            for limit in self.limits(component.product, above, root):
                rule = Implies(Selected(key), limit.condition)
                found.append(
                    Rule(
                        f"{key}:qualification-{_said(limit.row)}",
                        rule,
                        limit.message,
                        limit.row.place,
                    )
                )
            if len(found) > MOST_RULES:
                raise FileIsTooLarge(
                    f"{bundle.root.key} has more than {MOST_RULES} qualification rules."
                )
        return found

    def limits(self, product: Row, above: Row | None, root: Row) -> list[_Limit]:
        """What must hold so that a product is offered where it stands."""
        products = self.catalogue.products
        name = product.first("Name", "StockKeepingUnit")
        applying = [
            [
                row
                for row in self.rows(table, ("Product", "Product2"), products, product)
                if self.applies(row, above, root)
            ]
            for table in PRODUCT_TABLES
        ]
        found = self.of(applying[0], applying[1], name)
        reachable = [self.chain(category, name) for category in self.categories(product)]
        if len(reachable) == 1:
            return [*found, *reachable[0]]
        if reachable and all(reachable):
            # In several categories: it is offered while one of them is.
            every = tuple(And(tuple(one.condition for one in chain)) for chain in reachable)
            first = reachable[0][0]
            found.append(_Limit(first.row, Or(every), first.message))
        return found

    def of(self, offering: list[Row], refusing: list[Row], name: str) -> list[_Limit]:
        """The limits of the rows about one product or category."""
        found = []
        offered: list[tuple[Row, Expression]] = []
        for row in offering:
            if row.flag("IsQualified", otherwise=True):
                offered.append((row, self.when(row)))
            else:
                refusing = [*refusing, row]
        for row in refusing:
            if row.flag("IsDisqualified", otherwise=True):
                message = row["Reason"] or f"{name} is not offered here."
                found.append(_Limit(row, Not(self.when(row)), message))
        if offered:
            message = f"{name} is offered only where a qualification says so."
            anyhow = Or(tuple(when for _, when in offered))
            found.append(_Limit(offered[0][0], anyhow, message))
        return found

    def chain(self, category: Row, name: str) -> list[_Limit]:
        """The limits of a category and of those that it is in."""
        folder, relations = self.catalogue.folder, self.catalogue.relations
        categories = folder.sheet("ProductCategory")
        found: list[_Limit] = []
        seen: set[str] = set()
        current: Row | None = category
        while current is not None:
            if current.place in seen:
                self.catalogue.findings.lost(
                    "ParentCategory", current.place, f"{current['Name']} is inside itself."
                )
                break
            seen.add(current.place)
            about = [
                self.rows(table, ("Category", "ProductCategory"), categories, current)
                for table in CATEGORY_TABLES
            ]
            found.extend(self.of(about[0], about[1], name))
            current = relations.one(current, ("ParentCategory",), categories)
        return found

    def rows(
        self, table: tuple[str, ...], bases: tuple[str, ...], target: Sheet, about: Row
    ) -> list[Row]:
        """The rows of a table about one product or category."""
        sheet = self.catalogue.folder.sheet(*table)
        return self.catalogue.relations.of(sheet, bases, target, about)

    def categories(self, product: Row) -> list[Row]:
        """The categories that a product is in itself."""
        folder, relations = self.catalogue.folder, self.catalogue.relations
        links = folder.sheet("ProductCategoryProduct")
        categories = folder.sheet("ProductCategory")
        found = (
            relations.one(link, ("ProductCategory",), categories)
            for link in relations.of(
                links, ("Product", "Product2"), self.catalogue.products, product
            )
        )
        return [one for one in found if one is not None]

    def applies(self, row: Row, above: Row | None, root: Row) -> bool:
        """Whether a row speaks of the product under this parent and root."""
        relations, products = self.catalogue.relations, self.catalogue.products
        parent = relations.one(row, ("ParentProduct",), products)
        if parent is not None and parent is not above:
            return False
        top = relations.one(row, ("RootProduct",), products)
        return top is None or top is root

    def when(self, row: Row) -> Expression:
        """The condition of a row: its dates and its own columns."""
        parts: list[Expression] = []
        for column, comparison in (
            ("EffectiveFromDate", Comparison.AT_LEAST),
            ("EffectiveToDate", Comparison.AT_MOST),
        ):
            if not row[column]:
                continue
            day = days(row[column])
            if day is None:
                self.catalogue.findings.lost(column, row.place, f"{row[column]!r} is no date.")
                continue
            self.facts.setdefault(DATE, Fact(DATE, FactType.DATE, (), *fitting.DAYS))
            parts.append(Compare(comparison, FactOf(DATE), Constant(Decimal(day))))
        for column in self.own(row):
            if row[column]:
                value = fitting.key(row[column])
                name = self.asked(column, value, row)
                parts.append(Compare(Comparison.EQUAL, FactOf(name), Constant(value)))
        if len(parts) > 1:
            return And(tuple(parts))
        return parts[0] if parts else Constant(True)

    def own(self, row: Row) -> list[str]:
        """The columns that a table has beside those of every such table."""
        return [
            column
            for column in row.values
            if column
            and column not in KNOWN
            and not column.startswith("$$")
            and not any(column == f"{base}Id" or column.startswith(f"{base}.") for base in BASES)
        ]

    def asked(self, column: str, value: str, row: Row) -> str:
        """Declares a fact with one more value, and gives its name."""
        name = fitting.fact(column.removesuffix("__c").replace(".", "_").lower())
        name = f"{DATE}_" if name == DATE else name
        fact = self.facts.get(name) or Fact(name, FactType.TEXT, (fitting.OTHER,))
        if value not in fact.values:
            self.facts[name] = Fact(name, fact.type, (*fact.values, value))
        self.catalogue.findings.changed(
            column, f"{row.place.rpartition(':')[0]}:1", f"It is the fact @{name} of a request."
        )
        return name


def _said(row: Row) -> str:
    """What tells a row from others wherever it stands."""
    return fitting.digest("\x1f".join(f"{key}={row.values[key]}" for key in sorted(row.values)))


def unknown_rows(catalogue: Catalogue, sheet: Sheet) -> None:
    """Finds rows that name neither a product nor a category."""
    for row in sheet:
        if not any(
            row[column]
            for column in row.values
            if any(column == f"{base}Id" or column.startswith(f"{base}.") for base in BASES)
        ):
            catalogue.findings.lost(sheet.name, row.place, "The row names no product or category.")
